// See values.h.
#include "scenarios/engine/values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <string>

namespace scenario {
namespace {

using rdscsi::base::Duration;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

// <digits><unit>, scaled; nothing for another unit, no digits or an overflow.
template <std::size_t N>
std::optional<std::int64_t> scaled(std::string_view text, std::array<Unit, N> const& units) {
  auto const end = std::find_if_not(text.begin(), text.end(), is_digit);
  auto const digits = static_cast<std::size_t>(end - text.begin());
  auto const number = parse_whole(text.substr(0, digits));
  if (!number) return std::nullopt;
  for (Unit const& unit : units) {
    if (text.substr(digits) != unit.name) continue;
    if (*number > std::numeric_limits<std::int64_t>::max() / unit.factor) return std::nullopt;
    return *number * unit.factor;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> parse_whole(std::string_view text) {
  std::int64_t number = 0;
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Duration> parse_duration(std::string_view text) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  constexpr std::array<Unit, 4> kUnits{
      {{"ms", kSecond / 1000}, {"s", kSecond}, {"m", 60 * kSecond}, {"h", 3600 * kSecond}}};
  auto const nanoseconds = scaled(text, kUnits);
  if (!nanoseconds) return std::nullopt;
  return Duration(*nanoseconds);
}

std::optional<std::int64_t> parse_bytes(std::string_view text) {
  constexpr std::int64_t kKi = 1024;
  constexpr std::array<Unit, 6> kUnits{{{"", 1},
                                        {"B", 1},
                                        {"KiB", kKi},
                                        {"MiB", kKi * kKi},
                                        {"GiB", kKi * kKi * kKi},
                                        {"TiB", kKi * kKi * kKi * kKi}}};
  return scaled(text, kUnits);
}

std::optional<double> parse_percent(std::string_view text) {
  if (text.size() < 2 || text.back() != '%') return std::nullopt;
  std::string const number(text.substr(0, text.size() - 1));
  bool const digits =
      std::all_of(number.begin(), number.end(), [](char c) { return is_digit(c) || c == '.'; });
  bool const one_point = std::count(number.begin(), number.end(), '.') <= 1;
  if (!digits || !one_point || !is_digit(number.front()) || !is_digit(number.back())) return std::nullopt;
  double const value = std::strtod(number.c_str(), nullptr) / 100;
  if (value > 1) return std::nullopt;
  return value;
}

std::string_view without_number(std::string_view text) {
  bool const numbered = text.ends_with("-{i}") || text.ends_with("-{n}");
  return numbered ? text.substr(0, text.size() - 4) : text;
}

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 64 || text.front() == '-' || text.front() == '_') return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '_'; });
}

}  // namespace scenario
