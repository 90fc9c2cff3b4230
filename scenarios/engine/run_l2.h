// One run at level 2: the shipped rds-csi-plugin as a process, gRPC on a unix socket, libssh on both ends,
// real time. Used by runner.cpp.
#pragma once

#include "scenarios/engine/runner.h"

namespace scenario {

RunResult run_l2(Scenario const& scenario, RunRequest const& request);

}  // namespace scenario
