// Image: the bytes of one backing file of a simulated RDS, as an exported disk serves them. The storage model
// owns the files and accounts for their space; the NVMe/TCP target reads and writes through this and knows
// nothing else of storage; scenarios compare bytes through it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/status.h"

namespace rdssim::storage {

// Any thread may call any member at any time; calls that overlap in range have no order between them (NVMe
// promises none either). Offsets and lengths are bytes. Errors: OUT_OF_RANGE beyond size(),
// RESOURCE_EXHAUSTED where a write needs a block and the pool has none left (sparse files), NOT_FOUND when
// the file is gone or its pool is not mounted, PERMISSION_DENIED for a write into a read-only snapshot,
// DATA_LOSS for a range declared bad, INTERNAL for an error of the host's file system.
class Image {
 public:
  virtual ~Image() = default;

  virtual std::int64_t size() const = 0;
  // Bytes never written read as zero.
  virtual absl::Status read(std::int64_t offset, std::span<std::byte> into) = 0;
  virtual absl::Status write(std::int64_t offset, std::span<std::byte const> bytes) = 0;
  // Reads as zero afterwards; gives whole blocks back to the pool (write zeroes, deallocate).
  virtual absl::Status zero(std::int64_t offset, std::int64_t length) = 0;
  // Everything written before survives a power loss afterwards.
  virtual absl::Status flush() = 0;

 protected:
  Image() = default;
  Image(Image const&) = default;
  Image& operator=(Image const&) = default;
};

}  // namespace rdssim::storage
