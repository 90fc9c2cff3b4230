// Threads, locks and waits: the only ones the project uses (the tidy test bans std's and absl's elsewhere).
// On a plain thread they are thin wrappers over the standard library. On a thread that a base::Scheduler
// manages each call is a scheduling point: the scheduler picks who goes on from its seed, and timed waits use
// virtual time.
//
// An object may be used either by managed threads of one scheduler or by plain threads, never by both.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/time.h"

namespace rdscsi::base {

class Context;

namespace detail {

struct ManagedThread;

// What the scheduler keeps about one lock or condition. Only the thread that holds the baton touches it;
// plain threads never do.
struct WaitQueue {
  ManagedThread* owner = nullptr;  // of a mutex
  ManagedThread* first = nullptr;  // blocked here, in order of arrival
  ManagedThread* last = nullptr;
  std::uint32_t run = 0;  // `number` counts objects within this run of a scheduler
  std::uint32_t number = 0;
};

// A cancellation that can end one wait. Raised through ConditionVariable::raise(), which needs no lock of the
// caller's, so that cancelling never waits for whoever holds the lock.
struct Interrupt {
  std::atomic<bool> raised = false;
};

// While one lives, the calling thread passes no scheduling point at L1 (it may still block). A kill can only
// come at a scheduling point, so what two domains share (a Mailbox) is never left locked by a domain that was
// killed.
class Quiet {
 public:
  Quiet();
  ~Quiet();
  Quiet(Quiet const&) = delete;
  Quiet& operator=(Quiet const&) = delete;
};

}  // namespace detail

// Not recursive. Use with std::lock_guard / std::unique_lock.
// Locking twice from one thread, or a cycle of locks, is reported by the scheduler at L1 with its seed.
class Mutex {
 public:
  constexpr Mutex() = default;
  ~Mutex() = default;
  Mutex(Mutex const&) = delete;
  Mutex& operator=(Mutex const&) = delete;

  void lock();
  bool try_lock();
  void unlock();

 private:
  friend class ConditionVariable;
  std::mutex real_;          // uncontended at L1; gives TSan its happens-before edges
  detail::WaitQueue queue_;  // used at L1 only
};

using Lock = std::unique_lock<Mutex>;
using Guard = std::lock_guard<Mutex>;

// Waits always state a condition: a wake-up may be spurious at every level (L1 makes some on purpose).
class ConditionVariable {
 public:
  ConditionVariable() = default;
  ~ConditionVariable() = default;
  ConditionVariable(ConditionVariable const&) = delete;
  ConditionVariable& operator=(ConditionVariable const&) = delete;

  void notify_one();
  void notify_all();

  // One wait, no condition; building block of the others. Returns false when `deadline` passed.
  bool wait_once(Lock& lock, TimePoint deadline = kNoDeadline) { return wait_once(lock, deadline, nullptr); }

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
  // The caller asks ctx.check() why it was false. Whoever cancels may hold the lock or not.
  bool wait(Context const& ctx, Lock& lock, std::function<bool()> const& condition);

  // For Mailbox and wait(ctx): as wait_once, but returns at once (true) when `interrupt` is or gets raised.
  bool wait_once(Lock& lock, TimePoint deadline, detail::Interrupt const* interrupt);
  // Raises `interrupt` and wakes everybody who waits here. Needs no lock.
  void raise(detail::Interrupt& interrupt);

 private:
  bool plain_wait(Lock& lock, TimePoint deadline, detail::Interrupt const* interrupt);

  std::mutex plain_guard_;  // closes the gap between looking at an interrupt and sleeping; plain threads only
  std::condition_variable plain_;
  detail::WaitQueue queue_;  // used at L1 only
};

// A joinable thread. The destructor joins. At L1 the new thread belongs to its creator's domain.
class Thread {
 public:
  Thread() noexcept;
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
