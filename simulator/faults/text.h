// Small text helpers of the simulator's network side. abseil's own string_view (Debian builds it for C++14)
// does not take std::string_view, so its StrCat and number parsers cannot be used on them.
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

namespace rdssim::faults {

// Everything that converts to std::string_view, one behind the other.
template <typename... Parts>
std::string concat(Parts const&... parts) {
  std::string text;
  (text.append(std::string_view(parts)), ...);
  return text;
}

inline std::string join(std::vector<std::string> const& words, std::string_view separator) {
  std::string text;
  for (auto const& word : words) {
    if (!text.empty()) text.append(separator);
    text.append(word);
  }
  return text;
}

// The whole of `text` as a number; false when it is anything else.
template <typename Number>
bool parse_number(std::string_view text, Number* number) {
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace rdssim::faults
