// Serving: from checked flags to a device with its ports open, until SIGINT or SIGTERM. Used by main.cpp.
#pragma once

#include <string>

#include "simulator/program/command_line.h"

namespace rdssim::program {

// A flag whose value cannot be: one line that says what was wrong with which.
struct BadFlag {
  std::string text;
};

// Returns the exit status once a signal ended it; throws BadFlag before anything is open.
int serve(Flags& flags);

}  // namespace rdssim::program
