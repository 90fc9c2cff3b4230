// See run_l1.h.
#include "scenarios/engine/run_l1.h"

#include <cstdlib>

#include "base/log.h"
#include "base/scheduler.h"
#include "scenarios/engine/run_stage.h"
#include "scenarios/engine/world_l1.h"

namespace scenario {

using rdscsi::base::RunEnd;
using rdscsi::base::RunReport;
using rdscsi::base::Scheduler;

namespace {

bool left_behind = false;

int controller_of_this_thread() {
  Scheduler* scheduler = Scheduler::current();
  if (scheduler == nullptr) return -1;
  std::string const domain = scheduler->current_domain();
  return domain.rfind("controller-", 0) == 0 ? std::atoi(domain.c_str() + 11) : -1;
}

std::string_view end_name(RunEnd end) {
  switch (end) {
    case RunEnd::finished:
      return "finished";
    case RunEnd::deadlock:
      return "deadlock";
    case RunEnd::livelock:
      return "livelock";
    case RunEnd::too_long:
      return "over-budget";
  }
  return "?";
}

void play_in(Stage& stage, Scheduler& scheduler, Scenario const& scenario, RunRequest const& request,
             RunResult& result) {
  absl::Status const built = stage.build(scenario, request);
  rdscsi::base::StatusOr<rdscsi::csi::DriverOptions> const flags = driver_options_l1(stage.options.flags);
  if (!built.ok() || !flags.ok()) {
    std::string const why(built.ok() ? flags.status().message() : built.message());
    result.violations.push_back({"engine", why, {}, {scenario.file, 1, 1}});
    return;
  }
  stage.world = std::make_unique<WorldL1>(scheduler, stage.options, *stage.rds, stage.recorder);
  stage.play(scenario, request, result);
  stage.world.reset();  // stops the controllers; their threads and the device's end before run() returns
}

}  // namespace

bool threads_left_behind() {
  return left_behind;
}

RunResult run_l1(Scenario const& scenario, RunRequest const& request) {
  RunResult result = blank_result(scenario, request);
  rdscsi::base::SchedulerOptions options;
  options.seed = request.seed;
  options.virtual_time_max = scenario.virtual_budget + std::chrono::minutes(2);  // `given` comes on top
  auto stage = std::make_unique<Stage>();
  auto scheduler = std::make_unique<Scheduler>(options);
  capture_logs(stage->recorder, controller_of_this_thread);
  Stage* const on_stage = stage.get();
  Scheduler* const runs = scheduler.get();
  RunReport const report = scheduler->run([&] { play_in(*on_stage, *runs, scenario, request, result); });
  rdscsi::base::configure_logging({});
  if (report.end != RunEnd::finished) {
    result.violations.push_back({"engine-" + std::string(end_name(report.end)),
                                 report.explanation,
                                 report.virtual_time,
                                 {scenario.file, 1, 1}});
  }
  result.trace.switches = report.switches;
  if (result.trace.virtual_time == Duration::zero()) result.trace.virtual_time = report.virtual_time;
  settle(result);
  if (report.end != RunEnd::finished || !report.killed.empty()) {
    left_behind = true;  // parked threads still hold pointers into both
    static_cast<void>(stage.release());
    static_cast<void>(scheduler.release());
  }
  return result;
}

}  // namespace scenario
