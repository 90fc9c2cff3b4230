// One command a call, two in recovery: asserted by scenarios for every RPC, and the page says what they say.
#include "scenarios/engine/costs.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "scenarios/engine/loader.h"
#include "scenarios/engine/registry.h"

namespace scenario {
namespace {

std::vector<Scenario> registered() {
  std::vector<Scenario> all;
  for (std::string const& file : read_registry("..").files) {
    Loaded const loaded = load_file(file);
    EXPECT_TRUE(loaded.ok()) << file;
    if (loaded.ok()) all.push_back(*loaded.scenario);
  }
  return all;
}

TEST(Costs, EveryCallIsAssertedToTakeOneCommandAndTwoInRecovery) {
  auto const costs = call_costs(registered());
  for (CallCost const& cost : costs) {
    EXPECT_EQ(cost.good, 1) << cost.rpc;
    EXPECT_GE(cost.good_scenarios, 1) << cost.rpc;
    EXPECT_LE(cost.recovery, 2) << cost.rpc;
  }
  std::printf("calls with an asserted cost: %zu\n", costs.size());
}

TEST(Costs, ThePageIsWhatTheScenariosSay) {
  std::ifstream file("../../driver/docs/round-trips.md");
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), costs_page(registered()))
      << "write it anew: rds-scenario costs > driver/docs/round-trips.md";
}

}  // namespace
}  // namespace scenario
