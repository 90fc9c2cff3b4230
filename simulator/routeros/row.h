// Row: one menu item on its way to a printer or a where condition: typed values with their print style.
// Made by the menus, read by the printers and the evaluator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/routeros/property_table.h"
#include "simulator/routeros/value.h"

namespace rdssim::routeros {

struct Field {
  std::string name;
  Value value;
  Style style = Style::bare;
};

struct Row {
  std::uint64_t id = 0;
  std::size_t number = 0;                           // position in the whole menu (FACTS 1.2)
  std::vector<Field> fields;                        // what print detail shows, in its order
  std::vector<Field> hidden;                        // what get and where see besides
  std::set<std::string, std::less<>> flags;         // those that are set
  std::string comment;                              // also among `hidden`
  std::set<std::string, std::less<>> cleared = {};  // flags that as-value names as false

  // Null when the row has no such property (or it is not set).
  Value const* find(std::string_view name) const;
};

// The text of a value in print detail, table and terse; quotes only where `quoted` says so.
std::string print_value(Field const& field, bool quoted);
std::string group_digits(std::int64_t number);  // 1 099 511 627 776
std::string format_binary(std::int64_t bytes);  // 1024.0MiB; below 5 KiB plain (FACTS 1.4)
std::string quote(std::string_view text);       // "..." with \" and \\ escaped

}  // namespace rdssim::routeros
