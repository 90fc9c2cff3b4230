// Device::State: everything a device remembers, shared by the console, the menus and the state file. Private
// to simulator/routeros. Not thread-safe; a `busy` hook may run another line on the same device, so nobody
// keeps a pointer or iterator into it across Console::busy() or Console::record_effect().
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "simulator/routeros/device.h"
#include "simulator/routeros/permissions.h"
#include "simulator/routeros/profile.h"
#include "simulator/routeros/row.h"
#include "simulator/routeros/value.h"
#include "simulator/storage/model.h"
#include "simulator/storage/sparse_file_image.h"

namespace rdssim::routeros {

struct LogLine {
  std::string time, topics, message;
};

// A disk as it was when its row was made: every query looks at every disk, few of them change in between.
struct CachedRow {
  std::map<std::string, storage::Property, std::less<>> properties;
  Row row;
};

// A disk item that shows a part of its file.
struct DiskView {
  std::shared_ptr<storage::SparseFileImage> whole;
  std::int64_t offset = 0, size = 0;
  std::shared_ptr<storage::ImageView> view;
};

// Takes away what is kept by disk id of disks that are gone; cheap while none is.
template <typename Kept>
void forget_gone_disks(std::map<std::uint64_t, Kept>& by_disk, std::vector<storage::Record> const& disks) {
  if (by_disk.size() <= disks.size()) return;
  std::set<std::uint64_t> ids;
  for (auto const& disk : disks) ids.insert(disk.id);
  std::erase_if(by_disk, [&](auto const& one) { return !ids.contains(one.first); });
}

struct Device::State {
  Profile const* profile = nullptr;
  std::optional<int> slot_limit;  // starts as the profile's
  storage::Model storage;
  bool exec_needs_no_answer = true;
  std::string identity = "MikroTik";
  std::vector<std::pair<std::string, storage::Property>> resource;  // in print order
  std::vector<UserGroup> groups = built_in_groups();                // print order of /user group
  std::vector<UserKey> ssh_keys;                                    // print order of /user/ssh-keys
  std::vector<User> users = built_in_users();                       // print order of /user
  // Menus of one item: by path, what was changed.
  std::map<std::string, std::map<std::string, storage::Property, std::less<>>, std::less<>> settings;
  std::vector<LogLine> log;
  std::uint64_t log_lines = 0;  // written since the device was made; never saved
  std::map<std::string, std::vector<storage::Record>> listed;  // rows of listed_menus.h, by path
  std::map<std::string, int, std::less<>> error_variants;
  Timing timing{std::chrono::milliseconds(500), std::chrono::milliseconds(300), Duration::zero(),
                Duration::zero()};
  Limits limits;
  std::vector<EffectRecord> effects;
  std::uint64_t effect_count = 0;
  std::size_t effects_kept = 4096;
  std::set<std::string> gaps;
  std::map<std::uint64_t, CachedRow> disk_rows;                 // by id; never saved
  std::map<std::string, std::map<std::string, Value>> globals;  // by user: :global outlives its line
  std::uint64_t global_bytes = 0;                               // names and values of `globals`
  std::size_t global_count = 0;
  rdscsi::base::RandomStream random{0};

  std::function<void()> exports_changed;  // null: nobody asks
  BootStage boot_stage = BootStage::up;
  BootTiming boot_timing;
  bool power_off = false;   // /system shutdown: it stays down until somebody powers it on
  std::uint64_t boots = 0;  // a command that was busy when this changed is gone
  std::function<void(BootStage)> boot_stage_changed;
  std::map<std::uint64_t, DiskView> views;  // by disk id

  void add_log(LogLine line);
  void add_gap(std::string word);
  std::string error(std::string_view key) const;  // the chosen variant's text
  // Null, and a line in the log, when this machine cannot hold it.
  std::shared_ptr<storage::SparseFileImage> image_of(storage::Record const& file);
  // The server looks into the image of a disk that may be mounted now, or no longer (mount-filesystem).
  void look_for_filesystem(std::uint64_t disk_id);
  void enter(BootStage stage);
};

}  // namespace rdssim::routeros
