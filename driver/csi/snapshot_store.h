// SnapshotStore: the part of rds::Snapshots the controller needs, as an interface, so that the controller's
// own rules are tested without a device. Driver wires RdsSnapshotStore.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "rds/snapshot_support.h"
#include "rds/snapshots.h"

namespace rdscsi::csi {

// Thread-safe; the contract of each method is rds::Snapshots'.
class SnapshotStore {
 public:
  virtual ~SnapshotStore() = default;
  virtual base::StatusOr<rds::Snapshot> create(base::Context const& ctx, std::string_view snapshot_id,
                                               std::string_view source_volume_id) = 0;
  virtual base::Status remove(base::Context const& ctx, std::string_view snapshot_id) = 0;
  virtual base::StatusOr<rds::Snapshot> get(base::Context const& ctx, std::string_view snapshot_id) = 0;
  virtual base::StatusOr<std::vector<rds::Snapshot>> list(base::Context const& ctx) = 0;
  // From memory: whether the device was found to make snapshots that hold data; nothing while unknown.
  virtual std::optional<rds::SnapshotVerdict> verdict() const = 0;
};

class RdsSnapshotStore final : public SnapshotStore {
 public:
  RdsSnapshotStore(rds::Snapshots& snapshots, rds::SnapshotSupport& support)
      : snapshots_(snapshots), support_(support) {}

  base::StatusOr<rds::Snapshot> create(base::Context const& ctx, std::string_view snapshot_id,
                                       std::string_view source_volume_id) override {
    return snapshots_.create(ctx, snapshot_id, source_volume_id);
  }
  base::Status remove(base::Context const& ctx, std::string_view snapshot_id) override {
    return snapshots_.remove(ctx, snapshot_id);
  }
  base::StatusOr<rds::Snapshot> get(base::Context const& ctx, std::string_view snapshot_id) override {
    return snapshots_.get(ctx, snapshot_id);
  }
  base::StatusOr<std::vector<rds::Snapshot>> list(base::Context const& ctx) override {
    return snapshots_.list(ctx);
  }
  std::optional<rds::SnapshotVerdict> verdict() const override { return support_.verdict(); }

 private:
  rds::Snapshots& snapshots_;
  rds::SnapshotSupport& support_;
};

}  // namespace rdscsi::csi
