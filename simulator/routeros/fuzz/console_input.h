// One input of the console's fuzzers: a line for the parser and the evaluator, or a state file. Used by
// console_fuzz.cpp and state_fuzz.cpp (libFuzzer) and by fuzz_seeds_test.cpp, which runs the committed seeds
// in every build. Not thread-safe.
#pragma once

#include <string_view>

namespace rdssim::routeros::fuzz {

// The first byte chooses the profile (bits 0-1), the width (bit 2: 30 instead of 80 columns) and whether the
// session is interactive (bit 3); the rest is the line. Aborts when the parser answers neither a program nor
// an error nor a wish for more, names a column outside the line, or when a line that did not parse had an
// effect.
void feed_console(std::string_view input);

// The input is a state file. Aborts when a state that loads is not the same after a save and another load.
void feed_state(std::string_view input);

}  // namespace rdssim::routeros::fuzz
