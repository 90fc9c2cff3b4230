// SchedulerCore: the state behind base::Scheduler and the one place that decides who runs next. Private to
// the scheduler's files. Everything here is touched only by the thread that holds the baton, inside a Hidden
// scope (see scheduler_baton.h); the keeper reads the few fields it is allowed to.
#pragma once

#include <pthread.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/scheduler.h"
#include "base/scheduler_baton.h"
#include "base/scheduler_hooks.h"

namespace rdscsi::base::detail {

class SchedulerCore;
struct ManagedThread;

struct Hook {
  ManagedThread* registered_by = nullptr;
  std::function<void()> run;
};

struct Domain {
  std::string name;
  std::uint64_t life = 1;  // counts revivals
  bool killed = false;
  std::vector<ManagedThread*> threads;           // neither ended nor killed
  std::vector<Hook> hooks;                       // run once, by the next kill
  std::map<std::string, std::uint64_t> streams;  // how often each root_stream() was asked for in this life
};

enum class Waiting { nothing, mutex, condition, join, sleep };

struct ManagedThread {
  Baton baton;
  SchedulerCore* core = nullptr;
  Domain* domain = nullptr;
  std::string name;
  std::function<void()> body;
  pthread_t handle{};
  pid_t kernel_id = 0;    // 0 until it has run for the first time
  bool detached = false;  // nobody of the run joins it
  bool ended = false;
  bool retired = false;  // idle until the end of the run: its kernel thread ends
  bool killed = false;

  Waiting waiting = Waiting::nothing;
  WaitQueue* queue = nullptr;        // where it is blocked, if in a queue
  ManagedThread* joining = nullptr;  // whom it waits for, if in join()
  ManagedThread* next_in_queue = nullptr;
  bool has_timer = false;
  std::pair<TimePoint, std::uint64_t> timer;
  bool in_time = true;  // how the last wait ended
  WaitQueue joiners;

  int quiet = 0;
  char const* last_point = "start";
  ManagedThread* next_to_reap = nullptr;
  char park_token = 0;  // address for tsan_release() whenever this thread gives the baton away
};

class SchedulerCore {
 public:
  SchedulerCore(Scheduler& owner, SchedulerOptions const& options);

  // --- threads ---
  Domain& domain(std::string const& name);
  ManagedThread& create(Domain& domain, std::string name, std::function<void()> body, bool detached);
  // Last act of a thread: wakes who joins it and gives the baton on. True: it lies in `idle` now, and its
  // kernel thread waits for its next turn. False: it touches nothing of ours after.
  bool end_thread(ManagedThread& self);

  // --- who runs ---
  void step(ManagedThread& self);           // counts one; ends the run when it has become a livelock
  void maybe_preempt(ManagedThread& self);  // lets another ready thread go on, by the odds of this run
  void block(ManagedThread& self);          // returns when `self` was woken and picked
  void make_ready(ManagedThread& thread);
  // Gives the baton to whom the seed picks (or to run()'s caller) and never returns.
  [[noreturn]] void leave_for_ever(ManagedThread& self);
  [[noreturn]] void end_run(ManagedThread& self, RunEnd end, std::string const& headline);

  // --- waiting ---
  void number(WaitQueue& queue);  // gives it its number within this run
  void enqueue(ManagedThread& thread, WaitQueue& queue);
  void set_timer(ManagedThread& thread, TimePoint deadline);
  void wake(ManagedThread& thread, bool in_time);  // from queue and timer to ready
  void wake_all(WaitQueue& queue);
  void wake_one(WaitQueue& queue);  // chosen by the seed
  void take_mutex(ManagedThread& self, WaitQueue& mutex);
  void drop_mutex(WaitQueue& mutex);
  bool spurious() { return random.chance(spurious_odds); }

  // --- kills ---
  void kill_threads(Domain& domain, ManagedThread const* except);

  // --- reports (scheduler_report.cpp) ---

  // Ends the run when `self`, about to block, closes a circle of waits or waits for a thread that is gone.
  void refuse_circle(ManagedThread& self);
  std::string describe_threads() const;

  Scheduler& owner;
  SchedulerOptions const options;
  RandomStream random;
  double preemption;
  double spurious_odds;
  std::uint32_t const run_number;

  TimePoint clock;
  std::uint64_t steps = 0;
  std::uint64_t steps_at_this_time = 0;
  std::uint64_t timers_set = 0;
  std::uint32_t queues_numbered = 0;
  std::uint64_t living = 0;  // threads neither ended nor killed
  bool used = false;
  RunReport report;
  Baton caller;  // of run()

  std::map<std::string, std::unique_ptr<Domain>> domains;
  std::vector<std::unique_ptr<ManagedThread>> threads;  // all there ever were
  std::vector<ManagedThread*> ready;
  // Detached ones that have ended: a kernel thread costs more than what most of them do, so create() uses
  // them again. Always empty under TSan, which would take two lives of a kernel thread for one thread.
  std::vector<ManagedThread*> idle;
  std::map<std::pair<TimePoint, std::uint64_t>, ManagedThread*> timers;

  // --- shared with the keeper, by relaxed atomics ---
  Baton keeper;
  bool keeper_stop = false;
  std::uint64_t progress = 0;
  ManagedThread* holder = nullptr;
  ManagedThread* to_reap = nullptr;  // a stack through next_to_reap

 private:
  ManagedThread* choose();  // takes it from `ready`; null when the run is over and `report` says how
  void hand_over(ManagedThread* next);
  void unlink(ManagedThread& thread);
  bool advance_clock();
  void conclude(RunEnd end, std::string const& headline);
};

inline constexpr TimePoint kVirtualStart{std::chrono::hours(1)};

std::string full_name(ManagedThread const& thread);

// Ends the process: for mistakes in the use of the scheduler itself.
[[noreturn]] void misuse(std::string const& what);

void set_self(ManagedThread* thread);

// Keeps the core of a run whose threads are parked, reachable for leak checkers, until the process ends.
void keep_for_ever(SchedulerCore* core);

// The keeper is a plain thread beside a run: the watchdog over the baton. Under TSan it joins detached
// threads that have ended, too, so that no managed thread gains a happens-before edge from joining them.
void* keeper_main(void* core);

}  // namespace rdscsi::base::detail
