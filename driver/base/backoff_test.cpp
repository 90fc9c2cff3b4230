// CONN-02, RECON-04: attempts come back after 1, 2, 4, 8, 16, 16 ... seconds, each with its own jitter.
#include "base/backoff.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace rdscsi::base {
namespace {

TEST(Backoff, DoublesFromOneSecondAndStaysAtSixteen) {
  RandomStream random(1);
  Backoff backoff(BackoffOptions{.jitter = 0.0});
  for (int const seconds : {1, 2, 4, 8, 16, 16, 16})
    EXPECT_EQ(backoff.next(random), std::chrono::seconds(seconds));
  EXPECT_EQ(backoff.attempts(), 7);
}

TEST(Backoff, JitterStaysWithinATenthAndReachesBothHalves) {
  for (std::size_t attempt = 0; attempt < 6; ++attempt) {
    Duration const step = std::chrono::seconds(std::vector{1, 2, 4, 8, 16, 16}[attempt]);
    int early = 0;
    int late = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      RandomStream random(seed);
      Backoff backoff;
      for (std::size_t earlier = 0; earlier < attempt; ++earlier) backoff.next(random);
      Duration const delay = backoff.next(random);
      EXPECT_GE(delay, step * 9 / 10) << "seed " << seed;
      EXPECT_LE(delay, step * 11 / 10) << "seed " << seed;
      (delay < step ? early : late)++;
    }
    EXPECT_GT(early, 50);
    EXPECT_GT(late, 50);
  }
}

TEST(Backoff, ClientsWithDifferentSeedsDoNotComeBackInStep) {
  std::set<Duration> delays;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    RandomStream random(seed);
    delays.insert(Backoff().next(random));
  }
  EXPECT_GT(delays.size(), 90U);
}

TEST(Backoff, TheSameSeedGivesTheSameSeries) {
  RandomStream first(7);
  RandomStream second(7);
  Backoff a;
  Backoff b;
  for (int attempt = 0; attempt < 10; ++attempt) EXPECT_EQ(a.next(first), b.next(second));
}

TEST(Backoff, ASuccessStartsItAnew) {
  RandomStream random(1);
  Backoff backoff(BackoffOptions{.jitter = 0.0});
  backoff.next(random);
  backoff.next(random);
  backoff.reset();
  EXPECT_EQ(backoff.attempts(), 0);
  EXPECT_EQ(backoff.next(random), std::chrono::seconds(1));
}

TEST(Backoff, AnOutageOfYearsDoesNotOverflow) {
  RandomStream random(1);
  Backoff backoff;
  Duration last{};
  for (int attempt = 0; attempt < 1'000'000; ++attempt) last = backoff.next(random);
  EXPECT_GE(last, std::chrono::milliseconds(14'400));
  EXPECT_LE(last, std::chrono::milliseconds(17'600));
}

TEST(Backoff, ACapBelowTheFirstStepHolds) {
  RandomStream random(1);
  Backoff backoff(
      BackoffOptions{.initial = std::chrono::seconds(5), .cap = std::chrono::seconds(3), .jitter = 0.0});
  EXPECT_EQ(backoff.next(random), std::chrono::seconds(3));
  EXPECT_EQ(backoff.next(random), std::chrono::seconds(3));
}

}  // namespace
}  // namespace rdscsi::base
