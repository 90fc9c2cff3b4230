// See memory_image.h.
#include "simulator/nvme_tcp/testing/memory_image.h"

#include <algorithm>
#include <utility>

namespace rdssim::nvme_tcp::testing {

using rdscsi::base::Guard;

std::int64_t MemoryImage::size() const {
  Guard const guard(mutex_);
  return static_cast<std::int64_t>(bytes_.size());
}

absl::Status MemoryImage::check(std::int64_t offset, std::size_t length) {
  if (absl::Status failed = std::exchange(next_, absl::OkStatus()); !failed.ok()) return failed;
  bool const within = offset >= 0 && static_cast<std::size_t>(offset) + length <= bytes_.size();
  return within ? absl::OkStatus() : absl::OutOfRangeError("beyond the end");
}

absl::Status MemoryImage::read(std::int64_t offset, std::span<std::byte> into) {
  Guard const guard(mutex_);
  if (absl::Status const status = check(offset, into.size()); !status.ok()) return status;
  std::copy_n(bytes_.begin() + offset, into.size(), into.begin());
  return absl::OkStatus();
}

absl::Status MemoryImage::write(std::int64_t offset, std::span<std::byte const> bytes) {
  Guard const guard(mutex_);
  if (absl::Status const status = check(offset, bytes.size()); !status.ok()) return status;
  std::copy(bytes.begin(), bytes.end(), bytes_.begin() + offset);
  return absl::OkStatus();
}

absl::Status MemoryImage::zero(std::int64_t offset, std::int64_t length) {
  Guard const guard(mutex_);
  if (absl::Status const status = check(offset, static_cast<std::size_t>(length)); !status.ok())
    return status;
  std::fill_n(bytes_.begin() + offset, length, std::byte{0});
  return absl::OkStatus();
}

absl::Status MemoryImage::flush() {
  Guard const guard(mutex_);
  return check(0, 0);
}

void MemoryImage::resize(std::int64_t bytes) {
  Guard const guard(mutex_);
  bytes_.resize(static_cast<std::size_t>(bytes));
}

void MemoryImage::fail_next(absl::Status status) {
  Guard const guard(mutex_);
  next_ = std::move(status);
}

}  // namespace rdssim::nvme_tcp::testing
