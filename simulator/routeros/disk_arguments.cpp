// Arguments of /disk add and set: their words, ranges and units (FACTS 2.1, 2.2).
#include "simulator/routeros/disk_arguments.h"

#include <algorithm>
#include <array>

#include "simulator/routeros/menu_support.h"
#include "simulator/routeros/menus.h"

namespace rdssim::routeros {

namespace {

using Words = std::vector<std::string>;

[[noreturn]] void no_such_value(std::string_view argument) {
  throw ScriptError{"input does not match any value of " + std::string(argument)};
}

// Sets the property to one of the words, as written.
std::string word_argument(Invocation const& invocation, std::string const& name, Words const& words) {
  auto const text = invocation.at(name).text();
  if (!contains(words, text)) no_such_value(name);
  return text;
}

// FACTS 2.1: 64K..4M, doubling.
Words const& chunk_sizes() {
  static auto const* const kSizes = new Words{"64K", "128K", "256K", "512K", "1M", "2M", "4M"};
  return *kSizes;
}

Words const& raid_types() {
  static auto const* const kTypes = new Words{"0", "1", "4", "5", "6", "linear"};
  return *kTypes;
}

// The slot of a disk that is there; `none` and the empty text are words for no disk.
std::string disk_argument(Invocation const& invocation, std::string const& name, bool raid_only) {
  auto const text = invocation.at(name).text();
  if (text.empty() || text == "none") return name == "parent" ? "" : "none";
  auto const& storage = invocation.console.state().storage;
  for (auto const& disk : storage.disks()) {
    if (disk.text("slot") != text && storage::format_id(disk.id) != text) continue;
    if (raid_only && disk.text("type") != "raid") no_such_value(name);
    return disk.text("slot");
  }
  no_such_value(name);
}

constexpr std::int64_t kLargestOffset = std::int64_t{1} << 60;
struct Range {
  std::string_view name;
  std::int64_t low, high;
};
// Ends of ranges that no document names are inferred.
constexpr auto kRanges = std::to_array<Range>({{"nvme-tcp-server-port", 1, 65535},
                                               {"nvme-tcp-port", 1, 65535},
                                               {"iscsi-port", 1, 65535},
                                               {"iscsi-server-port", 1, 65535},
                                               {"file-offset", 0, kLargestOffset},
                                               {"raid-device-count", 1, 255},
                                               {"partition-number", 1, 128}});

Range const* range_of(std::string_view name) {
  auto const found =
      std::find_if(kRanges.begin(), kRanges.end(), [&](Range const& one) { return one.name == name; });
  return found == kRanges.end() ? nullptr : &*found;
}

}  // namespace

Changes read_disk_arguments(Invocation const& invocation) {
  Changes changes;
  auto const set_unless_auto = [&](std::string const& name, std::optional<std::int64_t> number) {
    if (number) changes[name] = *number;
  };
  for (auto const& [name, value] : invocation.arguments) {
    if (name == "numbers" || name == "copy-from") continue;
    if (auto const* range = range_of(name)) {
      changes[name] = number_argument(invocation, name, range->low, range->high);
    } else if (name == "file-size") {
      set_unless_auto(name, size_argument(invocation, name));
    } else if (name == "partition-size" || name == "partition-offset") {
      set_unless_auto(name, size_argument(invocation, name, 1000));
    } else if (name == "raid-role") {
      if (value.text() != "auto") changes[name] = number_argument(invocation, name, 0, 254);
    } else if (name == "raid-type") {
      changes[name] = word_argument(invocation, name, raid_types());
    } else if (name == "raid-chunk-size") {
      changes[name] = word_argument(invocation, name, chunk_sizes());
    } else if (name == "raid-master" || name == "parent") {
      changes[name] = disk_argument(invocation, name, name == "raid-master");
    } else if (style_of_disk(name) == Style::yes_no) {
      changes[name] = yes_no_argument(invocation, name);
    } else {
      changes[name] = value.text();
    }
  }
  auto const template_given = changes.find("mount-point-template");
  if (template_given != changes.end() && std::get<std::string>(template_given->second).empty())
    throw ScriptError{"invalid value for argument mount-point-template"};
  return changes;
}

void check_disk_slot(Invocation const& invocation, Changes const& changes) {
  auto const slot = changes.find("slot");
  auto const& state = invocation.console.state();
  if (slot == changes.end() || !state.slot_limit) return;
  if (std::get<std::string>(slot->second).size() > static_cast<std::size_t>(*state.slot_limit))
    invocation.fail(state.error("slot-too-long"));
}

void check_disk_type(Invocation const& invocation) {
  // MAN cli-reference; sshfs and file came with 7.17 (FACTS 0.2).
  static Words const kTypes = {"raid",      "nvme-tcp", "iscsi",   "nfs",     "smb",
                               "partition", "tmpfs",    "ramdisk", "crypted", "hardware"};
  auto const type = invocation.at("type").text();
  bool const later = type == "file" || type == "sshfs";
  if (!contains(kTypes, type) && !(later && invocation.console.profile().file_disks)) no_such_value("type");
}

}  // namespace rdssim::routeros
