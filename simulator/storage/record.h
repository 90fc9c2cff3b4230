// Record: one row of a RouterOS menu as typed properties by name, the way the console, the state file and the
// oracle all see it. Used by the storage model, the menus, the printers and the state loader.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace rdssim::storage {

// bool: yes/no and flags; int64: bytes, ports, counts; string: everything else, unquoted.
using Property = std::variant<bool, std::int64_t, std::string>;

// Plain data: copies are independent, no thread rules of its own.
struct Record {
  std::uint64_t id = 0;  // shown as *HEX; grows, never reused
  std::map<std::string, Property, std::less<>> properties;

  bool has(std::string_view name) const { return properties.contains(name); }
  // The property's text; "" when it is absent or not a string.
  std::string text(std::string_view name) const;
  // The property's number; `fallback` when it is absent or not a number.
  std::int64_t number(std::string_view name, std::int64_t fallback = 0) const;
  // The property's truth; `fallback` when it is absent or not a bool.
  bool flag(std::string_view name, bool fallback = false) const;
  void set(std::string_view name, Property value) {
    properties.insert_or_assign(std::string(name), std::move(value));
  }
};

// `*1A`: how the console writes ids.
std::string format_id(std::uint64_t id);
// The same read back, hexadecimal digits of either case; nothing for other text and for *0.
std::optional<std::uint64_t> parse_id(std::string_view text);

}  // namespace rdssim::storage
