// Inventory: everything below the base path that is a volume, a snapshot or what one of them left behind,
// from one look at the device: disks, files and subvolumes together, so that nothing moves between them. Used
// by orphans::Sweeper. Incidents 23, 25, 26.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/context.h"
#include "rds/executor.h"
#include "rds/nonces.h"
#include "rds/snapshot_name.h"
#include "rds/snapshot_support.h"
#include "rds/territory.h"

namespace rdscsi::rds {

struct InventoryVolume {
  std::string volume_id;
  std::string slot;
  std::string file_path;    // with a leading slash
  bool marked = false;      // carries this cluster's mark; else none
  bool held = false;        // its mark says that a node has it
  bool file_there = false;  // /file lists its backing file
};

struct Inventory {
  std::vector<InventoryVolume> volumes;  // this cluster's and unmarked ones, by id
  std::vector<std::string> loose_files;  // named as a volume's file, and shown by no disk of anybody
  std::vector<std::string>
      loose_subvolumes;  // volume ids that have a subvolume, and neither a disk nor a loose file
  std::vector<SnapshotName> snapshots;  // this cluster's, by id
  std::vector<std::string> scratch;     // leaf names of this cluster's self-tests, the first of three
  std::size_t foreign = 0;              // disks below the base path that another cluster marked
};

// Thread-safe. No state of its own.
class InventoryReader {
 public:
  // `support` must outlive this object.
  InventoryReader(Executor& executor, SnapshotSupport& support) : executor_(executor), support_(support) {}

  // One exec, two when the first reply was damaged. A row of ours that lacks a field, or a name of ours that
  // cannot be read, fails the call: never a shorter inventory. pool_not_visible when absence would mean
  // nothing.
  base::StatusOr<Inventory> read(base::Context const& ctx);

 private:
  Executor& executor_;
  SnapshotSupport& support_;
  Nonces nonces_;
};

}  // namespace rdscsi::rds
