// `rds-sim verify`: replays transcripts against the simulator and says where it answers otherwise. Used by
// main.cpp.
#pragma once

#include <iosfwd>

#include "simulator/program/command_line.h"

namespace rdssim::program {

// Prints to `out` a difference per command and a count line; returns 0, 1 when anything differs, 2 on bad
// input (then one line per problem on `errors`) or when there was no command at all.
//
// A capture is replayed on a device of its own. Recordings of one `rds-sim record` are replayed together on
// one device, their commands in the order they began.
int verify(VerifyFlags const& flags, std::ostream& out, std::ostream& errors);

}  // namespace rdssim::program
