// TSan is the race detector of L1, so its silence must mean something: a planted race is reported, a clean
// run is not. Starts the program planted_race; registered in the tsan build only, since elsewhere nobody
// looks for races.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/child_process.h"

namespace rdscsi::base {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Outcome {
  int exit_code = -1;
  std::string output;
};

Outcome run(std::vector<std::string> argv) {
  ChildSpec spec;
  spec.argv = std::move(argv);
  StatusOr<ChildResult> const child = run_child(Context::background(), spec);
  if (!child.ok()) return {};
  return {child->exit_code, child->stdout_bytes + child->stderr_bytes};
}

TEST(SchedulerTsan, SeesAPlantedRaceAtL1) {
  Outcome const outcome = run({RDSCSI_PLANTED_RACE});
  EXPECT_EQ(outcome.exit_code, 66) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("WARNING: ThreadSanitizer: data race"));
  EXPECT_THAT(outcome.output, HasSubstr("planted_race.cpp"));
}

TEST(SchedulerTsan, SaysNothingOfTheSameProgramWithALock) {
  Outcome const outcome = run({RDSCSI_PLANTED_RACE, "locked"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, Not(HasSubstr("ThreadSanitizer")));
}

}  // namespace
}  // namespace rdscsi::base
