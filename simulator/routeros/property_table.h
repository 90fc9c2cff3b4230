// What the console knows of each /disk property: its type, how it prints, which words it accepts, its
// default. Used by the disk menu, the state loader and the schema (names that `where` and `get` know).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/routeros/schema.h"
#include "simulator/storage/record.h"

namespace rdssim::routeros {

// How a value looks in print detail (FACTS 1.4).
enum class Style {
  quoted,  // text in quotes
  bare,    // text as it is
  yes_no,
  plain,    // number, not grouped: ports, sector sizes
  grouped,  // number in groups of three: 1 099 511
  binary,   // bytes with KiB, MiB, GiB
  list,     // text as it is; in tables one element a line
  reading,  // text as it is; a column leans right where it holds whole numbers only
};

// Nothing for names the table does not have; those print bare.
std::optional<Style> disk_property_style(std::string_view name);
Style style_of_disk(std::string_view name);
// Names for `where`, `get` and proplist: the settable arguments of this version and the read-only ones.
std::vector<std::string> readable_disk_properties(MenuSchema const& disk);

}  // namespace rdssim::routeros
