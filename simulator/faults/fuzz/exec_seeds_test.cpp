// The exec fuzzer's committed seeds and their prefixes, run in every build.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "simulator/faults/fuzz/exec_input.h"

namespace rdssim::faults::fuzz {
namespace {

TEST(ExecFuzzer, EatsItsSeedsAndTheirPrefixes) {
  int inputs = 0;
  for (auto const& entry : std::filesystem::directory_iterator("fuzz/seeds")) {
    std::ifstream file(entry.path(), std::ios::binary);
    std::string const text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    for (std::size_t size = 0; size <= text.size(); size += 7) {
      feed_exec(text.substr(0, size));
      ++inputs;
    }
    feed_exec(text);
    ++inputs;
  }
  std::cout << "fuzzer inputs: " << inputs << "\n";
  EXPECT_GT(inputs, 50);
}

}  // namespace
}  // namespace rdssim::faults::fuzz
