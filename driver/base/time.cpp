// The clocks and the sleep of base/time.h: the machine's on plain threads, the scheduler's on managed ones.
#include "base/time.h"

#include <time.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>

#include "base/scheduler_hooks.h"

namespace rdscsi::base {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

// Relaxed on purpose: a counter must not order threads, or TSan would miss races between them.
std::atomic<std::uint64_t> real_sleeps = 0;

std::int64_t read_clock(clockid_t clock) {
  timespec value{};
  clock_gettime(clock, &value);
  return value.tv_sec * kNanosPerSecond + value.tv_nsec;
}

// "1.5" when `amount` is at least one `unit` and a finite decimal of it, else "".
std::string exact_decimal(std::uint64_t amount, std::uint64_t unit) {
  if (amount < unit) return "";
  std::string text = std::to_string(amount / unit);
  std::uint64_t rest = amount % unit;
  if (rest != 0) text += '.';
  for (int digits = 0; rest != 0; ++digits) {
    if (digits == 12) return "";  // thirds of an hour never end
    rest *= 10;
    text += static_cast<char>('0' + rest / unit);
    rest %= unit;
  }
  return text;
}

}  // namespace

TimePoint now() {
  if (detail::ManagedThread* self = detail::self()) return detail::virtual_now(*self);
  return TimePoint(Duration(read_clock(CLOCK_MONOTONIC)));
}

std::int64_t wall_now_ns() {
  if (detail::ManagedThread* self = detail::self()) return detail::virtual_wall_ns(*self);
  return read_clock(CLOCK_REALTIME);
}

std::string format_wall_time(std::int64_t unix_ns) {
  using std::chrono::floor;
  auto const moment = std::chrono::sys_time<Duration>(Duration(unix_ns));
  auto const day = floor<std::chrono::days>(moment);
  std::chrono::year_month_day const date(day);
  std::chrono::hh_mm_ss const clock(floor<std::chrono::milliseconds>(moment - day));
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text.data();
}

void sleep_for(Duration duration) {
  if (detail::ManagedThread* self = detail::self()) {
    detail::sleep(*self, duration);
    return;
  }
  if (duration <= Duration::zero()) return;
  real_sleeps.fetch_add(1, std::memory_order_relaxed);
  timespec rest{};
  rest.tv_sec = duration.count() / kNanosPerSecond;
  rest.tv_nsec = duration.count() % kNanosPerSecond;
  while (clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, &rest) == EINTR) {
  }
}

std::uint64_t real_sleep_count() {
  return real_sleeps.load(std::memory_order_relaxed);
}

std::string format_duration(Duration duration) {
  struct Unit {
    std::uint64_t size;
    char const* name;
  };
  static constexpr std::array<Unit, 6> kUnits{{{3'600'000'000'000, "h"},
                                               {60'000'000'000, "m"},
                                               {1'000'000'000, "s"},
                                               {1'000'000, "ms"},
                                               {1'000, "us"},
                                               {1, "ns"}}};
  if (duration == Duration::zero()) return "0s";
  auto const count = static_cast<std::uint64_t>(duration.count());
  bool const negative = duration < Duration::zero();
  std::uint64_t const amount =
      negative ? 0 - count : count;  // unsigned: Duration::min() has no positive twin
  std::string best;
  for (Unit const& unit : kUnits) {
    std::string const number = exact_decimal(amount, unit.size);
    if (number.empty()) continue;
    std::string text = number + unit.name;
    if (best.empty() || text.size() < best.size()) best = text;
  }
  return negative ? "-" + best : best;
}

}  // namespace rdscsi::base
