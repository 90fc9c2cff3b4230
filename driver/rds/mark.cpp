// Writing and reading marks. Used through rds/mark.h.
#include "rds/mark.h"

#include <algorithm>
#include <optional>

#include "rds/formats.h"

namespace rdscsi::rds {
namespace {

constexpr std::string_view kAnyVersion = "rdscsi";
constexpr std::string_view kThisVersion = "rdscsi1";

bool only(std::string_view text, bool (*allowed)(char)) {
  return !text.empty() && std::all_of(text.begin(), text.end(), allowed);
}

bool is_base32(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
}
bool is_source(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == ':' || c == '-';
}

// Takes ` key=value` from the front of `rest`.
std::optional<std::string> take(std::string_view& rest, std::string_view key) {
  if (!rest.starts_with(' ')) return std::nullopt;
  rest.remove_prefix(1);
  if (!rest.starts_with(key) || !rest.substr(key.size()).starts_with('=')) return std::nullopt;
  rest.remove_prefix(key.size() + 1);
  std::size_t const end = std::min(rest.find(' '), rest.size());
  std::string value(rest.substr(0, end));
  rest.remove_prefix(end);
  return value;
}

constexpr std::string_view kOffered = "offered:";
constexpr std::string_view kFree = "free";
constexpr std::size_t kHoldersMax = 2;

// `free`, or hashes between colons.
std::optional<std::vector<std::string>> read_holders(std::string_view text) {
  std::vector<std::string> holders;
  if (text == kFree) return holders;
  while (true) {
    std::size_t const end = std::min(text.find(':'), text.size());
    std::string_view const holder = text.substr(0, end);
    if (holder.size() != kNodeHashCharacters || !only(holder, is_base32)) return std::nullopt;
    holders.emplace_back(holder);
    if (end == text.size()) break;
    text.remove_prefix(end + 1);
  }
  if (holders.size() > kHoldersMax) return std::nullopt;
  return holders;
}

bool is_format(std::string_view text) {
  return text == "never" || text == kFilledFormat ||
         (text.starts_with(kOffered) && read_holders(text.substr(kOffered.size())));
}

std::optional<Mark> read_known(std::string_view comment) {
  if (comment.size() > kMarkCharactersMax || !comment.starts_with(kThisVersion)) return std::nullopt;
  std::string_view rest = comment.substr(kThisVersion.size());
  auto const cluster = take(rest, "c");
  auto const name = take(rest, "v");
  auto const content = take(rest, "p");
  auto const format = take(rest, "fmt");
  auto const source = take(rest, "src");
  if (!cluster || !name || !content || !format || !source || !rest.empty()) return std::nullopt;
  bool const well_formed = cluster->size() == 10 && only(*cluster, is_base32) && name->size() == 16 &&
                           only(*name, is_base32) && content->size() == 8 && only(*content, is_base32) &&
                           is_format(*format) && only(*source, is_source);
  if (!well_formed) return std::nullopt;
  return Mark{*cluster, *name, *content, *format, *source};
}

}  // namespace

std::string format_mark(Mark const& mark) {
  return std::string(kThisVersion) + " c=" + mark.cluster + " v=" + mark.name + " p=" + mark.content +
         " fmt=" + mark.format + " src=" + mark.source;
}

MarkReading read_mark(std::string_view comment) {
  if (!comment.starts_with(kAnyVersion)) return {};
  auto const mark = read_known(comment);
  if (!mark) return {MarkKind::unknown_version, {}};
  return {MarkKind::known, *mark};
}

std::vector<std::string> holders_of(Mark const& mark) {
  std::string_view const format = mark.format;
  if (!format.starts_with(kOffered)) return {};
  return read_holders(format.substr(kOffered.size())).value_or(std::vector<std::string>{});
}

std::string mark_pattern(std::string_view cluster, std::string_view format) {
  // No `{16}`: whether every RouterOS knows bounds in its expressions is not documented; a length that is
  // wrong is caught by read_mark() when the driver reads the row.
  return "^rdscsi1 c=" + std::string(cluster) + " v=[a-z2-7]+ p=[a-z2-7]+ fmt=" + std::string(format) +
         " src=[a-z0-9.:-]+$";
}

}  // namespace rdscsi::rds
