// A controller that does something of a test's choice before each call: throw, wait, look at the context.
// Test only; the shipped program has no such door.
#pragma once

#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "csi/services.h"

namespace rdscsi::csi::testing {

class DecoratedController final : public Controller {
 public:
  using Hook = std::function<base::Status(base::Context const& ctx, std::string_view rpc)>;

  DecoratedController(Controller& inner, Hook hook) : inner_(inner), hook_(std::move(hook)) {}

  base::StatusOr<VolumeInfo> create_volume(base::Context const& ctx,
                                           CreateVolumeRequest const& request) override {
    if (auto status = hook_(ctx, "CreateVolume"); !status.ok()) return status;
    return inner_.create_volume(ctx, request);
  }
  base::Status delete_volume(base::Context const& ctx, DeleteVolumeRequest const& request) override {
    if (auto status = hook_(ctx, "DeleteVolume"); !status.ok()) return status;
    return inner_.delete_volume(ctx, request);
  }
  base::StatusOr<ExpandVolumeResponse> expand_volume(base::Context const& ctx,
                                                     ExpandVolumeRequest const& request) override {
    if (auto status = hook_(ctx, "ControllerExpandVolume"); !status.ok()) return status;
    return inner_.expand_volume(ctx, request);
  }
  base::StatusOr<PublishVolumeResponse> publish_volume(base::Context const& ctx,
                                                       PublishVolumeRequest const& request) override {
    if (auto status = hook_(ctx, "ControllerPublishVolume"); !status.ok()) return status;
    return inner_.publish_volume(ctx, request);
  }
  base::Status unpublish_volume(base::Context const& ctx, UnpublishVolumeRequest const& request) override {
    if (auto status = hook_(ctx, "ControllerUnpublishVolume"); !status.ok()) return status;
    return inner_.unpublish_volume(ctx, request);
  }
  base::StatusOr<GetVolumeResponse> get_volume(base::Context const& ctx,
                                               GetVolumeRequest const& request) override {
    if (auto status = hook_(ctx, "ControllerGetVolume"); !status.ok()) return status;
    return inner_.get_volume(ctx, request);
  }
  base::StatusOr<ValidateVolumeCapabilitiesResponse> validate_volume_capabilities(
      base::Context const& ctx, ValidateVolumeCapabilitiesRequest const& request) override {
    if (auto status = hook_(ctx, "ValidateVolumeCapabilities"); !status.ok()) return status;
    return inner_.validate_volume_capabilities(ctx, request);
  }
  base::StatusOr<ListVolumesResponse> list_volumes(base::Context const& ctx,
                                                   ListVolumesRequest const& request) override {
    if (auto status = hook_(ctx, "ListVolumes"); !status.ok()) return status;
    return inner_.list_volumes(ctx, request);
  }
  base::StatusOr<GetCapacityResponse> get_capacity(base::Context const& ctx,
                                                   GetCapacityRequest const& request) override {
    if (auto status = hook_(ctx, "GetCapacity"); !status.ok()) return status;
    return inner_.get_capacity(ctx, request);
  }
  base::StatusOr<SnapshotInfo> create_snapshot(base::Context const& ctx,
                                               CreateSnapshotRequest const& request) override {
    if (auto status = hook_(ctx, "CreateSnapshot"); !status.ok()) return status;
    return inner_.create_snapshot(ctx, request);
  }
  base::Status delete_snapshot(base::Context const& ctx, DeleteSnapshotRequest const& request) override {
    if (auto status = hook_(ctx, "DeleteSnapshot"); !status.ok()) return status;
    return inner_.delete_snapshot(ctx, request);
  }
  base::StatusOr<SnapshotInfo> get_snapshot(base::Context const& ctx,
                                            GetSnapshotRequest const& request) override {
    if (auto status = hook_(ctx, "GetSnapshot"); !status.ok()) return status;
    return inner_.get_snapshot(ctx, request);
  }
  base::StatusOr<ListSnapshotsResponse> list_snapshots(base::Context const& ctx,
                                                       ListSnapshotsRequest const& request) override {
    if (auto status = hook_(ctx, "ListSnapshots"); !status.ok()) return status;
    return inner_.list_snapshots(ctx, request);
  }
  std::vector<ControllerCapability> capabilities() const override { return inner_.capabilities(); }

 private:
  Controller& inner_;
  Hook hook_;
};

}  // namespace rdscsi::csi::testing
