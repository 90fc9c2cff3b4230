// Mutex, ConditionVariable and Thread: the standard library's on plain threads, the scheduler's on managed
// ones.
#include "base/sync.h"

#include <pthread.h>
#include <sched.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <thread>

#include "base/context.h"
#include "base/scheduler_hooks.h"

namespace rdscsi::base {
namespace {

// Relaxed on purpose: a counter must not order threads, or TSan would miss races between them.
std::atomic<int> live_threads = 0;

std::chrono::steady_clock::time_point real_deadline(TimePoint deadline) {
  return std::chrono::steady_clock::time_point(
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(deadline.time_since_epoch()));
}

}  // namespace

namespace detail {

Quiet::Quiet() {
  if (ManagedThread* self = detail::self()) change_quiet(*self, 1);
}

Quiet::~Quiet() {
  if (ManagedThread* self = detail::self()) change_quiet(*self, -1);
}

void run_body(std::string const& name, std::function<void()>& body) {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
  try {
    body();
    body =
        nullptr;  // what the body captured dies on its own thread, before anybody can see that it has ended
  } catch (std::exception const& error) {
    std::fprintf(stderr, "thread \"%s\" ended by an exception nobody caught: %s\n", name.c_str(),
                 error.what());
    std::abort();
  } catch (...) {
    std::fprintf(stderr, "thread \"%s\" ended by something thrown that is no std::exception\n", name.c_str());
    std::abort();
  }
  live_threads.fetch_sub(1, std::memory_order_relaxed);
}

void count_new_thread() {
  live_threads.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace detail

void Mutex::lock() {
  if (detail::ManagedThread* self = detail::self()) detail::acquire(*self, queue_);
  real_.lock();
}

bool Mutex::try_lock() {
  if (detail::ManagedThread* self = detail::self()) {
    if (!detail::try_acquire(*self, queue_)) return false;
    real_.lock();
    return true;
  }
  return real_.try_lock();
}

void Mutex::unlock() {
  real_.unlock();
  if (detail::ManagedThread* self = detail::self()) detail::release(*self, queue_);
}

void ConditionVariable::notify_one() {
  if (detail::ManagedThread* self = detail::self()) {
    detail::notify(*self, queue_, false);
    return;
  }
  std::lock_guard guard(plain_guard_);
  plain_.notify_one();
}

void ConditionVariable::notify_all() {
  if (detail::ManagedThread* self = detail::self()) {
    detail::notify(*self, queue_, true);
    return;
  }
  std::lock_guard guard(plain_guard_);
  plain_.notify_all();
}

void ConditionVariable::raise(detail::Interrupt& interrupt) {
  {
    std::lock_guard guard(plain_guard_);
    interrupt.raised.store(true, std::memory_order_relaxed);
  }
  notify_all();
}

bool ConditionVariable::wait_once(Lock& lock, TimePoint deadline, detail::Interrupt const* interrupt) {
  detail::ManagedThread* self = detail::self();
  if (self == nullptr) return plain_wait(lock, deadline, interrupt);
  // No scheduling point lies between this look and the wait, so a raise cannot slip in between.
  if (interrupt != nullptr && interrupt->raised.load(std::memory_order_relaxed)) return true;
  Mutex& mutex = *lock.mutex();
  mutex.real_.unlock();
  bool const in_time = detail::wait(*self, queue_, mutex.queue_, deadline);
  mutex.real_.lock();
  return in_time;
}

// The guard is taken before the caller's lock is let go and by every notifier, so no notification is missed
// although the condition sleeps on the guard. Nobody takes the caller's lock while holding the guard.
bool ConditionVariable::plain_wait(Lock& lock, TimePoint deadline, detail::Interrupt const* interrupt) {
  std::unique_lock guard(plain_guard_);
  if (interrupt != nullptr && interrupt->raised.load(std::memory_order_relaxed)) return true;
  lock.mutex()->real_.unlock();
  std::cv_status status = std::cv_status::no_timeout;
  if (deadline == kNoDeadline) {
    plain_.wait(guard);
  } else {
    status = plain_.wait_until(guard, real_deadline(deadline));
  }
  guard.unlock();
  lock.mutex()->real_.lock();
  return status == std::cv_status::no_timeout;
}

bool ConditionVariable::wait(Context const& ctx, Lock& lock, std::function<bool()> const& condition) {
  if (condition()) return true;
  if (!ctx.check().ok()) return false;
  detail::Interrupt cancelled;
  Context::Registration const registration = ctx.on_cancel([this, &cancelled] { raise(cancelled); });
  while (!condition()) {
    if (cancelled.raised.load(std::memory_order_relaxed)) return false;
    if (!wait_once(lock, ctx.deadline(), &cancelled)) return condition();
  }
  return true;
}

struct Thread::State {
  std::thread plain;
  detail::Started managed;
};

Thread::Thread() noexcept = default;

Thread::Thread(std::string name, std::function<void()> body) : state_(std::make_unique<State>()) {
  detail::count_new_thread();
  if (detail::ManagedThread* self = detail::self()) {
    state_->managed = detail::start(*self, std::move(name), std::move(body));
    return;
  }
  state_->plain = std::thread(
      [name = std::move(name), body = std::move(body)]() mutable { detail::run_body(name, body); });
}

Thread::~Thread() {
  if (joinable()) join();
}

Thread::Thread(Thread&&) noexcept = default;

Thread& Thread::operator=(Thread&& other) noexcept {
  if (this == &other) return *this;
  if (joinable()) join();
  state_ = std::move(other.state_);
  return *this;
}

bool Thread::joinable() const {
  return state_ != nullptr;
}

void Thread::join() {
  std::unique_ptr<State> const state = std::move(state_);
  if (state->managed.thread == nullptr) {
    state->plain.join();
    return;
  }
  detail::ManagedThread* self = detail::self();
  if (self == nullptr || detail::join(*self, *state->managed.thread))
    pthread_join(state->managed.handle, nullptr);
}

void yield() {
  if (detail::ManagedThread* self = detail::self()) {
    detail::point(*self, "yield");
    return;
  }
  sched_yield();
}

int live_thread_count() {
  return live_threads.load(std::memory_order_relaxed);
}

}  // namespace rdscsi::base
