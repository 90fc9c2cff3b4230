// TSan is the race detector of L1, so its silence must mean something: a planted race is reported, a clean
// run is not. Starts the program planted_race; registered in the tsan build only, since elsewhere nobody
// looks for races.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdio.h>
#include <sys/wait.h>

#include <array>
#include <string>

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Outcome {
  int exit_code = -1;
  std::string output;
};

Outcome run(std::string const& command) {
  Outcome outcome;
  FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return outcome;
  std::array<char, 4096> buffer{};
  while (std::size_t const length = fread(buffer.data(), 1, buffer.size(), pipe)) {
    outcome.output.append(buffer.data(), length);
  }
  int const status = pclose(pipe);
  if (WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
  return outcome;
}

TEST(SchedulerTsan, SeesAPlantedRaceAtL1) {
  Outcome const outcome = run(RDSCSI_PLANTED_RACE);
  EXPECT_EQ(outcome.exit_code, 66) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("WARNING: ThreadSanitizer: data race"));
  EXPECT_THAT(outcome.output, HasSubstr("planted_race.cpp"));
}

TEST(SchedulerTsan, SaysNothingOfTheSameProgramWithALock) {
  Outcome const outcome = run(RDSCSI_PLANTED_RACE " locked");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_THAT(outcome.output, Not(HasSubstr("ThreadSanitizer")));
}

}  // namespace
