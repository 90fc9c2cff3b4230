// See findings.h.
#include "orphans/findings.h"

#include <algorithm>
#include <tuple>

namespace rdscsi::orphans {

namespace {

// A file and a plain subvolume carry no mark, so they may be another cluster's.
constexpr char const* kUnmarked = "it carries no mark of this cluster";

std::string why_volume_stays(rds::InventoryVolume const& volume) {
  if (!volume.marked) return kUnmarked;
  if (volume.held) return "its mark says that a node has it";
  return {};
}

}  // namespace

std::string_view slug(Kind kind) {
  switch (kind) {
    case Kind::volume:
      return "volume";
    case Kind::snapshot:
      return "snapshot";
    case Kind::disk_without_file:
      return "disk-without-file";
    case Kind::file_without_disk:
      return "file-without-disk";
    case Kind::subvolume_without_disk:
      return "subvolume-without-disk";
    case Kind::scratch:
      return "scratch";
  }
  return "unknown";
}

std::vector<Kind> const& all_kinds() {
  static std::vector<Kind> const kinds = {Kind::volume,
                                          Kind::snapshot,
                                          Kind::disk_without_file,
                                          Kind::file_without_disk,
                                          Kind::subvolume_without_disk,
                                          Kind::scratch};
  return kinds;
}

std::vector<Finding> find_orphans(rds::Inventory const& inventory, Ids const* owned) {
  std::vector<Finding> found;
  auto const nobodys = [&](std::string const& id) { return owned != nullptr && !owned->contains(id); };
  for (auto const& volume : inventory.volumes) {
    if (nobodys(volume.volume_id)) {
      found.push_back({Kind::volume, volume.volume_id, why_volume_stays(volume)});
    } else if (!volume.file_there) {
      found.push_back({Kind::disk_without_file, volume.volume_id, "a claim may stand for it"});
    }
  }
  for (auto const& snapshot : inventory.snapshots) {
    if (nobodys(snapshot.snapshot_id)) found.push_back({Kind::snapshot, snapshot.snapshot_id, ""});
  }
  for (auto const& path : inventory.loose_files) found.push_back({Kind::file_without_disk, path, kUnmarked});
  for (auto const& leaf : inventory.loose_subvolumes) {
    found.push_back({Kind::subvolume_without_disk, leaf, kUnmarked});
  }
  for (auto const& leaf : inventory.scratch) found.push_back({Kind::scratch, leaf, ""});
  std::sort(found.begin(), found.end(), [](Finding const& a, Finding const& b) {
    return std::tie(a.kind, a.name) < std::tie(b.kind, b.name);
  });
  return found;
}

}  // namespace rdscsi::orphans
