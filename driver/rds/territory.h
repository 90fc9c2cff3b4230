// Territory: what this process may touch on this device. Used by all of rds and given by the command line.
#pragma once

#include <string>

namespace rdscsi::rds {

enum class SlotStyle { automatic, full, compact };

// What this process may touch on this device.
struct Territory {
  std::string base_path;   // absolute, clean, no trailing slash: "/storage-pool/metal-csi"
  std::string cluster_id;  // plain text; hashed into marks
  SlotStyle slot_style = SlotStyle::automatic;
  // Label of the btrfs whose subvolumes hold the volumes' files, where the self-test for snapshots has passed
  // (rds/snapshot_support.h); empty: files lie in the base path. rds::Volumes fills it in.
  std::string subvolumes_of = {};
  // First component of base_path, as /disk calls it: mount-point="storage-pool".
  std::string pool_mount_point() const;
};

}  // namespace rdscsi::rds
