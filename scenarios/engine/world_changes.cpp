// See world_changes.h.
#include "scenarios/engine/world_changes.h"

namespace scenario {

namespace {

constexpr char const* kPool = "storage-pool";

std::string slot_of(Oracle& oracle, Value const& with, std::string const& volume_id) {
  if (Value const* slot = with.find("slot")) return slot->text;
  for (auto const& row : oracle.disks_of(oracle.look(), volume_id)) return row.slot;
  return {};
}

absl::Status delete_backing_file(Oracle& oracle, std::string const& volume_id) {
  auto const files = oracle.files_of(oracle.look(), volume_id);
  if (files.empty()) return absl::NotFoundError("delete_backing_file: " + volume_id + " has no file");
  return oracle.console("/file remove [find name=\"" + files.front().name + "\"]");
}

absl::Status set_disk(Oracle& oracle, std::string const& slot, Value const& with) {
  std::string line = "/disk set [find slot=\"" + slot + "\"]";
  for (auto const& [key, value] : with.find("set")->map) line += " " + key + "=" + value.text;
  return oracle.console(line);
}

void power_on_in_stages(World& world, Value const& with, Duration ssh_default) {
  auto& rds = world.rds();
  rds.with_device([](rdssim::routeros::Device& device) { device.set_pool_mounted(kPool, false); });
  rdscsi::base::sleep_for(duration_or(with, "ssh_after", ssh_default));
  world.rds_power(true);
  rdscsi::base::sleep_for(duration_or(with, "pool_after", Duration::zero()));
  rds.with_device([](rdssim::routeros::Device& device) { device.set_pool_mounted(kPool, true); });
}

bool controller_change(World& world, std::string_view word, Value const& with) {
  int const controller = static_cast<int>(integer_or(with, "controller", 0));
  if (word == "kill_controller") {
    world.kill_controller(controller);
  } else if (word == "restart_controller") {
    world.restart_controller(controller);
  } else if (word == "stop_controller") {
    world.stop_controller(controller);
  } else {
    return false;
  }
  return true;
}

bool rds_change(World& world, std::string_view word, Value const& with) {
  if (word == "rds_power_loss") {
    world.rds_power(false);
  } else if (word == "rds_power_on") {
    power_on_in_stages(world, with, std::chrono::seconds(30));
  } else if (word == "rds_reboot") {
    world.rds_power(false);
    power_on_in_stages(world, with, std::chrono::seconds(60));
  } else {
    return false;
  }
  return true;
}

}  // namespace

absl::Status plant(Oracle& oracle, std::string_view word, Value const& with) {
  if (word == "foreign_file" || word == "add_foreign_file") {
    return oracle.plant_file(text_or(with, "path", ""), integer_or(with, "size", std::int64_t{1} << 20));
  }
  std::int64_t const count = integer_or(with, "count", 1);
  for (std::int64_t i = 1; i <= count; ++i) {
    std::string const suffix = count == 1 ? "" : "-" + std::to_string(i);
    ForeignDisk disk;
    disk.slot = text_or(with, "slot", "") + suffix;
    disk.path = text_or(with, "path", "storage-pool/foreign/" + disk.slot + ".img");
    disk.size_bytes = integer_or(with, "size", std::int64_t{1} << 30);
    disk.comment = text_or(with, "comment", "");
    disk.exported = boolean_or(with, "export", false);
    absl::Status const planted = oracle.plant_disk(disk);
    if (!planted.ok()) return planted;
  }
  return {};
}

absl::Status apply_world_change(World& world, Oracle& oracle, std::string_view word, Value const& with,
                                std::string const& volume_id) {
  if (controller_change(world, word, with) || rds_change(world, word, with)) return {};
  if (word == "delete_backing_file") return delete_backing_file(oracle, volume_id);
  if (word == "remove_disk_entry") {
    return oracle.console("/disk remove [find slot=\"" + slot_of(oracle, with, volume_id) + "\"]");
  }
  if (word == "set_disk") return set_disk(oracle, slot_of(oracle, with, volume_id), with);
  if (word == "add_foreign_disk" || word == "add_foreign_file") return plant(oracle, word, with);
  return absl::UnimplementedError("the worlds do not play the world change `" + std::string(word) + "`");
}

}  // namespace scenario
