// The services as interfaces of plain values: what the gRPC edge (csi/grpc_server.h) serves and tests
// decorate. Implemented by Driver (Identity) and ControllerService (Controller).
//
// Threads: every method may be called from many threads at once. Failures carry reason and effect; what code
// the caller sees is csi/reason_table.cpp's business.
#pragma once

#include <vector>

#include "base/context.h"
#include "csi/messages.h"

namespace rdscsi::csi {

class Identity {
 public:
  virtual ~Identity() = default;
  virtual PluginInfo plugin_info() const = 0;
  // From memory, in no time, without touching anything (incident 40).
  virtual bool ready() const = 0;
};

class Controller {
 public:
  virtual ~Controller() = default;
  virtual base::StatusOr<VolumeInfo> create_volume(base::Context const& ctx,
                                                   CreateVolumeRequest const& request) = 0;
  virtual base::Status delete_volume(base::Context const& ctx, DeleteVolumeRequest const& request) = 0;
  virtual base::StatusOr<ExpandVolumeResponse> expand_volume(base::Context const& ctx,
                                                             ExpandVolumeRequest const& request) = 0;
  virtual base::StatusOr<PublishVolumeResponse> publish_volume(base::Context const& ctx,
                                                               PublishVolumeRequest const& request) = 0;
  virtual base::Status unpublish_volume(base::Context const& ctx, UnpublishVolumeRequest const& request) = 0;
  virtual base::StatusOr<GetVolumeResponse> get_volume(base::Context const& ctx,
                                                       GetVolumeRequest const& request) = 0;
  virtual base::StatusOr<ValidateVolumeCapabilitiesResponse> validate_volume_capabilities(
      base::Context const& ctx, ValidateVolumeCapabilitiesRequest const& request) = 0;
  virtual base::StatusOr<ListVolumesResponse> list_volumes(base::Context const& ctx,
                                                           ListVolumesRequest const& request) = 0;
  virtual base::StatusOr<GetCapacityResponse> get_capacity(base::Context const& ctx,
                                                           GetCapacityRequest const& request) = 0;
  virtual base::StatusOr<SnapshotInfo> create_snapshot(base::Context const& ctx,
                                                       CreateSnapshotRequest const& request) = 0;
  virtual base::Status delete_snapshot(base::Context const& ctx, DeleteSnapshotRequest const& request) = 0;
  virtual base::StatusOr<SnapshotInfo> get_snapshot(base::Context const& ctx,
                                                    GetSnapshotRequest const& request) = 0;
  virtual base::StatusOr<ListSnapshotsResponse> list_snapshots(base::Context const& ctx,
                                                               ListSnapshotsRequest const& request) = 0;
  virtual std::vector<ControllerCapability> capabilities() const = 0;
};

}  // namespace rdscsi::csi
