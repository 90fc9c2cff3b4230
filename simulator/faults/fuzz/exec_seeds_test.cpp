// The exec fuzzer's committed seeds and their prefixes, run in every build.
#include <gtest/gtest.h>

#include "base/testing/fuzz_seeds.h"
#include "simulator/faults/fuzz/exec_input.h"

namespace rdssim::faults::fuzz {
namespace {

TEST(ExecFuzzer, EatsItsSeedsAndTheirPrefixes) {
  EXPECT_GT(rdscsi::base::testing::feed_seeds(7, [](std::string const& text, bool) { feed_exec(text); }), 50);
}

}  // namespace
}  // namespace rdssim::faults::fuzz
