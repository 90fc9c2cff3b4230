// Rows: the records of a reply as disks, files and the pool, with sizes in bytes and one canonical path form.
// Used by rds/volume_judge.cpp and rds/volumes.cpp. Pure functions; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "rds/mark.h"
#include "rds/reply.h"
#include "rds/volumes.h"

namespace rdscsi::rds {

// One /disk item. An optional is empty when the device did not print the property (FACTS 1.3: unset ones are
// left out).
struct DiskRow {
  std::string slot;
  std::optional<std::string> type;
  std::optional<std::string> path;  // file-path, with a leading slash
  std::optional<std::int64_t> size_bytes;
  std::optional<bool> exported;
  std::optional<std::uint16_t> port;
  std::optional<std::string> nqn;
  std::optional<bool> mount_filesystem;
  std::optional<std::string> allow_host;
  std::string comment;
};

struct PoolRow {
  std::optional<std::int64_t> size_bytes;
  std::optional<std::int64_t> free_bytes;
};

struct DeviceState {
  std::string outcome;             // the script's `e`
  std::optional<PoolRow> pool;     // present: the pool is visible, so absence means something (incident 19)
  std::vector<DiskRow> disks;      // without the pool's row
  std::vector<std::string> files;  // absolute paths
  std::vector<std::string> subvolumes;  // leaf names
};

// Fails (rds_reply_damaged, `effect`) on a record that is none of these, or a property that is not what it
// must be: a row nobody understands makes the whole call unknown.
base::StatusOr<DeviceState> read_state(Reply const& reply, std::string_view pool_mount_point,
                                       base::Effect effect);

enum class Owner {
  foreign,       // not a file disk, outside the base path, or marked by another cluster
  ours,          // this cluster's mark
  unmarked,      // below the base path, without a mark: the Go driver's
  unknown_mark,  // below the base path, with a mark of another version
};

// Whose disk it is. Needs type and, for file disks, the path: without them the answer is `foreign`.
Owner owner_of(DiskRow const& row, Territory const& territory);

// The row as a Volume. Fails (rds_reply_damaged, `effect`) when a property it needs is missing: path, size,
// export, and of an exported disk also port and NQN.
base::StatusOr<Volume> to_volume(DiskRow const& row, std::string_view volume_id, Owner owner,
                                 base::Effect effect);

// The disks whose slot is one of the volume's two forms.
std::vector<DiskRow> disks_of(DeviceState const& state, std::string_view volume_id);

// pool_not_visible, effect none: without the pool's row no absence is believed (incident 19).
base::Status pool_not_visible(Territory const& territory);

// not_found, effect none: the pool was visible and no disk is this volume's.
base::Status no_such_volume(std::string_view volume_id);
// rds_command_failed: two disks have slots of the same volume.
base::Status two_claim(std::string_view volume_id, std::vector<DiskRow> const& rows, base::Effect effect);

// What of an existing volume an operator should look at, in words; empty: nothing. `file_there`: absent when
// nobody looked.
std::string problem_of(DiskRow const& row, std::string_view volume_id, std::optional<bool> file_there);

// "disk slot=... type=file file-path=... comment=...": for messages.
std::string describe(DiskRow const& row);

}  // namespace rdscsi::rds
