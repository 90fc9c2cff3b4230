// Findings: what of an inventory nobody owns, and which of it may be removed. Pure functions; thread-safe.
// Used by orphans::Sweeper. Incidents 23 to 26; W-04, W-05.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "orphans/owners.h"
#include "rds/inventory.h"

namespace rdscsi::orphans {

enum class Kind {
  volume,                  // a disk with its file, and no owner
  snapshot,                // likewise
  disk_without_file,       // of a volume that has an owner, or nobody knows
  file_without_disk,       // named as a volume's file
  subvolume_without_disk,  // named as a volume
  scratch,                 // of a self-test that was killed
};
// "volume", "disk-without-file": label of metrics and logs, never renamed.
std::string_view slug(Kind kind);
std::vector<Kind> const& all_kinds();

struct Finding {
  Kind kind = Kind::volume;
  std::string name;       // volume or snapshot id, absolute path, leaf name of a subvolume
  std::string why_stays;  // why it is never removed, in words; empty: it may be

  bool removable() const { return why_stays.empty(); }
};

// By kind and name. `owned` null: nobody can say who owns what, so volumes and snapshots are no findings.
std::vector<Finding> find_orphans(rds::Inventory const& inventory, Ids const* owned);

}  // namespace rdscsi::orphans
