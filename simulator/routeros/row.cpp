// Text forms of values in print output: quoting, digit groups, binary sizes.
#include "simulator/routeros/row.h"

#include <array>

namespace rdssim::routeros {

Value const* Row::find(std::string_view name) const {
  for (auto const* list : {&fields, &hidden}) {
    for (auto const& field : *list) {
      if (field.name == name) return &field.value;
    }
  }
  return nullptr;
}

// EVIDENCE(confirmed): Thousands are separated by blanks. [FACTS 1.4; capture
// disk-print-detail-capacity-7.21-rds]
std::string group_digits(std::int64_t number) {
  auto const digits = std::to_string(number);
  std::size_t const sign = number < 0 ? 1 : 0;
  std::string grouped;
  for (std::size_t at = 0; at < digits.size(); ++at) {
    if (at > sign && (digits.size() - at) % 3 == 0) grouped += ' ';
    grouped += digits[at];
  }
  return grouped;
}

// "Divide by 1024 while value >= 5*1024" fits every captured size; one decimal, rounded to nearest
// (FACTS 1.4).
// EVIDENCE(inferred): Binary sizes: divided by 1024 while at least 5*1024, one decimal; fits every captured
// size. [FACTS 1.4; capture file-print-table-7.12; capture file-print-detail-7.16.1]
std::string format_binary(std::int64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits = {"", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  std::int64_t scale = 1;
  while (unit + 1 < kUnits.size() && bytes / scale >= std::int64_t{5} * 1024) {
    scale *= 1024;
    ++unit;
  }
  if (unit == 0) return std::to_string(bytes);
  auto const whole = bytes / scale;
  auto tenths = ((bytes % scale) * 10 + scale / 2) / scale;
  return std::to_string(whole + tenths / 10) + "." + std::to_string(tenths % 10) + std::string(kUnits[unit]);
}

// EVIDENCE(inferred): Quotes and backslashes inside a quoted value are escaped with a backslash. [FACTS 1.4]
std::string quote(std::string_view text) {
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

std::string print_value(Field const& field, bool quoted) {
  auto const& value = field.value;
  switch (field.style) {
    case Style::quoted:
      return quoted ? quote(value.text()) : value.text();
    case Style::yes_no:
      return value.as_bool() ? "yes" : "no";
    case Style::grouped:
      return value.is(Value::Kind::number) ? group_digits(value.as_number()) : value.text();
    case Style::binary:
      return value.is(Value::Kind::number) ? format_binary(value.as_number()) : value.text();
    case Style::plain:
    case Style::bare:
    case Style::list:
    case Style::reading:
      break;
  }
  return value.text();
}

}  // namespace rdssim::routeros
