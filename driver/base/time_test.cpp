// Tests of the clocks and of how moments and durations are written.
#include "base/time.h"

#include <gtest/gtest.h>

namespace rdscsi::base {
namespace {

TEST(Time, TheMonotonicClockNeverRunsBackwards) {
  TimePoint last = now();
  for (int i = 0; i < 1000; ++i) {
    TimePoint const next = now();
    EXPECT_GE(next, last);
    last = next;
  }
}

TEST(Time, SleepLastsAtLeastItsDurationAndIsCounted) {
  std::uint64_t const sleeps = real_sleep_count();
  TimePoint const start = now();
  sleep_for(2ms);
  EXPECT_GE(now() - start, 2ms);
  EXPECT_EQ(real_sleep_count(), sleeps + 1);
}

TEST(Time, SleepingForNothingIsNoSleep) {
  std::uint64_t const sleeps = real_sleep_count();
  sleep_for(0ns);
  sleep_for(-1h);
  EXPECT_EQ(real_sleep_count(), sleeps);
}

TEST(Time, WallTimeIsWrittenAsRfc3339InUtc) {
  EXPECT_EQ(format_wall_time(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_wall_time(1'770'260'645'678'999'999), "2026-02-05T03:04:05.678Z");
  EXPECT_EQ(format_wall_time(951'827'696'000'000'000), "2000-02-29T12:34:56.000Z");
  EXPECT_EQ(format_wall_time(-1), "1969-12-31T23:59:59.999Z");
}

TEST(Time, WallClockIsOfThisCentury) {
  EXPECT_GT(wall_now_ns(), 1'700'000'000'000'000'000);
  EXPECT_LT(wall_now_ns(), 4'100'000'000'000'000'000);
}

TEST(Time, DurationsAreWrittenInTheShortestExactForm) {
  EXPECT_EQ(format_duration(1500ms), "1.5s");
  EXPECT_EQ(format_duration(200ms), "200ms");
  EXPECT_EQ(format_duration(3h), "3h");
  EXPECT_EQ(format_duration(0ns), "0s");
  EXPECT_EQ(format_duration(1ns), "1ns");
  EXPECT_EQ(format_duration(1001ns), "1001ns");
  EXPECT_EQ(format_duration(90s), "90s");
  EXPECT_EQ(format_duration(60s), "1m");
  EXPECT_EQ(format_duration(90min), "90m");
  EXPECT_EQ(format_duration(20min), "20m");
  EXPECT_EQ(format_duration(2500us), "2.5ms");
  EXPECT_EQ(format_duration(-1500ms), "-1.5s");
  EXPECT_EQ(format_duration(Duration::max()), "9223372036.854775807s");
  EXPECT_EQ(format_duration(Duration::min()), "-9223372036.854775808s");
}

}  // namespace
}  // namespace rdscsi::base
