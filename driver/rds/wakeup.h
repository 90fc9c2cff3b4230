// Two small things everybody who polls sockets here needs: an owned file descriptor, and a bell that wakes a
// poll(). Used by the SSH connector and session.
#pragma once

#include <utility>

#include "base/time.h"

namespace rdscsi::rds {

// Owns one descriptor, or none (-1).
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() { reset(); }
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }  // the caller owns it now
  void reset();

 private:
  int fd_ = -1;
};

// An eventfd. ring() may be called from any thread and never blocks; drain() by the one who polls.
class Wakeup {
 public:
  Wakeup();
  void ring();
  void drain();
  int fd() const { return fd_.get(); }

 private:
  FileDescriptor fd_;
};

// Blocks until `fd` has one of `events` (poll's), `wakeup` is rung, or `deadline` passes; may return early.
void wait_for_events(int fd, short events, Wakeup const& wakeup, base::TimePoint deadline);

}  // namespace rdscsi::rds
