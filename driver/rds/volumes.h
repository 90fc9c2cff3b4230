// Volumes: the RDS's disks as typed records, one exec per question or change. Turns intentions into scripts
// (rds/script.h), replies into records (rds/reply.h), and decides what is ours (rds/mark.h).
// Used by the Controller service. No state of its own: everything is read from the device each time.
// Incidents 19, 20, 21, 22, 42; weaknesses W-03, W-07, W-18..W-22.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/context.h"
#include "rds/executor.h"
#include "rds/nonces.h"
#include "rds/snapshot_support.h"
#include "rds/territory.h"

namespace rdscsi::rds {

// What a new volume holds.
enum class Origin { empty, snapshot, volume };

struct VolumeSpec {
  std::string volume_id;            // pvc-<uuid>; see docs/formats.md
  std::string csi_name;             // goes hashed into the mark
  std::string directory;            // below or equal to Territory::base_path, validated by the caller
  std::int64_t size_bytes = 0;      // exact; a multiple of kSizeUnitBytes
  std::int64_t required_bytes = 0;  // what an existing volume must at least have
  std::int64_t limit_bytes = 0;     // what it may at most have; 0 = no limit
  std::uint16_t nvme_port = 4420;
  std::string content_fingerprint;  // the mark's p=
  // Of a snapshot or a volume it is as large as that at least.
  Origin origin = Origin::empty;
  std::string origin_id;       // snapshot or volume id
  bool own_subvolume = false;  // rds::Volumes decides
};

// What an existing volume shall hold from now on.
struct ExpandSpec {
  std::string volume_id;
  std::int64_t size_bytes = 0;      // exact; a multiple of kSizeUnitBytes
  std::int64_t required_bytes = 0;  // a volume that has as much is left as it is
  std::int64_t limit_bytes = 0;     // what it may at most have; 0 = no limit
};

// Who shall have a volume.
struct PublishSpec {
  std::string volume_id;
  std::string node_id;   // goes hashed into the mark
  std::string host_nqn;  // what the node announced; empty: it did not, and no host is kept out
  bool shared = false;   // a second node may have it too (a block volume during a migration); never fenced
  bool fencing = true;   // false: neither the allowed host nor the export is changed
};

struct UnpublishSpec {
  std::string volume_id;
  std::string node_id;  // empty: every node
  bool fencing = true;
};

inline constexpr std::int64_t kSizeUnitBytes = 512;  // sector-size of file disks (captures, detail print)

struct Volume {
  std::string volume_id;
  std::string slot;
  std::string file_path;        // with leading slash
  std::int64_t size_bytes = 0;  // `size`, exact
  std::string nqn;
  std::uint16_t nvme_port = 0;
  bool exported = false;
  bool marked = false;               // carries this cluster's mark
  bool unknown_mark = false;         // carries a mark of a later version: may be read, is never changed
  std::vector<std::string> holders;  // node_hash() of the nodes that have it published
  std::string problem;               // what an operator should look at, in words; empty: nothing
};

struct PublishResult {
  Volume volume;
  bool granted = false;       // false: the nodes in volume.holders have it; nothing was changed
  bool first_format = false;  // it was proven blank, and this offer is the first: a node may format it
};

struct Pool {
  std::int64_t size_bytes = 0;
  std::int64_t free_bytes = 0;
};

// Thread-safe. Every failure carries reason and effect. Nothing here retries a command whose outcome is
// unknown, except that a damaged reply to an idempotent script is asked for once more. At most 2 execs per
// call (rule 10).
class Volumes {
 public:
  // `snapshots` (may be null: never) says whether new volumes get a subvolume of their own; it must outlive
  // this object.
  Volumes(Executor& executor, Territory territory, SnapshotSupport* snapshots = nullptr);

  // Returns the volume, whether made now or found complete. already_exists: other content under this name;
  // not_ours: a slot or file in the way that is not this cluster's; pool_full; pool_not_visible.
  // A half-made volume of ours (no file, leftover file, export off) is repaired.
  base::StatusOr<Volume> create(base::Context const& ctx, VolumeSpec const& spec);

  // OK only when neither the disk nor its file is there any more and the pool was visible.
  base::Status remove(base::Context const& ctx, std::string_view volume_id);

  // Grows the volume's file; never shrinks one. The volume as it is afterwards. out_of_range: it has more
  // than the limit already; not_found (pool visible); not_ours; pool_full. A connected host keeps its I/O,
  // and may see the new size only after a rescan (FACTS 7.4).
  base::StatusOr<Volume> expand(base::Context const& ctx, ExpandSpec const& spec);

  // Gives the volume to a node and says so in its mark: export on, its host the only one allowed, in one
  // exec; a second adopts an unmarked volume or mends one that is mounted by the server or lost its NQN. A
  // host that is connected is not cut. Given to the same node again it is as it was, without the first format
  // (rule 1).
  base::StatusOr<PublishResult> publish(base::Context const& ctx, PublishSpec const& spec);

  // Takes the volume from a node: with the last one the export goes off, which no host survives. OK as well
  // when the node never had it, or the volume is not there (pool visible). not_ours: another cluster's, or a
  // mark of another version.
  base::Status unpublish(base::Context const& ctx, UnpublishSpec const& spec);

  // not_found only when the pool was visible.
  base::StatusOr<Volume> get(base::Context const& ctx, std::string_view volume_id);

  // All volumes below the base path that are this cluster's, unmarked, or marked by a later version; ordered
  // by volume id. A row of ours that lacks a field fails the call: never a shorter list.
  base::StatusOr<std::vector<Volume>> list(base::Context const& ctx);

  base::StatusOr<Pool> pool(base::Context const& ctx);

 private:
  // The territory with what the device is known to do. Runs the self-test for snapshots when it has not been
  // run yet: its failure is the caller's, since nobody knows then where a new volume belongs.
  base::StatusOr<Territory> layout(base::Context const& ctx);

  Executor& executor_;
  Territory territory_;
  SnapshotSupport* snapshots_;
  Nonces nonces_;
};

}  // namespace rdscsi::rds
