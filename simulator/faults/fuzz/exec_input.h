// One input of the exec fuzzer: payloads of exec channels, separated by NUL bytes, run one after another on
// one FaultyDevice. Used by exec_fuzz.cpp (libFuzzer) and exec_seeds_test.cpp. Not thread-safe.
#pragma once

#include <string_view>

namespace rdssim::faults::fuzz {

// The first byte: bits 0-1 the profile, bit 2 a login with modifiers, bit 3 an interactive session, bit 6 a
// fault that garbles replies. Then at most four lines; a run of NUL bytes is one separator. Aborts when a
// reply is missing, or when the device's state afterwards does not load.
void feed_exec(std::string_view input);

}  // namespace rdssim::faults::fuzz
