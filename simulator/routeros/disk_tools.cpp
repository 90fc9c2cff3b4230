// /disk commands that change no row: copy, monitor-traffic, test, check, repair, scan, eject, blink,
// reset-counters. FACTS 2.3; captures disk-monitor-traffic-*, disk-print-and-test-7.16,
// disk-format-check-repair-test-7.24.
#include <algorithm>
#include <array>

#include "simulator/routeros/menu_support.h"
#include "simulator/routeros/menus.h"
#include "simulator/routeros/output_table.h"

namespace rdssim::routeros {

namespace {

using storage::Record;
using storage::Refusal;

Record const& disk_named(Invocation const& invocation, std::string const& argument) {
  auto const& storage = invocation.console.state().storage;
  auto const text = invocation.at(argument).text();
  for (auto const& disk : storage.disks()) {
    if (disk.text("slot") == text || storage::format_id(disk.id) == text) return disk;
  }
  throw ScriptError{"input does not match any value of " + argument};
}

std::int64_t bytes_argument(Invocation const& invocation, std::string const& name, std::int64_t otherwise) {
  if (!invocation.has(name)) return otherwise;
  return size_argument(invocation, name).value_or(otherwise);
}

// In parts that each take their time: what a reboot, a full pool or a removed disk interrupts stays copied up
// to there. Whether a device prints progress is not known; here the command is silent.
// EVIDENCE(unknown): Whether /disk copy holds its exec open and prints progress: here it is silent and ends
// with the copy. [FACTS 9.10; switch copy_bytes_per_second]
Value disk_copy(Invocation& invocation) {
  auto& console = invocation.console;
  auto& state = console.state();
  require_arguments(invocation, {"src", "dst"});
  auto const source = disk_named(invocation, "src").id, target = disk_named(invocation, "dst").id;
  auto const slot = disk_named(invocation, "dst").text("slot");
  auto const from = bytes_argument(invocation, "src-offset", 0);
  auto const to = bytes_argument(invocation, "dst-offset", 0);
  auto const size = bytes_argument(invocation, "size", disk_named(invocation, "src").number("size") - from);
  refuse(invocation, state.storage.copy_bytes(source, from, target, to, 0));
  constexpr std::int64_t kLeastPart = std::int64_t{64} << 20;
  auto const part = std::max(kLeastPart, size / 64 / kLeastPart * kLeastPart);
  auto const rate = state.timing.copy_bytes_per_second;
  auto const effect = [&](std::int64_t bytes) {
    console.record_effect("/disk", "copy", slot, "bytes=" + std::to_string(bytes));
  };
  for (std::int64_t done = 0; done < size;) {
    auto const step = std::min(part, size - done);
    if (rate > 0) console.busy(std::chrono::microseconds(step * 1'000'000 / rate));
    auto const refusal = state.storage.copy_bytes(source, from + done, target, to + done, step);
    if (refusal != Refusal::none) {
      effect(done);
      refuse(invocation, refusal);
    }
    done += step;
  }
  effect(size);
  return {};
}

enum class Unit { text, count, rate, time };
struct Counter {
  std::string_view name;
  Unit unit;
};
// disk-monitor-traffic-once-7.21-rds.
constexpr auto kCounters = std::to_array<Counter>({{"slot", Unit::text},
                                                   {"read-ops", Unit::count},
                                                   {"read-ops-per-second", Unit::count},
                                                   {"read-bytes", Unit::count},
                                                   {"read-rate", Unit::rate},
                                                   {"read-merges", Unit::count},
                                                   {"read-time", Unit::time},
                                                   {"write-ops", Unit::count},
                                                   {"write-ops-per-second", Unit::count},
                                                   {"write-bytes", Unit::count},
                                                   {"write-rate", Unit::rate},
                                                   {"write-merges", Unit::count},
                                                   {"write-time", Unit::time},
                                                   {"in-flight-ops", Unit::count},
                                                   {"active-time", Unit::time},
                                                   {"wait-time", Unit::time},
                                                   {"discard-ops", Unit::count},
                                                   {"discard-bytes", Unit::count},
                                                   {"discard-merges", Unit::count},
                                                   {"discard-time", Unit::time},
                                                   {"flush-ops", Unit::count},
                                                   {"flush-time", Unit::time}});

std::string counter_text(Record const& disk, Counter const& counter) {
  auto const number = disk.number(counter.name);
  switch (counter.unit) {
    case Unit::text:
      return disk.text(counter.name);
    case Unit::count:
      return group_digits(number);
    case Unit::rate:
      return format_rate(number);
    case Unit::time:
      break;
  }
  auto const seconds = number / 1000;  // 48s149ms
  return (seconds > 0 ? std::to_string(seconds) + "s" : "") + std::to_string(number % 1000) + "ms";
}

// Without `once` a device refreshes until it is interrupted: the first screen, and the channel stays open.
// EVIDENCE(confirmed): monitor-traffic once: these keys in this order, all values in one right-aligned
// column. [FACTS 2.3; capture disk-monitor-traffic-once-7.21-rds]
Value disk_monitor_traffic(Invocation& invocation) {
  auto& console = invocation.console;
  auto const ids = find_targets(invocation, disk_view(console), "numbers");
  for (auto const id : ids) {
    auto const* disk = console.state().storage.disk_by_id(id);
    std::vector<std::pair<std::string, std::string>> lines;
    std::size_t widest = 0;
    for (auto const& counter : kCounters) {
      lines.emplace_back(counter.name, counter_text(*disk, counter));
      widest = std::max(widest, lines.back().second.size());
    }
    for (auto& [key, value] : lines) value.insert(0, widest - value.size(), ' ');
    if (invocation.statement.has_flag("as-value")) continue;
    std::size_t constexpr kKeyColumn = 22;
    for (auto const& [key, value] : lines)
      console.put(std::string(kKeyColumn - key.size(), ' ') + key + ": " + value);
  }
  if (!invocation.statement.has_flag("once")) throw RunsForever{};
  return {};
}

// What the disk's `test-iops` says each second brought; the last line is their mean.
// EVIDENCE(confirmed): Columns of /disk test. [capture disk-print-and-test-7.16; capture
// disk-format-check-repair-test-7.24]
Value disk_test(Invocation& invocation) {
  auto& console = invocation.console;
  require_arguments(invocation, {"disk"});
  auto const& disk = disk_named(invocation, "disk");
  auto const samples = split_list(disk.text("test-iops"));
  auto const block = bytes_argument(invocation, "block-size", 4096);
  if (samples.empty()) invocation.fail(console.state().error("not-simulated"));
  OutputTable table({{"SEQ"},
                     {"RATE"},
                     {"IOPS", true},
                     {"DISK"},
                     {"TYPE"},
                     {"PATTERN"},
                     {"DIR"},
                     {"BSIZE", true},
                     {"THREADS", true}});
  auto const line = [&](std::string const& sequence, std::int64_t iops) {
    table.add({sequence, format_rate(iops * block * 8), group_digits(iops), disk.text("slot"),
               text_or(invocation, "type", "device"), text_or(invocation, "pattern", "sequential"),
               text_or(invocation, "direction", "read"), std::to_string(block),
               text_or(invocation, "thread-count", "1")});
  };
  std::int64_t total = 0;
  for (std::size_t at = 0; at < samples.size(); ++at) {
    std::int64_t iops = 0;
    parse_number(samples[at], iops);
    total += iops;
    line(std::to_string(at), iops);
  }
  line("TOT", total / static_cast<std::int64_t>(samples.size()));
  console.busy(std::chrono::seconds(samples.size()));
  console.write(table.text());
  return {};
}

// e2fsck's words about what the model says is on the disk.
// EVIDENCE(confirmed): check and repair print e2fsck's words in the column OUTPUT. [capture
// disk-format-check-repair-test-7.24]
Value check_filesystem(Invocation& invocation, bool repair) {
  auto& console = invocation.console;
  auto const& storage = console.state().storage;
  OutputTable table({{"OUTPUT"}});
  for (auto const id : find_targets(invocation, disk_view(console), "numbers")) {
    auto const* disk = storage.disk_by_id(id);
    auto const* pool = storage.pool_of_disk(id);
    if (disk->text("fs") != "ext4" || pool == nullptr)
      invocation.fail(console.state().error("not-simulated"));
    auto const inside = pool->mount_point + "/";
    bool const used = std::any_of(storage.disks().begin(), storage.disks().end(), [&](Record const& other) {
      return storage::file_name_of(other.text("file-path")).starts_with(inside);
    });
    if (used) {
      table.add({"could not unmount, stop using it first"});
      continue;
    }
    auto const blocks = disk->number("size") / 4096;
    auto const inodes = disk->number("total-inodes");
    auto const files =
        std::to_string(inodes - disk->number("free-inodes")) + "/" + std::to_string(inodes) + " files";
    auto const taken =
        std::to_string(blocks - storage.free_bytes(*pool) / 4096) + "/" + std::to_string(blocks) + " blocks";
    auto const label = disk->text("fs-label");
    table.add({"e2fsck 1.46.5 (30-Dec-2021)"});
    if (repair) {
      table.add({label + ": clean, " + files + ", " + taken});
      continue;
    }
    table.add({"Pass 1: Checking inodes, blocks, and sizes"});
    table.add({"Pass 2: Checking directory structure"});
    table.add({"Pass 3: Checking directory connectivity"});
    table.add({"Pass 4: Checking reference counts"});
    table.add({"Pass 5: Checking group summary information"});
    table.add({label + ": " + files + " (0.0% non-contiguous), " + taken});
  }
  console.write(table.text());
  return {};
}
Value disk_check(Invocation& invocation) {
  return check_filesystem(invocation, false);
}
Value disk_repair(Invocation& invocation) {
  return check_filesystem(invocation, true);
}

Value disk_scan(Invocation& invocation) {
  auto& state = invocation.console.state();
  std::vector<std::uint64_t> ids;
  for (auto const& disk : state.storage.disks()) ids.push_back(disk.id);
  for (auto const id : ids) state.look_for_filesystem(id);
  return {};
}

// What was mounted is away until it is enabled or the device boots.
Value disk_eject(Invocation& invocation) {
  auto& console = invocation.console;
  auto& state = console.state();
  for (auto const id : find_targets(invocation, disk_view(console), "numbers")) {
    auto const slot = still_there(invocation, state.storage.disk_by_id(id)).text("slot");
    state.storage.set_mounted(slot, false);
    state.storage.unmount_found_filesystem(id);
    console.record_effect("/disk", "eject", slot, "");
  }
  return {};
}

Value disk_reset_counters(Invocation& invocation) {
  auto& console = invocation.console;
  auto& storage = console.state().storage;
  for (auto const id : find_targets(invocation, disk_view(console), "numbers")) {
    std::map<std::string, storage::Property, std::less<>> zero;
    for (auto const& counter : kCounters) {
      if (counter.unit != Unit::text && storage.disk_by_id(id)->has(counter.name))
        zero[std::string(counter.name)] = std::int64_t{0};
    }
    storage.set_disk(id, zero, wall_time_text());
  }
  return {};
}

// Lamps: there are none.
Value disk_blink(Invocation&) {
  return {};
}

}  // namespace

MenuCommand find_disk_tool(std::string_view command) {
  static MenuCommands const kCommands = {{"copy", disk_copy},
                                         {"monitor-traffic", disk_monitor_traffic},
                                         {"test", disk_test},
                                         {"check", disk_check},
                                         {"repair", disk_repair},
                                         {"scan", disk_scan},
                                         {"eject", disk_eject},
                                         {"eject-drive", disk_eject},
                                         {"reset-counters", disk_reset_counters},
                                         {"blink", disk_blink}};
  return find_in(kCommands, command);
}

}  // namespace rdssim::routeros
