// Small text helpers of this room: exact numbers, quoting for messages, nearest word. Used by the validation
// of requests, StorageClass parameters and flags, whose messages name the value and what would be right.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rdscsi::csi {

// Decimal, whole, optionally with a leading minus; nothing before or after, no plus, no leading zeros, no
// overflow. "44x", " 44", "+44", "044" are not numbers here (W-30).
std::optional<std::int64_t> parse_integer(std::string_view text);

// 'value' with control characters, quotes and non-ASCII bytes as \xNN, cut after 96 bytes: safe in any
// message.
std::string in_quotes(std::string_view value);

// The word of `known` with the smallest edit distance to `word`.
std::string_view nearest_word(std::string_view word, std::vector<std::string_view> const& known);

// "a, b, c"
std::string comma_list(std::vector<std::string_view> const& words);

}  // namespace rdscsi::csi
