// ControllerService: validates CSI requests, runs them as operations on rds::Volumes, returns plain values.
// The same object serves gRPC (csi/grpc_server.h) and, at L1, the scenario engine directly.
#pragma once

#include <memory>
#include <vector>

#include "base/operations.h"
#include "csi/messages.h"
#include "rds/volumes.h"

namespace rdscsi::csi {

struct ControllerOptions {
  std::string rds_address;             // default of the volume context's rdsAddress and nvmeAddress
  std::string base_path;               // volumePath must lie below or at it
  std::string default_directory;       // volumePath when the StorageClass names none
};

// Thread-safe. Mutations outlive the call that started them and are joined by equal retries (base/operations.h).
class ControllerService {
 public:
  ControllerService(ControllerOptions options, rds::Volumes& volumes, base::Operations& operations);

  base::StatusOr<VolumeInfo> create_volume(base::Context const& ctx, CreateVolumeRequest const& request);
  base::Status delete_volume(base::Context const& ctx, DeleteVolumeRequest const& request);
  base::StatusOr<ValidateVolumeCapabilitiesResponse> validate_volume_capabilities(
      base::Context const& ctx, ValidateVolumeCapabilitiesRequest const& request);
  base::StatusOr<ListVolumesResponse> list_volumes(base::Context const& ctx, ListVolumesRequest const& request);
  base::StatusOr<GetCapacityResponse> get_capacity(base::Context const& ctx, GetCapacityRequest const& request);
  std::vector<ControllerCapability> capabilities() const;

 private:
  ControllerOptions options_;
  rds::Volumes& volumes_;
  base::Operations& operations_;
};

}  // namespace rdscsi::csi
