// The console lines of rds::Snapshots and rds::SnapshotSupport, as those of rds/volume_scripts.h. All but the
// self-test need Territory::subvolumes_of. Rows printed: `e`, disks, and subvolumes (with `fs` and `name`).
// Pure functions; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "rds/snapshot_name.h"
#include "rds/territory.h"

namespace rdscsi::rds {

// Makes `scratch` below the base path with the nonce as known bytes, a snapshot of it, overwrites the bytes,
// makes a volume of the snapshot, reads the bytes of all three, and removes them again. The line has exactly
// kProvenLineBytesMax bytes. `e`: kTested, the bytes of snapshot, volume and scratch, and the filesystem's
// label; kNotBtrfs; or an error text.
base::StatusOr<std::string> self_test_script(std::string_view nonce, Territory const& territory,
                                             std::string_view scratch);
inline constexpr std::string_view kTested = "tested ";
inline constexpr std::string_view kNotBtrfs = "no btrfs";

// `e`: kSeen and the filesystem's label when this cluster has a volume in a subvolume of its own on the
// device: a self-test passed here before. Else nothing.
base::StatusOr<std::string> evidence_script(std::string_view nonce, Territory const& territory);
inline constexpr std::string_view kSeen = "seen ";

// Removes the three scratch subvolumes of one self-test, where their pool is visible.
base::StatusOr<std::string> remove_scratch_script(std::string_view nonce, Territory const& territory,
                                                  std::string_view scratch);

// Leaf names of this cluster's scratch subvolumes are this and eight hexadecimal digits; docs/formats.md.
std::string scratch_name_start(Territory const& territory);
// The first of the three to which a scratch subvolume of this cluster belongs; nothing for any other name.
std::optional<std::string> scratch_of(std::string_view leaf, Territory const& territory);

// Makes the snapshot, if there is none with its id and its source is ours and lies in a subvolume of its own.
base::StatusOr<std::string> snapshot_script(std::string_view nonce, Territory const& territory,
                                            SnapshotName const& name);

// Removes the snapshot, if it is this cluster's.
base::StatusOr<std::string> remove_snapshot_script(std::string_view nonce, Territory const& territory,
                                                   std::string_view snapshot_id);

base::StatusOr<std::string> get_snapshot_script(std::string_view nonce, Territory const& territory,
                                                std::string_view snapshot_id);
base::StatusOr<std::string> list_snapshots_script(std::string_view nonce, Territory const& territory);

}  // namespace rdscsi::rds
