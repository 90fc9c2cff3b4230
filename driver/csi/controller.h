// ControllerService: validates CSI requests, runs them as operations on the volume store, returns plain
// values. The same object serves gRPC (csi/grpc_server.h) and, at L1, the scenario engine directly.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/operations.h"
#include "csi/fleet.h"
#include "csi/messages.h"
#include "csi/node_directory.h"
#include "csi/parameters.h"
#include "csi/services.h"
#include "csi/snapshot_store.h"
#include "csi/volume_store.h"

namespace rdscsi::csi {

// Thread-safe. Mutations outlive the call that started them and are joined by equal retries
// (base/operations.h). Every call answers min(500 ms, a tenth) before its context's deadline (Rule 6).
// `nodes`, `operations` and the stores of the fleet must outlive the service; the stores must outlive
// `operations`. Operations are keyed by handle.
// `fencing`: publish lets only the node's host in, unpublish turns the export off.
class ControllerService final : public Controller {
 public:
  ControllerService(Fleet fleet, NodeDirectory& nodes, base::Operations& operations, bool fencing = true);
  // Of one RDS, called `default`.
  ControllerService(ParameterDefaults defaults, VolumeStore& store, NodeDirectory& nodes,
                    base::Operations& operations, bool fencing = true, SnapshotStore* snapshots = nullptr);

  base::StatusOr<VolumeInfo> create_volume(base::Context const& ctx,
                                           CreateVolumeRequest const& request) override;
  base::Status delete_volume(base::Context const& ctx, DeleteVolumeRequest const& request) override;
  base::StatusOr<ExpandVolumeResponse> expand_volume(base::Context const& ctx,
                                                     ExpandVolumeRequest const& request) override;
  base::StatusOr<PublishVolumeResponse> publish_volume(base::Context const& ctx,
                                                       PublishVolumeRequest const& request) override;
  base::Status unpublish_volume(base::Context const& ctx, UnpublishVolumeRequest const& request) override;
  base::StatusOr<GetVolumeResponse> get_volume(base::Context const& ctx,
                                               GetVolumeRequest const& request) override;
  base::StatusOr<ValidateVolumeCapabilitiesResponse> validate_volume_capabilities(
      base::Context const& ctx, ValidateVolumeCapabilitiesRequest const& request) override;
  base::StatusOr<ListVolumesResponse> list_volumes(base::Context const& ctx,
                                                   ListVolumesRequest const& request) override;
  base::StatusOr<GetCapacityResponse> get_capacity(base::Context const& ctx,
                                                   GetCapacityRequest const& request) override;
  base::StatusOr<SnapshotInfo> create_snapshot(base::Context const& ctx,
                                               CreateSnapshotRequest const& request) override;
  base::Status delete_snapshot(base::Context const& ctx, DeleteSnapshotRequest const& request) override;
  base::StatusOr<SnapshotInfo> get_snapshot(base::Context const& ctx,
                                            GetSnapshotRequest const& request) override;
  base::StatusOr<ListSnapshotsResponse> list_snapshots(base::Context const& ctx,
                                                       ListSnapshotsRequest const& request) override;
  std::vector<ControllerCapability> capabilities() const override;

 private:
  using NodeNames = std::map<std::string, std::string>;  // by rds::node_hash()

  base::StatusOr<NodeNames> node_names(base::Context const& ctx);
  // With condition and the published nodes that have a name here.
  static GetVolumeResponse with_status(std::string handle, rds::Volume const& volume, NodeNames const& names);
  // Whether any RDS makes snapshots: what the capability says.
  bool serves_snapshots() const;
  // Not OK when this RDS serves no snapshots. Where none does, the RPC is unimplemented, as its capability is
  // not advertised. While nobody knows yet, the call itself finds out.
  base::Status check_served(ServedRds const& member) const;
  base::Status check_some_served() const;  // OK when one of them may
  base::StatusOr<NodeRecord> known_node(base::Context const& ctx, std::string const& node_id);

  Fleet const fleet_;
  NodeDirectory& nodes_;
  base::Operations& operations_;
  bool const fencing_;
};

}  // namespace rdscsi::csi
