// /disk format (7.19 on) and format-drive (before): what was on the disk is gone, and what the maker of the
// filesystem says of it. Captures disk-format-*. Formatting inside a file disk is not simulated: it would
// need the real mkfs; wiping one is.
#include <algorithm>

#include "base/random.h"
#include "simulator/routeros/menu_support.h"
#include "simulator/routeros/menus.h"
#include "simulator/routeros/output_table.h"

namespace rdssim::routeros {

namespace {

using storage::Record;

std::string device_of(Record const& disk) {
  return "/dev/" + (disk.has("device") ? disk.text("device") : disk.text("slot"));
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

// mkfs.xfs' arithmetic on a striped device: 32 groups, cut to whole stripe units; a log of at most 2 GiB less
// what the minimum group leaves (disk-format-xfs-7.24-rds2216).
std::vector<std::string> xfs_lines(Record const& disk, std::string const& label) {
  constexpr std::int64_t kBlock = 4096, kGroups = 32, kLargestLog = 521728;
  auto const members = std::max<std::int64_t>(1, disk.number("raid-device-count", 1));
  std::int64_t chunk = 0;
  auto const chunk_text = disk.text("raid-chunk-size");
  if (auto const k = chunk_text.find('K'); k != std::string::npos)
    parse_number(chunk_text.substr(0, k), chunk);
  if (auto const m = chunk_text.find('M'); m != std::string::npos) {
    parse_number(chunk_text.substr(0, m), chunk);
    chunk *= 1024;
  }
  auto const unit = chunk * 1024 / kBlock;
  auto group = disk.number("size") / kBlock / kGroups;
  if (unit > 0) group = group / unit * unit;
  auto const log = std::min(kLargestLog, std::max<std::int64_t>(2560, group * kGroups / 2048));
  auto const text = [](std::int64_t number) { return std::to_string(number); };
  auto const device = device_of(disk);
  return {"mkfs.xfs -f -L " + label + " " + device,
          padded("meta-data=" + device, 32) + " isize=512    agcount=32, agsize=" + text(group) + " blks",
          "         =                       sectsz=" + padded(text(disk.number("sector-size", 512)), 5) +
              " attr=2, projid32bit=1",
          "         =                       crc=1        finobt=1, sparse=1, rmapbt=0",
          "         =                       reflink=1",
          "data     =                       bsize=4096   blocks=" + text(group * kGroups) + ", imaxpct=5",
          "         =                       sunit=" + padded(text(unit), 6) +
              " swidth=" + text(unit * members) + " blks",
          "naming   =version 2              bsize=4096   ascii-ci=0, ftype=1",
          "log      =internal log           bsize=4096   blocks=" + text(log) + ", version=2",
          "         =                       sectsz=" + padded(text(disk.number("sector-size", 512)), 5) +
              " sunit=" + text(unit) + " blks, lazy-count=1",
          "realtime =none                   extsz=4096   blocks=0, rtextents=0",
          "Discarding blocks...Done."};
}

std::vector<std::string> ext4_lines(Record const& disk, std::string const& label) {
  auto const blocks = disk.number("size") / 4096;
  // mke2fs: 32768 blocks of journal from 2 GiB on, 262144 from 128 GiB on (e2fsprogs,
  // ext2fs_default_journal_size).
  std::int64_t const journal = blocks < 32768      ? 1024
                               : blocks < 262144   ? 4096
                               : blocks < 524288   ? 8192
                               : blocks < 1048576  ? 16384
                               : blocks < 4194304  ? 32768
                               : blocks < 8388608  ? 65536
                               : blocks < 33554432 ? 131072
                                                   : 262144;
  return {"mke2fs -t ext4 -L " + label + " " + device_of(disk),
          "mke2fs 1.46.5 (30-Dec-2021)",
          "Creating filesystem with " + std::to_string(blocks) + " 4k blocks and " +
              std::to_string(blocks / 4) + " inodes",
          "Allocating group tables: done",
          "Writing inode tables: done",
          "Creating journal (" + std::to_string(journal) + " blocks): done",
          "Writing superblocks and filesystem accounting information: done"};
}

std::vector<std::string> lines_of(Record const& disk, std::string const& system, std::string const& label) {
  if (system == "xfs") return xfs_lines(disk, label);
  if (system == "ext4") return ext4_lines(disk, label);
  return {};  // btrfs, exfat, fat32, wipes: no capture shows what their makers print here
}

bool only_wipes(std::string const& system) {
  return system.starts_with("wipe") || system.starts_with("trim") || system.starts_with("discard");
}

void format_one(Invocation& invocation, std::uint64_t id, std::string const& system,
                std::string const& label) {
  auto& state = invocation.console.state();
  auto const uuid = [&] {
    auto stream = state.random.derive("format " + std::to_string(state.effect_count));
    return stream.hex(8) + "-" + stream.hex(4) + "-4" + stream.hex(3) + "-a" + stream.hex(3) + "-" +
           stream.hex(12);
  };
  auto const wipes = only_wipes(system);
  refuse(invocation,
         state.storage.format_disk(id, wipes ? "-" : system, wipes ? "" : label, wipes ? "" : uuid()));
}

// EVIDENCE(confirmed): format prints a table with the column OUTPUT from 7.19 on; format-drive before printed
// `formatted: 100%`. [FACTS 2.3; capture disk-format-xfs-7.24-rds2216; capture disk-format-drive-pre7.19]
Value disk_format(Invocation& invocation) {
  auto& console = invocation.console;
  auto& state = console.state();
  static std::vector<std::string> const kSystems = {"exfat",       "ext4",    "fat32",         "trim",
                                                    "trim-secure", "wipe",    "wipe-quick",    "btrfs",
                                                    "xfs",         "discard", "discard-secure"};
  auto const ids = find_targets(invocation, disk_view(console), "numbers");
  require_arguments(invocation, {"file-system"});
  auto const system = invocation.at("file-system").text();
  if (!contains(kSystems, system)) throw ScriptError{"input does not match any value of file-system"};
  // EVIDENCE(documented): format asks `All data will be lost, are you sure? [y/N]: ` on a terminal.
  // [FACTS 2.3; capture disk-format-drive-pre7.19]
  confirm(invocation, "All data will be lost, are you sure? [y/N]: ");
  bool const table_form = invocation.statement.command->name == "format";
  OutputTable table({{"OUTPUT"}});
  for (auto const id : ids) {
    console.busy(state.timing.disk_add);
    auto const disk = still_there(invocation, state.storage.disk_by_id(id));  // as it was before
    auto const slot = disk.text("slot");
    auto const label = text_or(invocation, "label", slot + "-fs");
    format_one(invocation, id, system, label);
    if (state.exports_changed) state.exports_changed();
    console.record_effect("/disk", "format", slot, "file-system=" + system);
    table.add({slot + ": file-system: " + system});
    for (auto const& line : lines_of(disk, system, label)) table.add({slot + ": " + line});
    table.add({slot + ": format done"});
  }
  if (table_form) {
    console.write(table.text());
  } else {
    console.put("  formatted: 100%");  // disk-format-drive-pre7.19
  }
  return {};
}

}  // namespace

MenuCommand find_disk_format(std::string_view command) {
  return command == "format" || command == "format-drive" ? disk_format : nullptr;
}

}  // namespace rdssim::routeros
