// Writing a state file: what read_state() (state_file.cpp) accepts and gives an equal device.
#include <nlohmann/json.hpp>

#include "simulator/routeros/state_file.h"

namespace rdssim::routeros {

namespace {

using Json = nlohmann::ordered_json;
using storage::Property;
using storage::Record;

Json to_json(Property const& property) {
  return std::visit([](auto const& value) { return Json(value); }, property);
}

Json write_record(Record const& record) {
  Json json = {{"id", storage::format_id(record.id)}};
  for (auto const& [name, property] : record.properties) json[name] = to_json(property);
  return json;
}

// `allocated` where one piece from the start says it all, `extents` where bytes are scattered or shared.
Json write_file(Device::State const& state, Record const& file) {
  auto json = write_record(file);
  auto const extents = state.storage.extents(file.id);
  auto const size = file.number("size");
  auto const whole = extents.size() == 1 && extents[0].from == 0 && !state.storage.shares_bytes(file.id);
  if (extents.empty() || whole) {
    auto const allocated = extents.empty() ? 0 : extents[0].to;
    if (allocated != size) json["allocated"] = allocated;
    return json;
  }
  json["extents"] = Json::array();
  for (auto const& extent : extents)
    json["extents"].push_back(Json::array({extent.from, extent.to, extent.generation}));
  return json;
}

void write_users(Device::State const& state, Json& root) {
  root["user-groups"] = Json::array();
  for (auto const& group : state.groups) {
    root["user-groups"].push_back({{"id", storage::format_id(group.id)},
                                   {"name", group.name},
                                   {"policy", group.policies},
                                   {"comment", group.comment}});
  }
  root["users"] = Json::array();
  for (auto const& user : state.users) {
    root["users"].push_back({{"id", storage::format_id(user.id)},
                             {"name", user.name},
                             {"group", user.group},
                             {"address", user.address},
                             {"comment", user.comment},
                             {"last-logged-in", user.last_logged_in},
                             {"disabled", user.disabled},
                             {"password", user.password},
                             {"inactivity-timeout", user.inactivity_timeout},
                             {"inactivity-policy", user.inactivity_policy}});
  }
}

Json milliseconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

}  // namespace

std::string write_state(Device::State const& state) {
  Json root = {{"profile", state.profile->name}, {"identity", state.identity}};
  root["resource"] = Json::object();  // also when it is empty: no key means an RDS2216's
  for (auto const& [name, property] : state.resource) root["resource"][name] = to_json(property);
  root["slot-limit"] = state.slot_limit ? Json(*state.slot_limit) : Json();
  auto const& rules = state.storage.rules;
  root["rules"] = {{"sparse-files", rules.sparse_files},
                   {"share-files", rules.share_files},
                   {"remove-files-in-use", rules.remove_files_in_use},
                   {"shrink-files", rules.shrink_files},
                   {"mount-found-filesystems", rules.mount_found_filesystems},
                   {"exec-needs-no-answer", state.exec_needs_no_answer}};
  root["error-variants"] = Json::object();
  for (auto const& [key, variant] : state.error_variants) root["error-variants"][key] = variant;
  root["timing-ms"] = {{"disk-add", milliseconds(state.timing.disk_add)},
                       {"disk-remove", milliseconds(state.timing.disk_remove)},
                       {"disk-set", milliseconds(state.timing.disk_set)},
                       {"file-remove", milliseconds(state.timing.file_remove)},
                       {"boot-down", milliseconds(state.boot_timing.down)},
                       {"boot-network", milliseconds(state.boot_timing.network)},
                       {"boot-ssh", milliseconds(state.boot_timing.ssh)},
                       {"boot-pools", milliseconds(state.boot_timing.pools)}};
  root["copy-bytes-per-second"] = state.timing.copy_bytes_per_second;
  if (auto const kept = state.storage.images.kept_directory(); !kept.empty()) root["image-directory"] = kept;
  root["next-disk-id"] = state.storage.next_disk_id;
  root["next-file-id"] = state.storage.next_file_id;
  root["next-subvolume-id"] = state.storage.next_subvolume_id;
  root["disks"] = Json::array();
  for (auto const& disk : state.storage.disks()) {
    auto json = write_record(disk);
    if (auto const* pool = state.storage.pool_of_disk(disk.id)) {
      json["pool"] = {{"mount-point", pool->mount_point},
                      {"mounted", pool->mounted},
                      {"size", pool->size},
                      {"overhead", pool->overhead},
                      {"free", state.storage.free_bytes(*pool)}};
    }
    root["disks"].push_back(std::move(json));
  }
  root["files"] = Json::array();
  for (auto const& file : state.storage.all_files()) root["files"].push_back(write_file(state, file));
  root["subvolumes"] = Json::array();
  for (auto const& row : state.storage.subvolumes()) {
    auto json = write_record(row);
    json["id"] = row.id;
    root["subvolumes"].push_back(std::move(json));
  }
  write_users(state, root);
  for (auto const& key : state.ssh_keys) {
    root["ssh-keys"].push_back({{"id", storage::format_id(key.id)},
                                {"user", key.user},
                                {"type", key.type},
                                {"owner", key.owner},
                                {"bits", key.bits},
                                {"line", key.line}});
  }
  for (auto const& [path, rows] : state.listed) {
    for (auto const& row : rows) root["menus"][path].push_back(write_record(row));
  }
  for (auto const& [menu, values] : state.settings) {
    for (auto const& [name, value] : values) root["settings"][menu][name] = to_json(value);
  }
  root["log"] = Json::array();
  for (auto const& line : state.log) {
    root["log"].push_back({{"time", line.time}, {"topics", line.topics}, {"message", line.message}});
  }
  // Names and comments may hold any bytes; what is not UTF-8 cannot be JSON and is shown as U+FFFD.
  return root.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rdssim::routeros
