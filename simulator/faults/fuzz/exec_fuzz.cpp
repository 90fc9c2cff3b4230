// libFuzzer's way through FaultyDevice::exec, as the SSH server's exec channel takes a payload: several lines
// of several sessions on one device, interrupted or not. Built with -DRDSCSI_FUZZ=ON (preset `fuzz`) and run
// by ci/fuzz.sh; its seeds run in every build through exec_input.h.
#include <cstddef>

#include "simulator/faults/fuzz/exec_input.h"

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, std::size_t size) {
  rdssim::faults::fuzz::feed_exec({reinterpret_cast<char const*>(data), size});
  return 0;
}
