// Snapshots: read-only btrfs subvolumes of the RDS as typed records, one exec per question or change. No
// state of its own; everything a snapshot is known by stands in its subvolume's name (rds/snapshot_name.h).
// Used by the Controller service. W-12, W-24, W-80; incident 20.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "rds/executor.h"
#include "rds/nonces.h"
#include "rds/snapshot_support.h"
#include "rds/territory.h"

namespace rdscsi::rds {

struct Snapshot {
  std::string snapshot_id;
  std::string source_volume_id;
  std::int64_t size_bytes = 0;  // of the volume at that moment: what a restored one has at least
  std::int64_t created_s = 0;   // Unix time in seconds, of the driver's clock
};

// Thread-safe. Every failure carries reason and effect. `unsupported` when the device was found to make no
// snapshots; what SnapshotSupport::settle() fails with while that is unknown. At most 2 execs per call, the
// self-test aside.
class Snapshots {
 public:
  // `support` must outlive this object.
  Snapshots(Executor& executor, SnapshotSupport& support);

  // The snapshot, whether made now or found with the same source: all of it is there at once, a
  // crash-consistent image of the volume. already_exists: one of this id has another source; not_found: the
  // volume; not_ours: somebody else's volume or snapshot is in the way; rds_unsupported: the volume has no
  // subvolume of its own.
  base::StatusOr<Snapshot> create(base::Context const& ctx, std::string_view snapshot_id,
                                  std::string_view source_volume_id);

  // OK only when it is not there any more and the pool was visible; volumes made from it stay as they are.
  base::Status remove(base::Context const& ctx, std::string_view snapshot_id);

  // not_found only when the pool was visible.
  base::StatusOr<Snapshot> get(base::Context const& ctx, std::string_view snapshot_id);

  // All of this cluster, ordered by id. A name of ours that cannot be read fails the call: never a shorter
  // list.
  base::StatusOr<std::vector<Snapshot>> list(base::Context const& ctx);

 private:
  base::StatusOr<Territory> layout(base::Context const& ctx);

  Executor& executor_;
  SnapshotSupport& support_;
  Nonces nonces_;
};

// not_found, effect none: the pool was visible and no snapshot of this cluster has the id.
base::Status no_such_snapshot(std::string_view snapshot_id);

}  // namespace rdscsi::rds
