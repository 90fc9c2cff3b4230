// eventfd and poll; see wakeup.h.
#include "rds/wakeup.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace rdscsi::rds {

void FileDescriptor::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Wakeup::Wakeup() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  // Out of descriptors: nothing sensible can be done without one.
  if (!fd_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Wakeup::ring() {
  std::uint64_t const one = 1;
  // Fails only when the counter is full, which means it is ringing already.
  [[maybe_unused]] ssize_t const written = ::write(fd_.get(), &one, sizeof one);
}

void Wakeup::drain() {
  std::uint64_t count = 0;
  [[maybe_unused]] ssize_t const got = ::read(fd_.get(), &count, sizeof count);
}

void wait_for_events(int fd, short events, Wakeup const& wakeup, base::TimePoint deadline) {
  pollfd watched[] = {{fd, events, 0}, {wakeup.fd(), POLLIN, 0}};
  int timeout_ms = -1;
  if (deadline != base::kNoDeadline) {
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(deadline - base::now()).count();
    timeout_ms = static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
  }
  ::poll(watched, 2, timeout_ms);  // EINTR is a wake-up like any other: the caller looks again
}

}  // namespace rdscsi::rds
