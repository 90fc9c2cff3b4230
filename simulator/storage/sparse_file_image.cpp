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
#include <vector>

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

SparseFileImage::SparseFileImage(std::string path, std::int64_t size, std::shared_ptr<SpaceLedger> ledger,
                                 std::uint64_t id)
    : path_(std::move(path)), ledger_(std::move(ledger)), id_(id), size_(size) {}

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

absl::Status SparseFileImage::writable(std::int64_t offset, std::int64_t length) const {
  if (absl::Status const status = check(offset, length); !status.ok()) return status;
  return read_only_ ? absl::PermissionDeniedError(path_ + ": a file of a read-only snapshot")
                    : absl::OkStatus();
}

absl::Status SparseFileImage::put(int fd, std::int64_t offset, std::span<std::byte const> bytes) {
  while (!bytes.empty()) {
    ssize_t const put = ::pwrite(fd, bytes.data(), bytes.size(), offset);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return failed("write", path_);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
    offset += put;
  }
  return absl::OkStatus();
}

absl::Status SparseFileImage::write(std::int64_t offset, std::span<std::byte const> bytes) {
  auto const length = static_cast<std::int64_t>(bytes.size());
  Guard const content(content_);
  if (absl::Status const status = writable(offset, length); !status.ok()) return status;
  if (ledger_ != nullptr && !ledger_->allocate_blocks(id_, offset, length, size_))
    return absl::ResourceExhaustedError(path_ + ": the pool is full");
  auto const fd = open_or_make();
  if (!fd.ok()) return fd.status();
  written_ += length;
  return put(*fd, offset, bytes);
}

absl::Status SparseFileImage::zero(std::int64_t offset, std::int64_t length) {
  Guard const content(content_);
  if (absl::Status const status = writable(offset, length); !status.ok()) return status;
  int const fd = open_existing();
  if (length == 0) return absl::OkStatus();
  if (fd >= 0 && ::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length) != 0) {
    if (errno != EOPNOTSUPP) return failed("punch a hole in", path_);
    // A file system without holes: zeros are written.
    static constexpr std::int64_t kStep = 1 << 16;
    static std::byte const kZeros[kStep] = {};
    for (std::int64_t done = 0; done < length; done += kStep) {
      auto const step = static_cast<std::size_t>(std::min(kStep, length - done));
      if (absl::Status const status = put(fd, offset + done, {kZeros, step}); !status.ok()) return status;
    }
  }
  if (ledger_ != nullptr) ledger_->release_blocks(id_, offset, length, size_);
  return absl::OkStatus();
}

// Only what was ever written is copied; the rest is a hole on both sides.
absl::Status SparseFileImage::copy_to(SparseFileImage& other) {
  Guard const content(content_);
  int const from = open_existing();
  if (from < 0) return absl::OkStatus();
  std::vector<std::byte> buffer(1 << 18);
  off_t at = ::lseek(from, 0, SEEK_DATA);
  while (at >= 0) {
    off_t const end = ::lseek(from, at, SEEK_HOLE);
    auto const to = other.open_or_make();
    if (!to.ok()) return to.status();
    while (at < end) {
      ssize_t const got = ::pread(
          from, buffer.data(), std::min<std::size_t>(buffer.size(), static_cast<std::size_t>(end - at)), at);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return failed("read", path_);
      auto const part = std::span<std::byte const>(buffer).first(static_cast<std::size_t>(got));
      if (absl::Status const status = other.put(*to, at, part); !status.ok()) return status;
      at += got;
    }
    at = ::lseek(from, at, SEEK_DATA);
  }
  return absl::OkStatus();
}

bool SparseFileImage::exists() const {
  return fd_ >= 0 || ::access(path_.c_str(), F_OK) == 0;
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

std::string ImageStore::path_of(std::uint64_t file_id) const {
  char name[32];
  std::snprintf(name, sizeof name, "/file-%llX.img", static_cast<unsigned long long>(file_id));
  return directory_ + name;
}

absl::StatusOr<std::shared_ptr<SparseFileImage>> ImageStore::image(std::uint64_t file_id, std::int64_t size) {
  if (directory_.empty() && !planned_.empty()) {
    if (absl::Status const status = set_directory(planned_); !status.ok()) return status;
  }
  if (directory_.empty()) {
    std::string made = (std::filesystem::temp_directory_path() / "rds-sim-XXXXXX").string();
    if (::mkdtemp(made.data()) == nullptr) return failed("make", made);
    directory_ = made;
    temporary_ = true;
  }
  auto& held = images_[file_id];
  if (held == nullptr) held = std::make_shared<SparseFileImage>(path_of(file_id), size, ledger_, file_id);
  return held;
}

std::shared_ptr<SparseFileImage> ImageStore::find(std::uint64_t file_id) const {
  auto const at = images_.find(file_id);
  return at == images_.end() ? nullptr : at->second;
}

bool ImageStore::has_bytes(std::uint64_t file_id) const {
  if (auto const held = find(file_id); held != nullptr) return held->exists();
  return !directory_.empty() && !temporary_ && ::access(path_of(file_id).c_str(), F_OK) == 0;
}

void ImageStore::forget(std::uint64_t file_id) {
  if (!directory_.empty()) ::unlink(path_of(file_id).c_str());
}

void ImageStore::drop(std::uint64_t file_id) {
  if (auto const held = find(file_id); held != nullptr) held->set_available(false);
  images_.erase(file_id);
  forget(file_id);
}

}  // namespace rdssim::storage
