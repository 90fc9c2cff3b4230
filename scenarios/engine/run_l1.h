// One run at level 1: scheduler, device, world, player, judge and rules, put together. Used by runner.cpp.
#pragma once

#include "scenarios/engine/runner.h"

namespace scenario {

// In this process, on the calling thread. After a kill, or when the run did not finish, parked threads remain
// and what they use is left alive on purpose: the process must end with base::leave_process().
RunResult run_l1(Scenario const& scenario, RunRequest const& request);

// True when the last run_l1() in this process left parked threads behind.
bool threads_left_behind();

}  // namespace scenario
