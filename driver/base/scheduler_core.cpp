// Who runs next: the ready list, timers and the virtual clock, queues, and what sync.cpp asks of them.
#include "base/scheduler_core.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace rdscsi::base::detail {
namespace {

constinit thread_local ManagedThread* current_thread = nullptr;

// 2026-01-01T00:00:00Z.
constexpr std::int64_t kWallStart = 1'767'225'600'000'000'000;

std::uint32_t next_run_number() {
  static std::uint32_t runs = 0;
  return __atomic_add_fetch(&runs, 1, __ATOMIC_RELAXED);
}

TimePoint after(TimePoint start, Duration duration) {
  return duration >= kNoDeadline - start ? kNoDeadline : start + duration;
}

}  // namespace

ManagedThread* self() {
  return current_thread;
}

void set_self(ManagedThread* thread) {
  current_thread = thread;
}

void keep_for_ever(SchedulerCore* core) {
  static Mutex mutex;
  static std::vector<SchedulerCore*> kept;
  Guard guard(mutex);
  kept.push_back(core);
}

void misuse(std::string const& what) {
  std::fprintf(stderr, "base::Scheduler: %s\n", what.c_str());
  std::abort();
}

SchedulerCore::SchedulerCore(Scheduler& scheduler, SchedulerOptions const& wanted)
    : owner(scheduler),
      options(wanted),
      random(RandomStream(wanted.seed).derive("scheduler")),
      preemption(wanted.preemption),
      spurious_odds(0),
      run_number(next_run_number()),
      clock(kVirtualStart) {
  static constexpr std::array<double, 4> kPreemptionOdds{0, 0.01, 0.1, 1};
  static constexpr std::array<double, 2> kSpuriousOdds{0, 0.02};
  double const drawn = kPreemptionOdds[random.below(kPreemptionOdds.size())];
  if (preemption < 0) preemption = drawn;
  spurious_odds = kSpuriousOdds[random.below(kSpuriousOdds.size())];
  report.seed = wanted.seed;
}

Domain& SchedulerCore::domain(std::string const& name) {
  std::unique_ptr<Domain>& found = domains[name];
  if (found == nullptr) {
    found = std::make_unique<Domain>();
    found->name = name;
  }
  return *found;
}

// --- who runs ---

void SchedulerCore::step(ManagedThread& self) {
  ++steps;
  __atomic_store_n(&progress, steps, __ATOMIC_RELAXED);
  if (++steps_at_this_time <= options.steps_without_time_max) return;
  end_run(self, RunEnd::livelock,
          "livelock: " + std::to_string(steps_at_this_time) + " steps and virtual time stands still");
}

void SchedulerCore::maybe_preempt(ManagedThread& self) {
  if (ready.empty() || preemption == 0 || !random.chance(preemption)) return;
  std::uint64_t const picked = random.below(ready.size() + 1);
  if (picked == ready.size()) return;  // the seed picks the thread that runs already
  std::swap(ready[picked], ready.back());
  ManagedThread* const next = ready.back();
  ready.back() = &self;
  hand_over(next);
  self.baton.take();
  __atomic_store_n(&holder, &self, __ATOMIC_RELAXED);
}

void SchedulerCore::block(ManagedThread& self) {
  ManagedThread* const next = choose();
  if (next == &self) return;
  hand_over(next);
  self.baton.take();
  __atomic_store_n(&holder, &self, __ATOMIC_RELAXED);
}

ManagedThread* SchedulerCore::choose() {
  while (ready.empty()) {
    if (living == 0) {
      conclude(RunEnd::finished, "");
      return nullptr;
    }
    if (timers.empty()) {
      conclude(RunEnd::deadlock, "deadlock: no thread can go on");
      return nullptr;
    }
    if (!advance_clock()) return nullptr;
  }
  std::swap(ready[random.below(ready.size())], ready.back());
  ManagedThread* const next = ready.back();
  ready.pop_back();
  return next;
}

bool SchedulerCore::advance_clock() {
  TimePoint const next = timers.begin()->first.first;
  if (next - kVirtualStart > options.virtual_time_max) {
    clock = after(kVirtualStart, options.virtual_time_max);
    conclude(RunEnd::too_long, "too long: still not finished");
    return false;
  }
  if (next > clock) {
    clock = next;
    steps_at_this_time = 0;
  }
  while (!timers.empty() && timers.begin()->first.first <= clock) wake(*timers.begin()->second, false);
  return true;
}

void SchedulerCore::hand_over(ManagedThread* next) {
  ManagedThread& giver = *current_thread;
  tsan_release(&giver.park_token);
  if (next == nullptr) {
    __atomic_store_n(&holder, nullptr, __ATOMIC_RELAXED);
    caller.give();
    return;
  }
  ++report.switches;
  next->baton.give();
}

void SchedulerCore::leave_for_ever(ManagedThread& self) {
  hand_over(choose());
  while (true) self.baton.take();
}

void SchedulerCore::end_run(ManagedThread& self, RunEnd end, std::string const& headline) {
  conclude(end, headline);
  hand_over(nullptr);
  while (true) self.baton.take();
}

// --- waiting ---

void SchedulerCore::number(WaitQueue& queue) {
  if (queue.run == run_number) return;
  queue.run = run_number;
  queue.number = ++queues_numbered;
}

void SchedulerCore::enqueue(ManagedThread& thread, WaitQueue& queue) {
  thread.queue = &queue;
  thread.next_in_queue = nullptr;
  if (queue.last != nullptr) {
    queue.last->next_in_queue = &thread;
  } else {
    queue.first = &thread;
  }
  queue.last = &thread;
}

void SchedulerCore::set_timer(ManagedThread& thread, TimePoint deadline) {
  if (deadline == kNoDeadline) return;
  thread.has_timer = true;
  thread.timer = {deadline, ++timers_set};
  timers.emplace(thread.timer, &thread);
}

void SchedulerCore::make_ready(ManagedThread& thread) {
  ready.push_back(&thread);
}

void SchedulerCore::unlink(ManagedThread& thread) {
  if (thread.has_timer) timers.erase(thread.timer);
  thread.has_timer = false;
  if (thread.queue == nullptr) return;
  WaitQueue& queue = *thread.queue;
  ManagedThread* before = nullptr;
  for (ManagedThread* at = queue.first; at != &thread; at = at->next_in_queue) before = at;
  (before == nullptr ? queue.first : before->next_in_queue) = thread.next_in_queue;
  if (queue.last == &thread) queue.last = before;
  thread.queue = nullptr;
}

void SchedulerCore::wake(ManagedThread& thread, bool in_time) {
  unlink(thread);
  thread.waiting = Waiting::nothing;
  thread.joining = nullptr;
  thread.in_time = in_time;
  make_ready(thread);
}

void SchedulerCore::wake_all(WaitQueue& queue) {
  while (queue.first != nullptr) wake(*queue.first, true);
}

void SchedulerCore::wake_one(WaitQueue& queue) {
  ManagedThread* chosen = queue.first;
  if (chosen == nullptr) return;
  std::uint64_t count = 1;
  for (ManagedThread* at = chosen->next_in_queue; at != nullptr; at = at->next_in_queue) ++count;
  for (std::uint64_t skip = random.below(count); skip > 0 && chosen->next_in_queue != nullptr; --skip) {
    chosen = chosen->next_in_queue;
  }
  wake(*chosen, true);
}

void SchedulerCore::take_mutex(ManagedThread& self, WaitQueue& mutex) {
  number(mutex);
  while (mutex.owner != nullptr) {
    self.waiting = Waiting::mutex;
    enqueue(self, mutex);
    refuse_circle(self);
    block(self);
  }
  mutex.owner = &self;
}

// All who wait become ready, and the seed decides among them and everybody else who gets it: more orders are
// tried than with a hand-over, and a thread killed between wake-up and lock takes no turn with it.
void SchedulerCore::drop_mutex(WaitQueue& mutex) {
  mutex.owner = nullptr;
  wake_all(mutex);
}

void SchedulerCore::kill_threads(Domain& domain, ManagedThread const* except) {
  std::vector<ManagedThread*> const victims = domain.threads;
  for (ManagedThread* thread : victims) {
    if (thread == except) continue;
    unlink(*thread);
    ready.erase(std::remove(ready.begin(), ready.end(), thread), ready.end());
    thread->killed = true;
    --living;
    std::erase(domain.threads, thread);
    tsan_acquire(&thread->park_token);  // what it did is over and done: hooks
                                        // may look at it without its locks
  }
  for (ManagedThread* thread : victims) {
    if (thread->killed) wake_all(thread->joiners);
  }
}

// --- hooks ---

TimePoint virtual_now(ManagedThread const& self) {
  Hidden const hidden;
  return self.core->clock;
}

std::int64_t virtual_wall_ns(ManagedThread const& self) {
  Hidden const hidden;
  return kWallStart + (self.core->clock - kVirtualStart).count();
}

std::uint64_t root_seed(ManagedThread& self, std::string_view name) {
  Hidden const hidden;
  Domain& domain = *self.domain;
  std::uint64_t const asked = domain.streams[std::string(name)]++;
  return RandomStream(self.core->options.seed)
      .derive("root")
      .derive(domain.name)
      .derive(std::to_string(domain.life))
      .derive(name)
      .derive(std::to_string(asked))
      .seed();
}

void point(ManagedThread& self, char const* name) {
  if (self.quiet > 0) return;
  Hidden const hidden;
  self.last_point = name;
  self.core->step(self);
  self.core->maybe_preempt(self);
}

void change_quiet(ManagedThread& self, int difference) {
  self.quiet += difference;
}

void sleep(ManagedThread& self, Duration duration) {
  if (duration <= Duration::zero()) {
    point(self, "sleep");
    return;
  }
  Hidden const hidden;
  SchedulerCore& core = *self.core;
  core.step(self);
  self.waiting = Waiting::sleep;
  core.set_timer(self, after(core.clock, duration));
  core.block(self);
}

void acquire(ManagedThread& self, WaitQueue& mutex) {
  point(self, "lock");
  Hidden const hidden;
  self.core->take_mutex(self, mutex);
}

bool try_acquire(ManagedThread& self, WaitQueue& mutex) {
  point(self, "try_lock");
  Hidden const hidden;
  if (mutex.owner != nullptr) return false;
  self.core->take_mutex(self, mutex);
  return true;
}

void release(ManagedThread& self, WaitQueue& mutex) {
  {
    Hidden const hidden;
    if (mutex.owner != &self) misuse("thread " + full_name(self) + " unlocks a mutex that it does not hold");
    self.core->drop_mutex(mutex);
  }
  point(self, "unlock");
}

bool wait(ManagedThread& self, WaitQueue& condition, WaitQueue& mutex, TimePoint deadline) {
  Hidden const hidden;
  SchedulerCore& core = *self.core;
  core.step(self);
  core.number(condition);
  if (mutex.owner != &self) misuse("thread " + full_name(self) + " waits with a mutex that it does not hold");
  core.drop_mutex(mutex);
  self.in_time = deadline > core.clock;
  if (!self.in_time || core.spurious()) {
    core.make_ready(self);
  } else {
    self.waiting = Waiting::condition;
    core.enqueue(self, condition);
    core.set_timer(self, deadline);
  }
  core.block(self);
  bool const in_time = self.in_time;  // waiting for the mutex overwrites it
  core.take_mutex(self, mutex);
  return in_time;
}

void notify(ManagedThread& self, WaitQueue& condition, bool all) {
  {
    Hidden const hidden;
    if (all) {
      self.core->wake_all(condition);
    } else {
      self.core->wake_one(condition);
    }
  }
  point(self, "notify");
}

bool join(ManagedThread& self, ManagedThread& target) {
  point(self, "join");
  Hidden const hidden;
  SchedulerCore& core = *self.core;
  while (!target.ended && !target.killed) {
    self.waiting = Waiting::join;
    self.joining = &target;
    core.enqueue(self, target.joiners);
    core.refuse_circle(self);
    core.block(self);
  }
  return target.ended;
}

}  // namespace rdscsi::base::detail
