// Oracle: what the device really holds and what belongs to whom, computed anew from the simulator's own
// records. It shares no slot, path, NQN or mark rule with the driver: if both read a rule wrongly, they must
// not agree by accident. Also plants the neighbours every world has, which no driver may ever touch.
//
// Threads: the orchestrator's side only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "scenarios/engine/recorder.h"
#include "simulator/faults/faulty_device.h"

namespace scenario {

struct ForeignDisk {
  std::string slot = {};
  std::string path = {};  // without leading slash
  std::int64_t size_bytes = std::int64_t{1} << 30;
  std::string comment = {};
  bool exported = false;
};

class Oracle {
 public:
  explicit Oracle(rdssim::faults::FaultyDevice& rds) : rds_(rds) {}

  static constexpr char const* kBase = "storage-pool/metal-csi";  // as /file names it

  // A foreign disk outside the base path, another cluster's disk below it, a directory that shares the base
  // path's prefix, a lone file below the base path. Nothing on a device that has no file-backed disks.
  absl::Status plant_neighbours(std::string_view profile);
  absl::Status plant_disk(ForeignDisk const& disk);
  absl::Status plant_file(std::string const& path, std::int64_t size_bytes);
  // A volume as the Go driver left it; counts as ours.
  absl::Status plant_unmarked(std::string const& id, std::int64_t size_bytes, std::string const& path,
                              bool exported);

  DeviceLook look();
  // Below the base path and not foreign.
  std::vector<rdssim::routeros::Device::DiskRow> our_disks(DeviceLook const& look) const;
  std::vector<rdssim::routeros::Device::FileRow> our_files(DeviceLook const& look) const;
  // Of one volume id.
  std::vector<rdssim::routeros::Device::DiskRow> disks_of(DeviceLook const& look,
                                                          std::string const& id) const;
  std::vector<rdssim::routeros::Device::FileRow> files_of(DeviceLook const& look,
                                                          std::string const& id) const;
  // Subvolumes whose name says that they are this snapshot, or any for an empty id; docs/formats.md read
  // anew.
  static std::vector<rdssim::routeros::Device::SubvolumeRow> snapshots_of(DeviceLook const& look,
                                                                          std::string const& id);
  // Names of the files that hold the bytes of a volume or snapshot.
  static std::vector<std::string> bytes_of(DeviceLook const& look, std::string const& id);
  bool unmarked(std::string const& id) const { return unmarked_.contains(id); }

  // What happened to a foreign object, in words; nothing when all are as they were put there.
  std::optional<std::string> foreign_damage(DeviceLook const& look) const;
  int foreign_count() const { return static_cast<int>(disks_.size() + files_.size()); }

  // The volume id a disk or file stands for; empty when the path is none of ours.
  static std::string id_of_path(std::string path);

  // Runs a console line as the operator would. OK when it printed nothing.
  absl::Status console(std::string const& line);

 private:
  rdssim::faults::FaultyDevice& rds_;
  std::map<std::string, rdssim::routeros::Device::DiskRow> disks_;  // foreign, by slot
  std::map<std::string, rdssim::routeros::Device::FileRow> files_;  // foreign, by name
  std::map<std::string, bool> unmarked_;
};

}  // namespace scenario
