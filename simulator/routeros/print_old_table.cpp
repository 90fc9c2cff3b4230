// print in the shape it had up to 7.9: see OldTable in profile.h. Evidence: ip-service-print-v6-style,
// user-print, user-active-print, the second table of disk-print-table-usb-pre7.16.
#include <algorithm>

#include "simulator/routeros/menu_support.h"
#include "simulator/routeros/printers.h"

namespace rdssim::routeros {

namespace {

constexpr std::string_view kNewline = "\r\n";

struct Cells {
  std::vector<std::vector<std::string>> lines;  // by column: a list has one element a line
  std::size_t height = 1;
};

Cells cells_of(Row const& row, OldTable const& table) {
  Cells cells;
  for (auto const& column : table.columns) {
    std::vector<std::string> lines;
    for (auto const& field : row.fields) {
      if (field.name != column.name) continue;
      lines = field.value.is(Value::Kind::string) ? split_list(print_value(field, false))
                                                  : std::vector<std::string>{print_value(field, false)};
    }
    cells.height = std::max(cells.height, lines.size());
    cells.lines.push_back(std::move(lines));
  }
  return cells;
}

// Columns behind the last one that says something are not padded; what is printed ends in one blank
// (ip-service-print-v6-style: ` 0   telnet   23   `).
std::string line_of(OldTable const& table, std::vector<std::size_t> const& widths,
                    std::vector<std::string> const& texts) {
  std::size_t shown = texts.size();
  while (shown > 0 && texts[shown - 1].empty()) --shown;
  std::string line;
  for (std::size_t c = 0; c < shown; ++c) {
    auto cell = texts[c];
    cell.insert(table.columns[c].right ? 0 : cell.size(), widths[c] - cell.size(), ' ');
    line += (c == 0 ? "" : std::string(table.gap, ' ')) + cell;
  }
  return line + " ";
}

std::vector<std::size_t> widths_of(std::vector<Cells> const& rows, OldTable const& table) {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    auto width = std::max(table.columns[c].width, table.columns[c].name.size());
    for (auto const& row : rows) {
      for (auto const& line : row.lines[c]) width = std::max(width, line.size());
    }
    widths.push_back(width);
  }
  return widths;
}

}  // namespace

std::string print_old_table(std::vector<Row> const& rows, MenuLayout const& layout, PrintStyle const& style,
                            int width) {
  auto const& table = layout.old_table;
  std::string text;
  if (!layout.flag_columns.empty()) text += print_legend(layout.flag_columns, false, style, width);
  std::vector<Cells> cells;
  for (auto const& row : rows) cells.push_back(cells_of(row, table));
  auto const widths = widths_of(cells, table);
  auto const flags = layout.flag_columns.size();
  auto const indent = 3 + (flags == 0 ? 0 : flags + 1);
  std::vector<std::string> headers;
  for (auto const& column : table.columns) headers.push_back(upper(column.name));
  text += " # " + std::string(indent - 3, ' ') + line_of(table, widths, headers) + std::string(kNewline);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    auto number = std::to_string(rows[r].number);
    if (number.size() < 2) number.insert(0, 1, ' ');
    auto prefix = number + " " + flag_letters(rows[r], layout.flag_columns) + (flags == 0 ? "" : " ");
    if (!rows[r].comment.empty()) {
      text += prefix + ";;; " + rows[r].comment + std::string(kNewline);
      prefix = std::string(prefix.size(), ' ');
    }
    for (std::size_t at = 0; at < cells[r].height; ++at) {
      std::vector<std::string> texts;
      for (auto const& lines : cells[r].lines) texts.push_back(at < lines.size() ? lines[at] : "");
      text += prefix + line_of(table, widths, texts) + std::string(kNewline);
      prefix = std::string(prefix.size(), ' ');
    }
  }
  return text;
}

}  // namespace rdssim::routeros
