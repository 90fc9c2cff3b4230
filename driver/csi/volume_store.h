// VolumeStore: the part of rds::Volumes the controller needs, as an interface, so that the controller's own
// rules (validation, operations, paging, codes) are tested without a device. Driver wires RdsVolumeStore.
#pragma once

#include <string_view>
#include <vector>

#include "rds/volumes.h"

namespace rdscsi::csi {

// Thread-safe; the contract of each method is rds::Volumes'.
class VolumeStore {
 public:
  virtual ~VolumeStore() = default;
  virtual base::StatusOr<rds::Volume> create(base::Context const& ctx, rds::VolumeSpec const& spec) = 0;
  virtual base::Status remove(base::Context const& ctx, std::string_view volume_id) = 0;
  virtual base::StatusOr<rds::Volume> expand(base::Context const& ctx, rds::ExpandSpec const& spec) = 0;
  virtual base::StatusOr<rds::PublishResult> publish(base::Context const& ctx,
                                                     rds::PublishSpec const& spec) = 0;
  virtual base::Status unpublish(base::Context const& ctx, rds::UnpublishSpec const& spec) = 0;
  virtual base::StatusOr<rds::Volume> get(base::Context const& ctx, std::string_view volume_id) = 0;
  virtual base::StatusOr<std::vector<rds::Volume>> list(base::Context const& ctx) = 0;
  virtual base::StatusOr<rds::Pool> pool(base::Context const& ctx) = 0;
};

class RdsVolumeStore final : public VolumeStore {
 public:
  explicit RdsVolumeStore(rds::Volumes& volumes) : volumes_(volumes) {}

  base::StatusOr<rds::Volume> create(base::Context const& ctx, rds::VolumeSpec const& spec) override {
    return volumes_.create(ctx, spec);
  }
  base::Status remove(base::Context const& ctx, std::string_view volume_id) override {
    return volumes_.remove(ctx, volume_id);
  }
  base::StatusOr<rds::Volume> expand(base::Context const& ctx, rds::ExpandSpec const& spec) override {
    return volumes_.expand(ctx, spec);
  }
  base::StatusOr<rds::PublishResult> publish(base::Context const& ctx,
                                             rds::PublishSpec const& spec) override {
    return volumes_.publish(ctx, spec);
  }
  base::Status unpublish(base::Context const& ctx, rds::UnpublishSpec const& spec) override {
    return volumes_.unpublish(ctx, spec);
  }
  base::StatusOr<rds::Volume> get(base::Context const& ctx, std::string_view volume_id) override {
    return volumes_.get(ctx, volume_id);
  }
  base::StatusOr<std::vector<rds::Volume>> list(base::Context const& ctx) override {
    return volumes_.list(ctx);
  }
  base::StatusOr<rds::Pool> pool(base::Context const& ctx) override { return volumes_.pool(ctx); }

 private:
  rds::Volumes& volumes_;
};

}  // namespace rdscsi::csi
