// Weaknesses: which numbered weaknesses of the Go driver the names of our tests mention. Used by
// ci/weaknesses_test.cpp, which compares them with the list in ci/weaknesses.txt.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

namespace weaknesses {

// Two-digit number to the names of tests that mention it, as "Suite.Name".
using Named = std::map<std::string, std::set<std::string>>;

// Adds what one test file's text names: W19 and W_19, inside the parentheses of TEST, TEST_F, TEST_P and
// TYPED_TEST only. Comments and strings count for nothing.
void add_file(std::string const& text, Named& named);

// All *_test.cpp below `root`, build folders left out. `files`: how many were read.
Named read_tree(std::filesystem::path const& root, int& files);

// "W-19 what it is" per line; # begins a comment. Throws std::runtime_error with the line that is neither.
std::map<std::string, std::string> read_list(std::string const& text);

}  // namespace weaknesses
