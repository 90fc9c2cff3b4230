// Profile: everything in which RouterOS versions differ, as data. One table (profile.cpp) holds each fact
// with its evidence; the rest of the console asks the profile and never compares version numbers. Profiles
// live for the whole process and are immutable: any thread may read them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/routeros/schema.h"

namespace rdssim::routeros {

struct Flag {
  char letter;
  std::string name;       // lower-case: "block-device"
  bool described = true;  // false: rows show the letter, no legend names it (system-package-print-7.9)
};

// The tables up to 7.9: no `Columns:` line, a lower-case legend of every flag, item numbers like those of
// print detail, columns with a least width, comments on the item's own first line.
struct OldTable {
  struct Column {
    std::string name;
    std::size_t width = 0;  // at least; 0: as wide as header and values
    bool right = false;
  };
  std::vector<Column> columns;
  std::size_t gap = 1;  // blanks between columns
};

// How rows of one menu print.
struct MenuLayout {
  std::vector<std::vector<Flag>> flag_columns;  // flags of one group share a column
  std::vector<std::string> detail;              // property order of print detail
  std::vector<std::string> table;               // columns of print, in order
  bool legend = true;                           // the `Flags:` line exists in this menu
  bool numbered = true;                         // rows carry item numbers
  bool item_gap = true;                         // print detail has a line between items
  std::vector<std::string> stats = {};          // what `print stats` shows instead
  OldTable old_table = {};                      // without columns: the table is the new one
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
  bool legend_groups = true;    // `;` between groups of flags; before 7 all are parted by `,`
  // Tables before 7.16: a group in use shows its letters from the first one in use on, with the description
  // of the last (FACTS 1.5).
  bool legend_of_last = false;
  // EVIDENCE(confirmed): The one transcript of 7.20.8 shows flags without the blanks of their columns.
  // [capture terse-unquoted-values-7.20.8-hex]
  bool terse_closes_up = false;
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
  bool services_by_port = false;  // order of /ip/service, 7.21 on
  bool old_dates = false;         // `feb/05/2026`, before 7.10 (FACTS 1.4)
  PrintStyle print;
  MenuLayout disk, file;
  // By path: menus that print otherwise than they do from 7.16 on. Properties a layout does not name are
  // not shown.
  std::map<std::string, MenuLayout, std::less<>> layouts;
  // By path: properties that this version calls otherwise, by the name rows keep.
  std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>> renamed;
  std::shared_ptr<Schema const> schema;
};

// Null when there is no such profile.
Profile const* find_profile(std::string_view name);
std::vector<std::string> all_profile_names();
// Versions of which only the shapes of print output are known, for captures of them: commands are 7.16's.
std::vector<std::string> older_profile_names();
// "/disk/add", ...: every menu command that runs under this profile, by menu and name; empty for no profile.
std::vector<std::string> implemented_commands(std::string_view profile);

}  // namespace rdssim::routeros
