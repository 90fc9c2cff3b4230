// /disk/btrfs/subvolume and /disk/btrfs/filesystem (FACTS 0.2: 7.18 on; 2.3). `parent=` of a new subvolume
// names what it is a snapshot of (inferred from the documented arguments). Transfers are a gap.
#include <algorithm>

#include "simulator/routeros/btrfs_properties.h"
#include "simulator/routeros/menu_support.h"
#include "simulator/routeros/menus.h"

namespace rdssim::routeros {

namespace {

using storage::Record;

void show(Row& row, std::string const& name, Value value, Style style = Style::bare) {
  row.fields.push_back({name, std::move(value), style});
}

// EVIDENCE(inferred): How /disk btrfs subvolume prints; names and flags are documented, no output is
// captured. [FACTS 9.11; FACTS 2.3]
Row subvolume_row(Console& console, Record const& subvolume, std::size_t number) {
  auto const& storage = console.state().storage;
  Row row{.id = subvolume.id, .number = number, .fields = {}, .hidden = {}, .flags = {}, .comment = {}};
  auto const* disk = storage.disk_by_slot(subvolume.text("fs"));
  auto const label = disk == nullptr ? "" : disk->text("fs-label");
  auto const* pool = storage.pool_of_subvolume(subvolume);
  show(row, "fs", Value::string(label.empty() ? subvolume.text("fs") : label));
  auto const name = subvolume.text("name");
  show(row, "name", Value::string(name.substr(name.rfind('/') + 1)), Style::quoted);
  show(row, "fullname", Value::string(name), Style::quoted);
  if (subvolume.has("parent")) show(row, "parent", Value::string(subvolume.text("parent")), Style::quoted);
  show(row, "read-only", Value::boolean(subvolume.flag("read-only")), Style::yes_no);
  show(row, "uuid", Value::string(subvolume.text("uuid")), Style::quoted);
  show(row, "creation-time", Value::string(subvolume.text("creation-time")));
  show(row, "subvolume-id", Value::number(static_cast<std::int64_t>(subvolume.id)), Style::plain);
  show(row, "path",
       Value::string(pool == nullptr ? std::string() : "/" + storage::subvolume_path(*pool, subvolume)),
       Style::quoted);
  if (subvolume.flag("snapshot")) row.flags.insert("snapshot");
  if (subvolume.flag("read-only")) row.flags.insert("read-only");
  if (pool == nullptr) row.flags.insert("dead");
  return row;
}

std::vector<Row> subvolume_rows(Console& console) {
  std::vector<Row> rows;
  for (auto const& subvolume : console.state().storage.subvolumes()) {
    auto const* pool = console.state().storage.pool_of_subvolume(subvolume);
    if (pool != nullptr && !console.state().storage.mounted(*pool)) continue;
    rows.push_back(subvolume_row(console, subvolume, rows.size()));
  }
  return rows;
}

MenuLayout const& subvolume_layout() {
  static auto const* const kLayout =
      new MenuLayout{{{{'D', "dead"}}, {{'M', "mounted"}}, {{'S', "snapshot"}}, {{'r', "read-only"}}},
                     subvolume_properties(),
                     {"fs", "fullname", "creation-time", "subvolume-id"},
                     true,
                     true};
  return *kLayout;
}

MenuView subvolume_view(Console&) {
  return {subvolume_rows, &subvolume_layout(), "fullname", true};
}

bool read_only_argument(Invocation const& invocation) {
  return invocation.has("read-only") && yes_no_argument(invocation, "read-only");
}

// EVIDENCE(documented): Arguments of subvolume add; that parent= makes a snapshot is inferred. [FACTS 2.3;
// capture 7.24]
Value subvolume_add(Invocation& invocation) {
  auto& console = invocation.console;
  auto& state = console.state();
  require_arguments(invocation, {"fs", "name"});
  for (char const* name : {"mount", "mountpoint", "copy-from"}) {
    if (invocation.has(name)) invocation.fail(state.error("not-simulated"));
  }
  auto const name = invocation.at("name").text();
  auto const parent = text_or(invocation, "parent", "");
  bool const read_only = read_only_argument(invocation);
  console.busy(state.timing.disk_set);
  std::uint64_t id = 0;
  refuse(invocation, state.storage.add_subvolume(invocation.at("fs").text(), name,
                                                 parent == "<FS_ROOT>" ? std::string() : parent, read_only,
                                                 wall_time_text(), id));
  console.record_effect("/disk/btrfs/subvolume", "add", storage::file_name_of(name),
                        (parent.empty() ? "" : "parent=" + parent + " ") + std::string("read-only=") +
                            (read_only ? "yes" : "no"));
  return Value::id(storage::format_id(id));
}

Value subvolume_set(Invocation& invocation) {
  auto& console = invocation.console;
  auto& state = console.state();
  for (auto const id : find_targets(invocation, subvolume_view(console), "numbers")) {
    for (auto const& [name, value] : invocation.arguments) {
      if (name != "numbers" && name != "read-only") invocation.fail(state.error("not-simulated"));
    }
    if (!invocation.has("read-only")) continue;
    auto const name = still_there(invocation, state.storage.subvolume_by_id(id)).text("name");
    refuse(invocation, state.storage.set_subvolume_read_only(id, read_only_argument(invocation)));
    console.record_effect("/disk/btrfs/subvolume", "set", name,
                          std::string("read-only=") + (read_only_argument(invocation) ? "yes" : "no"));
  }
  return {};
}

Value subvolume_remove(Invocation& invocation) {
  auto& console = invocation.console;
  auto& state = console.state();
  for (auto const id : find_targets(invocation, subvolume_view(console), "numbers")) {
    console.busy(state.timing.disk_remove);
    auto const name = still_there(invocation, state.storage.subvolume_by_id(id)).text("name");
    refuse(invocation, state.storage.remove_subvolume(id));
    if (state.exports_changed) state.exports_changed();
    console.record_effect("/disk/btrfs/subvolume", "remove", name, "");
  }
  return {};
}

// One row per mounted btrfs. What `spaces` prints is not captured: it is left out rather than invented.
// EVIDENCE(documented): Columns of /disk btrfs filesystem and its flag; which of them a pool of one device
// fills is inferred. [FACTS 9.11; spec RouterOS manual, Btrfs RAID]
std::vector<Row> filesystem_rows(Console& console) {
  auto const& storage = console.state().storage;
  std::vector<Row> rows;
  for (auto const& disk : storage.disks()) {
    auto const* pool = storage.pool_of_disk(disk.id);
    if (pool == nullptr || disk.text("fs") != "btrfs" || !storage.mounted(*pool)) continue;
    Row row{.id = disk.id, .number = rows.size(), .fields = {}, .hidden = {}, .flags = {}, .comment = {}};
    show(row, "label", Value::string(disk.text("fs-label")), Style::quoted);
    show(row, "default-subvolume", Value::string("<FS_ROOT>"));
    show(row, "uuid", Value::string(disk.text("fs-uuid")), Style::quoted);
    show(row, "total-devs", Value::number(1), Style::plain);
    show(row, "dev-ids", Value::number(1), Style::plain);
    show(row, "devs", Value::string(disk.text("slot")), Style::list);
    for (auto const* kind : {"write", "read", "flush", "corruption", "generation"})
      show(row, kind + std::string("-errors"), Value::number(0), Style::plain);
    row.hidden.push_back({"present-devs", Value::string(disk.text("slot")), Style::bare});
    rows.push_back(std::move(row));
  }
  return rows;
}

MenuLayout const& filesystem_layout() {
  static auto const* const kLayout = new MenuLayout{
      {{{'I', "missing-devs"}}},
      filesystem_properties(),
      {"label", "dev-ids", "devs", "default-subvolume", "spaces", "balance-status", "replace-status", "uuid",
       "write-errors", "read-errors", "flush-errors", "corruption-errors", "generation-errors"}};
  return *kLayout;
}

MenuView filesystem_view(Console&) {
  return {filesystem_rows, &filesystem_layout(), "label", false};
}

Value filesystem_set(Invocation& invocation) {
  auto& console = invocation.console;
  auto& state = console.state();
  if (invocation.has("default-subvolume")) invocation.fail(state.error("not-simulated"));
  for (auto const id : find_targets(invocation, filesystem_view(console), "numbers")) {
    if (!invocation.has("label")) continue;
    auto const label = invocation.at("label").text();
    auto const slot = still_there(invocation, state.storage.disk_by_id(id)).text("slot");
    refuse(invocation, state.storage.set_disk(id, {{"fs-label", label}}, wall_time_text()));
    console.record_effect("/disk/btrfs/filesystem", "set", slot, "label=" + label);
  }
  return {};
}

template <MenuView (*kView)(Console&), Value (*kRun)(Invocation&, MenuView const&)>
Value run(Invocation& invocation) {
  return kRun(invocation, kView(invocation.console));
}

}  // namespace

std::vector<std::string> subvolume_properties() {
  return {"fs",         "name",       "top-level", "fullname",      "parent",        "read-only",
          "mount",      "mountpoint", "uuid",      "received-uuid", "creation-time", "subvolume-id",
          "generation", "path",       "snapshot",  "dead",          "mounted",       ".id"};
}

std::vector<std::string> filesystem_properties() {
  return {"label",
          "default-subvolume",
          "uuid",
          "total-devs",
          "dev-ids",
          "devs",
          "present-devs",
          "spaces",
          "balance-status",
          "replace-status",
          "scrub-status",
          "write-errors",
          "read-errors",
          "flush-errors",
          "corruption-errors",
          "generation-errors",
          ".id"};
}

MenuCommand find_subvolume_command(std::string_view command) {
  static MenuCommands const kCommands = {{"add", subvolume_add},
                                         {"set", subvolume_set},
                                         {"remove", subvolume_remove},
                                         {"print", run<subvolume_view, run_print>},
                                         {"find", run<subvolume_view, run_find>},
                                         {"get", run<subvolume_view, run_get>}};
  return find_in(kCommands, command);
}

MenuCommand find_filesystem_command(std::string_view command) {
  static MenuCommands const kCommands = {{"set", filesystem_set},
                                         {"print", run<filesystem_view, run_print>},
                                         {"find", run<filesystem_view, run_find>},
                                         {"get", run<filesystem_view, run_get>}};
  return find_in(kCommands, command);
}

}  // namespace rdssim::routeros
