// The explorer's stories load, are the same for the same seed, and shrink to what they need.
#include "scenarios/engine/explorer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "scenarios/engine/loader.h"

namespace scenario {
namespace {

TEST(Explorer, EveryStoryLoads) {
  std::size_t steps = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    auto const story = explore(seed);
    auto const loaded = load_text(scenario_text(story), story.id() + ".yaml");
    for (auto const& complaint : loaded.complaints) EXPECT_TRUE(complaint.warning) << complaint.to_string();
    ASSERT_TRUE(loaded.ok()) << scenario_text(story);
    steps += story.steps.size();
  }
  std::cout << "explored stories: 300 with " << steps << " steps\n";
}

TEST(Explorer, ASeedIsAStory) {
  EXPECT_EQ(scenario_text(explore(7)), scenario_text(explore(7)));
  EXPECT_NE(scenario_text(explore(7)), scenario_text(explore(10)));
}

TEST(Explorer, ShrinksToTheStepsThatFail) {
  Exploration story;
  for (int i = 0; i < 20; ++i)
    story.steps.push_back("  - {at: " + std::to_string(i) + "ms, world: rds_power_loss, with: {}}\n");
  auto const needs = [&](Exploration const& candidate, int step) {
    return std::count(candidate.steps.begin(), candidate.steps.end(),
                      story.steps[static_cast<std::size_t>(step)]) > 0;
  };
  auto const small = shrink(
      story, [&](Exploration const& candidate) { return needs(candidate, 3) && needs(candidate, 17); });
  EXPECT_EQ(small.steps.size(), 2U);
}

TEST(Explorer, AFaultThatFoundNothingToStrikeBreaksNoRule) {
  RunResult result;
  result.violations.push_back({"fault-never-fired", "", {}, {}});
  EXPECT_TRUE(broken_rules(result).empty());
  result.violations.push_back({"rule-6-in-time", "", {}, {}});
  result.violations.push_back({"rule-6-in-time", "", {}, {}});
  EXPECT_EQ(broken_rules(result), (std::vector<std::string>{"rule-6-in-time"}));
}

}  // namespace
}  // namespace scenario
