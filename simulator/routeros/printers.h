// Printers: rows of a menu to the text RouterOS prints. Pure functions; the lines they return end CRLF.
// Used by the print commands. Rules: FACTS 1.2 (detail), 1.5 (table), 1.6 (terse, as-value, key: value).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "simulator/routeros/profile.h"
#include "simulator/routeros/row.h"

namespace rdssim::routeros {

// `width`: columns of the session.
std::string print_detail(std::vector<Row> const& rows, MenuLayout const& layout, PrintStyle const& style,
                         int width);
std::string print_table(std::vector<Row> const& rows, MenuLayout const& layout, PrintStyle const& style,
                        int width);
std::string print_old_table(std::vector<Row> const& rows, MenuLayout const& layout, PrintStyle const& style,
                            int width);
std::string print_terse(std::vector<Row> const& rows, MenuLayout const& layout, PrintStyle const& style);
// `{ .id=*2; comment=...; ... }` of one row. With `flags`, the menu's: set flags are true, `disabled` is
// always there where the menu has it (as-value-interface-stats, as-value-unescaped-comment). Null: no flags.
Value as_value(Row const& row, std::vector<std::vector<Flag>> const* flags);
// Right-aligned keys: `/system resource print`.
std::string print_keys(std::vector<std::pair<std::string, std::string>> const& pairs, std::size_t key_width);

// The `Flags:` lines: of a table (upper-case, used flags), or of print detail in the profile's style.
std::string print_legend(std::vector<std::vector<Flag>> const& columns, bool table, PrintStyle const& style,
                         int width);
// What the legend of a table names: the flags in use, or in older versions their groups' rest.
std::vector<std::vector<Flag>> table_legend(std::vector<Row> const& rows, MenuLayout const& layout,
                                            PrintStyle const& style);
// The flag columns of a row, one character per column of `columns`, blank where none is set.
std::string flag_letters(Row const& row, std::vector<std::vector<Flag>> const& columns);
// Only the columns in which some row has a flag set.
std::vector<std::vector<Flag>> used_columns(std::vector<Row> const& rows,
                                            std::vector<std::vector<Flag>> const& all);
std::string upper(std::string_view text);

}  // namespace rdssim::routeros
