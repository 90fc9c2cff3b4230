// Reads annotations, checks their sources, writes the page.
#include "ci/evidence.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace evidence {
namespace {

namespace fs = std::filesystem;

// In two pieces, so that this file has no annotation.
constexpr std::string_view kMark =
    "EVIDENCE"
    "(";
constexpr std::array<std::string_view, 4> kKinds{"confirmed", "documented", "inferred", "unknown"};
constexpr std::array<std::string_view, 5> kSources{"FACTS", "capture", "spec", "switch", "table"};

// Rooms in the order of the page, and what each is.
constexpr std::array<std::array<std::string_view, 2>, 6> kRooms{{
    {"routeros", "Console, menus, printing"},
    {"storage", "Disks, files, pools"},
    {"ssh", "SSH"},
    {"nvme_tcp", "NVMe/TCP"},
    {"faults", "Faults"},
    {"program", "The program"},
}};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// The text of a line that is nothing but a comment.
std::optional<std::string_view> comment(std::string_view line) {
  line = trimmed(line);
  if (!line.starts_with("//")) return std::nullopt;
  return trimmed(line.substr(2));
}

std::string read_file(fs::path const& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// `a; b` of the bracket. Empty with `wrong` set when one of them has no known kind.
std::vector<Source> sources_of(std::string_view list, std::string& wrong) {
  std::vector<Source> sources;
  while (!list.empty()) {
    auto const end = list.find(';');
    auto const one = trimmed(list.substr(0, end));
    list = end == std::string_view::npos ? std::string_view() : list.substr(end + 1);
    auto const space = one.find(' ');
    auto const kind = one.substr(0, space);
    bool const known = std::find(kSources.begin(), kSources.end(), kind) != kSources.end();
    if (!known || space == std::string_view::npos) {
      wrong = "`" + std::string(one) + "` is no source: FACTS, capture, spec, switch or table and its name";
      return {};
    }
    sources.push_back({std::string(kind), std::string(trimmed(one.substr(space)))});
  }
  return sources;
}

// The whole annotation without its mark's opening: `confirmed): statement [sources]`.
std::optional<Note> note_of(std::string_view text, std::string& wrong) {
  Note note;
  auto const close = text.find("):");
  auto const kind = std::find(kKinds.begin(), kKinds.end(), text.substr(0, close));
  auto const open = text.rfind('[');
  if (close == std::string_view::npos || kind == kKinds.end()) {
    wrong = "expected confirmed, documented, inferred or unknown, and `):`";
  } else if (text.back() != ']' || open == std::string_view::npos) {
    wrong = "an annotation ends with its sources in brackets";
  } else {
    note.kind = static_cast<Kind>(kind - kKinds.begin());
    note.statement = trimmed(text.substr(close + 2, open - close - 2));
    note.sources = sources_of(text.substr(open + 1, text.size() - open - 2), wrong);
    if (wrong.empty() && (note.statement.empty() || note.sources.empty()))
      wrong = "no statement or no source";
  }
  return wrong.empty() ? std::optional(note) : std::nullopt;
}

// Every `FACTS 2.4` of a line that is no annotation.
void add_mentions(std::string const& where, std::string_view line, Collected& into) {
  constexpr std::string_view kWord = "FACTS ";
  for (auto at = line.find(kWord); at != std::string_view::npos; at = line.find(kWord, at + 1)) {
    std::string number;
    for (char const c : line.substr(at + kWord.size())) {
      if (std::isdigit(static_cast<unsigned char>(c)) == 0 && c != '.') break;
      number += c;
    }
    while (number.ends_with('.')) number.pop_back();
    if (!number.empty()) into.mentioned.push_back(where + " " + number);
  }
}

std::string joined(std::vector<Source> const& sources) {
  std::string text;
  for (auto const& source : sources) {
    if (!text.empty()) text += "; ";
    bool const code = source.kind == "capture" || source.kind == "switch" || source.kind == "table";
    text += source.kind + " " + (code ? "`" + source.name + "`" : source.name);
  }
  return text;
}

// A cell of a table.
std::string cell(std::string_view text) {
  std::string out;
  for (char const c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

using Counts = std::array<int, kKinds.size()>;

Counts counts_of(Collected const& collected, std::string_view room) {
  Counts counts{};
  for (auto const& note : collected.notes) {
    if (note.file.starts_with(std::string(room) + "/")) ++counts[static_cast<std::size_t>(note.kind)];
  }
  return counts;
}

void add_count_row(std::string& out, std::string_view title, Counts const& counts) {
  out += "| " + std::string(title) + " |";
  for (int const count : counts) out += " " + std::to_string(count) + " |";
  out += "\n";
}

bool has(Note const& note, std::initializer_list<std::string_view> kinds) {
  return std::any_of(note.sources.begin(), note.sources.end(), [&](Source const& source) {
    return std::find(kinds.begin(), kinds.end(), source.kind) != kinds.end();
  });
}

std::string wrong_source(Source const& source, Collected const& collected) {
  if (source.kind == "FACTS" && !collected.facts.contains(source.name))
    return "FACTS has no section " + source.name;
  if (source.kind == "capture" && !collected.captures.contains(source.name))
    return "no testdata or schemas folder has " + source.name + ".txt";
  bool const place = source.kind == "switch" || source.kind == "table";
  if (place && collected.words.find(source.name) == std::string::npos)
    return "the sources have no " + source.kind + " " + source.name;
  return {};
}

}  // namespace

void add_file(std::string const& path, std::string const& text, Collected& into) {
  ++into.files;
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string const where = path + ":" + std::to_string(i + 1);
    auto const opening = comment(lines[i]);
    if (!opening || !opening->starts_with(kMark)) {
      into.words += lines[i] + "\n";
      add_mentions(where, lines[i], into);
      continue;
    }
    std::string whole(opening->substr(kMark.size()));
    while (!whole.ends_with(']') && i + 1 < lines.size()) {
      auto const more = comment(lines[i + 1]);
      if (!more || more->starts_with(kMark)) break;
      whole += " " + std::string(*more);
      ++i;
    }
    std::string wrong;
    auto note = note_of(whole, wrong);
    if (!note) {
      into.problems.push_back(where + ": " + wrong);
      continue;
    }
    note->file = path;
    note->line = static_cast<int>(i) + 1;
    into.notes.push_back(std::move(*note));
  }
}

Collected read_tree(fs::path const& root) {
  Collected collected;
  std::vector<fs::path> sources;
  for (auto entry = fs::recursive_directory_iterator(root); entry != fs::recursive_directory_iterator();
       ++entry) {
    auto const path = entry->path().lexically_relative(root);
    auto const name = path.filename().string();
    if (entry->is_directory() && (name == "build" || name == ".git")) {
      entry.disable_recursion_pending();
      continue;
    }
    auto const folder = path.parent_path().filename().string();
    if (name.ends_with(".txt") && (folder == "testdata" || folder == "schemas"))
      collected.captures.insert(path.stem().string());
    bool const ours =
        path.begin()->string() == "simulator" && (name.ends_with(".cpp") || name.ends_with(".h"));
    if (ours && !name.ends_with("_test.cpp") && folder != "testing") sources.push_back(path);
  }
  std::sort(sources.begin(), sources.end());
  for (auto const& path : sources)
    add_file(path.lexically_relative("simulator").generic_string(), read_file(root / path), collected);
  std::istringstream list(read_file(root / "simulator/docs/facts_sections.txt"));
  for (std::string line; std::getline(list, line);) {
    if (!line.empty() && line.front() != '#') collected.facts.insert(line.substr(0, line.find(' ')));
  }
  if (collected.facts.empty()) throw std::runtime_error("simulator/docs/facts_sections.txt: no sections");
  return collected;
}

std::vector<std::string> check(Collected const& collected) {
  std::vector<std::string> problems = collected.problems;
  for (auto const& note : collected.notes) {
    auto const report = [&](std::string const& text) {
      if (!text.empty()) problems.push_back(note.file + ":" + std::to_string(note.line) + ": " + text);
    };
    for (auto const& source : note.sources) report(wrong_source(source, collected));
    if (note.kind == Kind::confirmed && !has(note, {"capture", "FACTS"}))
      report("confirmed, but by no capture and no section of FACTS");
    if (note.kind == Kind::documented && !has(note, {"FACTS", "spec", "capture"}))
      report("documented, but nowhere");
    if (note.kind == Kind::unknown && !has(note, {"switch", "table"}))
      report("unknown, and no switch or table to put the truth in");
    bool const has_room = std::any_of(kRooms.begin(), kRooms.end(), [&](auto const& room) {
      return note.file.starts_with(std::string(room[0]) + "/");
    });
    if (!has_room) report("not on the page: its folder is no room of it");
  }
  for (auto const& mention : collected.mentioned) {
    auto const number = mention.substr(mention.rfind(' ') + 1);
    if (!collected.facts.contains(number)) problems.push_back(mention + ": FACTS has no such section");
  }
  return problems;
}

std::string page(Collected const& collected) {
  std::string out =
      "# What is confirmed, documented, inferred\n\n"
      "Generated from the annotations of the simulator's sources: `build/release/bin/evidence_page --write`, "
      "never edited "
      "by hand.\nConfirmed: seen in output of a real device. Documented: the vendor or a standard says so. "
      "Inferred: "
      "follows from these, unseen.\nUnknown: a guess, in a switch or a table where the truth is put in once "
      "a device has "
      "told it. FACTS: the project's notes on\nRouterOS; captures lie in `testdata/` and `schemas/` "
      "folders.\n\n"
      "| room | confirmed | documented | inferred | unknown |\n|---|---|---|---|---|\n";
  Counts all{};
  for (auto const& [room, title] : kRooms) {
    auto const counts = counts_of(collected, room);
    for (std::size_t i = 0; i < counts.size(); ++i) all[i] += counts[i];
    add_count_row(out, title, counts);
  }
  add_count_row(out, "all", all);
  for (auto const& [room, title] : kRooms) {
    std::string rows;
    for (auto const& note : collected.notes) {
      if (!note.file.starts_with(std::string(room) + "/")) continue;
      rows += "| " + std::string(kKinds[static_cast<std::size_t>(note.kind)]) + " | " + cell(note.statement) +
              " | " + cell(joined(note.sources)) + " | " + note.file.substr(room.size() + 1) + " |\n";
    }
    if (rows.empty()) continue;
    out += "\n## " + std::string(title) + " (`" + std::string(room) + "/`)\n\n";
    out += "| | statement | source | file |\n|---|---|---|---|\n" + rows;
  }
  return out;
}

}  // namespace evidence
