// The scheduler finds what it is there to find: a planted race and planted deadlocks, over seeds, and says
// which seed found them. A seed that found something finds it again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <string>

#include "base/scheduler.h"
#include "base/sync.h"

namespace rdscsi::base {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr std::uint64_t kSeeds = 200;

SchedulerOptions with_seed(std::uint64_t seed) {
  SchedulerOptions options;
  options.seed = seed;
  return options;
}

// Each look and each change is locked, but not both together: two threads may both see one unit left and take
// it.
int overdrawn_by(std::uint64_t seed) {
  int units = 1;
  Scheduler scheduler(with_seed(seed));
  RunReport const report = scheduler.run([&units] {
    Mutex mutex;
    auto const take_one = [&] {
      bool enough = false;
      {
        Guard guard(mutex);
        enough = units > 0;
      }
      if (!enough) return;
      Guard guard(mutex);
      --units;
    };
    Thread a("a", take_one);
    Thread b("b", take_one);
    a.join();
    b.join();
  });
  EXPECT_EQ(report.end, RunEnd::finished) << report.explanation;
  return -units;
}

TEST(SchedulerSearch, FindsAPlantedCheckThenActRace) {
  int found = 0;
  std::uint64_t first = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    if (overdrawn_by(seed) <= 0) continue;
    ++found;
    if (first == 0) first = seed;
  }
  std::printf("[ figure ] planted race: first found by seed %llu; %d of %llu seeds find it\n",
              static_cast<unsigned long long>(first), found, static_cast<unsigned long long>(kSeeds));
  ASSERT_NE(first, 0u) << "no seed of 1.." << kSeeds << " found the race";
  EXPECT_LT(found, static_cast<int>(kSeeds)) << "a race that every order shows is no race";
  EXPECT_EQ(overdrawn_by(first), 1) << "seed " << first << " does not find it again";
}

// a locks left then right, b right then left.
RunReport embrace(std::uint64_t seed) {
  Scheduler scheduler(with_seed(seed));
  return scheduler.run([] {
    Mutex left;
    Mutex right;
    Thread a("worker-a", [&] {
      Guard first(left);
      Guard second(right);
    });
    Thread b("worker-b", [&] {
      Guard first(right);
      Guard second(left);
    });
    a.join();
    b.join();
  });
}

TEST(SchedulerSearch, FindsAPlantedDeadlockAndNamesThreadsAndSeed) {
  int found = 0;
  RunReport first;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    RunReport const report = embrace(seed);
    if (report.end == RunEnd::finished) continue;
    if (found++ == 0) first = report;
  }
  std::printf("[ figure ] planted deadlock: first found by seed %llu; %d of %llu seeds find it\n%s\n",
              static_cast<unsigned long long>(first.seed), found, static_cast<unsigned long long>(kSeeds),
              first.explanation.c_str());
  ASSERT_GT(found, 0) << "no seed of 1.." << kSeeds << " found the deadlock";
  EXPECT_LT(found, static_cast<int>(kSeeds));
  EXPECT_EQ(first.end, RunEnd::deadlock);
  EXPECT_THAT(
      first.explanation,
      AllOf(HasSubstr("deadlock"), HasSubstr("seed " + std::to_string(first.seed)),
            MatchesRegex("(.|\n)*main/worker-a: waits for mutex [0-9]+, held by main/worker-b(.|\n)*"),
            MatchesRegex("(.|\n)*main/worker-b: waits for mutex [0-9]+, held by main/worker-a(.|\n)*")));
  EXPECT_EQ(embrace(first.seed).explanation, first.explanation) << "the same seed tells the same story";
}

RunReport report_of(std::function<void()> body) {
  Scheduler scheduler(with_seed(17));
  return scheduler.run(std::move(body));
}

TEST(SchedulerSearch, LockingTwiceIsReported) {
  RunReport const report = report_of([] {
    Mutex mutex;
    mutex.lock();
    mutex.lock();
  });
  EXPECT_EQ(report.end, RunEnd::deadlock);
  EXPECT_THAT(report.explanation,
              AllOf(HasSubstr("seed 17"), HasSubstr("main/main: waits for mutex 1, held by itself")));
}

TEST(SchedulerSearch, ACircleIsReportedAlthoughATimerGoesOnForEver) {
  RunReport const report = report_of([] {
    Thread heartbeat("heartbeat", [] {
      while (true) sleep_for(5s);
    });
    Mutex mutex;
    Lock lock(mutex);
    Thread child("child", [&mutex] { Guard guard(mutex); });
    child.join();
  });
  EXPECT_EQ(report.end, RunEnd::deadlock);
  EXPECT_THAT(report.explanation,
              AllOf(HasSubstr("a circle of waits"), HasSubstr("waits for the end of main/child"),
                    HasSubstr("held by main/main")));
}

TEST(SchedulerSearch, AWaitNobodyCanEndIsADeadlock) {
  RunReport const report = report_of([] {
    Mutex mutex;
    ConditionVariable never;
    Lock lock(mutex);
    never.wait(lock, [] { return false; });
  });
  EXPECT_EQ(report.end, RunEnd::deadlock);
  EXPECT_THAT(report.explanation, AllOf(HasSubstr("no thread can go on"),
                                        HasSubstr("main/main: waits for a notification of condition")));
}

TEST(SchedulerSearch, AMutexWhoseHolderHasEndedIsADeadlock) {
  RunReport const report = report_of([] {
    Mutex mutex;
    Thread careless("careless", [&mutex] { mutex.lock(); });
    careless.join();
    mutex.lock();
  });
  EXPECT_EQ(report.end, RunEnd::deadlock);
  EXPECT_THAT(report.explanation, HasSubstr("held by main/careless, which ended without unlocking it"));
}

}  // namespace
}  // namespace rdscsi::base

// The embrace above is what TSan's own lock-order check looks for; here it is planted.
extern "C" char const* __tsan_default_options() {
  return "detect_deadlocks=0:atexit_sleep_ms=0";
}
