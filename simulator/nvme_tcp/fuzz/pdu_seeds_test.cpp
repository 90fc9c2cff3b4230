// The fuzzer's committed seeds, run in every build: a way of the fuzzer that has rotted is seen here.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include "simulator/nvme_tcp/fuzz/pdu_input.h"

namespace rdssim::nvme_tcp::fuzz {
namespace {

TEST(PduFuzzer, EatsItsSeedsAndTheirPrefixes) {
  int inputs = 0;
  for (auto const& entry : std::filesystem::directory_iterator("fuzz/seeds")) {
    std::ifstream file(entry.path(), std::ios::binary);
    std::vector<char> const text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    auto const bytes = std::as_bytes(std::span(text));
    for (std::size_t size = 0; size <= bytes.size(); size += 7) {
      feed(bytes.first(size));
      ++inputs;
    }
    feed(bytes);
    ++inputs;
  }
  std::cout << "fuzzer inputs: " << inputs << "\n";
  EXPECT_GT(inputs, 100);
}

}  // namespace
}  // namespace rdssim::nvme_tcp::fuzz
