// The public face of the scheduler: runs, threads, domains, kills.
#include "base/scheduler.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "base/scheduler_core.h"

// Of libgcov; absent in other builds.
extern "C" __attribute__((weak)) void __gcov_dump();  // NOLINT(bugprone-reserved-identifier)

namespace rdscsi::base {
namespace detail {
namespace {

// The baton changes hands about three times as fast when nobody has to be woken on another processor. Threads
// inherit the processor from the one that creates them, so only the first thread of a run is pinned.
void pin_to_one_cpu(int wanted) {
  int const cpu = wanted >= 0 ? wanted : sched_getcpu();
  if (cpu < 0 || cpu >= CPU_SETSIZE) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(cpu), &set);
  sched_setaffinity(0, sizeof set,
                    &set);  // a container may forbid it: slower, not wrong
}

// After end_thread() the thread has no baton any more: destructors of thread-local objects run beside whoever
// goes on, so they must not use base/.
void* thread_main(void* argument) {
  auto& self = *static_cast<ManagedThread*>(argument);
  pthread_setname_np(pthread_self(), self.name.substr(0, 15).c_str());  // before its first turn, for gdb
  do {
    self.baton.take();
    if (self.retired) return nullptr;
    set_self(&self);
    {
      Hidden const hidden;
      __atomic_store_n(&self.core->holder, &self, __ATOMIC_RELAXED);
      self.kernel_id = static_cast<pid_t>(syscall(SYS_gettid));
    }
    run_body(self.name, self.body);
  } while (self.core->end_thread(self));
  return nullptr;
}

// For the next body. What names the thread to the kernel, its baton and TSan's token stay.
void begin_again(ManagedThread& thread) {
  thread.ended = false;
  thread.last_point = "start";
  thread.in_time = true;
  thread.joiners = {};
}

SchedulerCore& core_of_caller(std::unique_ptr<SchedulerCore> const& core, char const* function) {
  if (self() == nullptr || self()->core != core.get()) {
    misuse(std::string(function) + "() is for threads that this scheduler manages");
  }
  return *core;
}

}  // namespace

ManagedThread& SchedulerCore::create(Domain& home, std::string name, std::function<void()> body,
                                     bool detached) {
  bool const again = detached && !idle.empty();
  if (!again) threads.push_back(std::make_unique<ManagedThread>());
  ManagedThread& thread = again ? *idle.back() : *threads.back();
  thread.core = this;
  thread.domain = &home;
  thread.name = std::move(name);
  thread.body = std::move(body);
  thread.detached = detached;
  if (again) {
    idle.pop_back();
    begin_again(thread);
  } else if (int const error = pthread_create(&thread.handle, nullptr, thread_main, &thread); error != 0) {
    misuse("the kernel starts no thread for " + full_name(thread) + ": errno " + std::to_string(error));
  }
  home.threads.push_back(&thread);
  ++living;
  make_ready(thread);
  return thread;
}

bool SchedulerCore::end_thread(ManagedThread& self) {
  Hidden const hidden;
  bool const rests = self.detached && __tsan_acquire == nullptr;
  self.ended = true;
  --living;
  std::erase(self.domain->threads, &self);
  wake_all(self.joiners);
  if (rests) idle.push_back(&self);
  ManagedThread* const next = choose();
  if (self.detached && !rests) {
    self.next_to_reap = __atomic_load_n(&to_reap, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&to_reap, &self.next_to_reap, &self, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED)) {
    }
    keeper.give();
  }
  hand_over(next);
  set_self(nullptr);
  return rests;
}

Started start(ManagedThread& self, std::string name, std::function<void()> body) {
  Started started;
  {
    Hidden const hidden;
    started.thread = &self.core->create(*self.domain, std::move(name), std::move(body), false);
    started.handle = started.thread->handle;
  }
  point(self, "start of a thread");
  return started;
}

}  // namespace detail

using detail::Hidden;
using detail::ManagedThread;
using detail::SchedulerCore;

Scheduler::Scheduler(SchedulerOptions options) : core_(std::make_unique<SchedulerCore>(*this, options)) {}

Scheduler::~Scheduler() {
  bool const clean = core_->report.end == RunEnd::finished && core_->report.killed.empty();
  // Parked threads go on looking at their batons: what they look at must outlive them.
  if (!clean) detail::keep_for_ever(core_.release());
}

RunReport Scheduler::run(std::function<void()> body) {
  if (detail::self() != nullptr) detail::misuse("run() on a managed thread");
  if (std::exchange(core_->used, true)) detail::misuse("run() a second time; make a new Scheduler");
  SchedulerCore& core = *core_;
  pthread_t keeper{};
  if (pthread_create(&keeper, nullptr, detail::keeper_main, &core) != 0)
    detail::misuse("no thread for the keeper");
  detail::count_new_thread();
  auto first = [body = std::move(body), cpu = core.options.cpu]() mutable {
    detail::pin_to_one_cpu(cpu);
    body();
    body = nullptr;
  };
  {
    Hidden const hidden;
    ManagedThread& main = core.create(core.domain("main"), "main", std::move(first), true);
    core.ready.clear();
    main.baton.give();
    core.caller.take();
    for (ManagedThread* const thread : core.idle) {
      thread->retired = true;
      thread->baton.give();
      pthread_join(thread->handle, nullptr);
    }
    for (auto const& thread : core.threads) detail::tsan_acquire(&thread->park_token);
    __atomic_store_n(&core.keeper_stop, true, __ATOMIC_RELAXED);
    core.keeper.give();
  }
  pthread_join(keeper, nullptr);
  return core.report;
}

Scheduler* Scheduler::current() {
  ManagedThread* const self = detail::self();
  return self == nullptr ? nullptr : &self->core->owner;
}

void Scheduler::spawn(std::string const& domain, std::string name, std::function<void()> body) {
  SchedulerCore& core = detail::core_of_caller(core_, "spawn");
  {
    Hidden const hidden;
    detail::Domain& home = core.domain(domain);
    if (home.killed) return;
    detail::count_new_thread();
    core.create(home, std::move(name), std::move(body), true);
  }
  detail::point(*detail::self(), "spawn");
}

void Scheduler::kill(std::string const& domain) {
  SchedulerCore& core = detail::core_of_caller(core_, "kill");
  ManagedThread& self = *detail::self();
  std::vector<detail::Hook> hooks;
  {
    Hidden const hidden;
    detail::Domain& victim = core.domain(domain);
    if (victim.killed) return;
    victim.killed = true;
    core.report.killed.push_back(domain);
    core.kill_threads(victim, &self);
    hooks.swap(victim.hooks);
    for (detail::Hook const& hook : hooks) detail::tsan_acquire(&hook.registered_by->park_token);
  }
  for (detail::Hook const& hook : hooks) hook.run();
  if (self.domain->killed && self.domain->name == domain) {
    Hidden const hidden;
    core.kill_threads(*self.domain, nullptr);
    core.leave_for_ever(self);
  }
}

bool Scheduler::killed(std::string const& domain) const {
  SchedulerCore& core = detail::core_of_caller(core_, "killed");
  Hidden const hidden;
  return core.domain(domain).killed;
}

void Scheduler::revive(std::string const& domain) {
  SchedulerCore& core = detail::core_of_caller(core_, "revive");
  Hidden const hidden;
  detail::Domain& revived = core.domain(domain);
  if (!revived.killed) detail::misuse("revive(" + domain + "), which is not dead");
  revived.killed = false;
  ++revived.life;
  revived.streams.clear();
}

void Scheduler::on_kill(std::string const& domain, std::function<void()> hook) {
  SchedulerCore& core = detail::core_of_caller(core_, "on_kill");
  Hidden const hidden;
  core.domain(domain).hooks.push_back({detail::self(), std::move(hook)});
}

std::string Scheduler::current_domain() const {
  detail::core_of_caller(core_, "current_domain");
  Hidden const hidden;
  return detail::self()->domain->name;
}

std::string Scheduler::current_thread_name() const {
  detail::core_of_caller(core_, "current_thread_name");
  Hidden const hidden;
  return detail::self()->name;
}

void Scheduler::point(char const* name) {
  detail::core_of_caller(core_, "point");
  detail::point(*detail::self(), name);
}

void seam_point(char const* name) {
  if (ManagedThread* self = detail::self()) detail::point(*self, name);
}

void leave_process(int exit_code) {
  std::fflush(nullptr);
  if (__gcov_dump != nullptr) __gcov_dump();
  _exit(exit_code);
}

}  // namespace rdscsi::base
