// `rds-sim record`: a proxy in front of a real device that writes transcripts. Used by main.cpp.
#pragma once

#include "simulator/program/command_line.h"

namespace rdssim::program {

// Returns the exit status once a signal ended it: 0, or 1 when the device could not be reached, was another
// one than expected, refused the login, or when a transcript could not be written (one line on standard
// error). Throws BadFlag (flag_values.h) before anything is open.
//
// The device is asked one thing of its own: its board and version, for the transcripts' first line.
int record(RecordFlags const& flags);

}  // namespace rdssim::program
