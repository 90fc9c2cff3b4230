// Typed reads of a Record and the printed form of ids.
#include "simulator/storage/record.h"

#include <array>
#include <charconv>

namespace rdssim::storage {

namespace {

template <typename T>
T const* find_as(Record const& record, std::string_view name) {
  auto found = record.properties.find(name);
  return found == record.properties.end() ? nullptr : std::get_if<T>(&found->second);
}

}  // namespace

std::string Record::text(std::string_view name) const {
  auto const* value = find_as<std::string>(*this, name);
  return value == nullptr ? std::string() : *value;
}

std::int64_t Record::number(std::string_view name, std::int64_t fallback) const {
  auto const* value = find_as<std::int64_t>(*this, name);
  return value == nullptr ? fallback : *value;
}

bool Record::flag(std::string_view name, bool fallback) const {
  auto const* value = find_as<bool>(*this, name);
  return value == nullptr ? fallback : *value;
}

std::string format_id(std::uint64_t id) {
  std::array<char, 20> digits{};
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(), id, 16).ptr;
  std::string text = "*";
  for (char const* at = digits.data(); at != end; ++at) {
    text += (*at >= 'a') ? static_cast<char>(*at - 'a' + 'A') : *at;
  }
  return text;
}

std::optional<std::uint64_t> parse_id(std::string_view text) {
  std::uint64_t id = 0;
  auto const* end = text.data() + text.size();
  bool const starred = text.size() > 1 && text.front() == '*';
  if (!starred || std::from_chars(text.data() + 1, end, id, 16).ptr != end || id == 0) return std::nullopt;
  return id;
}

}  // namespace rdssim::storage
