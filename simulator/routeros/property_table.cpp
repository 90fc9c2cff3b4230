// The table of /disk properties. Which are quoted and which numbers are grouped: FACTS 1.4, from the
// captures.
#include "simulator/routeros/property_table.h"

#include <algorithm>
#include <array>

namespace rdssim::routeros {

namespace {

constexpr auto kTable = std::to_array<PropertyInfo>({
    {"slot", Style::quoted},
    {"slot-default", Style::quoted},
    {"parent", Style::quoted},
    {"fs-label", Style::quoted},
    {"fs-uuid", Style::quoted},
    {"uuid", Style::quoted},
    {"device", Style::quoted},
    {"model", Style::quoted},
    {"serial", Style::quoted},
    {"fw-version", Style::quoted},
    {"interface", Style::quoted},
    {"mount-point", Style::quoted},
    {"mount-point-template", Style::quoted},
    {"state", Style::quoted},
    {"raid-state", Style::quoted},
    {"raid-member-state", Style::quoted},
    {"raid-uuid", Style::quoted},
    {"nvme-tcp-server-nqn", Style::quoted},
    {"nvme-tcp-server-allow-host-name", Style::quoted},
    {"nvme-tcp-server-password", Style::quoted},
    {"comment", Style::quoted},
    {"size", Style::grouped},
    {"free", Style::grouped},
    {"total-inodes", Style::grouped},
    {"free-inodes", Style::grouped},
    {"partition-size", Style::grouped},
    {"partition-number", Style::plain},
    {"partition-offset", Style::bare},
    {"read-ops", Style::grouped},
    {"read-ops-per-second", Style::grouped},
    {"read-bytes", Style::grouped},
    {"read-rate", Style::plain},
    {"read-merges", Style::grouped},
    {"read-time", Style::plain},
    {"write-ops", Style::grouped},
    {"write-ops-per-second", Style::grouped},
    {"write-bytes", Style::grouped},
    {"write-rate", Style::plain},
    {"write-merges", Style::grouped},
    {"write-time", Style::plain},
    {"in-flight-ops", Style::grouped},
    {"active-time", Style::plain},
    {"wait-time", Style::plain},
    {"discard-ops", Style::grouped},
    {"discard-bytes", Style::grouped},
    {"discard-merges", Style::grouped},
    {"discard-time", Style::plain},
    {"flush-ops", Style::grouped},
    {"flush-time", Style::plain},
    {"test-iops", Style::bare},
    {"sector-size", Style::plain},
    {"raid-device-count", Style::plain},
    {"raid-role", Style::plain},
    {"nvme-tcp-server-port", Style::plain},
    {"file-offset", Style::plain},
    {"file-size", Style::binary},
    {"mount-filesystem", Style::yes_no},
    {"mount-read-only", Style::yes_no},
    {"compress", Style::yes_no},
    {"swap", Style::yes_no},
    {"disabled", Style::yes_no},
    {"nvme-tcp-export", Style::yes_no},
    {"iscsi-export", Style::yes_no},
    {"nfs-sharing", Style::yes_no},
    {"smb-sharing", Style::yes_no},
    {"media-sharing", Style::yes_no},
    {"raid-member-failed", Style::yes_no},
    // Flags: they print as letters, in as-value as true.
    {"empty", Style::yes_no},
    {"acquired", Style::yes_no},
    {"block-device", Style::yes_no},
    {"mounted", Style::yes_no},
    {"formatting", Style::yes_no},
    {"swap-enabled", Style::yes_no},
    {"raid-member", Style::yes_no},
    {"encrypted", Style::yes_no},
    {"guid-partition-table", Style::yes_no},
    {"partition", Style::yes_no},
});

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

PropertyInfo const* find_disk_property(std::string_view name) {
  auto const found =
      std::find_if(kTable.begin(), kTable.end(), [&](PropertyInfo const& info) { return info.name == name; });
  return found == kTable.end() ? nullptr : &*found;
}

Style style_of_disk(std::string_view name) {
  auto const* info = find_disk_property(name);
  return info == nullptr ? Style::bare : info->style;
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
