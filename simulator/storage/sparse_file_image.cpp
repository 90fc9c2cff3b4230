// See sparse_file_image.h.
#include "simulator/storage/sparse_file_image.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace rdssim::storage {
namespace {

using rdscsi::base::Guard;

absl::Status failed(std::string const& what, std::string const& path) {
  return absl::InternalError(what + " " + path + ": " + std::strerror(errno));
}

absl::Status out_of_range(std::int64_t offset, std::int64_t length, std::int64_t size) {
  return absl::OutOfRangeError("bytes " + std::to_string(offset) + " to " + std::to_string(offset + length) +
                               " of an image of " + std::to_string(size));
}

bool within(std::int64_t offset, std::int64_t length, std::int64_t size) {
  return offset >= 0 && length >= 0 && offset <= size && length <= size - offset;
}

}  // namespace

SparseFileImage::SparseFileImage(std::string path, std::int64_t size) : path_(std::move(path)), size_(size) {}

SparseFileImage::~SparseFileImage() {
  if (fd_ >= 0) ::close(fd_);
}

absl::Status SparseFileImage::check(std::int64_t offset, std::int64_t length) const {
  if (!available_) return absl::NotFoundError(path_ + ": the file or its pool is not there");
  return within(offset, length, size_) ? absl::OkStatus() : out_of_range(offset, length, size_);
}

int SparseFileImage::open_existing() {
  if (fd_ >= 0) return fd_;
  Guard const guard(mutex_);
  if (fd_ < 0) fd_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
  return fd_;
}

absl::StatusOr<int> SparseFileImage::open_or_make() {
  if (fd_ >= 0) return fd_.load();
  Guard const guard(mutex_);
  if (fd_ < 0) fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd_ < 0) return failed("open", path_);
  return fd_.load();
}

absl::Status SparseFileImage::read(std::int64_t offset, std::span<std::byte> into) {
  if (absl::Status const status = check(offset, static_cast<std::int64_t>(into.size())); !status.ok())
    return status;
  int const fd = open_existing();
  while (!into.empty()) {
    ssize_t const got = fd < 0 ? 0 : ::pread(fd, into.data(), into.size(), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read", path_);
    if (got == 0) break;  // beyond what was ever written
    into = into.subspan(static_cast<std::size_t>(got));
    offset += got;
  }
  std::fill(into.begin(), into.end(), std::byte{0});
  return absl::OkStatus();
}

absl::Status SparseFileImage::write(std::int64_t offset, std::span<std::byte const> bytes) {
  if (absl::Status const status = check(offset, static_cast<std::int64_t>(bytes.size())); !status.ok())
    return status;
  auto const fd = open_or_make();
  if (!fd.ok()) return fd.status();
  while (!bytes.empty()) {
    ssize_t const put = ::pwrite(*fd, bytes.data(), bytes.size(), offset);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return failed("write", path_);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
    offset += put;
  }
  return absl::OkStatus();
}

absl::Status SparseFileImage::zero(std::int64_t offset, std::int64_t length) {
  if (absl::Status const status = check(offset, length); !status.ok()) return status;
  int const fd = open_existing();
  if (fd < 0 || length == 0) return absl::OkStatus();  // nothing was ever written
  if (::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length) == 0)
    return absl::OkStatus();
  if (errno != EOPNOTSUPP) return failed("punch a hole in", path_);
  // A file system without holes: zeros are written.
  static constexpr std::size_t kStep = 1 << 16;
  static std::byte const kZeros[kStep] = {};
  while (length > 0) {
    std::size_t const step = std::min<std::size_t>(kStep, static_cast<std::size_t>(length));
    if (absl::Status const status = write(offset, {kZeros, step}); !status.ok()) return status;
    offset += static_cast<std::int64_t>(step);
    length -= static_cast<std::int64_t>(step);
  }
  return absl::OkStatus();
}

absl::Status SparseFileImage::flush() {
  if (absl::Status const status = check(0, 0); !status.ok()) return status;
  int const fd = open_existing();
  return fd < 0 || ::fdatasync(fd) == 0 ? absl::OkStatus() : failed("fdatasync", path_);
}

absl::Status SparseFileImage::resize(std::int64_t size) {
  std::int64_t const before = size_.exchange(size);
  int const fd = open_existing();
  if (fd < 0 || size >= before) return absl::OkStatus();
  // What lay behind the new end must not come back when it grows again.
  struct stat about {};
  if (::fstat(fd, &about) != 0) return failed("fstat", path_);
  if (about.st_size > size && ::ftruncate(fd, size) != 0) return failed("truncate", path_);
  return absl::OkStatus();
}

std::int64_t SparseFileImage::allocated() const {
  struct stat about {};
  return ::stat(path_.c_str(), &about) == 0 ? static_cast<std::int64_t>(about.st_blocks) * 512 : 0;
}

absl::Status ImageView::check(std::int64_t offset, std::int64_t length) const {
  return within(offset, length, length_) ? absl::OkStatus() : out_of_range(offset, length, length_);
}

absl::Status ImageView::read(std::int64_t offset, std::span<std::byte> into) {
  absl::Status const status = check(offset, static_cast<std::int64_t>(into.size()));
  return status.ok() ? whole_->read(offset_ + offset, into) : status;
}

absl::Status ImageView::write(std::int64_t offset, std::span<std::byte const> bytes) {
  absl::Status const status = check(offset, static_cast<std::int64_t>(bytes.size()));
  return status.ok() ? whole_->write(offset_ + offset, bytes) : status;
}

absl::Status ImageView::zero(std::int64_t offset, std::int64_t length) {
  absl::Status const status = check(offset, length);
  return status.ok() ? whole_->zero(offset_ + offset, length) : status;
}

ImageStore::~ImageStore() {
  if (!temporary_) return;
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

absl::Status ImageStore::set_directory(std::string path) {
  if (!images_.empty()) return absl::FailedPreconditionError("images lie in " + directory_ + " already");
  std::error_code failure;
  std::filesystem::create_directories(path, failure);
  if (failure) return absl::InvalidArgumentError("`" + path + "` cannot be made: " + failure.message());
  if (::access(path.c_str(), W_OK) != 0)
    return absl::InvalidArgumentError("`" + path + "` cannot be written to: " + std::strerror(errno));
  directory_ = std::move(path);
  temporary_ = false;
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<SparseFileImage>> ImageStore::image(std::uint64_t file_id, std::int64_t size) {
  if (directory_.empty()) {
    std::string made = (std::filesystem::temp_directory_path() / "rds-sim-XXXXXX").string();
    if (::mkdtemp(made.data()) == nullptr) return failed("make", made);
    directory_ = made;
    temporary_ = true;
  }
  auto& held = images_[file_id];
  if (held == nullptr) {
    char name[32];
    std::snprintf(name, sizeof name, "/file-%llX.img", static_cast<unsigned long long>(file_id));
    held = std::make_shared<SparseFileImage>(directory_ + name, size);
  }
  return held;
}

std::shared_ptr<SparseFileImage> ImageStore::find(std::uint64_t file_id) const {
  auto const at = images_.find(file_id);
  return at == images_.end() ? nullptr : at->second;
}

void ImageStore::drop(std::uint64_t file_id) {
  auto const at = images_.find(file_id);
  if (at == images_.end()) return;
  at->second->set_available(false);
  ::unlink(at->second->path().c_str());
  images_.erase(at);
}

}  // namespace rdssim::storage
