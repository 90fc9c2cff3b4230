// From protobuf to the plain values of csi/messages.h and back; the only place that reads wire messages. Used
// by grpc_server.cpp and the fuzz test. Fields marked csi_secret are never read. Protobuf maps become
// std::map here.
#pragma once

#include "csi/messages.h"

namespace csi::v1 {
class ControllerGetCapabilitiesResponse;
class ControllerExpandVolumeRequest;
class ControllerExpandVolumeResponse;
class ControllerGetVolumeRequest;
class ControllerGetVolumeResponse;
class ControllerPublishVolumeRequest;
class ControllerPublishVolumeResponse;
class ControllerUnpublishVolumeRequest;
class CreateSnapshotRequest;
class CreateSnapshotResponse;
class CreateVolumeRequest;
class CreateVolumeResponse;
class DeleteSnapshotRequest;
class DeleteVolumeRequest;
class GetCapacityRequest;
class GetCapacityResponse;
class GetPluginCapabilitiesResponse;
class GetPluginInfoResponse;
class GetSnapshotRequest;
class GetSnapshotResponse;
class ListSnapshotsRequest;
class ListSnapshotsResponse;
class ListVolumesRequest;
class ListVolumesResponse;
class ValidateVolumeCapabilitiesRequest;
class ValidateVolumeCapabilitiesResponse;
}  // namespace csi::v1

namespace rdscsi::csi {

// Total: every message that parses becomes a value; what is missing or unknown stays visible (absent mode,
// std::monostate, ContentSource::unknown) and is judged by the services.
CreateVolumeRequest from_wire(::csi::v1::CreateVolumeRequest const& wire);
DeleteVolumeRequest from_wire(::csi::v1::DeleteVolumeRequest const& wire);
ExpandVolumeRequest from_wire(::csi::v1::ControllerExpandVolumeRequest const& wire);
PublishVolumeRequest from_wire(::csi::v1::ControllerPublishVolumeRequest const& wire);
UnpublishVolumeRequest from_wire(::csi::v1::ControllerUnpublishVolumeRequest const& wire);
GetVolumeRequest from_wire(::csi::v1::ControllerGetVolumeRequest const& wire);
ValidateVolumeCapabilitiesRequest from_wire(::csi::v1::ValidateVolumeCapabilitiesRequest const& wire);
ListVolumesRequest from_wire(::csi::v1::ListVolumesRequest const& wire);
GetCapacityRequest from_wire(::csi::v1::GetCapacityRequest const& wire);
CreateSnapshotRequest from_wire(::csi::v1::CreateSnapshotRequest const& wire);
DeleteSnapshotRequest from_wire(::csi::v1::DeleteSnapshotRequest const& wire);
GetSnapshotRequest from_wire(::csi::v1::GetSnapshotRequest const& wire);
ListSnapshotsRequest from_wire(::csi::v1::ListSnapshotsRequest const& wire);

void to_wire(VolumeInfo const& value, ::csi::v1::CreateVolumeResponse& wire);
void to_wire(PublishVolumeResponse const& value, ::csi::v1::ControllerPublishVolumeResponse& wire);
void to_wire(GetVolumeResponse const& value, ::csi::v1::ControllerGetVolumeResponse& wire);
void to_wire(ExpandVolumeResponse const& value, ::csi::v1::ControllerExpandVolumeResponse& wire);
// `request` is echoed when confirmed, as CSI wants.
void to_wire(ValidateVolumeCapabilitiesResponse const& value,
             ::csi::v1::ValidateVolumeCapabilitiesRequest const& request,
             ::csi::v1::ValidateVolumeCapabilitiesResponse& wire);
void to_wire(ListVolumesResponse const& value, ::csi::v1::ListVolumesResponse& wire);
void to_wire(SnapshotInfo const& value, ::csi::v1::CreateSnapshotResponse& wire);
void to_wire(SnapshotInfo const& value, ::csi::v1::GetSnapshotResponse& wire);
void to_wire(ListSnapshotsResponse const& value, ::csi::v1::ListSnapshotsResponse& wire);
void to_wire(GetCapacityResponse const& value, ::csi::v1::GetCapacityResponse& wire);
void to_wire(std::vector<ControllerCapability> const& value,
             ::csi::v1::ControllerGetCapabilitiesResponse& wire);
void to_wire(PluginInfo const& value, ::csi::v1::GetPluginInfoResponse& wire);
// What GetPluginCapabilities says: the controller service, volumes that grow in use, and nothing this build
// does not have (W-33).
void plugin_capabilities(::csi::v1::GetPluginCapabilitiesResponse& wire);

}  // namespace rdscsi::csi
