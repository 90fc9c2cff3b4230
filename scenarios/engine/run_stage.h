// Stage: what both levels need around a world: the simulated device with its neighbours, the recorder, the
// hub, and the judging at the end. Used by run_l1.cpp and run_l2.cpp.
#pragma once

#include <functional>
#include <memory>

#include "scenarios/engine/judge.h"
#include "scenarios/engine/player.h"
#include "scenarios/engine/run_rules.h"
#include "scenarios/engine/run_trace.h"
#include "scenarios/engine/runner.h"

namespace scenario {

struct Stage {
  WorldOptions options;
  std::unique_ptr<rdssim::faults::FaultyDevice> rds;
  Recorder recorder;
  EventHub hub;
  std::unique_ptr<Oracle> oracle;
  std::unique_ptr<World> world;
  std::unique_ptr<Player> player;
  rdscsi::base::TimePoint zero_time{};  // the timeline's zero on the clock; known once it has begun

  // Makes device, oracle and neighbours; a failure is the reason why the run cannot start.
  absl::Status build(Scenario const& scenario, RunRequest const& request);
  // Plays the scenario in `world` and fills violations and trace of `result`.
  void play(Scenario const& scenario, RunRequest const& request, RunResult& result);
};

// A log sink that files the driver's lines under the controller `controller_of()` names (-1: not the
// driver's).
void capture_logs(Recorder& recorder, std::function<int()> controller_of);

// The result with everything but verdict, violations and trace filled in.
RunResult blank_result(Scenario const& scenario, RunRequest const& request);
// Verdict out of the violations.
void settle(RunResult& result);

}  // namespace scenario
