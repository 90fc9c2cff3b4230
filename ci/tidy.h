// Tidy: house rules that no compiler knows, checked over the text of the tree. Used by ci/tidy_test.cpp,
// which also plants a violation of each rule and expects it to be found. Source: DESIGN "Seams", "Layout".
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tidy {

struct Finding {
  std::string file;  // relative to the tree's root, with forward slashes
  int line = 0;      // 1-based; 0 = the whole file
  std::string rule;
  std::string text;  // what is wrong and what would be right
};

// Judges one file's text as if it stood at `path`. Pure.
std::vector<Finding> check_file(std::string const& path, std::string const& text);

struct TreeReport {
  int files = 0;  // how many were read
  std::vector<Finding> findings;
};

// Walks sources, scripts, scenarios and documents below `root`, leaving out build folders and testdata.
TreeReport check_tree(std::filesystem::path const& root);

// Names of all rules, so that a test can demand a planted violation for each.
std::vector<std::string> rule_names();

}  // namespace tidy
