// Reads and writes the state file. Unknown keys are errors: a misspelt property would otherwise silently be a
// different device.
#include "simulator/routeros/state_file.h"

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>

#include "simulator/routeros/error_texts.h"
#include "simulator/routeros/listed_menus.h"
#include "simulator/routeros/property_table.h"
#include "simulator/routeros/settings_menu.h"

namespace rdssim::routeros {

namespace {

using Json = nlohmann::ordered_json;
using storage::Property;
using storage::Record;

struct StateError {
  std::string text;
};

[[noreturn]] void reject(std::string const& path, Json const& found, std::string const& wanted) {
  auto shown = found.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (shown.size() > 80) shown = shown.substr(0, 77) + "...";
  throw StateError{"state file: " + path + " is " + shown + "; expected " + wanted};
}

std::string text_at(Json const& object, std::string const& key, std::string const& path,
                    std::string fallback) {
  if (!object.contains(key)) return fallback;
  if (!object[key].is_string()) reject(path + "." + key, object[key], "a string");
  return object[key].get<std::string>();
}

bool truth_at(Json const& object, std::string const& key, std::string const& path, bool fallback) {
  if (!object.contains(key)) return fallback;
  if (!object[key].is_boolean()) reject(path + "." + key, object[key], "true or false");
  return object[key].get<bool>();
}

std::int64_t whole_number(Json const& number, std::string const& path) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  if (!number.is_number_integer()) reject(path, number, "a whole number");
  if (number.is_number_unsigned() && number.get<std::uint64_t>() > std::uint64_t{kMost}) {
    reject(path, number, "a whole number up to " + std::to_string(kMost));
  }
  return number.get<std::int64_t>();
}

std::int64_t number_at(Json const& object, std::string const& key, std::string const& path,
                       std::int64_t fallback) {
  return object.contains(key) ? whole_number(object[key], path + "." + key) : fallback;
}

// As number_at, from `least` to `most`; `expected` says so.
std::int64_t number_within(Json const& object, std::string const& key, std::string const& path,
                           std::int64_t fallback, std::int64_t least, std::int64_t most,
                           std::string const& expected) {
  auto const number = number_at(object, key, path, fallback);
  if (object.contains(key) && (number < least || number > most))
    reject(path + "." + key, object[key], expected);
  return number;
}

void only_keys(Json const& object, std::string const& path, std::vector<std::string> const& known) {
  if (!object.is_object()) reject(path, object, "an object");
  for (auto const& [key, value] : object.items()) {
    if (contains(known, key)) continue;
    std::string list;
    for (auto const& name : known) list += (list.empty() ? "" : ", ") + name;
    reject(path + "." + key, value, "no such key; the keys here are " + list);
  }
}

// As far as every reader of JSON counts exactly; the bytes of a thousand such files can still be added up.
constexpr std::int64_t kMostBytes = std::int64_t{1} << 53;

std::int64_t bytes_at(Json const& object, std::string const& key, std::string const& path,
                      std::int64_t fallback, std::int64_t most) {
  return number_within(object, key, path, fallback, 0, most,
                       "a number of bytes from 0 to " + std::to_string(most));
}

// More than any device counts up to, and little enough that counting on from it is a number of JSON.
constexpr std::uint64_t kLargestId = std::uint64_t{1} << 62;

std::uint64_t id_of(Json const& object, std::string const& path, std::uint64_t fallback) {
  auto const text = text_at(object, "id", path, "");
  auto const id = text.empty() ? fallback : storage::parse_id(text);
  if (!id) reject(path + ".id", object["id"], "a star and hexadecimal digits, such as \"*1A\"");
  if (*id > kLargestId) {
    reject(path + ".id", storage::format_id(*id), "an id up to " + storage::format_id(kLargestId));
  }
  return *id;
}

Property property_of(Json const& value, std::string const& path) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_integer()) return whole_number(value, path);
  if (value.is_string()) return value.get<std::string>();
  reject(path, value, "a string, a whole number, true or false");
}

// The type a /disk property must have in JSON, from the table the printers use.
void check_disk_property(std::string const& name, Json const& value, std::string const& path) {
  auto const style = disk_property_style(name);
  if (!style) return;
  switch (*style) {
    case Style::yes_no:
      if (!value.is_boolean()) reject(path, value, "true or false");
      return;
    case Style::plain:
    case Style::grouped:
    case Style::binary:
      if (!value.is_number_integer()) reject(path, value, "a whole number");
      return;
    case Style::quoted:
    case Style::bare:
    case Style::list:
    case Style::reading:
      if (!value.is_string()) reject(path, value, "a string");
  }
}

void read_pool(Json const& json, std::string const& path, Record const& disk, Device::State& state) {
  only_keys(json, path, {"mount-point", "mounted", "size", "free", "overhead"});
  storage::Pool pool;
  pool.disk_id = disk.id;
  pool.mount_point = text_at(json, "mount-point", path, disk.text("slot"));
  pool.mounted = truth_at(json, "mounted", path, true);
  pool.size = number_at(json, "size", path, disk.number("size"));
  if (pool.size <= 0 || pool.size > kMostBytes) {
    reject(path + ".size", pool.size,
           "a number of bytes from 1 to " + std::to_string(kMostBytes) + " here or as size of the disk");
  }
  pool.overhead = bytes_at(json, "overhead", path, 0, pool.size);
  state.storage.load_pool(pool);
}

bool known_to_any_profile(std::string const& property) {
  auto names = all_profile_names();
  for (auto const& older : older_profile_names()) names.push_back(older);
  return std::any_of(names.begin(), names.end(), [&](std::string const& name) {
    return contains(find_profile(name)->schema->menu("/disk")->properties, property);
  });
}

void read_disks(Json const& disks, Device::State& state) {
  if (!disks.is_array()) reject("$.disks", disks, "an array");
  for (std::size_t at = 0; at < disks.size(); ++at) {
    auto const path = "$.disks[" + std::to_string(at) + "]";
    auto const& json = disks[at];
    if (!json.is_object()) reject(path, json, "an object");
    Record disk;
    disk.id = id_of(json, path, state.storage.next_disk_id);
    if (state.storage.disk_by_id(disk.id) != nullptr)
      reject(path + ".id", json["id"], "an id no other disk has");
    for (auto const& [key, value] : json.items()) {
      if (key == "id" || key == "pool") continue;
      // Derived names are no state; a name of another version is kept, so that one file serves every profile.
      if (key == "server-mounted" && value.is_boolean()) {
        disk.set(key, value.get<bool>());
        continue;
      }
      if (key == "free" || key == "use" || key == "mounted" || key == "mount-point") {
        reject(path + "." + key, value, "no such key; a mounted filesystem is described in \"pool\"");
      }
      if (!disk_property_style(key) && !known_to_any_profile(key)) {
        reject(path + "." + key, value, "a property of /disk");
      }
      check_disk_property(key, value, path + "." + key);
      disk.set(key, property_of(value, path + "." + key));
    }
    bytes_at(json, "size", path, 0, std::numeric_limits<std::int64_t>::max());
    if (disk.text("slot").empty()) reject(path, json, "a slot");
    if (state.storage.disk_by_slot(disk.text("slot")) != nullptr) {
      reject(path + ".slot", json["slot"], "a slot no other disk has");
    }
    if (json.contains("pool")) read_pool(json["pool"], path + ".pool", disk, state);
    state.storage.load_disk(std::move(disk));
  }
}

// [[from, to, generation], ...]: which bytes take space; equal generations of two files are shared bytes.
std::optional<std::vector<storage::SpaceLedger::Extent>> read_extents(Json const& file, std::string path) {
  if (!file.contains("extents")) return std::nullopt;
  path += ".extents";
  auto const& list = file["extents"];
  std::vector<storage::SpaceLedger::Extent> extents;
  std::int64_t reached = 0;
  if (!list.is_array()) reject(path, list, "an array");
  for (std::size_t at = 0; at < list.size(); ++at) {
    auto const& row = list[at];
    bool const numbers = row.is_array() && row.size() == 3 && row[0].is_number_integer() &&
                         row[1].is_number_integer() && row[2].is_number_unsigned();
    if (!numbers || row[0].get<std::int64_t>() < reached ||
        row[1].get<std::int64_t>() <= row[0].get<std::int64_t>() ||
        row[1].get<std::int64_t>() - row[0].get<std::int64_t>() > kMostBytes ||
        row[2].get<std::uint64_t>() > std::uint64_t{1} << 62) {
      reject(path + "[" + std::to_string(at) + "]", row,
             "[first byte, byte behind the last, generation], in ascending order");
    }
    extents.push_back({row[0].get<std::int64_t>(), row[1].get<std::int64_t>(), row[2].get<std::uint64_t>()});
    reached = extents.back().to;
  }
  return extents;
}

void read_subvolumes(Json const& root, Device::State& state) {
  auto const list = root.value("subvolumes", Json::array());
  if (!list.is_array()) reject("$.subvolumes", list, "an array");
  for (std::size_t at = 0; at < list.size(); ++at) {
    auto const path = "$.subvolumes[" + std::to_string(at) + "]";
    auto const& json = list[at];
    only_keys(
        json, path,
        {"id", "fs", "name", "parent", "read-only", "snapshot", "uuid", "parent-uuid", "creation-time"});
    Record row;
    auto const id = number_at(json, "id", path, static_cast<std::int64_t>(state.storage.next_subvolume_id));
    if (id < 256 || static_cast<std::uint64_t>(id) > kLargestId) {
      reject(path + ".id", id, "a number from 256 to " + std::to_string(kLargestId));
    }
    row.id = static_cast<std::uint64_t>(id);
    if (state.storage.subvolume_by_id(row.id) != nullptr)
      reject(path + ".id", json["id"], "an id no other subvolume has");
    for (char const* key : {"fs", "name", "parent", "uuid", "parent-uuid", "creation-time"}) {
      if (auto const text = text_at(json, key, path, ""); !text.empty()) row.set(key, text);
    }
    row.set("read-only", truth_at(json, "read-only", path, false));
    if (truth_at(json, "snapshot", path, false)) row.set("snapshot", true);
    auto const* disk = state.storage.disk_by_slot(row.text("fs"));
    if (disk == nullptr || state.storage.pool_of_disk(disk->id) == nullptr)
      reject(path + ".fs", json.value("fs", Json()), "the slot of a disk with a pool");
    if (row.text("name").empty() || row.text("name") != storage::file_name_of(row.text("name")))
      reject(path + ".name", json.value("name", Json()), "a name without a slash at either end");
    state.storage.load_subvolume(std::move(row));
  }
}

void read_files(Json const& files, Device::State& state) {
  if (!files.is_array()) reject("$.files", files, "an array");
  static std::vector<std::string> const kKeys = {"id",
                                                 "name",
                                                 "type",
                                                 "size",
                                                 "allocated",
                                                 "extents",
                                                 "server-mounts",
                                                 "last-modified",
                                                 "contents",
                                                 "shared",
                                                 "package-name",
                                                 "package-version",
                                                 "package-build-time",
                                                 "package-architecture"};
  // First all of them: no file may be given a generation that another one brings along.
  for (std::size_t at = 0; at < files.size(); ++at) {
    auto const path = "$.files[" + std::to_string(at) + "]";
    only_keys(files[at], path, kKeys);
    for (auto const& extent :
         read_extents(files[at], path).value_or(std::vector<storage::SpaceLedger::Extent>{}))
      state.storage.reserve_generation(extent.generation);
  }
  for (std::size_t at = 0; at < files.size(); ++at) {
    auto const path = "$.files[" + std::to_string(at) + "]";
    auto const& json = files[at];
    Record file;
    file.id = id_of(json, path, state.storage.next_file_id);
    for (auto const& [key, value] : json.items()) {
      if (key == "id" || key == "extents") continue;
      bool const number = key == "size" || key == "allocated" || key == "server-mounts";
      if (number && !value.is_number_integer()) reject(path + "." + key, value, "a whole number of bytes");
      if (!number && key != "shared" && !value.is_string()) reject(path + "." + key, value, "a string");
      file.set(key, property_of(value, path + "." + key));
    }
    auto const name = file.text("name");
    if (name.empty() || name != storage::file_name_of(name)) {
      reject(path + ".name", json.value("name", Json()), "a name without a slash at either end");
    }
    if (!file.has("type")) file.set("type", storage::file_type_of(name));
    auto extents = read_extents(json, path);
    auto const size = bytes_at(json, "size", path, 0, std::numeric_limits<std::int64_t>::max());
    if (!json.contains("allocated") && !extents && size > kMostBytes) {
      reject(path + ".size", size,
             "`allocated` beside it: no more than " + std::to_string(kMostBytes) + " bytes can take space");
    }
    bytes_at(json, "allocated", path, 0, kMostBytes);
    state.storage.load_file(std::move(file), std::move(extents));
  }
}

// After disks and files: what the pool has left decides how much of it others use.
void settle_pools(Json const& root, Device::State& state) {
  auto const disks = root.value("disks", Json::array());
  for (std::size_t at = 0; at < disks.size(); ++at) {
    if (!disks[at].contains("pool") || !disks[at]["pool"].contains("free")) continue;
    auto const path = "$.disks[" + std::to_string(at) + "].pool";
    auto const* disk = state.storage.disk_by_slot(disks[at]["slot"].get<std::string>());
    auto const left = state.storage.free_bytes(*state.storage.pool_of_disk(disk->id));
    state.storage.settle_pool(disk->id, bytes_at(disks[at]["pool"], "free", path, 0, left));
  }
}

void read_rules(Json const& root, Device::State& state) {
  if (!root.contains("rules")) return;
  auto const& json = root["rules"];
  only_keys(json, "$.rules",
            {"sparse-files", "share-files", "remove-files-in-use", "shrink-files", "mount-found-filesystems",
             "exec-needs-no-answer"});
  auto& rules = state.storage.rules;
  rules.sparse_files = truth_at(json, "sparse-files", "$.rules", rules.sparse_files);
  rules.share_files = truth_at(json, "share-files", "$.rules", rules.share_files);
  rules.remove_files_in_use = truth_at(json, "remove-files-in-use", "$.rules", rules.remove_files_in_use);
  rules.shrink_files = truth_at(json, "shrink-files", "$.rules", rules.shrink_files);
  rules.mount_found_filesystems =
      truth_at(json, "mount-found-filesystems", "$.rules", rules.mount_found_filesystems);
  state.exec_needs_no_answer = truth_at(json, "exec-needs-no-answer", "$.rules", state.exec_needs_no_answer);
}

void read_switches(Json const& root, Device::State& state) {
  constexpr std::int64_t kLongestSlot = std::numeric_limits<int>::max();
  if (root.contains("slot-limit")) {
    auto const& limit = root["slot-limit"];
    if (!limit.is_null() && !limit.is_number_integer())
      reject("$.slot-limit", limit, "a positive number or null");
    state.slot_limit.reset();
    if (!limit.is_null()) {
      state.slot_limit = static_cast<int>(
          number_within(root, "slot-limit", "$", 1, 1, kLongestSlot, "a positive number or null"));
    }
  }
  if (root.contains("error-variants")) {
    auto const& variants = root["error-variants"];
    only_keys(variants, "$.error-variants", error_text_keys());
    for (auto const& [key, value] : variants.items()) {
      auto const last = error_variant_count(key) - 1;
      auto const expected = "a number from 0 to " + std::to_string(last);
      if (!value.is_number_integer()) reject("$.error-variants." + key, value, expected);
      state.error_variants[key] =
          static_cast<int>(number_within(variants, key, "$.error-variants", 0, 0, last, expected));
    }
  }
  if (root.contains("timing-ms")) {
    auto const& timing = root["timing-ms"];
    only_keys(timing, "$.timing-ms",
              {"disk-add", "disk-remove", "disk-set", "file-remove", "boot-down", "boot-network", "boot-ssh",
               "boot-pools"});
    auto const read = [&](char const* key, Duration& value) {
      constexpr std::chrono::milliseconds kYear = std::chrono::hours(24 * 365);
      auto const now = std::chrono::duration_cast<std::chrono::milliseconds>(value).count();
      value = std::chrono::milliseconds(number_within(timing, key, "$.timing-ms", now, 0, kYear.count(),
                                                      "milliseconds from 0 to a year, 31536000000"));
    };
    read("disk-add", state.timing.disk_add);
    read("disk-remove", state.timing.disk_remove);
    read("disk-set", state.timing.disk_set);
    read("file-remove", state.timing.file_remove);
    read("boot-down", state.boot_timing.down);
    read("boot-network", state.boot_timing.network);
    read("boot-ssh", state.boot_timing.ssh);
    read("boot-pools", state.boot_timing.pools);
  }
}

void read_system(Json const& root, Device::State& state) {
  state.identity = text_at(root, "identity", "$", state.identity);
  if (root.contains("resource")) {
    state.resource.clear();
    if (!root["resource"].is_object()) reject("$.resource", root["resource"], "an object");
    for (auto const& [key, value] : root["resource"].items()) {
      if (!value.is_string() && !value.is_number_integer()) {
        reject("$.resource." + key, value, "a string, or a number of bytes");
      }
      state.resource.emplace_back(key, property_of(value, "$.resource." + key));
    }
  }
  auto const log = root.value("log", Json::array());
  for (std::size_t at = 0; at < log.size(); ++at) {
    auto const path = "$.log[" + std::to_string(at) + "]";
    only_keys(log[at], path, {"time", "topics", "message"});
    state.log.push_back({text_at(log[at], "time", path, ""), text_at(log[at], "topics", path, ""),
                         text_at(log[at], "message", path, "")});
  }
}

Policies policies_at(Json const& group, std::string const& path) {
  if (!group.contains("policy")) return {};
  if (!group["policy"].is_array()) reject(path + ".policy", group["policy"], "an array of policies");
  Policies policies;
  for (auto const& policy : group["policy"]) {
    if (!policy.is_string() || !contains(all_policies(), policy.get<std::string>()))
      reject(path + ".policy", policy, "the name of a policy");
    policies.insert(policy.get<std::string>());
  }
  return policies;
}

void read_keys(Json const& root, Device::State& state) {
  auto const list = root.value("ssh-keys", Json::array());
  for (std::size_t at = 0; at < list.size(); ++at) {
    auto const path = "$.ssh-keys[" + std::to_string(at) + "]";
    only_keys(list[at], path, {"id", "user", "type", "owner", "bits", "line"});
    state.ssh_keys.push_back({id_of(list[at], path, at + 1), text_at(list[at], "user", path, ""),
                              text_at(list[at], "type", path, ""), text_at(list[at], "owner", path, ""),
                              number_at(list[at], "bits", path, 0), text_at(list[at], "line", path, "")});
  }
}

// Rows of /user and /user group: what is given replaces the built-in ones.
void read_users(Json const& root, Device::State& state) {
  auto const each = [&](char const* key, auto& rows, std::vector<std::string> const& keys, auto const& fill) {
    if (!root.contains(key)) return;
    auto const& list = root[key];
    if (!list.is_array()) reject(std::string("$.") + key, list, "an array");
    rows.clear();
    for (std::size_t at = 0; at < list.size(); ++at) {
      auto const path = std::string("$.") + key + "[" + std::to_string(at) + "]";
      only_keys(list[at], path, keys);
      auto& row = rows.emplace_back();
      row.id = id_of(list[at], path, at + 1);
      row.name = text_at(list[at], "name", path, "");
      row.comment = text_at(list[at], "comment", path, "");
      if (row.name.empty()) reject(path, list[at], "a name");
      fill(row, list[at], path);
    }
  };
  each("user-groups", state.groups, {"id", "name", "policy", "comment"},
       [](UserGroup& group, Json const& json, std::string const& path) {
         group.policies = policies_at(json, path);
       });
  each("users", state.users,
       {"id", "name", "group", "address", "comment", "last-logged-in", "disabled", "password",
        "inactivity-timeout", "inactivity-policy"},
       [](User& user, Json const& json, std::string const& path) {
         user.group = text_at(json, "group", path, "full");
         user.address = text_at(json, "address", path, "");
         user.last_logged_in = text_at(json, "last-logged-in", path, "");
         user.disabled = truth_at(json, "disabled", path, false);
         user.password = text_at(json, "password", path, "");
         user.inactivity_timeout = text_at(json, "inactivity-timeout", path, user.inactivity_timeout);
         user.inactivity_policy = text_at(json, "inactivity-policy", path, user.inactivity_policy);
       });
  read_keys(root, state);
}

void read_settings(Json const& root, Device::State& state) {
  if (!root.contains("settings")) return;
  if (!root["settings"].is_object()) reject("$.settings", root["settings"], "an object by menu path");
  for (auto const& [menu, values] : root["settings"].items()) {
    auto const path = "$.settings." + menu;
    if (!values.is_object()) reject(path, values, "an object");
    for (auto const& [name, json] : values.items()) {
      auto const value = property_of(json, path + "." + name);
      if (!is_setting(menu, name, value)) reject(path + "." + name, json, "a setting of a menu of one item");
      state.settings[menu][name] = value;
    }
  }
}

// Rows of the menus that only print (listed_menus.h). Any property: each profile prints those it knows.
void read_menus(Json const& root, Device::State& state) {
  auto const menus = root.value("menus", Json::object());
  if (!menus.is_object()) reject("$.menus", menus, "an object");
  for (auto const& [path, list] : menus.items()) {
    auto const where = "$.menus." + path;
    if (!contains(listed_menu_paths(), path))
      reject(where, list, "no such key; these menus cannot be listed");
    if (!list.is_array()) reject(where, list, "an array of rows");
    for (std::size_t at = 0; at < list.size(); ++at) {
      auto const row_path = where + "[" + std::to_string(at) + "]";
      if (!list[at].is_object()) reject(row_path, list[at], "an object");
      Record row;
      row.id = id_of(list[at], row_path, at + 1);
      for (auto const& [key, value] : list[at].items()) {
        if (key != "id") row.set(key, property_of(value, row_path + "." + key));
      }
      state.listed[path].push_back(std::move(row));
    }
  }
}

void read_root(Json const& root, Device::State& state) {
  only_keys(root, "$",
            {"profile",
             "identity",
             "resource",
             "slot-limit",
             "rules",
             "error-variants",
             "timing-ms",
             "next-disk-id",
             "next-file-id",
             "next-subvolume-id",
             "copy-bytes-per-second",
             "image-directory",
             "disks",
             "files",
             "subvolumes",
             "user-groups",
             "users",
             "ssh-keys",
             "settings",
             "log",
             "menus"});
  auto const name = text_at(root, "profile", "$", "7.16");
  state.profile = find_profile(name);
  if (state.profile == nullptr) {
    std::string list;
    for (auto const& known : all_profile_names()) list += (list.empty() ? "" : ", ") + known;
    reject("$.profile", root["profile"], "one of " + list);
  }
  state.slot_limit = state.profile->slot_limit;
  state.resource = default_resource(*state.profile);
  state.storage.load_pool(
      {.disk_id = 0, .mount_point = "", .mounted = true, .size = std::int64_t{128} << 20});
  read_switches(root, state);
  read_rules(root, state);
  read_system(root, state);
  read_users(root, state);
  read_settings(root, state);
  read_menus(root, state);
  if (root.contains("disks")) read_disks(root["disks"], state);
  if (root.contains("files")) read_files(root["files"], state);
  read_subvolumes(root, state);
  settle_pools(root, state);
  state.storage.images.plan_directory(text_at(root, "image-directory", "$", ""));
  auto& rate = state.timing.copy_bytes_per_second;
  rate = number_at(root, "copy-bytes-per-second", "$", rate);
  if (rate < 0) reject("$.copy-bytes-per-second", root["copy-bytes-per-second"], "0 or more");
  auto& storage = state.storage;
  auto const next = [&](char const* key, std::uint64_t least) {
    constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
    auto const given = number_within(root, key, "$", 0, 0, kMost, "0 or more");
    return std::max(least, static_cast<std::uint64_t>(given));
  };
  storage.next_disk_id = next("next-disk-id", storage.next_disk_id);
  storage.next_file_id = next("next-file-id", storage.next_file_id);
  storage.next_subvolume_id = next("next-subvolume-id", storage.next_subvolume_id);
}

}  // namespace

// RDS2216's figures (FACTS 3, 7.7); load and uptime are constants: nothing may depend on them.
std::vector<std::pair<std::string, Property>> default_resource(Profile const& profile) {
  return {{"uptime", std::string("1d2h3m4s")},
          {"version", profile.version},
          {"build-time", std::string("2024-09-20 13:00:27")},
          {"factory-software", std::string("7.15")},
          {"free-memory", std::int64_t{30} << 30},
          {"total-memory", std::int64_t{32} << 30},
          {"cpu", std::string("ARM64")},
          {"cpu-count", std::string("16")},
          {"cpu-frequency", std::string("2000MHz")},
          {"cpu-load", std::string("1%")},
          {"free-hdd-space", std::int64_t{70} << 20},
          {"total-hdd-space", std::int64_t{128} << 20},
          {"write-sect-since-reboot", std::string("1024")},
          {"write-sect-total", std::string("222100")},
          {"bad-blocks", std::string("0%")},
          {"architecture-name", std::string("arm64")},
          {"board-name", std::string("RDS2216-2XG-4S+4XS-2XQ")},
          {"platform", std::string("MikroTik")}};
}

absl::StatusOr<std::unique_ptr<Device::State>> read_state(std::string_view text) {
  auto state = std::make_unique<Device::State>();
  try {
    auto const root = Json::parse(text);
    read_root(root, *state);
  } catch (StateError const& error) {
    return absl::InvalidArgumentError(error.text);
  } catch (nlohmann::json::exception const& error) {
    return absl::InvalidArgumentError(std::string("state file: not JSON: ") + error.what());
  }
  return state;
}

}  // namespace rdssim::routeros
