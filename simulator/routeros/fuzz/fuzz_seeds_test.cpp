// The fuzzers' committed seeds and all their prefixes, run in every build.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "simulator/routeros/fuzz/console_input.h"

namespace rdssim::routeros::fuzz {
namespace {

TEST(ConsoleFuzzers, EatTheirSeedsAndPrefixes) {
  int inputs = 0;
  for (auto const& entry : std::filesystem::directory_iterator("fuzz/seeds")) {
    std::ifstream file(entry.path(), std::ios::binary);
    std::string const text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    for (std::size_t size = 0; size <= text.size(); size += 5) {
      feed_console(text.substr(0, size));
      ++inputs;
    }
    feed_console(text);
    feed_state(text);
    inputs += 2;
  }
  std::cout << "fuzzer inputs: " << inputs << "\n";
  EXPECT_GT(inputs, 300);
}

}  // namespace
}  // namespace rdssim::routeros::fuzz
