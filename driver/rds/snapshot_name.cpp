// Writing and reading names of snapshots. Used through rds/snapshot_name.h.
#include "rds/snapshot_name.h"

#include <algorithm>
#include <charconv>

#include "rds/formats.h"

namespace rdscsi::rds {
namespace {

constexpr std::size_t kIdCharacters = 41, kClusterCharacters = 10, kSourceCharacters = 26,
                      kSecondsDigits = 10;

std::optional<std::string_view> take(std::string_view& rest, std::size_t characters) {
  if (rest.size() <= characters || rest[characters] != '.') return std::nullopt;
  std::string_view const field = rest.substr(0, characters);
  rest.remove_prefix(characters + 1);
  return field;
}

std::optional<std::int64_t> read_number(std::string_view text) {
  std::int64_t value = 0;
  if (text.empty() || text.front() == '-') return std::nullopt;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_base32(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); });
}

}  // namespace

std::string snapshot_name_start(SnapshotName const& name) {
  std::string seconds = std::to_string(std::clamp<std::int64_t>(name.created_s, 0, 9'999'999'999));
  seconds.insert(0, kSecondsDigits - seconds.size(), '0');
  return name.snapshot_id + "." + name.cluster + "." + compact_uuid(name.source_volume_id) + "." + seconds +
         ".";
}

std::optional<SnapshotName> read_snapshot_name(std::string_view name) {
  std::string_view rest = name;
  auto const id = take(rest, kIdCharacters);
  auto const cluster = id ? take(rest, kClusterCharacters) : std::nullopt;
  auto const source = cluster ? take(rest, kSourceCharacters) : std::nullopt;
  auto const seconds = source ? take(rest, kSecondsDigits) : std::nullopt;
  if (!seconds || !is_snapshot_id(*id) || !is_base32(*cluster)) return std::nullopt;
  auto const source_uuid = uuid_of_compact(*source);
  auto const created = read_number(*seconds);
  auto const size = read_number(rest);
  if (!source_uuid || !created || !size) return std::nullopt;
  return SnapshotName{std::string(*id), std::string(*cluster), "pvc-" + *source_uuid, *created, *size};
}

}  // namespace rdscsi::rds
