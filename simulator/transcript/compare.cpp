// Where two texts part.
#include "simulator/transcript/compare.h"

#include <algorithm>

namespace rdssim::transcript {
namespace {

std::string line_at(std::string const& text, std::size_t at) {
  std::size_t begin = std::min(at, text.size());
  while (begin > 0 && text[begin - 1] != '\n') --begin;
  auto const end = text.find('\n', std::min(at, text.size()));
  return text.substr(begin, end == std::string::npos ? end : end + 1 - begin);
}

std::optional<Difference> compare_texts(std::string part, std::string const& expected,
                                        std::string const& got) {
  if (expected == got) return std::nullopt;
  auto const [left, right] = std::mismatch(expected.begin(), expected.end(), got.begin(), got.end());
  auto const at = static_cast<std::size_t>(left - expected.begin());
  Difference found;
  found.part = std::move(part);
  found.byte = at + 1;
  found.line += static_cast<int>(std::count(expected.begin(), left, '\n'));
  std::size_t begin = at;
  while (begin > 0 && expected[begin - 1] != '\n') --begin;
  found.column += static_cast<int>(at - begin);
  found.expected = line_at(expected, at);
  found.got = line_at(got, at);
  return found;
}

std::string screen(std::string const& text, bool trimmed) {
  std::string out;
  for (char const c : text) {
    if (c == '\n') {
      while (!out.empty() && (out.back() == '\r' || (trimmed && out.back() == ' '))) out.pop_back();
    }
    out += c;
  }
  while (!out.empty() && (out.back() == '\n' || out.back() == '\r' || (trimmed && out.back() == ' '))) {
    out.pop_back();
  }
  return out;
}

}  // namespace

std::string end_text(Entry const& entry) {
  switch (entry.end) {
    case Entry::End::exit:
      return "exit " + std::to_string(entry.exit_status);
    case Entry::End::no_status:
      return "no exit status";
    case Entry::End::lost:
      return "lost";
    case Entry::End::left:
      return "left";
    case Entry::End::refused:
      break;
  }
  return "refused";
}

std::optional<Difference> compare(Entry const& expected, Entry const& got, bool trimmed) {
  if (expected.kind == Entry::Kind::shown) {
    return compare_texts("screen", screen(expected.output, trimmed), screen(got.output, trimmed));
  }
  if (expected.end == Entry::End::left) {
    return compare_texts("stdout", expected.output, got.output.substr(0, expected.output.size()));
  }
  if (auto found = compare_texts("stdout", expected.output, got.output)) return found;
  if (auto found = compare_texts("stderr", expected.errors, got.errors)) return found;
  auto const ends = end_text(expected), ended = end_text(got);
  if (ends == ended) return std::nullopt;
  return Difference{"end", 1, 1, 1, ends, ended};
}

}  // namespace rdssim::transcript
