// Double runs: a part of all runs is played again, twice, in freshly started processes, and all three digests
// must agree. The only check that notices a run that depends on memory addresses, the environment or what ran
// before it. Used by main.cpp. Source: DESIGN "How L1 works"; anchors 2.2 number 6.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/engine/scenario.h"
#include "scenarios/engine/trace.h"

namespace scenario {

struct DoubleRunOptions {
  std::string program;  // this program's own path; empty: no double runs
  double share = 0.05;  // of the level 1 runs, chosen by what they are, at least one
};

struct DoubleRunReport {
  std::uint64_t checked = 0;
  std::uint64_t differing = 0;
};

// Whether double_run() plays this run again: it depends on the run alone, so that the same runs are chosen
// everywhere. Whoever drops traces must keep the events of these.
bool chosen_for_double_run(RunResult const& run, double share);

// The first result when none is chosen. A run that differs gets the violation "determinism" with the first
// line in which the traces part.
DoubleRunReport double_run(std::vector<Scenario> const& scenarios, DoubleRunOptions const& options,
                           std::vector<RunResult>& results);

// "line 7: `...` here, `...` there", or empty when the traces are equal.
std::string first_difference(Trace const& a, Trace const& b);

}  // namespace scenario
