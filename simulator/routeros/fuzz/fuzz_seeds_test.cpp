// The fuzzers' committed seeds and all their prefixes, run in every build.
#include <gtest/gtest.h>

#include "base/testing/fuzz_seeds.h"
#include "simulator/routeros/fuzz/console_input.h"

namespace rdssim::routeros::fuzz {
namespace {

TEST(ConsoleFuzzers, EatTheirSeedsAndPrefixes) {
  int states = 0;
  int const inputs = rdscsi::base::testing::feed_seeds(5, [&](std::string const& text, bool whole) {
    feed_console(text);
    if (!whole) return;
    feed_state(text);
    ++states;
  });
  EXPECT_GT(inputs + states, 300);
}

}  // namespace
}  // namespace rdssim::routeros::fuzz
