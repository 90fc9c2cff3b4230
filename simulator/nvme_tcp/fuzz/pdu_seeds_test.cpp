// The fuzzer's committed seeds, run in every build: a way of the fuzzer that has rotted is seen here.
#include <gtest/gtest.h>

#include <span>

#include "base/testing/fuzz_seeds.h"
#include "simulator/nvme_tcp/fuzz/pdu_input.h"

namespace rdssim::nvme_tcp::fuzz {
namespace {

TEST(PduFuzzer, EatsItsSeedsAndTheirPrefixes) {
  EXPECT_GT(rdscsi::base::testing::feed_seeds(
                7, [](std::string const& text, bool) { feed(std::as_bytes(std::span(text))); }),
            100);
}

}  // namespace
}  // namespace rdssim::nvme_tcp::fuzz
