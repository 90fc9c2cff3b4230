// See world_changes.h.
#include "scenarios/engine/world_changes.h"

#include <algorithm>

namespace scenario {

namespace {

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

absl::Status write_bytes(World& world, Oracle& oracle, std::string const& volume_id, Value const& with) {
  auto const files = Oracle::bytes_of(oracle.look(), volume_id);
  if (files.size() != 1) return absl::NotFoundError("write_bytes: " + volume_id + " has no file");
  auto const image =
      world.rds().with_device([&](rdssim::routeros::Device& device) { return device.image(files.front()); });
  if (image == nullptr) return absl::NotFoundError("write_bytes: " + files.front() + " cannot be opened");
  std::string const text = text_or(with, "text", "");
  return image->write(integer_or(with, "at", 0), std::as_bytes(std::span(text)));
}

absl::Status set_disk(Oracle& oracle, std::string const& slot, Value const& with) {
  // Nobody changes a disk that is not there: a step that does nothing is a mistake in the file.
  std::string line = ":if ([:len [/disk find slot=\"" + slot + "\"]]=0) do={:put \"no disk " + slot +
                     "\"};/disk set [find slot=\"" + slot + "\"]";
  for (auto const& [key, value] : with.find("set")->map) line += " " + key + "=" + value.text;
  return oracle.console(line);
}

using rdssim::routeros::BootStage;

// Waits, with the device's clock, until it has come so far.
void boot_until(World& world, BootStage wanted) {
  auto& rds = world.rds();
  while (rds.boot_stage() < wanted) {
    auto const next = rds.next_expiry();
    // Somebody else may be entering the stage just now.
    bool const known = next != rdscsi::base::kNoDeadline;
    rdscsi::base::sleep_for(known ? std::max(next - rdscsi::base::now(), Duration::zero())
                                  : std::chrono::milliseconds(1));
    rds.expire();
  }
}

// What a scenario says of a boot in the device's own stages: nothing answers until `ssh_after`, pools come
// `pool_after` later and exports with them.
void set_boot(World& world, Value const& with, Duration ssh_default) {
  rdssim::routeros::BootTiming timing;
  timing.down = duration_or(with, "ssh_after", ssh_default);
  timing.network = Duration::zero();
  timing.ssh = duration_or(with, "pool_after", Duration::zero());
  timing.pools = Duration::zero();
  world.rds().with_device([&](rdssim::routeros::Device& device) { device.set_boot_timing(timing); });
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

// Incident 58: 30 s from SIGTERM, whatever is under way.
absl::Status stopped_in_time(World& world, std::string_view word, Duration began) {
  constexpr Duration kStopMax = std::chrono::seconds(30);
  Duration const took = world.now() - began;
  if (word != "stop_controller" || took <= kStopMax) return {};
  return absl::DeadlineExceededError("stop_controller took " + rdscsi::base::format_duration(took) +
                                     ", more than " + rdscsi::base::format_duration(kStopMax));
}

// A device without power is silent; one that reboots says goodbye to its sessions first.
bool rds_change(World& world, std::string_view word, Value const& with) {
  if (word == "rds_power_loss") {
    world.rds_power(false);
    world.rds().switch_off();
  } else if (word == "rds_power_on") {
    set_boot(world, with, std::chrono::seconds(30));
    world.rds().switch_on();
    boot_until(world, BootStage::ssh);
    world.rds_power(true);
    boot_until(world, BootStage::up);
  } else if (word == "rds_reboot") {
    set_boot(world, with, std::chrono::seconds(60));
    world.rds().reboot();
    boot_until(world, BootStage::up);
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
  Duration const began = world.now();
  if (controller_change(world, word, with)) return stopped_in_time(world, word, began);
  if (rds_change(world, word, with)) return {};
  if (word == "write_bytes") return write_bytes(world, oracle, volume_id, with);
  if (word == "delete_backing_file") return delete_backing_file(oracle, volume_id);
  if (word == "remove_disk_entry") {
    return oracle.console("/disk remove [find slot=\"" + slot_of(oracle, with, volume_id) + "\"]");
  }
  if (word == "set_disk") return set_disk(oracle, slot_of(oracle, with, volume_id), with);
  if (word == "add_foreign_disk" || word == "add_foreign_file") return plant(oracle, word, with);
  return absl::UnimplementedError("the worlds do not play the world change `" + std::string(word) + "`");
}

}  // namespace scenario
