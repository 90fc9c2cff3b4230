// Exact numbers, quoting and nearest word for messages about what somebody wrote.
#include "csi/text.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace rdscsi::csi {
namespace {

constexpr std::size_t kQuotedBytesMax = 96;
constexpr std::string_view kHex = "0123456789abcdef";

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t const replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::string_view const digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
  std::int64_t value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string in_quotes(std::string_view value) {
  std::string text = "'";
  for (char const c : value.substr(0, kQuotedBytesMax)) {
    auto const byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte > 0x7e || c == '\'' || c == '\\') {
      text += "\\x";
      text += kHex[byte >> 4U];
      text += kHex[byte & 15U];
    } else {
      text += c;
    }
  }
  if (value.size() > kQuotedBytesMax) text += "... (" + std::to_string(value.size()) + " bytes)";
  return text + "'";
}

std::string_view nearest_word(std::string_view word, std::vector<std::string_view> const& known) {
  word = word.substr(0, kQuotedBytesMax);  // the table of a longer word would only cost time
  auto const nearer = [&](std::string_view a, std::string_view b) {
    return edit_distance(word, a) < edit_distance(word, b);
  };
  auto const found = std::min_element(known.begin(), known.end(), nearer);
  return found == known.end() ? std::string_view{} : *found;
}

std::string comma_list(std::vector<std::string_view> const& words) {
  std::string text;
  for (auto const word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

}  // namespace rdscsi::csi
