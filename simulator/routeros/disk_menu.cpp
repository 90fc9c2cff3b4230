// /disk: add, set, comment, remove, enable, disable, print, get, find. FACTS 2. The other commands:
// disk_tools.cpp, disk_format.cpp.
#include <algorithm>
#include <limits>

#include "simulator/routeros/disk_arguments.h"
#include "simulator/routeros/menu_support.h"
#include "simulator/routeros/menus.h"

namespace rdssim::routeros {

namespace {

using storage::Property;
using storage::Record;
using storage::Refusal;

// A state file may hold a pool so large that a hundred times its bytes are no number any more.
std::int64_t rounded_percent(std::int64_t part, std::int64_t whole) {
  constexpr std::int64_t kSafe = std::numeric_limits<std::int64_t>::max() / 200;
  while (whole > kSafe) {
    whole /= 2;
    part /= 2;
  }
  return (part * 100 + whole / 2) / whole;
}

// What a pool's row shows of its filesystem, and what a disk shows only while it exports.
void add_derived(Console& console, Record const& disk, Record& shown) {
  auto const& model = console.state().storage;
  if (auto const* pool = model.pool_of_disk(disk.id)) {
    shown.set("mounted", model.mounted(*pool));
    if (model.mounted(*pool)) {
      auto const free = model.free_bytes(*pool);
      auto const capacity = std::max<std::int64_t>(1, pool->size - pool->overhead);
      shown.set("mount-point", pool->mount_point);
      shown.set("free", free);
      shown.set("use", std::to_string(rounded_percent(capacity - free, capacity)) + "%");
    }
  }
  if (disk.flag("server-mounted")) {
    shown.set("mounted", true);
    shown.set("mount-point", disk.text("slot"));
  }
  // Until 7.17 the same were called otherwise (FACTS 1.3).
  for (auto const& [older, name] :
       {std::pair{"raid-state", "state"}, std::pair{"uuid", "raid-uuid"},
        std::pair{"nfs-export", "nfs-sharing"}, std::pair{"smb-export", "smb-sharing"}}) {
    if (disk.has(name) && !disk.has(older)) shown.set(older, disk.properties.find(name)->second);
  }
  // EVIDENCE(confirmed): The nvme-tcp-server pairs print only while nvme-tcp-export=yes. [FACTS 1.3; capture
  // disk-print-detail-file-lun-7.24-rds2216]
  if (!disk.flag("nvme-tcp-export")) {
    for (auto name : {"nvme-tcp-server-port", "nvme-tcp-server-nqn", "nvme-tcp-server-allow-host-name"}) {
      shown.properties.erase(name);
    }
    return;
  }
  if (!disk.has("nvme-tcp-server-port")) shown.set("nvme-tcp-server-port", std::int64_t{4420});
  shown.set("nvme-tcp-server-nqn", nqn_of(console.profile(), disk));
  if (!disk.has("nvme-tcp-server-allow-host-name"))
    shown.set("nvme-tcp-server-allow-host-name", std::string());
}

Row to_row(Console& console, Record const& disk, std::size_t number) {
  Row row{.id = disk.id,
          .number = number,
          .fields = {},
          .hidden = {},
          .flags = {},
          .comment = disk.text("comment")};
  auto shown = disk;
  add_derived(console, disk, shown);
  auto const& layout = console.profile().disk;
  for (auto const& name : layout.detail) {
    auto const found = shown.properties.find(name);
    if (found == shown.properties.end()) continue;
    bool const bare_parent = name == "parent" && !console.profile().parent_quoted;
    row.fields.push_back({name, to_value(found->second), bare_parent ? Style::bare : style_of_disk(name)});
    shown.properties.erase(found);
  }
  // Passwords and the raw settings that print detail leaves out are still there for get.
  auto const& known = console.profile().schema->menu("/disk")->properties;
  for (auto const& [name, property] : disk.properties) {
    if (contains(known, name) && row.find(name) == nullptr) {
      row.hidden.push_back({name, to_value(property), style_of_disk(name)});
    }
  }
  if (!disk.has("comment")) row.hidden.push_back({"comment", Value::string(""), Style::quoted});
  for (auto const& column : layout.flag_columns) {
    for (auto const& flag : column) {
      bool const set = flag.name == "mounted" ? shown.flag("mounted") : disk.flag(flag.name);
      if (set) row.flags.insert(flag.name);
    }
  }
  return row;
}

// EVIDENCE(confirmed): Rows are in the order of the configuration; numbers are positions in it. [FACTS 1.2;
// capture disk-print-detail-raid10-7.24-rds2216]
std::vector<Row> disk_rows(Console& console) {
  auto& state = console.state();
  std::vector<Row> rows;
  rows.reserve(state.storage.disks().size());
  for (auto const& disk : state.storage.disks()) {
    // A pool's row also shows what is free in it, which changes without the record.
    if (state.storage.pool_of_disk(disk.id) != nullptr) {
      rows.push_back(to_row(console, disk, rows.size()));
      continue;
    }
    auto& cached = state.disk_rows[disk.id];
    if (cached.row.id != disk.id || cached.properties != disk.properties) {
      cached = {disk.properties, to_row(console, disk, rows.size())};
    }
    rows.push_back(cached.row);
    rows.back().number = rows.size() - 1;
  }
  forget_gone_disks(state.disk_rows, state.storage.disks());
  return rows;
}

std::string canonical(Changes const& changes) {
  std::string text;
  for (auto const& [name, property] : changes) {
    text += (text.empty() ? "" : " ") + name + "=";
    text += std::holds_alternative<bool>(property) ? (std::get<bool>(property) ? "yes" : "no")
                                                   : to_value(property).text();
  }
  return text;
}

Record new_disk(Profile const& profile, Changes const& changes) {
  Record disk;
  for (auto const& [name, property] : disk_defaults(profile)) disk.set(name, property);
  for (auto const& [name, property] : changes) disk.set(name, property);
  if (disk.text("type") == "file") {
    disk.set("block-device", true);
    disk.set("swap-enabled", disk.flag("swap"));
  }
  return disk;
}

// EVIDENCE(confirmed): add prints nothing; only `:put [/disk add ...]` shows the new id. [FACTS 2.2]
Value disk_add(Invocation& invocation) {
  auto& console = invocation.console;
  auto& state = console.state();
  // EVIDENCE(confirmed): type is the only mandatory argument of add: `missing value(s) of argument(s) type`.
  // [FACTS 2.1; capture errors-add-without-arguments-7.20.8-chr]
  require_arguments(invocation, {"type"});
  check_disk_type(invocation);
  auto changes = read_disk_arguments(invocation);
  auto const type = std::get<std::string>(changes["type"]);
  if (type == "file") require_arguments(invocation, {"file-path"});
  if (type == "partition") require_arguments(invocation, {"parent"});
  // EVIDENCE(inferred): copy-from copies settings, never the bytes of a file. [FACTS 2.2; FACTS 9.4]
  if (invocation.has("copy-from")) {
    // Settings only, no data (FACTS 2.2). What must be unique is not copied.
    auto const sources = find_targets(invocation, disk_view(console), "copy-from");
    auto const* source = sources.empty() ? nullptr : state.storage.disk_by_id(sources.front());
    if (source == nullptr) invocation.fail("no such item");
    for (auto const& argument : invocation.statement.command->arguments) {
      auto const found = source->properties.find(argument);
      bool const unique = argument == "slot" || argument == "file-path" || argument == "nvme-tcp-server-nqn";
      if (found != source->properties.end() && !unique) changes.insert(*found);
    }
  }
  check_disk_slot(invocation, changes);
  console.busy(state.timing.disk_add);
  std::uint64_t id = 0;
  refuse(invocation, state.storage.add_disk(new_disk(console.profile(), changes), wall_time_text(), id));
  state.look_for_filesystem(id);
  console.record_effect("/disk", "add", state.storage.disk_by_id(id)->text("slot"), canonical(changes));
  return Value::id(storage::format_id(id));
}

// Every named item must exist before anything changes; each change is an effect of its own.
// EVIDENCE(documented): set, enable, disable and remove take several items. [FACTS 2.2]
Value change_disks(Invocation& invocation, Changes const& changes, std::string const& command) {
  auto& console = invocation.console;
  auto& state = console.state();
  for (auto const id : find_targets(invocation, disk_view(console), "numbers")) {
    console.busy(state.timing.disk_set);
    auto const& disk = still_there(invocation, state.storage.disk_by_id(id));
    if (changes.contains("compress") && std::get<bool>(changes.at("compress")) &&
        disk.text("fs") != "btrfs") {
      // EVIDENCE(documented): compress=yes elsewhere than on btrfs is refused with this text. [FACTS 2.2]
      invocation.fail("failure: compression only available for btrfs");
    }
    auto const slot = disk.text("slot");
    refuse(invocation, state.storage.set_disk(id, changes, wall_time_text()));
    if (changes.contains("mount-filesystem") || changes.contains("disabled")) state.look_for_filesystem(id);
    console.record_effect("/disk", command, slot, canonical(changes));
  }
  return {};
}

// Back to what add makes of it when nothing is said; the bytes and the name stay.
void unset_property(Invocation& invocation, std::string const& name, std::string const& wording) {
  auto& console = invocation.console;
  auto& state = console.state();
  auto const& add = console.profile().schema->menu("/disk")->commands.find("add")->second;
  bool const settable = contains(add.arguments, name) && name != "type" && name != "slot" &&
                        name != "copy-from" && !name.starts_with("file-");
  if (!settable) throw ScriptError{"input does not match any value of " + wording};
  auto const defaults = disk_defaults(console.profile());
  auto const usual = defaults.find(name);
  for (auto const id : find_targets(invocation, disk_view(console), "numbers")) {
    console.busy(state.timing.disk_set);
    auto const slot = still_there(invocation, state.storage.disk_by_id(id)).text("slot");
    if (usual != defaults.end()) {
      refuse(invocation, state.storage.set_disk(id, {*usual}, wall_time_text()));
    } else {
      state.storage.unset_disk(id, name);
    }
    console.record_effect("/disk", "unset", slot, name);
  }
}

Value disk_set(Invocation& invocation) {
  auto const changes = read_disk_arguments(invocation);
  check_disk_slot(invocation, changes);
  for (auto const& name : invocation.statement.unset) unset_property(invocation, name, name);
  if (changes.empty() && !invocation.statement.unset.empty()) return {};
  return change_disks(invocation, changes, "set");
}

Value disk_comment(Invocation& invocation) {
  require_arguments(invocation, {"comment"});
  return change_disks(invocation, {{"comment", invocation.at("comment").text()}}, "set");
}

Value disk_unset(Invocation& invocation) {
  require_arguments(invocation, {"value-name"});
  unset_property(invocation, invocation.at("value-name").text(), "value-name");
  return {};
}

Value disk_enable(Invocation& invocation) {
  return change_disks(invocation, {{"disabled", false}}, "enable");
}
Value disk_disable(Invocation& invocation) {
  return change_disks(invocation, {{"disabled", true}}, "disable");
}

// EVIDENCE(documented): remove takes the item away and leaves the backing file. [FACTS 2.2]
Value disk_remove(Invocation& invocation) {
  auto& console = invocation.console;
  auto& state = console.state();
  for (auto const id : find_targets(invocation, disk_view(console), "numbers")) {
    console.busy(state.timing.disk_remove);
    auto const& disk = still_there(invocation, state.storage.disk_by_id(id));
    auto const slot = disk.text("slot");
    auto const path = disk.text("file-path");
    state.storage.remove_disk(id);
    console.record_effect("/disk", "remove", slot, path.empty() ? "" : "file-path=" + path);
  }
  return {};
}

Value disk_print(Invocation& invocation) {
  return run_print(invocation, disk_view(invocation.console));
}
Value disk_find(Invocation& invocation) {
  return run_find(invocation, disk_view(invocation.console));
}
Value disk_get(Invocation& invocation) {
  return run_get(invocation, disk_view(invocation.console));
}

}  // namespace

MenuView disk_view(Console& console) {
  return {disk_rows, &console.profile().disk, "slot", true};
}

void refuse(Invocation const& invocation, Refusal refusal) {
  auto const key = error_key(refusal);
  if (!key.empty()) invocation.fail(invocation.console.state().error(key));
}

// EVIDENCE(inferred): The default NQN from 7.21 on is nqn.2000-02.com.mikrotik: and the slot, as with iSCSI.
// [FACTS 7.2; FACTS 9.8]
std::string nqn_of(Profile const& profile, Record const& disk) {
  if (disk.has("nvme-tcp-server-nqn")) return disk.text("nvme-tcp-server-nqn");
  // FACTS 7.2: before 7.21 the NQN is the slot; later its default is inferred from iSCSI's.
  return (profile.nqn_is_slot ? "" : "nqn.2000-02.com.mikrotik:") + disk.text("slot");
}

// What a file disk shows when add said nothing: disk-print-detail-file-7.21-rds-80col and FACTS 2.1.
// EVIDENCE(confirmed): What a file disk shows of itself when add said nothing. [FACTS 2.1; capture
// disk-print-detail-file-7.21-rds-80col]
Changes disk_defaults(Profile const& profile) {
  Changes defaults = {{"slot-default", std::string()},
                      {"fs", std::string("-")},
                      {"raid-master", std::string("none")},
                      {"nvme-tcp-export", false},
                      {"iscsi-export", false},
                      {"nfs-sharing", false},
                      {"smb-sharing", false},
                      {"media-sharing", false},
                      {"media-interface", std::string("none")},
                      {"disabled", false}};
  if (!profile.file_disks) {
    defaults["parent"] = std::string("none");
    return defaults;
  }
  Changes const later = {{"parent", std::string()},
                         {"mount-filesystem", true},
                         {"mount-read-only", false},
                         {"compress", false},
                         {"swap", false},
                         {"sector-size", std::int64_t{512}},
                         {"file-offset", std::int64_t{0}}};
  defaults.insert(later.begin(), later.end());
  return defaults;
}

std::string error_key(Refusal refusal) {
  switch (refusal) {
    case Refusal::none:
      return "";
    case Refusal::pool_full:
      return "pool-full";
    case Refusal::slot_exists:
      return "slot-exists";
    case Refusal::file_in_use:
      return "file-path-in-use";
    case Refusal::no_such_parent:
      return "no-such-parent";
    case Refusal::file_exists:
      return "file-exists";
    case Refusal::not_a_file:
      return "not-a-file";
    case Refusal::directory_not_empty:
      return "directory-not-empty";
    case Refusal::shrink:
      return "shrink";
    case Refusal::size_missing:
      return "size-missing";
    case Refusal::read_only:
      return "read-only";
    case Refusal::no_such_filesystem:
      return "no-such-filesystem";
    case Refusal::no_such_subvolume:
      return "no-such-subvolume";
    case Refusal::subvolume_exists:
      return "subvolume-exists";
    case Refusal::subvolume_not_empty:
      return "subvolume-not-empty";
    case Refusal::no_bytes:
      return "no-bytes";
    case Refusal::beyond_end:
      return "copy-beyond-end";
    case Refusal::no_room_on_disk:
      return "no-room-on-disk";
    case Refusal::host_failed:
      return "host-failed";
    case Refusal::other_filesystem:
      return "other-filesystem";
  }
  return "";
}

MenuCommand find_disk_command(std::string_view command) {
  static MenuCommands const kCommands = {
      {"add", disk_add},       {"set", disk_set},       {"comment", disk_comment}, {"unset", disk_unset},
      {"remove", disk_remove}, {"enable", disk_enable}, {"disable", disk_disable}, {"print", disk_print},
      {"find", disk_find},     {"get", disk_get}};
  if (auto const found = find_in(kCommands, command)) return found;
  auto const tool = find_disk_tool(command);
  return tool != nullptr ? tool : find_disk_format(command);
}

}  // namespace rdssim::routeros
