// `rds-sim ctl ...`: one request to a running rds-sim. Used by main.cpp.
#pragma once

#include "simulator/program/command_line.h"

namespace rdssim::program {

// Prints what came back on standard output, or what is wrong on standard error. Exit status: 0; 1 refused or
// not reached.
int run_ctl(CtlWords const& words);

}  // namespace rdssim::program
