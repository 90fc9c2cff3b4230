// See run_l2.h.
#include "scenarios/engine/run_l2.h"

#include <unistd.h>

#include <cstdio>

#include "base/log.h"
#include "scenarios/engine/run_stage.h"
#include "scenarios/engine/world_l2.h"

namespace scenario {

namespace {

// How long after its budget a run may take to wind up before the process is left.
constexpr Duration kWindUp = std::chrono::seconds(60);

// Ends a run that takes longer than it may: kills the controllers, so that calls return, and heals and closes
// what else is waited for. When even that does not help the process is left: its caller reports the crash.
class Watchdog {
 public:
  Watchdog(Stage& stage, WorldL2& world, Duration budget)
      : stage_(stage), world_(world), budget_(budget), began_(rdscsi::base::now()) {
    thread_ = rdscsi::base::Thread("watchdog", [this] { watch(); });
  }
  Watchdog(Watchdog const&) = delete;
  Watchdog& operator=(Watchdog const&) = delete;
  ~Watchdog() { called_off(); }

  // The run has ended. True if that was in time.
  bool called_off() {
    if (thread_.joinable()) {
      {
        rdscsi::base::Guard guard(mutex_);
        ended_ = true;
        changed_.notify_all();
      }
      thread_.join();
    }
    return !fired_;
  }

 private:
  bool ended_by(rdscsi::base::TimePoint moment) {
    rdscsi::base::Lock lock(mutex_);
    return changed_.wait_until(lock, moment, [this] { return ended_; });
  }

  void watch() {
    if (ended_by(began_ + budget_)) return;
    fired_ = true;
    world_.give_up();
    stage_.rds->heal_all();
    stage_.hub.close();
    if (ended_by(began_ + budget_ + kWindUp)) return;
    std::fprintf(stderr, "level 2: still running a minute after its wall budget was used up: leaving\n");
    _exit(1);
  }

  Stage& stage_;
  WorldL2& world_;
  Duration const budget_;
  rdscsi::base::TimePoint const began_;
  rdscsi::base::Mutex mutex_;
  rdscsi::base::ConditionVariable changed_;
  bool ended_ = false;  // under mutex_
  bool fired_ = false;  // the watchdog's own until it is joined
  rdscsi::base::Thread thread_;
};

void play_in(Stage& stage, Scenario const& scenario, RunRequest const& request, RunResult& result) {
  Place const place{scenario.file, 1, 1};
  absl::Status const built = stage.build(scenario, request);
  if (!built.ok()) {
    result.violations.push_back({"engine", std::string(built.message()), {}, place});
    return;
  }
  if (stage.options.cluster != nullptr) {
    result.violations.push_back(
        {"engine", "world.owners: only level 1 can be asked who owns what", {}, place});
    return;
  }
  auto started = WorldL2::start(stage.options, *stage.rds, stage.recorder);
  if (!started.ok()) {
    result.violations.push_back({"engine", std::string(started.status().message()), {}, place});
    return;
  }
  WorldL2& world = **started;
  stage.world = *std::move(started);
  Watchdog watchdog(stage, world, scenario.wall_budget);
  stage.play(scenario, request, result);
  for (std::string& trouble : world.finish()) {
    result.violations.push_back({"engine-process", std::move(trouble), result.trace.virtual_time, place});
  }
  if (watchdog.called_off()) return;
  result.violations.push_back(
      {"engine-over-budget",
       "the run took longer than its wall budget of " + rdscsi::base::format_duration(scenario.wall_budget) +
           "; its controllers were killed then, so the other violations may come from that",
       scenario.wall_budget, place});
}

}  // namespace

RunResult run_l2(Scenario const& scenario, RunRequest const& request) {
  RunResult result = blank_result(scenario, request);
  rdscsi::base::TimePoint const began = rdscsi::base::now();
  int const threads_before = rdscsi::base::live_thread_count();
  {
    Stage stage;
    capture_logs(stage.recorder, [] { return -1; });  // this process's own; the driver's come from its output
    play_in(stage, scenario, request, result);
    stage.player.reset();  // before the world it plays in
    stage.world.reset();
    rdscsi::base::configure_logging({});
  }
  int const threads_left = rdscsi::base::live_thread_count() - threads_before;
  if (threads_left > 0) {
    result.violations.push_back({"engine-process",
                                 std::to_string(threads_left) + " threads were left over",
                                 {},
                                 {scenario.file, 1, 1}});
  }
  result.wall_time = rdscsi::base::now() - began;
  settle(result);
  return result;
}

}  // namespace scenario
