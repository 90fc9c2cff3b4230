// Model: arrays and their members, partitions and their parents (FACTS 1.3, 1.7, 2.1).
#include <algorithm>

#include "base/random.h"
#include "simulator/storage/model.h"

namespace rdssim::storage {

namespace {

constexpr std::int64_t kMiB = std::int64_t{1} << 20;
// md's superblock 1.0 lies in the last blocks of a member.
constexpr std::int64_t kSuperblock = 8192;
constexpr std::int64_t kSmallestUnit = std::int64_t{64} << 10;

std::string model_of(std::string const& level) {
  if (level == "0") return "RAID0 striped";
  if (level == "1") return "RAID1 mirrored";
  if (level == "6") return "RAID6 2-parity-disks";
  if (level == "linear") return "RAID linear";  // inferred
  return "RAID" + level + " 1-parity-disk";     // RAID5: FACTS 7.10; RAID4 inferred
}

bool striped(std::string const& level) {
  return level != "1" && level != "linear";
}

// "256K", "1M"; the smallest for what has no chunks.
std::int64_t unit_of(Record const& array) {
  auto const text = array.text("raid-chunk-size");
  if (!striped(array.text("raid-type")) || text.size() < 2) return kSmallestUnit;
  std::int64_t number = 0;
  for (char c : text) {
    if (c >= '0' && c <= '9') number = number * 10 + (c - '0');
  }
  return std::max(kSmallestUnit, number * (text.back() == 'M' ? kMiB : 1024));
}

std::size_t spare_members(std::string const& level, std::size_t count) {
  if (level == "1") return count - 1;
  if (level == "4" || level == "5") return 1;
  return level == "6" ? 2 : 0;
}

std::int64_t size_of(std::string const& level, std::vector<std::int64_t> const& members, std::size_t count) {
  std::int64_t total = 0;
  for (auto const size : members) total += size;
  if (level == "0" || level == "linear") return total;
  auto const smallest = *std::min_element(members.begin(), members.end());
  if (level == "1") return smallest;
  return smallest * static_cast<std::int64_t>(count - std::min(count - 1, spare_members(level, count)));
}

// eadca0af-ecff031c-239758ad-951a47de
std::string array_uuid(Record const& array) {
  auto stream = rdscsi::base::RandomStream(array.id).derive("raid-uuid " + array.text("slot"));
  auto uuid = stream.hex(8);
  for (int part = 1; part < 4; ++part) uuid += "-" + stream.hex(8);
  return uuid;
}

std::string with_quotes(std::int64_t bytes) {
  auto text = std::to_string(bytes);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), 1, '\'');
  return text;
}

std::int64_t aligned(std::int64_t bytes) {
  return (bytes + kMiB - 1) / kMiB * kMiB;
}

void forget_array(Record& member) {
  for (auto name : {"raid-role", "raid-member-failed", "raid-member-state", "raid-member"})
    member.properties.erase(name);
}

// A member without a role gets the lowest that is free.
void give_roles(std::vector<Record*> const& members) {
  for (auto* member : members) {
    if (member->has("raid-role")) continue;
    std::int64_t role = 0;
    while (std::any_of(members.begin(), members.end(),
                       [&](Record const* other) { return other->number("raid-role", -1) == role; }))
      ++role;
    member->set("raid-role", role);
  }
}

// A member beyond the device count is a hot spare; it takes the role of one that failed (MAN storage/raid).
void let_spares_in(std::vector<Record*> const& members, std::int64_t count) {
  for (auto* failed : members) {
    auto const role = failed->number("raid-role");
    if (!failed->flag("raid-member-failed") || role >= count) continue;
    for (auto* spare : members) {
      if (spare->flag("raid-member-failed") || spare->number("raid-role") < count) continue;
      failed->set("raid-role", spare->number("raid-role"));
      spare->set("raid-role", role);
      break;
    }
  }
}

// `0:in_sync`; of the others md says faulty and spare (the kernel's md documentation, device state).
std::string member_state(Record const& member, std::int64_t count) {
  auto const role = member.number("raid-role");
  std::string const word = member.flag("raid-member-failed") ? "faulty" : role >= count ? "spare" : "in_sync";
  return std::to_string(role) + ":" + word;
}

}  // namespace

void Model::release_members(std::string_view slot) {
  for (auto& disk : disks_) {
    if (disk.text("raid-master") != slot) continue;
    disk.set("raid-master", std::string("none"));
    forget_array(disk);
  }
}

void Model::settle_array(std::string_view slot) {
  // A disk that left has no role any more.
  for (auto& disk : disks_) {
    if (disk.flag("raid-member") && disk.text("raid-master") == "none") forget_array(disk);
  }
  auto* array = slot.empty() ? nullptr : find_disk_slot(slot);
  if (array == nullptr || array->text("type") != "raid") return;
  auto const level = array->text("raid-type");
  if (!array->has("raid-max-component-size")) array->set("raid-max-component-size", std::string("none"));
  if (striped(level) && !level.empty() && !array->has("raid-chunk-size"))
    array->set("raid-chunk-size", std::string("1M"));  // RAID6 made without one, in disk-print-detail-raid6-*
  std::vector<Record*> members;
  for (auto& disk : disks_) {
    if (disk.text("raid-master") == slot) members.push_back(&disk);
  }
  // An array whose members no state file told of is as it was loaded.
  if (members.empty() && array->has("size") && array->text("raid-uuid") != array_uuid(*array)) return;
  auto const wanted = array->number("raid-device-count");
  give_roles(members);
  let_spares_in(members, wanted);
  std::vector<std::int64_t> sizes;
  for (auto* member : members) {
    member->set("raid-member", true);
    member->set("raid-member-failed", member->flag("raid-member-failed"));
    member->set("raid-member-state", member_state(*member, wanted));
    auto const unit = unit_of(*array);
    auto const usable = (member->number("size") - kSuperblock) / unit * unit;
    bool const counts = !member->flag("raid-member-failed") && member->number("raid-role") < wanted;
    if (counts && usable > 0) sizes.push_back(usable);
  }
  auto const count = static_cast<std::size_t>(wanted);
  // What was whole once goes on without as many members as its level spares; at first it needs them all.
  auto const needed = array->has("raid-uuid") ? count - std::min(count, spare_members(level, count)) : count;
  bool const runs = count > 0 && !level.empty() && !sizes.empty() && sizes.size() >= needed;
  if (array->flag("block-device") != runs) set_mounted(slot, runs);
  array->set("block-device", runs);
  if (!runs) {
    array->set("state", std::string("inactive"));  // md's word; RouterOS' is not known
  } else {
    auto const largest = *std::max_element(sizes.begin(), sizes.end());
    if (sizes.size() == count || !array->has("size")) array->set("size", size_of(level, sizes, count));
    array->set("model", model_of(level));
    array->set("state", std::string(sizes.size() < count ? "clean, degraded" : "clean"));
    if (!array->has("raid-uuid") && largest > 0) array->set("raid-uuid", array_uuid(*array));
  }
  // An array can be a member itself (raid10 of RAID1 pairs).
  auto const master = array->text("raid-master");
  if (master != slot) settle_array(master);
}

Refusal Model::place_partition(Record& disk) {
  auto const* parent = disk_by_slot(disk.text("parent"));
  if (parent == nullptr) return Refusal::no_such_parent;
  std::int64_t end = kMiB, number = 1;
  auto const wanted = disk.number("partition-offset", -1);
  for (auto const& other : disks_) {
    if (other.text("type") != "partition" || other.text("parent") != parent->text("slot")) continue;
    end = std::max(end, other.number("partition-offset") + other.number("size"));
    number = std::max(number, other.number("partition-number") + 1);
  }
  auto const offset = wanted >= 0 ? wanted : aligned(end);
  // The second copy of the partition table lies at the end.
  auto const room = (parent->number("size") - kMiB - offset) / kMiB * kMiB;
  auto const size = disk.number("partition-size", room);
  if (size <= 0 || size > room || offset < kMiB) return Refusal::no_room_on_disk;
  for (auto const& other : disks_) {
    if (other.text("type") != "partition" || other.text("parent") != parent->text("slot")) continue;
    auto const from = other.number("partition-offset"), to = from + other.number("size");
    if (offset < to && from < offset + size) return Refusal::no_room_on_disk;
  }
  number = disk.number("partition-number", number);
  disk.set("partition-number", number);
  disk.set("partition-offset", offset);
  disk.set("partition-size", size);
  disk.set("size", size);
  disk.set("serial", "@" + with_quotes(offset) + "-" + with_quotes(offset + size));  // FACTS 1.7
  disk.set("partition", true);
  disk.set("block-device", true);
  if (!disk.has("slot")) disk.set("slot", parent->text("slot") + "-part" + std::to_string(number));
  return Refusal::none;
}

}  // namespace rdssim::storage
