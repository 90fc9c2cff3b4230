// Scheduler: level 1. It lets exactly one managed thread run, picks the next one from a seed at every lock,
// wait, mailbox and seam call, and moves a virtual clock to the nearest deadline when nobody can run. Used by
// unit tests and by the scenario engine; production code never mentions it (it uses base/sync.h). Source:
// DESIGN "How L1 works".
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"

namespace rdscsi::base {

namespace detail {
class SchedulerCore;
}  // namespace detail

struct SchedulerOptions {
  std::uint64_t seed = 1;
  // Chance that a running thread is preempted at a scheduling point it could pass. Negative: drawn per run
  // from {0, 1/100, 1/10, 1} by the seed.
  double preemption = -1.0;
  // Scheduling steps without virtual time moving before the run is called a livelock.
  std::uint64_t steps_without_time_max = 2'000'000;
  // Virtual time after which the run is called endless.
  Duration virtual_time_max = std::chrono::hours(48);
  // Real time one thread may hold the baton before all stacks are printed and the process ends. Not applied
  // while a debugger is attached.
  Duration baton_hold_max = std::chrono::seconds(5);
  // The processor all threads of the run are pinned to; -1: the one the first thread starts on.
  int cpu = -1;
};

// A deadlock is reported when a circle of waits closes (even if other threads could go on), when somebody
// wants a mutex of a thread that is gone, or when nobody can run and no timer is set.
enum class RunEnd { finished, deadlock, livelock, too_long };

struct RunReport {
  RunEnd end = RunEnd::finished;
  std::string explanation;  // for anything but finished: threads, what each
                            // waits for, the seed
  std::uint64_t seed = 0;
  std::uint64_t switches = 0;       // how often another thread was picked
  std::uint64_t steps = 0;          // scheduling points passed
  Duration virtual_time{};          // at the end
  std::vector<std::string> killed;  // domains killed during the run
};

// A domain is one machine's worth of threads (controller-a, rds, orchestrator).
// Killing it is pulling its plug.
class Scheduler {
 public:
  explicit Scheduler(SchedulerOptions options);
  ~Scheduler();
  Scheduler(Scheduler const&) = delete;

  // Runs `body` on a managed thread of domain "main" and returns when every thread of every living domain has
  // ended, or the run cannot go on. After anything but `finished`, or after a kill, threads are left parked
  // for ever: the process must leave with _exit and must not run destructors of what they use. Once per
  // Scheduler.
  RunReport run(std::function<void()> body);

  // The scheduler of the calling thread, or null on a plain thread.
  static Scheduler* current();

  // --- to be called on a managed thread ---

  // Starts a thread in `domain` (made on first use). The thread is detached:
  // run() waits for it. In a killed domain nothing starts.
  void spawn(std::string const& domain, std::string name, std::function<void()> body);
  // No thread of `domain` is ever scheduled again; nothing is unwound. Hooks registered with on_kill run on
  // the killer's thread, before this returns. Killing the caller's own domain does not return. A mutex a
  // killed thread held stays locked; only threads of that domain may ever want it (a Mailbox is never left
  // locked). Whoever of another domain joins a killed thread goes on. TSan sees all that the killed threads
  // did as ordered before the hooks.
  void kill(std::string const& domain);
  bool killed(std::string const& domain) const;
  // A domain of the same name can be used again after revive(): new threads only, fresh state.
  void revive(std::string const& domain);
  // Runs when `domain` is killed next, once: sockets reset, unsynced writes drop. Must not wait for anything
  // of the killed domain. Hooks run in the order of registration.
  void on_kill(std::string const& domain, std::function<void()> hook);
  std::string current_domain() const;
  std::string current_thread_name() const;

  // A seam call: a scheduling point with a name, for reports and crash points.
  void point(char const* name);

 private:
  std::unique_ptr<detail::SchedulerCore> core_;
};

// Scheduling point if the thread is managed, nothing otherwise.
void seam_point(char const* name);

// Ends the process as every run with parked threads must: nothing is unwound or destroyed, but what was
// printed and (in a coverage build) counted is kept. To be called on a plain thread.
[[noreturn]] void leave_process(int exit_code);

}  // namespace rdscsi::base
