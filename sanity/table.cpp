// See table.h.
#include "sanity/table.h"

#include <gtest/gtest.h>

#include <fstream>
#include <utility>

namespace sanity {

std::vector<std::vector<std::string>> read_table(std::string const& path, std::size_t columns) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::vector<std::vector<std::string>> table;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::vector<std::string> cells(1);
    for (char const c : line) {
      if (c == '\t') {
        cells.emplace_back();
      } else {
        cells.back().push_back(c);
      }
    }
    bool whole = cells.size() == columns;
    for (auto const& cell : cells) whole = whole && !cell.empty();
    if (whole) {
      table.push_back(std::move(cells));
    } else {
      ADD_FAILURE() << path << ": not " << columns << " cells: " << line;
    }
  }
  return table;
}

std::vector<Row> read_codes() {
  std::vector<Row> rows;
  for (auto& cells : read_table("codes.tsv", 4)) {
    rows.push_back({std::move(cells[0]), std::move(cells[1]), std::move(cells[2]), std::move(cells[3])});
  }
  return rows;
}

}  // namespace sanity
