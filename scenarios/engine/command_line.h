// The command line of rds-scenario. Used by main.cpp and its test.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace scenario {

struct CommandLine {
  enum class Command { list, lint, run, run_block, explore, words, schema, costs } command = Command::list;
  std::vector<std::string> files;     // empty: everything registered
  std::string root;                   // the scenarios folder; empty: found from the working directory upwards
  std::vector<std::uint64_t> seeds;   // empty: as the files say
  std::vector<std::string> profiles;  // empty: as the files say
  bool first_profile = false;         // only the first that each file names
  int level = 1;
  int jobs = 1;
  std::string report;  // folder; empty: none. explore: where what fails is written
  std::string result;  // run-block only
  double double_run_share = 0.05;
  bool progress = true;
  bool strict = false;  // lint: warnings fail, too
};

// Nothing if the program should only say `said` and leave: help (exit 0), or an error, which begins with
// "rds-scenario: " (exit 2).
std::optional<CommandLine> parse_command_line(int argc, char const* const* argv, std::string& said);

// "7" or "3..9", both ends included, at most 1,000,000 seeds. Nothing for anything else.
std::optional<std::vector<std::uint64_t>> parse_seeds(std::string const& text);

// This program's file, for starting it again.
std::string own_path();

}  // namespace scenario
