// See output_table.h.
#include "simulator/routeros/output_table.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace rdssim::routeros {

std::string OutputTable::text() const {
  std::vector<std::size_t> widths;
  std::string text = "Columns: ", header;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    auto width = columns_[c].header.size();
    for (auto const& row : rows_) width = std::max(width, row[c].size());
    widths.push_back(width);
    text += (c == 0 ? "" : ", ") + columns_[c].header;
  }
  auto const line = [&](auto const& cell) {
    std::string all;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      std::string padded = cell(c);
      padded.insert(columns_[c].right ? 0 : padded.size(), widths[c] - padded.size(), ' ');
      all += (c == 0 ? "" : "  ") + padded;
    }
    return all + "\r\n";
  };
  text += "\r\n" + line([&](std::size_t c) { return columns_[c].header; });
  for (auto const& row : rows_) text += line([&](std::size_t c) { return row[c]; });
  return text;
}

// EVIDENCE(confirmed): Rates change their unit late: 1622.5Mbps, but 11.7Gbps. [capture
// disk-print-and-test-7.16; capture disk-format-check-repair-test-7.24]
std::string format_rate(std::int64_t bits_per_second) {
  constexpr std::array<std::string_view, 4> kUnits = {"bps", "kbps", "Mbps", "Gbps"};
  std::size_t unit = 0;
  std::int64_t scale = 1;
  // 1622.5Mbps, 11.7Gbps: the unit changes late (disk-print-and-test-7.16, disk-format-check-repair-test).
  while (unit + 1 < kUnits.size() && bits_per_second / scale >= (unit == 0 ? 1000 : 10'000)) {
    scale *= 1000;
    ++unit;
  }
  auto const whole = std::to_string(bits_per_second / scale);
  if (unit == 0) return whole + std::string(kUnits[0]);
  return whole + "." + std::to_string(bits_per_second % scale * 10 / scale) + std::string(kUnits[unit]);
}

}  // namespace rdssim::routeros
