// libFuzzer's way into pdu_input.h. Built with -DRDSCSI_FUZZ=ON (preset `fuzz`) and run by ci/fuzz.sh.
#include "simulator/nvme_tcp/fuzz/pdu_input.h"

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, std::size_t size) {
  rdssim::nvme_tcp::fuzz::feed({reinterpret_cast<std::byte const*>(data), size});
  return 0;
}
