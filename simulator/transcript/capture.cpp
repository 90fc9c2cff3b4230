// Finding commands and their output in a published screen.
#include "simulator/transcript/capture.h"

#include <cctype>
#include <optional>

namespace rdssim::transcript {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::string_view(" \r\n").find(text.front()) != std::string_view::npos)
    text.remove_prefix(1);
  while (!text.empty() && std::string_view(" \r\n").find(text.back()) != std::string_view::npos)
    text.remove_suffix(1);
  return text;
}

// ` ; ` stands between the commands of a first line; inside a script no blank stands before a semicolon.
std::vector<std::string> commands_of(std::string_view text) {
  std::vector<std::string> commands;
  while (true) {
    auto const end = text.find(" ; ");
    if (auto const one = trimmed(text.substr(0, end)); !one.empty()) commands.emplace_back(one);
    if (end == std::string_view::npos) return commands;
    text.remove_prefix(end + 3);
  }
}

// The command behind `[admin@MikroTik] > ` or `[admin@MikroTik] /ip service> `, as typed from the top.
std::optional<std::string> behind_prompt(std::string_view line) {
  if (line.empty() || line.front() != '[') return std::nullopt;
  auto const close = line.find(']');
  if (close == std::string_view::npos || line.substr(0, close).find('@') == std::string_view::npos) {
    return std::nullopt;
  }
  std::string_view rest = line.substr(close + 1);
  auto const end = rest.find('>');
  if (rest.empty() || rest.front() != ' ' || end == std::string_view::npos) return std::nullopt;
  auto const menu = trimmed(rest.substr(0, end));
  if (!menu.empty() && menu.front() != '/') return std::nullopt;
  auto const typed = trimmed(rest.substr(end + 1));
  if (menu.empty() || typed.empty() || typed.front() == '/' || typed.front() == ':') {
    return std::string(typed);
  }
  return std::string(menu) + " " + std::string(typed);
}

struct Line {
  std::string_view text;  // with its line feed, if it has one
  int number;
};

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  for (int number = 2; !text.empty(); ++number) {
    auto const end = text.find('\n');
    std::size_t const size = end == std::string_view::npos ? text.size() : end + 1;
    lines.push_back({text.substr(0, size), number});
    text.remove_prefix(size);
  }
  return lines;
}

Entry shown(std::string command, int line) {
  Entry entry;
  entry.kind = Entry::Kind::shown;
  entry.command = std::move(command);
  entry.line = line;
  return entry;
}

// Drops commands that are nothing but a prompt.
void drop_empty(std::vector<Entry>* entries) {
  std::erase_if(*entries, [](Entry const& entry) { return entry.command.empty(); });
}

// What stands before the first prompt belongs to the first line's first command, when it names one more than
// the prompts do.
void read_prompts(std::vector<Line> const& lines, std::vector<std::string> const& named,
                  Transcript* transcript) {
  std::size_t prompts = 0;
  for (auto const& line : lines) prompts += behind_prompt(trimmed(line.text)).value_or("").empty() ? 0 : 1;
  auto& entries = transcript->entries;
  if (named.size() == prompts + 1) entries.push_back(shown(named.front(), 2));
  bool typing = false;  // lines that go on behind `{... ` belong to the command
  for (auto const& line : lines) {
    std::string_view text = line.text;
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
    if (auto command = behind_prompt(text)) {
      entries.push_back(shown(std::move(*command), line.number));
      typing = true;
    } else if (typing && text.substr(0, 4) == "{...") {
      entries.back().command += "\n" + std::string(trimmed(text.substr(4)));
    } else if (!entries.empty()) {
      typing = false;
      entries.back().output += line.text;
    }
  }
  drop_empty(&entries);
}

void read_echoes(std::vector<Line> const& lines, std::vector<std::string> const& named,
                 Transcript* transcript) {
  std::size_t next = 0;
  auto& entries = transcript->entries;
  for (auto const& line : lines) {
    std::string_view text = line.text;
    while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    if (next < named.size() && trimmed(text) == named[next]) {
      entries.push_back(shown(named[next++], line.number));
    } else if (!entries.empty()) {
      entries.back().output += line.text;
    } else {
      entries.clear();
      return;  // output before the first command
    }
  }
  if (next != named.size()) entries.clear();
}

}  // namespace

std::string read_capture_body(std::string_view body, Transcript* transcript) {
  auto const lines = lines_of(body);
  auto const named = commands_of(transcript->commands);
  bool prompted = false;
  for (auto const& line : lines) prompted |= behind_prompt(trimmed(line.text)).has_value();
  if (prompted) {
    read_prompts(lines, named, transcript);
  } else {
    read_echoes(lines, named, transcript);
    if (transcript->entries.empty() && named.size() == 1) {
      transcript->entries.push_back(shown(named.front(), 2));
      transcript->entries.back().output = std::string(body);
    }
  }
  if (!transcript->entries.empty()) return {};
  if (named.empty()) return "the first line names no command, and no prompt shows one";
  return "its " + std::to_string(named.size()) +
         " commands cannot be told apart: no prompt and no echo stands before their output";
}

void read_terminal(std::string_view first_line, Transcript* transcript) {
  transcript->trimmed = first_line.find("trimmed") != std::string_view::npos ||
                        first_line.find("trailing spaces removed") != std::string_view::npos;
  for (std::string_view unit : {" columns", "-column"}) {
    auto const at = first_line.find(unit);
    if (at == std::string_view::npos) continue;
    std::size_t begin = at;
    while (begin > 0 && std::isdigit(static_cast<unsigned char>(first_line[begin - 1])) != 0) --begin;
    for (char const c : first_line.substr(begin, at - begin))
      transcript->width = transcript->width * 10 + c - '0';
    if (transcript->width > 0) return;
  }
}

}  // namespace rdssim::transcript
