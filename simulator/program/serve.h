// Serving: from checked flags to a device with its ports open, until SIGINT or SIGTERM. Used by main.cpp.
#pragma once

#include "simulator/program/command_line.h"

namespace rdssim::program {

// Returns the exit status once a signal ended it; throws BadFlag (flag_values.h) before anything is open.
int serve(Flags& flags);

}  // namespace rdssim::program
