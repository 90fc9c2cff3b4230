// Classification of RouterOS error texts. Used through rds/routeros_errors.h.
#include "rds/routeros_errors.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "absl/strings/ascii.h"
#include "base/reasons.h"

namespace rdscsi::rds {
namespace {

using base::Effect;
using base::fail;
using base::Reason;

constexpr std::string_view kScriptError = "Script Error: ";

// How failures begin (FACTS 2.4, 2.5).
constexpr std::array<std::string_view, 20> kBeginnings = {"failure: ",
                                                          "no such item",
                                                          "input does not match",
                                                          "invalid value",
                                                          "missing value",
                                                          "ambiguous value",
                                                          "value of ",
                                                          "not enough permissions",
                                                          "std failure:",
                                                          "item referred by",
                                                          "action timed out",
                                                          "error - contact",
                                                          "this command requires user input",
                                                          "interrupted",
                                                          "bad command name",
                                                          "bad parameter",
                                                          "expected ",
                                                          "syntax error",
                                                          "missing closing",
                                                          "expected closing"};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

// Takes ` (line 1 column N)` off the end; 0 when it is not there.
std::size_t take_column(std::string& text) {
  constexpr std::string_view kBefore = " (line 1 column ";
  std::size_t const start = text.rfind(kBefore);
  if (start == std::string::npos || !text.ends_with(')')) return 0;
  std::size_t column = 0;
  char const* const first = text.data() + start + kBefore.size();
  char const* const last = text.data() + text.size() - 1;
  auto const [end, error] = std::from_chars(first, last, column);
  if (error != std::errc() || end != last) return 0;
  text.resize(start);
  return column;
}

// Takes ` (/menu/command; line N)` off the end (newer RouterOS; FACTS 2.5).
void drop_menu_suffix(std::string& text) {
  std::size_t const start = text.rfind(" (/");
  if (start != std::string::npos && text.ends_with(')') && contains(text.substr(start), "; line "))
    text.resize(start);
}

RouterOsErrorKind kind_of(std::string const& text) {
  if (text.starts_with("not enough permissions") || contains(text, "not allowed (9)")) {
    return RouterOsErrorKind::permission;
  }
  if (text == "input does not match any value of proplist" ||
      text == "input does not match any value of value-name") {
    return RouterOsErrorKind::no_property;
  }
  if (text.starts_with("no such item")) return RouterOsErrorKind::no_item;
  // The text of a full pool has never been captured (FACTS 2.5), so any failure that speaks of space will do.
  std::string const lower = absl::AsciiStrToLower(text);
  if (lower.starts_with("failure:")) {
    for (std::string_view const word : {"space", "full", "no room", "quota"}) {
      if (contains(lower, word)) return RouterOsErrorKind::pool_full;
    }
  }
  return RouterOsErrorKind::other;
}

RouterOsError classify(std::string_view line) {
  RouterOsError error;
  error.text = line.starts_with(kScriptError) ? line.substr(kScriptError.size()) : line;
  error.column = take_column(error.text);
  drop_menu_suffix(error.text);
  error.kind = error.column > 0 ? RouterOsErrorKind::parse : kind_of(error.text);
  return error;
}

// What a word of ours needs (FACTS 0.2).
std::string_view needed_for(std::string_view word) {
  struct Need {
    std::string_view word;
    std::string_view need;
  };
  constexpr std::string_view kFileDisks =
      "file-backed disks need RouterOS 7.17 or later with the rose-storage package";
  constexpr std::array<Need, 6> kNeeds = {{
      {"file-path", kFileDisks},
      {"file-size", kFileDisks},
      {"mount-filesystem", kFileDisks},
      {"nvme-tcp-server-nqn", "naming an export needs RouterOS 7.21 or later with the rose-storage package"},
      {"nvme-tcp-export", "NVMe over TCP needs the rose-storage package"},
      {"onerror", "catching errors needs RouterOS 7.13.5 or later"},
  }};
  for (Need const& need : kNeeds) {
    if (need.word == word) return need.need;
  }
  return "this driver needs RouterOS 7.21 or later with the rose-storage package";
}

// Words from the last `/` that begins a command: "/disk add" in front of `type=file ...`.
std::string command_before(std::string_view line, std::size_t end) {
  constexpr std::string_view kMayPrecede = "{[; (";
  std::size_t at = end;
  do {
    at = at == 0 ? std::string_view::npos : line.rfind('/', at - 1);
    if (at == std::string_view::npos) return {};
  } while (at > 0 && kMayPrecede.find(line[at - 1]) == std::string_view::npos);
  std::size_t stop = std::min(line.find(' ', at), end);
  if (stop < end) ++stop;
  while (stop < end && is_word(line[stop])) ++stop;
  return std::string(line.substr(at, stop - at));
}

}  // namespace

std::optional<RouterOsError> recognise_error(std::string_view line) {
  RouterOsError error = classify(line);
  bool const known = std::any_of(kBeginnings.begin(), kBeginnings.end(), [&](std::string_view beginning) {
    return error.text.starts_with(beginning);
  });
  if (!known) return std::nullopt;
  return error;
}

RouterOsError caught_error(std::string_view text) {
  return classify(text);
}

OffendingWord offending_word(std::string_view line, RouterOsError const& error) {
  if (error.column == 0 || error.column > line.size()) return {};
  // 7.23 and later point at the `=`, older ones at the first byte of the name (FACTS 2.4).
  std::size_t start = error.column - 1;
  if (line[start] == '=') {
    while (start > 0 && is_word(line[start - 1])) --start;
  }
  std::size_t end = start;
  while (end < line.size() && is_word(line[end])) ++end;
  return {std::string(line.substr(start, end - start)), command_before(line, start)};
}

base::Status to_status(RouterOsError const& error, std::string_view line, Effect effect) {
  std::string const said = "RouterOS: " + error.text;
  switch (error.kind) {
    case RouterOsErrorKind::parse: {
      OffendingWord const word = offending_word(line, error);
      std::string message = said + " at column " + std::to_string(error.column) + " of the command";
      if (!word.word.empty()) {
        message = "this RouterOS does not know `" + word.word + "`" +
                  (word.command.empty() ? "" : " in " + word.command) + ": " +
                  std::string(needed_for(word.word)) + " (" + said + ", column " +
                  std::to_string(error.column) + ")";
      }
      return fail(Reason::rds_unsupported, Effect::none, message);
    }
    case RouterOsErrorKind::permission:
      return fail(Reason::rds_permission, effect,
                  said + ": the RDS user needs the policies ssh, read and write");
    case RouterOsErrorKind::no_property:
      return fail(Reason::rds_unsupported, effect,
                  said + ": " + std::string(needed_for("nvme-tcp-server-nqn")));
    case RouterOsErrorKind::pool_full:
      return fail(Reason::pool_full, effect, said);
    case RouterOsErrorKind::no_item:
    case RouterOsErrorKind::other:
      return fail(Reason::rds_command_failed, effect, said);
  }
  return fail(Reason::internal, effect, said);
}

}  // namespace rdscsi::rds
