// Costs: what the registered scenarios assert about commands per call, as a page for people
// (driver/docs/round-trips.md). Used by `rds-scenario costs` and its test.
#pragma once

#include <string>
#include <vector>

#include "scenarios/engine/scenario.h"

namespace scenario {

// The most commands that a scenario of each kind allows one attempt of an RPC, and how many scenarios say so.
struct CallCost {
  std::string rpc;            // "create_volume"; "create_volume from a snapshot or volume"
  std::int64_t good = 0;      // lifecycle/: nothing goes wrong; 0: none of them asserts it
  std::int64_t recovery = 0;  // all others
  int good_scenarios = 0, recovery_scenarios = 0;
};

// In the order of the vocabulary. Calls that are no question to the device are left out.
std::vector<CallCost> call_costs(std::vector<Scenario> const& scenarios);

// The page, in Markdown.
std::string costs_page(std::vector<Scenario> const& scenarios);

}  // namespace scenario
