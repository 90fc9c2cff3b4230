// See schema_data.h. Composes what no single capture holds.
#include "simulator/routeros/schema_data.h"

#include <algorithm>
#include <functional>

namespace rdssim::routeros {

namespace {

using Line = std::string_view;

// `lines` of the dump, each as `change` returns it; "" leaves it out.
std::string each_line(std::string_view dump, std::function<std::string(Line)> const& change) {
  std::string result;
  while (!dump.empty()) {
    auto const end = std::min(dump.find('\n'), dump.size());
    auto const line = change(dump.substr(0, end));
    if (!line.empty()) result.append(line).append("\n");
    dump.remove_prefix(std::min(end + 1, dump.size()));
  }
  return result;
}

std::string without_word(std::string line, std::string_view word) {
  auto const at = line.find(" " + std::string(word));
  auto const end = at + 1 + word.size();
  if (at != std::string::npos && (end == line.size() || line[end] == ' ')) line.erase(at, word.size() + 1);
  return line;
}

bool is_storage(Line line) {
  return line.starts_with("/disk") || line.starts_with("/file");
}

std::string documented() {
  return "\n" + std::string(captured_schema_documented());
}

constexpr std::string_view kFileDiskArguments =
    " file-offset file-path file-size mount-filesystem mount-point-template mount-read-only "
    "nvme-tcp-server-nqn swap";

}  // namespace

std::string schema_dump_7_16_stock() {
  return std::string(captured_schema_7_16()) + documented();
}

// The seeds' device is called 7.16 and has file disks: 7.16's dump with their arguments added (DESIGN,
// profiles).
std::string schema_dump_7_16() {
  return each_line(schema_dump_7_16_stock(), [](Line line) {
    bool const takes_them =
        line.starts_with("/disk/add:") || line.starts_with("/disk/set:") || line.starts_with("/disk/reset:");
    return std::string(line).append(takes_them ? kFileDiskArguments : "");
  });
}

// 7.21.1 was dumped for /disk and /file. Its other menus are 7.24's without what came in between: `comments`,
// `on-event`, `timestamp` (7.22), `order-by` and `available-from` (7.24; FACTS 0.2, 3).
std::string schema_dump_7_21() {
  auto const others = each_line(captured_schema_7_24(), [](Line line) {
    if (is_storage(line) || line.starts_with("/ip/ssh")) return std::string();
    std::string kept(line);
    for (auto word : {"comments", "on-event", "timestamp", "order-by", "available-from"})
      kept = without_word(std::move(kept), word);
    return kept;
  });
  // 7.17 renamed allow-none-crypto, 7.23 always-allow-password-login (FACTS 0.2).
  auto const ssh = each_line(captured_schema_7_16(), [](Line line) {
    if (!line.starts_with("/ip/ssh")) return std::string();
    std::string kept(line);
    if (auto const at = kept.find("allow-none-crypto"); at != std::string::npos)
      kept.replace(at, std::string_view("allow-none-crypto").size(), "ciphers");
    return kept;
  });
  return std::string(captured_schema_7_21_1()) + others + ssh + documented();
}

std::string schema_dump_7_24() {
  return std::string(captured_schema_7_24()) + documented();
}

}  // namespace rdssim::routeros
