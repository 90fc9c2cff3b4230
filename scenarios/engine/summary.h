// Summary: many runs folded into blocks (scenario x profile x level, over its seeds), the numbers every
// report shows. Used by the terminal table, JUnit and the report's index page.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "scenarios/engine/trace.h"

namespace scenario {

struct Block {
  std::string scenario_id, title, profile;
  int level = 1;
  std::vector<RunResult const*> runs;  // borrowed, in seed order
  std::uint64_t failed = 0, inconclusive = 0, faults_fired = 0;
  std::map<std::string, std::int64_t> counts;  // added up
  rdscsi::base::Duration virtual_time{}, wall_time{};

  bool passed() const { return failed == 0 && inconclusive == 0; }
  // "1..20", "7", or "1, 5, 9" when they are not in a row.
  std::string seeds() const;
  std::string first_digest() const;  // of the first seed's run
};

// In the order of first appearance. `results` must outlive the blocks.
std::vector<Block> blocks_of(std::vector<RunResult> const& results);

std::int64_t count_of(Block const& block, std::string const& name);

// The table the terminal shows: a line per block, failures below with the line to paste, and last
// "N passed, M failed" (scenarios x profiles).
std::string table(std::vector<Block> const& blocks, bool colours);

}  // namespace scenario
