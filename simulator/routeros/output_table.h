// OutputTable: the tables that running commands print (`/disk test`, `format`, `check`): no flags, no
// numbers, `Columns:`, a header, rows padded to equal width. Used by the /disk tools.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rdssim::routeros {

class OutputTable {
 public:
  struct Column {
    std::string header;
    bool right = false;
  };
  explicit OutputTable(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  std::string text() const;  // lines end CRLF

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// 0bps, 12.8Mbps, 11.7Gbps: one decimal, cut, not rounded (360 * 4096 bytes are 11.7Mbps in
// disk-print-and-test-7.16).
std::string format_rate(std::int64_t bits_per_second);

}  // namespace rdssim::routeros
