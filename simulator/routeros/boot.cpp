// Device: power, boot in stages, and what the storage oracle reads. What survives a reboot is configuration
// and files (FACTS 7.5); everything else begins anew.
#include <array>

#include "base/time.h"
#include "simulator/routeros/device_state.h"
#include "simulator/routeros/settings_menu.h"

namespace rdssim::routeros {

std::string_view to_string(BootStage stage) {
  static constexpr std::array<std::string_view, 5> kNames = {"down", "network", "ssh", "pools", "up"};
  return kNames.at(static_cast<std::size_t>(stage));
}

void Device::State::look_for_filesystem(std::uint64_t disk_id) {
  auto const* disk = storage.disk_by_id(disk_id);
  if (disk == nullptr || disk->text("type") != "file") return;
  if (!disk->flag("mount-filesystem") || disk->flag("disabled")) {
    storage.unmount_found_filesystem(disk_id);
  } else {
    storage.mount_found_filesystem(disk_id, rdscsi::base::wall_now_ns() / 1'000'000'000);
  }
}

// EVIDENCE(inferred): Configuration, files and exports survive a reboot; variables and sessions do not.
// [FACTS 7.5]
void Device::State::enter(BootStage stage) {
  boot_stage = stage;
  std::vector<std::uint64_t> ids;
  for (auto const& disk : storage.disks()) ids.push_back(disk.id);
  if (stage == BootStage::down) {
    ++boots;
    globals.clear();
    storage.set_pools_started(false);
    for (auto const id : ids) storage.unmount_found_filesystem(id);
  } else if (stage == BootStage::pools) {
    storage.set_pools_started(true);
    for (auto const id : ids) look_for_filesystem(id);
  }
  if (exports_changed) exports_changed();
  if (boot_stage_changed) boot_stage_changed(stage);
}

void Device::reboot() {
  state_->power_off = false;
  state_->enter(BootStage::down);
}

BootStage Device::boot_stage() const {
  return state_->boot_stage;
}

// EVIDENCE(unknown): How long each stage of a boot lasts. [FACTS 7.5; switch boot_timing]
Duration Device::until_next_stage() const {
  auto const& timing = state_->boot_timing;
  switch (state_->boot_stage) {
    case BootStage::down:
      // Powered off: nobody waits that long; reboot() or the owner powers it on.
      return state_->power_off ? Duration(std::chrono::hours(24 * 365)) : timing.down;
    case BootStage::network:
      return timing.network;
    case BootStage::ssh:
      return timing.ssh;
    case BootStage::pools:
      return timing.pools;
    case BootStage::up:
      break;
  }
  return Duration::zero();
}

BootStage Device::enter_next_stage() {
  if (state_->boot_stage != BootStage::up)
    state_->enter(static_cast<BootStage>(static_cast<int>(state_->boot_stage) + 1));
  return state_->boot_stage;
}

void Device::set_boot_timing(BootTiming timing) {
  state_->boot_timing = timing;
}

void Device::on_boot_stage(std::function<void(BootStage)> callback) {
  state_->boot_stage_changed = std::move(callback);
}

std::vector<Device::BytesRow> Device::file_bytes() const {
  auto const& storage = state_->storage;
  std::vector<BytesRow> rows;
  for (auto const& file : storage.all_files()) {
    if (file.text("type") == "directory" || file.text("type") == "disk") continue;
    auto const* subvolume = storage.subvolume_of(file.text("name"));
    auto const image = storage.images.find(file.id);
    rows.push_back({file.text("name"), subvolume == nullptr ? "" : subvolume->text("name"),
                    storage.allocated(file.id), image == nullptr ? 0 : image->written(),
                    file.number("server-mounts")});
  }
  return rows;
}

std::vector<Device::SubvolumeRow> Device::subvolumes() const {
  auto const& storage = state_->storage;
  std::vector<SubvolumeRow> rows;
  for (auto const& row : storage.subvolumes()) {
    auto const* pool = storage.pool_of_subvolume(row);
    rows.push_back({row.id, row.text("fs"), row.text("name"),
                    pool == nullptr ? "" : storage::subvolume_path(*pool, row), row.text("parent"),
                    row.text("uuid"), row.flag("read-only")});
  }
  return rows;
}

}  // namespace rdssim::routeros
