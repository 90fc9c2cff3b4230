// Profile: everything in which RouterOS versions differ, as data. One table (profile.cpp) holds each fact
// with its evidence; the rest of the console asks the profile and never compares version numbers. Profiles
// live for the whole process and are immutable: any thread may read them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/routeros/schema.h"

namespace rdssim::routeros {

struct Flag {
  char letter;
  std::string name;  // lower-case: "block-device"
};

// How rows of one menu print.
struct MenuLayout {
  std::vector<std::vector<Flag>> flag_columns;  // flags of one group share a column
  std::vector<std::string> detail;              // property order of print detail
  std::vector<std::string> table;               // columns of print, in order
  bool legend = true;                           // the `Flags:` line exists in this menu
  bool numbered = true;                         // rows carry item numbers
};

struct PrintStyle {
  // EVIDENCE(inferred): A line of print detail holds one byte less than the terminal is wide, its trailing
  // blank included; 7.7 used the whole width. [FACTS 1.2; capture disk-print-detail-sata-7.7beta-80col]
  int detail_margin = 1;  // a detail line may hold width - margin bytes, its trailing blank included
  // EVIDENCE(confirmed): Lines of print detail end in a blank up to 7.21. [FACTS 1.2; capture
  // file-print-detail-7.16.1]
  bool trailing_blank = true;  // lines of print detail end in a blank
  // EVIDENCE(unknown): From which version on the legend of print detail lists used flags only (between 7.21rc
  // and 7.24). [FACTS 1.2; switch legend_of_used]
  bool legend_of_used = false;  // print detail: only flags in use, upper-case (7.24); else all, lower-case
  std::string item_gap;         // the line between two items of print detail
};

struct Profile {
  std::string name;
  std::string version;         // `/system resource print`
  bool bad_parameter = false;  // FACTS 2.4
  bool error_suffix = false;   // ` (/disk/add; line 1)`, FACTS 2.5
  bool file_disks = false;     // type=file exists
  // EVIDENCE(confirmed): parent="" from 7.21 on, parent=none before. [FACTS 1.4; capture
  // disk-print-detail-file-7.21-rds-80col]
  bool parent_quoted = true;  // parent="" (7.21 on); parent=none before (FACTS 1.4)
  // EVIDENCE(documented): Before 7.21 the NQN of an export is the slot itself. [FACTS 7.2; capture
  // nvme-discover-linux-host-old]
  bool nqn_is_slot = false;       // no nvme-tcp-server-nqn: the subsystem NQN is the slot (FACTS 7.2)
  std::optional<int> slot_limit;  // characters; FACTS 2.2
  PrintStyle print;
  MenuLayout disk, file;
  std::shared_ptr<Schema const> schema;
};

// Null when there is no such profile.
Profile const* find_profile(std::string_view name);
std::vector<std::string> all_profile_names();
// "/disk/add", ...: every menu command that runs under this profile, by menu and name; empty for no profile.
std::vector<std::string> implemented_commands(std::string_view profile);

}  // namespace rdssim::routeros
