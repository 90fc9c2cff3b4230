// MemoryImage: an Image in memory, for tests of the target; it can be told to fail.
#pragma once

#include <vector>

#include "base/sync.h"
#include "simulator/storage/image.h"

namespace rdssim::nvme_tcp::testing {

class MemoryImage final : public storage::Image {
 public:
  explicit MemoryImage(std::int64_t bytes) : bytes_(static_cast<std::size_t>(bytes)) {}

  std::int64_t size() const override;
  absl::Status read(std::int64_t offset, std::span<std::byte> into) override;
  absl::Status write(std::int64_t offset, std::span<std::byte const> bytes) override;
  absl::Status zero(std::int64_t offset, std::int64_t length) override;
  absl::Status flush() override;

  void resize(std::int64_t bytes);
  // The next read or write answers this.
  void fail_next(absl::Status status);

 private:
  absl::Status check(std::int64_t offset, std::size_t length);
  mutable rdscsi::base::Mutex mutex_;
  std::vector<std::byte> bytes_;
  absl::Status next_;
};

}  // namespace rdssim::nvme_tcp::testing
