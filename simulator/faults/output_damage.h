// What faults do to the bytes of a reply. Pure functions of the output, the fault and a random stream.
// Used by FaultyDevice. Each returns whether it could change anything: a fault that could not has not fired.
#pragma once

#include <string>

#include "base/random.h"
#include "simulator/faults/fault.h"

namespace rdssim::faults {

// Keeps the first `at_byte` bytes, or a seeded number; at least one byte goes.
bool cut_output(Fault const& fault, rdscsi::base::RandomStream& random, std::string* output);

// Changes `bytes` bytes at seeded places to seeded other values.
bool garble_output(Fault const& fault, rdscsi::base::RandomStream& random, std::string* output);

// Puts the text and CRLF before a given or seeded line, or behind the last.
bool insert_log_line(Fault const& fault, rdscsi::base::RandomStream& random, std::string* output);

}  // namespace rdssim::faults
