// Baton: the futex by which one managed thread lets the next one run, and what keeps it out of TSan's sight.
// If TSan saw the baton, every hand-over would order all memory of both threads and no race could ever be
// found at L1. So the word is only touched by relaxed atomics (no happens-before edge) and ordered by fences
// (which TSan does not model), and what the baton protects is only touched inside a Hidden scope. Private to
// the scheduler's files.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>

#include "base/time.h"

// Of libtsan; absent in other builds. Reserved names, because they are the sanitizer's own.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
__attribute__((weak)) void __tsan_acquire(void* address);
__attribute__((weak)) void __tsan_release(void* address);
__attribute__((weak)) void __tsan_ignore_thread_begin();
__attribute__((weak)) void __tsan_ignore_thread_end();
}
// NOLINTEND(bugprone-reserved-identifier)

namespace rdscsi::base::detail {

// While one lives, TSan does not look at what this thread reads and writes. No code of users runs inside.
class Hidden {
 public:
  Hidden() {
    if (__tsan_ignore_thread_begin != nullptr) __tsan_ignore_thread_begin();
  }
  ~Hidden() {
    if (__tsan_ignore_thread_end != nullptr) __tsan_ignore_thread_end();
  }
  Hidden(Hidden const&) = delete;
  Hidden& operator=(Hidden const&) = delete;
};

// An edge that TSan shall see although no real lock makes it: all before tsan_release(x) is ordered before
// what follows tsan_acquire(x). Used where a kill or the end of a run hands over what parked threads have
// written.
inline void tsan_release(void* token) {
  if (__tsan_release != nullptr) __tsan_release(token);
}

inline void tsan_acquire(void* token) {
  if (__tsan_acquire != nullptr) __tsan_acquire(token);
}

class Baton {
 public:
  void give() {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    __atomic_store_n(&word_, 1, __ATOMIC_RELAXED);
    syscall(SYS_futex, &word_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
  }

  // Waits until somebody gives, and takes it.
  void take() {
    while (__atomic_load_n(&word_, __ATOMIC_RELAXED) == 0) {
      syscall(SYS_futex, &word_, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0);
    }
    __atomic_store_n(&word_, 0, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
  }

  // As take(), but gives up (false) after about `timeout` of real time.
  bool take_within(Duration timeout) {
    timespec limit{};
    limit.tv_sec = timeout.count() / 1'000'000'000;
    limit.tv_nsec = timeout.count() % 1'000'000'000;
    if (__atomic_load_n(&word_, __ATOMIC_RELAXED) == 0) {
      syscall(SYS_futex, &word_, FUTEX_WAIT_PRIVATE, 0, &limit, nullptr, 0);
    }
    bool const taken = __atomic_exchange_n(&word_, 0, __ATOMIC_RELAXED) != 0;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return taken;
  }

 private:
  std::uint32_t word_ = 0;
};

}  // namespace rdscsi::base::detail
