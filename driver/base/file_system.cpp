// RealFileSystem: whole versions of small files on the machine's disk. See file_system.h.
#include "base/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/file_names.h"
#include "base/reasons.h"
#include "base/scheduler.h"

namespace rdscsi::base {
namespace {

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&&) = delete;
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

// `what path: text of error`; ENOENT is not_found, everything else is ours to explain.
Status errno_failure(int error, std::string const& what, std::string const& path, Effect effect) {
  std::string const message = what + " " + path + ": " + std::generic_category().message(error);
  return fail(error == ENOENT ? Reason::not_found : Reason::internal, effect, message);
}

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    ssize_t const count = ::write(fd, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

Status sync_directory(std::string const& directory, Effect effect) {
  Fd const fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return errno_failure(errno, "open directory", directory, effect);
  if (::fsync(fd.get()) != 0) return errno_failure(errno, "fsync directory", directory, effect);
  return absl::OkStatus();
}

// Makes `directory` and its missing parents, each durable in its parent.
Status make_directories(std::string const& directory) {
  if (::access(directory.c_str(), F_OK) == 0) return absl::OkStatus();
  std::string const parent = parent_directory(directory);
  if (parent != directory) {
    if (Status made = make_directories(parent); !made.ok()) return made;
  }
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return errno_failure(errno, "make directory", directory, Effect::none);
  }
  return sync_directory(parent, Effect::none);
}

// The temporary file, empty and locked by us. Its name is fixed, so that what a killed writer left is used up
// by the next one instead of piling up. The lock refuses a second writer; comparing inodes makes sure that
// the file we locked has not been renamed over the target by its previous owner in the meantime.
StatusOr<Fd> open_temporary(std::string const& path) {
  while (true) {
    Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd.valid()) return errno_failure(errno, "create", path, Effect::none);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return errno_failure(errno, "lock", path, Effect::none);
      return fail(Reason::in_progress, Effect::none, "somebody else is writing " + path);
    }
    struct stat ours {};
    struct stat named {};
    bool const same = ::fstat(fd.get(), &ours) == 0 && ::stat(path.c_str(), &named) == 0 &&
                      ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
    if (!same) continue;
    if (::ftruncate(fd.get(), 0) != 0) return errno_failure(errno, "truncate", path, Effect::none);
    return fd;
  }
}

}  // namespace

RealFileSystem::RealFileSystem(FileStepHook hook) : hook_(std::move(hook)) {}

void RealFileSystem::step(char const* name) const {
  if (hook_) hook_(name);
  seam_point(name);
}

StatusOr<std::string> RealFileSystem::read(Context const& ctx, std::string const& path) {
  if (Status ended = ctx.check(); !ended.ok()) return ended;
  if (Status bad = check_file_path(path); !bad.ok()) return bad;
  Fd const fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return errno_failure(errno, "read", path, Effect::none);
  std::string content;
  std::array<char, 16384> buffer{};
  while (true) {
    ssize_t const count = ::read(fd.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_failure(errno, "read", path, Effect::none);
    if (count == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(count));
    if (content.size() > kFileBytesMax) return file_too_large(path);
  }
}

Status RealFileSystem::write_durably(Context const& ctx, std::string const& path, std::string_view content) {
  if (Status ended = ctx.check(); !ended.ok()) return ended;
  if (Status bad = check_file_path(path); !bad.ok()) return bad;
  if (content.size() > kFileBytesMax) return file_too_large(path);
  std::string const directory = parent_directory(path);
  std::string const temporary = temporary_name(path);
  if (Status made = make_directories(directory); !made.ok()) return made;
  step("directories-made");
  StatusOr<Fd> const fd = open_temporary(temporary);
  if (!fd.ok()) return fd.status();
  step("temporary-created");
  if (!write_all(fd->get(), content)) return errno_failure(errno, "write", temporary, Effect::none);
  step("temporary-written");
  if (::fsync(fd->get()) != 0) return errno_failure(errno, "fsync", temporary, Effect::none);
  step("temporary-synced");
  if (::rename(temporary.c_str(), path.c_str()) != 0)
    return errno_failure(errno, "rename to", path, Effect::none);
  step("renamed");
  if (Status synced = sync_directory(directory, Effect::unknown); !synced.ok()) return synced;
  step("directory-synced");
  return absl::OkStatus();
}

Status RealFileSystem::remove(Context const& ctx, std::string const& path) {
  if (Status ended = ctx.check(); !ended.ok()) return ended;
  if (Status bad = check_file_path(path); !bad.ok()) return bad;
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    return errno_failure(errno, "remove", path, Effect::none);
  step("removed");
  // Also when it was not there: an earlier removal may have been cut off before its sync.
  Status const synced = sync_directory(parent_directory(path), Effect::unknown);
  if (!synced.ok() && failure_of(synced).reason != Reason::not_found) return synced;
  step("directory-synced");
  return absl::OkStatus();
}

StatusOr<std::vector<std::string>> RealFileSystem::list(Context const& ctx, std::string const& directory) {
  if (Status ended = ctx.check(); !ended.ok()) return ended;
  std::unique_ptr<DIR, int (*)(DIR*)> const stream(::opendir(directory.c_str()), &::closedir);
  if (!stream) return errno_failure(errno, "list", directory, Effect::none);
  std::vector<std::string> names;
  errno = 0;
  while (dirent const* entry = ::readdir(stream.get())) {
    std::string name = entry->d_name;
    struct stat info {};
    bool const is_file = ::fstatat(::dirfd(stream.get()), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
                         S_ISREG(info.st_mode);
    if (is_file && !is_temporary_name(name)) names.push_back(std::move(name));
    errno = 0;
  }
  if (errno != 0) return errno_failure(errno, "list", directory, Effect::none);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace rdscsi::base
