// Feeds a fuzzer its committed seeds in an ordinary test, so that a way of it that has rotted is seen in
// every build. Used by the fuzz rooms' *_seeds_test.cpp; test only.
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

namespace rdscsi::base::testing {

// Calls feed(text, whole) with the prefixes of each file in fuzz/seeds, `step` bytes apart and whole = false,
// then with all of it. Prints and returns how many inputs that were.
template <typename Feed>
int feed_seeds(std::size_t step, Feed const& feed) {
  int inputs = 0;
  for (auto const& entry : std::filesystem::directory_iterator("fuzz/seeds")) {
    std::ifstream file(entry.path(), std::ios::binary);
    std::string const text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    for (std::size_t size = 0; size <= text.size(); size += step) {
      feed(text.substr(0, size), false);
      ++inputs;
    }
    feed(text, true);
    ++inputs;
  }
  std::cout << "fuzzer inputs: " << inputs << "\n";
  return inputs;
}

}  // namespace rdscsi::base::testing
