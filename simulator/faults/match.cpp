// Text matching of console lines, without any regular expression.
#include "simulator/faults/match.h"

#include <string>

namespace rdssim::faults {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.';
}

// One slash for every run of spaces and slashes: `/disk add  slot=x` becomes `/disk/add/slot=x`.
std::string slashed(std::string_view text) {
  std::string result;
  for (char const c : text) {
    bool const separator = c == ' ' || c == '/';
    if (separator && !result.empty() && result.back() == '/') continue;
    result += separator ? '/' : c;
  }
  return result;
}

bool holds_word(std::string_view text, std::string_view word, bool slash_is_word) {
  auto const part_of_word = [&](char c) { return is_word(c) || (slash_is_word && c == '/'); };
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    std::size_t const end = at + word.size();
    bool const starts = at == 0 || !part_of_word(text[at - 1]) || (text[at - 1] == '/' && word[0] != '/');
    bool const ends = end == text.size() || !part_of_word(text[end]);
    bool const inside_path =
        starts && slash_is_word && at >= 2 && text[at - 1] == '/' && is_word(text[at - 2]);
    if (starts && ends && !inside_path) return true;
  }
  return false;
}

}  // namespace

bool calls(std::string_view line, std::string_view menu, std::string_view command) {
  std::string wanted = slashed(menu);
  while (!wanted.empty() && wanted.back() == '/') wanted.pop_back();
  if (!wanted.empty() && wanted.front() != '/') wanted.insert(0, 1, '/');
  if (!command.empty()) wanted += (wanted.empty() ? "" : "/") + std::string(command);
  if (wanted.empty()) return true;
  return holds_word(slashed(line), wanted, false);
}

bool names(std::string_view line, std::string_view word) {
  if (!word.empty() && word.front() == '/') word.remove_prefix(1);
  return word.empty() || holds_word(line, word, true);
}

bool line_matches(Match const& match, std::string_view line, std::string_view user) {
  if (!match.user.empty() && match.user != user) return false;
  if (!match.contains.empty() && line.find(match.contains) == std::string_view::npos) return false;
  if (!match.slot.empty() && !names(line, match.slot)) return false;
  return calls(line, match.menu, match.command);
}

}  // namespace rdssim::faults
