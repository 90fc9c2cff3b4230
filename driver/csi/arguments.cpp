// Go-style arguments, durations and booleans.
#include "csi/arguments.h"

#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "base/reasons.h"
#include "csi/text.h"

namespace rdscsi::csi {
namespace {

base::Status invalid(std::string const& message) {
  return base::fail(base::Reason::invalid_argument, base::Effect::none, message);
}

// "--name" or "-name" or with "=value": the part after the dashes; nothing when it is no flag.
std::optional<std::string> without_dashes(std::string_view argument) {
  if (argument.size() < 2 || argument.front() != '-') return std::nullopt;
  std::size_t const dashes = argument[1] == '-' ? 2 : 1;
  if (argument.size() == dashes || argument[dashes] == '-' || argument[dashes] == '=') return std::nullopt;
  return std::string(argument.substr(dashes));
}

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};
// Longer names first: "ms" before "m".
constexpr std::array<Unit, 8> kUnits = {{{"ns", 1},
                                         {"us", 1'000},
                                         {"\xC2\xB5s", 1'000},
                                         {"\xCE\xBCs", 1'000},
                                         {"ms", 1'000'000},
                                         {"s", 1'000'000'000},
                                         {"m", 60'000'000'000},
                                         {"h", 3'600'000'000'000}}};

// Reads digits from the front of `text`; false when there are none or they overflow.
bool take_number(std::string_view& text, std::int64_t& value) {
  std::size_t length = 0;
  while (length < text.size() && text[length] >= '0' && text[length] <= '9') ++length;
  if (length == 0) return false;
  value = 0;
  for (char const c : text.substr(0, length)) {
    if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, c - '0', &value))
      return false;
  }
  text.remove_prefix(length);
  return true;
}

// Reads ".25" from the front of `text` as 0.25 of `unit_ns` once the unit is known: here only the digits.
std::string_view take_fraction(std::string_view& text) {
  if (!text.starts_with('.')) return {};
  std::size_t length = 1;
  while (length < text.size() && text[length] >= '0' && text[length] <= '9') ++length;
  std::string_view const digits = text.substr(1, length - 1);
  text.remove_prefix(length);
  return digits.substr(0, 12);  // more digits are below a nanosecond of any unit but the hour
}

std::int64_t fraction_of(std::string_view digits, std::int64_t unit) {
  double scale = 1;
  double value = 0;
  for (char const c : digits) {
    scale /= 10;
    value += (c - '0') * scale;
  }
  return std::llround(value * static_cast<double>(unit));
}

Unit const* take_unit(std::string_view& text) {
  for (auto const& unit : kUnits) {
    if (!text.starts_with(unit.name)) continue;
    text.remove_prefix(unit.name.size());
    return &unit;
  }
  return nullptr;
}

// One "1.5h" from the front of `text`.
std::optional<std::int64_t> take_component(std::string_view& text) {
  std::int64_t whole = 0;
  bool const has_whole = take_number(text, whole);
  bool const has_dot = text.starts_with('.');
  std::string_view const fraction = take_fraction(text);
  if (!has_whole && fraction.empty()) return std::nullopt;
  if (has_dot && fraction.empty() && !has_whole) return std::nullopt;
  Unit const* unit = take_unit(text);
  if (unit == nullptr) return std::nullopt;
  std::int64_t total = 0;
  if (__builtin_mul_overflow(whole, unit->nanoseconds, &total) ||
      __builtin_add_overflow(total, fraction_of(fraction, unit->nanoseconds), &total)) {
    return std::nullopt;
  }
  return total;
}

}  // namespace

base::StatusOr<std::vector<std::string>> normalise_arguments(
    std::vector<std::string> const& arguments, std::function<FlagForm(std::string_view)> const& form_of) {
  std::vector<std::string> plain;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    auto const body = without_dashes(arguments[i]);
    if (!body) return invalid(in_quotes(arguments[i]) + ": is not a flag; expected -name=value");
    auto const equals = body->find('=');
    if (equals != std::string::npos) {
      plain.push_back("--" + *body);
      continue;
    }
    FlagForm const form = form_of(*body);
    if (form == FlagForm::boolean) {
      plain.push_back("--" + *body + "=true");
    } else if (form == FlagForm::unknown) {
      plain.push_back("--" + *body);
    } else if (i + 1 < arguments.size()) {
      plain.push_back("--" + *body + "=" + arguments[++i]);
    } else {
      return invalid("--" + *body + ": '' (nothing follows): expected a value");
    }
  }
  return plain;
}

std::optional<base::Duration> parse_go_duration(std::string_view text) {
  if (text == "0") return base::Duration::zero();
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  while (!text.empty()) {
    auto const part = take_component(text);
    if (!part || __builtin_add_overflow(total, *part, &total)) return std::nullopt;
  }
  return base::Duration(total);
}

std::optional<bool> parse_go_bool(std::string_view text) {
  for (std::string_view const word : {"1", "t", "T", "TRUE", "true", "True"}) {
    if (text == word) return true;
  }
  for (std::string_view const word : {"0", "f", "F", "FALSE", "false", "False"}) {
    if (text == word) return false;
  }
  return std::nullopt;
}

}  // namespace rdscsi::csi
