// The table of /disk properties. Which are quoted and which numbers are grouped: FACTS 1.4, from the
// captures.
#include "simulator/routeros/property_table.h"

#include <algorithm>
#include <array>

namespace rdssim::routeros {

namespace {

using Names = std::vector<std::string_view>;

// EVIDENCE(confirmed): Which properties of /disk print in quotes. [FACTS 1.4; capture
// disk-print-detail-file-lun-7.24-rds2216]
Names const& quoted_names() {
  static auto const* const kNames = new Names{"slot",
                                              "slot-default",
                                              "parent",
                                              "fs-label",
                                              "fs-uuid",
                                              "uuid",
                                              "device",
                                              "model",
                                              "serial",
                                              "fw-version",
                                              "interface",
                                              "mount-point",
                                              "mount-point-template",
                                              "state",
                                              "raid-state",
                                              "raid-member-state",
                                              "raid-uuid",
                                              "nvme-tcp-server-nqn",
                                              "nvme-tcp-server-allow-host-name",
                                              "nvme-tcp-server-password",
                                              "comment"};
  return *kNames;
}

// Flags among them: they print as letters, in as-value as true.
Names const& yes_no_names() {
  static auto const* const kNames = new Names{"mount-filesystem",
                                              "mount-read-only",
                                              "compress",
                                              "swap",
                                              "disabled",
                                              "nvme-tcp-export",
                                              "nfs-export",
                                              "smb-export",
                                              "iscsi-export",
                                              "nfs-sharing",
                                              "smb-sharing",
                                              "media-sharing",
                                              "raid-member-failed",
                                              "empty",
                                              "acquired",
                                              "block-device",
                                              "mounted",
                                              "formatting",
                                              "swap-enabled",
                                              "raid-member",
                                              "encrypted",
                                              "guid-partition-table",
                                              "partition"};
  return *kNames;
}

Names const& plain_names() {
  static auto const* const kNames =
      new Names{"partition-number",     "read-rate",   "read-time",         "write-rate",
                "write-time",           "active-time", "wait-time",         "discard-time",
                "flush-time",           "sector-size", "raid-device-count", "raid-role",
                "nvme-tcp-server-port", "file-offset", "partition-offset"};
  return *kNames;
}

// EVIDENCE(confirmed): Which integers are grouped by three with a blank. [FACTS 1.4; capture
// disk-monitor-traffic-once-7.21-rds]
Names const& grouped_names() {
  static auto const* const kNames =
      new Names{"size",           "free",          "total-inodes",         "free-inodes",
                "partition-size", "read-ops",      "read-ops-per-second",  "read-bytes",
                "read-merges",    "write-ops",     "write-ops-per-second", "write-bytes",
                "write-merges",   "in-flight-ops", "discard-ops",          "discard-bytes",
                "discard-merges", "flush-ops"};
  return *kNames;
}

// Read-only names of FACTS 2.1 that are no argument of add.
constexpr auto kReadOnly = std::to_array<std::string_view>({".id",
                                                            "slot-default",
                                                            "fs-label",
                                                            "fs-uuid",
                                                            "fs",
                                                            "model",
                                                            "serial",
                                                            "fw-version",
                                                            "size",
                                                            "free",
                                                            "total-inodes",
                                                            "free-inodes",
                                                            "use",
                                                            "mount-point",
                                                            "sector-size",
                                                            "interface",
                                                            "interface-speed",
                                                            "raid-member-state",
                                                            "state",
                                                            "raid-uuid",
                                                            "read-ops",
                                                            "read-ops-per-second",
                                                            "read-bytes",
                                                            "read-rate",
                                                            "read-merges",
                                                            "read-time",
                                                            "write-ops",
                                                            "write-ops-per-second",
                                                            "write-bytes",
                                                            "write-rate",
                                                            "write-merges",
                                                            "write-time",
                                                            "in-flight-ops",
                                                            "active-time",
                                                            "wait-time",
                                                            "discard-ops",
                                                            "discard-bytes",
                                                            "discard-merges",
                                                            "discard-time",
                                                            "flush-ops",
                                                            "flush-time"});

}  // namespace

std::optional<Style> disk_property_style(std::string_view name) {
  auto const in = [&](Names const& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (in(quoted_names())) return Style::quoted;
  if (in(yes_no_names())) return Style::yes_no;
  if (in(plain_names())) return Style::plain;
  if (in(grouped_names())) return Style::grouped;
  if (name == "file-size") return Style::binary;
  if (name == "test-iops") return Style::bare;
  return std::nullopt;
}

Style style_of_disk(std::string_view name) {
  return disk_property_style(name).value_or(Style::bare);
}

std::vector<std::string> readable_disk_properties(MenuSchema const& disk) {
  std::vector<std::string> names(kReadOnly.begin(), kReadOnly.end());
  auto const add = disk.commands.find("add");
  if (add == disk.commands.end()) return names;
  for (auto const& argument : add->second.arguments) {
    if (argument != "copy-from") names.push_back(argument);
  }
  return names;
}

}  // namespace rdssim::routeros
