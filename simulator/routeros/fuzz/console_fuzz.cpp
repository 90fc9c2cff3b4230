// libFuzzer's way into console_input.h: lines. Built with -DRDSCSI_FUZZ=ON (preset `fuzz`) and run by
// ci/fuzz.sh.
#include <cstddef>

#include "simulator/routeros/fuzz/console_input.h"

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, std::size_t size) {
  rdssim::routeros::fuzz::feed_console({reinterpret_cast<char const*>(data), size});
  return 0;
}
