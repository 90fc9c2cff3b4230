// Names of snapshots on the device: a snapshot is a read-only btrfs subvolume, and its name holds everything
// that is known of it, so that one command makes all of a snapshot or nothing. Format:
// driver/docs/formats.md, "Snapshot". Used by rds::Snapshots. Pure functions; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rdscsi::rds {

struct SnapshotName {
  std::string snapshot_id;       // snap-<uuid>
  std::string cluster;           // cluster_hash()
  std::string source_volume_id;  // pvc-<uuid>
  std::int64_t created_s = 0;    // Unix time in seconds
  std::int64_t size_bytes = 0;   // of the volume at that moment

  bool operator==(SnapshotName const&) const = default;
};

// `snap-<uuid>.<cluster>.<source>.<seconds>.`: all but the size, which the device adds.
std::string snapshot_name_start(SnapshotName const& name);

// Where the size begins: every field before it has a fixed length. A script cuts there.
inline constexpr std::size_t kSnapshotSizeOffset = 41 + 1 + 10 + 1 + 26 + 1 + 10 + 1;

// Nothing for a name that is not exactly of this form.
std::optional<SnapshotName> read_snapshot_name(std::string_view name);

}  // namespace rdscsi::rds
