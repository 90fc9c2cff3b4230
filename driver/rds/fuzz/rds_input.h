// One input of the driver's fuzzers: what a device may print, and what a value may hold that goes into a
// console line. Used by reply_fuzz.cpp and script_fuzz.cpp (libFuzzer) and by fuzz_seeds_test.cpp, which runs
// the committed seeds in every build. Incident 22; rule 9. Not thread-safe.
#pragma once

#include <string_view>

namespace rdscsi::rds::fuzz {

// First byte even: the rest is a reply as it stands. Odd: two bytes that say where a whole frame is damaged
// and how, then its text, a value a line. Aborts when a whole frame is not read as it was written, when a
// damaged one gives other records, or when a reply that is not read says nothing about why.
void feed_reply(std::string_view input);

// First byte: which of the driver's lines. Then values between NULs: base path, directory in it, cluster id,
// CSI name, host NQN, filesystem's label. Aborts when the line has other code than it has for harmless
// values, or is too long.
void feed_script(std::string_view input);

}  // namespace rdscsi::rds::fuzz
