// Runner: scenarios in, results out. run_once() is one run in this process; run_many() spreads runs over
// processes. Used by main.cpp and by tests. Implemented in runner.cpp on top of the worlds (world_l1,
// world_l2) and the judge.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "scenarios/engine/scenario.h"
#include "scenarios/engine/trace.h"

namespace scenario {

struct RunRequest {
  std::uint64_t seed = 1;
  std::string profile = "7.16";
  int level = 1;
  std::string repeat_line;  // copied into the result
};

// True if this scenario's run must not share a process with anything else: it kills a domain, so threads stay
// parked and the process has to leave with _exit (DESIGN "How L1 works").
bool needs_own_process(Scenario const& scenario);

// One run, in this process. Never throws; a run that cannot start is a failed result with a violation
// "engine". After a scenario for which needs_own_process() holds the caller must not do anything but report
// and _exit.
RunResult run_once(Scenario const& scenario, RunRequest const& request);

struct RunOptions {
  // Per scenario: empty seeds = the file's own seed_from/seed_count; empty profiles = the file's own
  // profiles.
  std::vector<std::uint64_t> seeds;
  std::vector<std::string> profiles;
  int level = 1;
  int jobs = 1;  // processes at once
  // This program's own path: children are started as `program run-block FILE --seeds A..B --profile P --level
  // N
  // --result OUT`, which main.cpp serves and which writes OUT with engine/result_io.h. Empty: everything
  // in-process (tests only).
  std::string program;
  // Called on the caller's thread after every finished run, in completion order.
  std::function<void(RunResult const&, std::uint64_t done, std::uint64_t total)> progress;
  // Which passed runs keep their trace's events besides the first seed of each scenario and profile (what
  // failed always keeps them); null: none. Asked on the caller's thread.
  std::function<bool(RunResult const&)> keep_events;
};

// Every scenario x profile x seed. Results ordered by (scenario as given, profile as given, seed), whatever
// finished first. A child that dies without a result gives failed results with violation "engine-crash" and
// its last words.
std::vector<RunResult> run_many(std::vector<Scenario> const& scenarios, RunOptions const& options);

// The line to paste: "rds-scenario run scenarios/incidents/x.yaml --seed 7 --profile 7.16 --level 1".
std::string repeat_line(Scenario const& scenario, RunRequest const& request);

}  // namespace scenario
