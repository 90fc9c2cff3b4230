// Threads, locks and waits: the only ones the project uses (the tidy test bans std's and absl's elsewhere).
// On a plain thread they are thin wrappers over the standard library. On a thread that a base::Scheduler manages
// each call is a scheduling point: the scheduler picks who goes on from its seed, and timed waits use virtual time.
//
// An object may be used either by managed threads of one scheduler or by plain threads, never by both.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/time.h"

namespace rdscsi::base {

class Context;

namespace detail {
struct WaitQueue;  // the scheduler's list of threads blocked on one object
}  // namespace detail

// Not recursive. Use with std::lock_guard / std::unique_lock.
// Locking twice from one thread, or a cycle of locks, is reported by the scheduler at L1 with its seed.
class Mutex {
 public:
  Mutex();
  ~Mutex();
  Mutex(Mutex const&) = delete;
  Mutex& operator=(Mutex const&) = delete;

  void lock();
  bool try_lock();
  void unlock();

 private:
  friend class ConditionVariable;
  std::mutex real_;                          // uncontended at L1; gives TSan its happens-before edges
  std::unique_ptr<detail::WaitQueue> queue_;  // used at L1 only
};

using Lock = std::unique_lock<Mutex>;
using Guard = std::lock_guard<Mutex>;

// Waits always state a condition: a wake-up may be spurious at every level (L1 makes some on purpose).
class ConditionVariable {
 public:
  ConditionVariable();
  ~ConditionVariable();
  ConditionVariable(ConditionVariable const&) = delete;
  ConditionVariable& operator=(ConditionVariable const&) = delete;

  void notify_one();
  void notify_all();

  // One wait, no condition; building block of the others. Returns false when `deadline` passed.
  bool wait_once(Lock& lock, TimePoint deadline = kNoDeadline);

  template <typename Predicate>
  void wait(Lock& lock, Predicate condition) {
    while (!condition()) wait_once(lock);
  }

  // Returns the condition's value at the end.
  template <typename Predicate>
  bool wait_until(Lock& lock, TimePoint deadline, Predicate condition) {
    while (!condition()) {
      if (!wait_once(lock, deadline)) return condition();
    }
    return true;
  }

  // Also ends when `ctx` is cancelled or its deadline passes; returns the condition's value at the end.
  // The caller asks ctx.check() why it was false.
  bool wait(Context const& ctx, Lock& lock, std::function<bool()> const& condition);

 private:
  std::condition_variable real_;
  std::unique_ptr<detail::WaitQueue> queue_;
};

// A joinable thread. The destructor joins. At L1 the new thread belongs to its creator's domain.
class Thread {
 public:
  Thread() = default;
  // `name` appears in gdb, in deadlock reports and in logs (the kernel keeps 15 characters of it).
  Thread(std::string name, std::function<void()> body);
  ~Thread();
  Thread(Thread&&) noexcept;
  Thread& operator=(Thread&&) noexcept;

  void join();
  bool joinable() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Gives up the processor; at L1 a scheduling point without any other effect.
void yield();

// Threads started by base::Thread that have not ended, in this process. For leak checks after a case.
int live_thread_count();

}  // namespace rdscsi::base
