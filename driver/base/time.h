// Time as the whole project sees it: nanosecond durations, one monotonic clock, one wall clock, and the only
// sleep. Everybody uses this instead of std::chrono's clocks, so that at L1 the same code runs on virtual
// time.
//
// Threads: every function may be called from any thread. On a thread managed by a base::Scheduler the clocks
// read that scheduler's virtual time; on any other thread they read the machine's.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace rdscsi::base {

using Duration = std::chrono::nanoseconds;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): durations are written 500ms

// Tag of the monotonic clock; its epoch means nothing, only differences do.
struct MonotonicClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonotonicClock>;
  static constexpr bool is_steady = true;
};
using TimePoint = MonotonicClock::time_point;

// A moment after every deadline; contexts without a deadline carry it.
inline constexpr TimePoint kNoDeadline = TimePoint::max();

// Reads the monotonic clock. Not a scheduling point at L1.
TimePoint now();

// Nanoseconds since the Unix epoch, for log lines, marks and events. At L1: a fixed date plus virtual time.
std::int64_t wall_now_ns();

// RFC 3339 with milliseconds in UTC, e.g. 2026-02-05T03:04:05.678Z.
std::string format_wall_time(std::int64_t unix_ns);

// Blocks the calling thread for `duration` (nothing for zero or less). At L1 only virtual time passes.
void sleep_for(Duration duration);

// How often this process has really slept in sleep_for() since it started: the L1 promise is that it stays 0.
std::uint64_t real_sleep_count();

// "1.5s", "200ms", "3h": shortest exact form, for messages.
std::string format_duration(Duration duration);

}  // namespace rdscsi::base
