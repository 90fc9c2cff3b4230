// Spellings of typed values in scenario files: durations, sizes, percentages, names. Used by check.cpp.
// Each returns nothing for any other spelling; there is no rounding and no default unit.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"

namespace scenario {

// 250ms, 10s, 5m, 3h. Whole numbers; at most 10^6 hours.
std::optional<rdscsi::base::Duration> parse_duration(std::string_view text);
// 1GiB, 512MiB, 64KiB, 4TiB, 12345B, 12345. Whole numbers below 2^63.
std::optional<std::int64_t> parse_bytes(std::string_view text);
// 30%, 0.5%: as 0..1.
std::optional<double> parse_percent(std::string_view text);
// Whole numbers from 0 on, below 2^63.
std::optional<std::int64_t> parse_whole(std::string_view text);
// Letters, digits, - and _, beginning with a letter or digit; at most 64 characters.
bool is_name(std::string_view text);
// `disk-{i}`, `disk-{n}`: one of many, whose name is `disk`. Any other text as it is.
std::string_view without_number(std::string_view text);

}  // namespace scenario
