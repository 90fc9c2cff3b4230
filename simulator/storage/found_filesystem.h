// What a server finds when it looks into an image: the filesystem a host made there, from its superblock.
// Used by Model for mount-filesystem=yes. Layouts: the kernel's documentation of ext4, XFS and btrfs on disk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "simulator/storage/image.h"

namespace rdssim::storage {

struct FoundFilesystem {
  std::string type;   // ext4 (ext2 and ext3 count as it), xfs, btrfs
  std::string label;  // "" when it has none
  std::string uuid;
};

// Absent: no signature, or the image cannot be read.
std::optional<FoundFilesystem> find_filesystem(Image& image);

// Writes into an ext4's superblock what mounting it writes: mount time and count, write time, the place it is
// mounted at; with a valid checksum where it has one. XFS and btrfs change on mount through their log and
// trees, which this does not imitate: OK, and nothing is written.
absl::Status write_mount_traces(Image& image, std::string_view mount_point, std::int64_t unix_seconds);

}  // namespace rdssim::storage
