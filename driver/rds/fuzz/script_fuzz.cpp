// libFuzzer's way into feed_script() of rds_input.h. Built with -DRDSCSI_FUZZ=ON (preset `fuzz`) and run by
// ci/fuzz.sh.
#include <cstddef>

#include "rds/fuzz/rds_input.h"

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, std::size_t size) {
  rdscsi::rds::fuzz::feed_script({reinterpret_cast<char const*>(data), size});
  return 0;
}
