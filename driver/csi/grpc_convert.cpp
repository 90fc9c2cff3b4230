// Wire messages to plain values and back.
#include "csi/grpc_convert.h"

#include "proto/csi.pb.h"

namespace rdscsi::csi {
namespace {

namespace wire = ::csi::v1;

using WireMap = google::protobuf::Map<std::string, std::string>;

StringMap to_map(WireMap const& map) {
  return {map.begin(), map.end()};
}

AccessMode to_mode(wire::VolumeCapability::AccessMode::Mode mode) {
  using Mode = wire::VolumeCapability::AccessMode;
  switch (mode) {
    case Mode::SINGLE_NODE_WRITER:
      return AccessMode::single_node_writer;
    case Mode::SINGLE_NODE_READER_ONLY:
      return AccessMode::single_node_reader_only;
    case Mode::MULTI_NODE_READER_ONLY:
      return AccessMode::multi_node_reader_only;
    case Mode::MULTI_NODE_SINGLE_WRITER:
      return AccessMode::multi_node_single_writer;
    case Mode::MULTI_NODE_MULTI_WRITER:
      return AccessMode::multi_node_multi_writer;
    case Mode::SINGLE_NODE_SINGLE_WRITER:
      return AccessMode::single_node_single_writer;
    case Mode::SINGLE_NODE_MULTI_WRITER:
      return AccessMode::single_node_multi_writer;
    default:  // UNKNOWN, and numbers of a newer CSI
      return AccessMode::unknown;
  }
}

VolumeCapability to_capability(wire::VolumeCapability const& from) {
  VolumeCapability capability;
  if (from.has_block()) capability.access = BlockAccess{};
  if (from.has_mount()) {
    auto const& mount = from.mount();
    capability.access = MountAccess{mount.fs_type(),
                                    {mount.mount_flags().begin(), mount.mount_flags().end()},
                                    mount.volume_mount_group()};
  }
  if (from.has_access_mode()) capability.mode = to_mode(from.access_mode().mode());
  return capability;
}

template <typename Repeated>
std::vector<VolumeCapability> to_capabilities(Repeated const& from) {
  std::vector<VolumeCapability> capabilities;
  capabilities.reserve(static_cast<std::size_t>(from.size()));
  for (auto const& capability : from) capabilities.push_back(to_capability(capability));
  return capabilities;
}

// Of any request that has one.
template <typename Request>
std::optional<CapacityRange> to_range(Request const& from) {
  if (!from.has_capacity_range()) return std::nullopt;
  return CapacityRange{from.capacity_range().required_bytes(), from.capacity_range().limit_bytes()};
}

void read_source(wire::CreateVolumeRequest const& from, CreateVolumeRequest& request) {
  if (!from.has_volume_content_source()) return;
  auto const& source = from.volume_content_source();
  if (source.has_snapshot()) {
    request.source = ContentSource::snapshot;
    request.source_id = source.snapshot().snapshot_id();
  } else if (source.has_volume()) {
    request.source = ContentSource::volume;
    request.source_id = source.volume().volume_id();
  } else {
    request.source = ContentSource::unknown;
  }
}

void write_volume(VolumeInfo const& value, wire::Volume& volume) {
  volume.set_volume_id(value.volume_id);
  volume.set_capacity_bytes(value.capacity_bytes);
  volume.mutable_volume_context()->insert(value.context.begin(), value.context.end());
  if (value.source == ContentSource::snapshot)
    volume.mutable_content_source()->mutable_snapshot()->set_snapshot_id(value.source_id);
  if (value.source == ContentSource::volume)
    volume.mutable_content_source()->mutable_volume()->set_volume_id(value.source_id);
}

void write_snapshot(SnapshotInfo const& value, wire::Snapshot& snapshot) {
  snapshot.set_snapshot_id(value.snapshot_id);
  snapshot.set_source_volume_id(value.source_volume_id);
  snapshot.set_size_bytes(value.size_bytes);
  snapshot.mutable_creation_time()->set_seconds(value.created_s);
  snapshot.set_ready_to_use(value.ready);
}

// Of ListVolumes and ControllerGetVolume, which have messages of their own with the same fields.
template <typename Status>
void write_status(VolumeStatus const& value, Status& to) {
  for (auto const& node : value.published_nodes) to.add_published_node_ids(node);
  to.mutable_volume_condition()->set_abnormal(value.abnormal);
  to.mutable_volume_condition()->set_message(value.message);
}

}  // namespace

CreateVolumeRequest from_wire(wire::CreateVolumeRequest const& from) {
  CreateVolumeRequest request;
  request.name = from.name();
  request.capacity_range = to_range(from);
  request.capabilities = to_capabilities(from.volume_capabilities());
  request.parameters = to_map(from.parameters());
  request.mutable_parameters = to_map(from.mutable_parameters());
  read_source(from, request);
  return request;
}

DeleteVolumeRequest from_wire(wire::DeleteVolumeRequest const& from) {
  return {from.volume_id()};
}

ExpandVolumeRequest from_wire(wire::ControllerExpandVolumeRequest const& from) {
  ExpandVolumeRequest request{from.volume_id(), to_range(from), std::nullopt};
  if (from.has_volume_capability()) request.capability = to_capability(from.volume_capability());
  return request;
}

PublishVolumeRequest from_wire(wire::ControllerPublishVolumeRequest const& from) {
  PublishVolumeRequest request{from.volume_id(), from.node_id(), std::nullopt, from.readonly(),
                               to_map(from.volume_context())};
  if (from.has_volume_capability()) request.capability = to_capability(from.volume_capability());
  return request;
}

UnpublishVolumeRequest from_wire(wire::ControllerUnpublishVolumeRequest const& from) {
  return {from.volume_id(), from.node_id()};
}

GetVolumeRequest from_wire(wire::ControllerGetVolumeRequest const& from) {
  return {from.volume_id()};
}

ValidateVolumeCapabilitiesRequest from_wire(wire::ValidateVolumeCapabilitiesRequest const& from) {
  return {from.volume_id(), to_map(from.volume_context()), to_capabilities(from.volume_capabilities()),
          to_map(from.parameters()), to_map(from.mutable_parameters())};
}

ListVolumesRequest from_wire(wire::ListVolumesRequest const& from) {
  return {from.max_entries(), from.starting_token()};
}

GetCapacityRequest from_wire(wire::GetCapacityRequest const& from) {
  return {to_capabilities(from.volume_capabilities()), to_map(from.parameters())};
}

CreateSnapshotRequest from_wire(wire::CreateSnapshotRequest const& from) {
  return {from.name(), from.source_volume_id(), to_map(from.parameters())};
}

DeleteSnapshotRequest from_wire(wire::DeleteSnapshotRequest const& from) {
  return {from.snapshot_id()};
}

GetSnapshotRequest from_wire(wire::GetSnapshotRequest const& from) {
  return {from.snapshot_id()};
}

ListSnapshotsRequest from_wire(wire::ListSnapshotsRequest const& from) {
  return {from.max_entries(), from.starting_token(), from.source_volume_id(), from.snapshot_id()};
}

void to_wire(SnapshotInfo const& value, wire::CreateSnapshotResponse& to) {
  write_snapshot(value, *to.mutable_snapshot());
}

void to_wire(SnapshotInfo const& value, wire::GetSnapshotResponse& to) {
  write_snapshot(value, *to.mutable_snapshot());
}

void to_wire(ListSnapshotsResponse const& value, wire::ListSnapshotsResponse& to) {
  for (auto const& entry : value.entries) write_snapshot(entry, *to.add_entries()->mutable_snapshot());
  to.set_next_token(value.next_token);
}

void to_wire(VolumeInfo const& value, wire::CreateVolumeResponse& to) {
  write_volume(value, *to.mutable_volume());
}

void to_wire(ExpandVolumeResponse const& value, wire::ControllerExpandVolumeResponse& to) {
  to.set_capacity_bytes(value.capacity_bytes);
  to.set_node_expansion_required(value.node_expansion_required);
}

void to_wire(ValidateVolumeCapabilitiesResponse const& value,
             wire::ValidateVolumeCapabilitiesRequest const& request,
             wire::ValidateVolumeCapabilitiesResponse& to) {
  to.set_message(value.message);
  if (!value.confirmed) return;
  auto& confirmed = *to.mutable_confirmed();
  *confirmed.mutable_volume_context() = request.volume_context();
  *confirmed.mutable_volume_capabilities() = request.volume_capabilities();
  *confirmed.mutable_parameters() = request.parameters();
  *confirmed.mutable_mutable_parameters() = request.mutable_parameters();
}

void to_wire(PublishVolumeResponse const& value, wire::ControllerPublishVolumeResponse& to) {
  to.mutable_publish_context()->insert(value.publish_context.begin(), value.publish_context.end());
}

void to_wire(GetVolumeResponse const& value, wire::ControllerGetVolumeResponse& to) {
  write_volume(value.volume, *to.mutable_volume());
  write_status(value.status, *to.mutable_status());
}

void to_wire(ListVolumesResponse const& value, wire::ListVolumesResponse& to) {
  for (auto const& entry : value.entries) {
    auto& written = *to.add_entries();
    write_volume(entry.volume, *written.mutable_volume());
    write_status(entry.status, *written.mutable_status());
  }
  to.set_next_token(value.next_token);
}

void to_wire(GetCapacityResponse const& value, wire::GetCapacityResponse& to) {
  to.set_available_capacity(value.available_bytes);
  to.mutable_maximum_volume_size()->set_value(value.maximum_volume_bytes);
  to.mutable_minimum_volume_size()->set_value(value.minimum_volume_bytes);
}

void to_wire(std::vector<ControllerCapability> const& value, wire::ControllerGetCapabilitiesResponse& to) {
  using Rpc = wire::ControllerServiceCapability::RPC;
  for (auto const capability : value) {
    auto& rpc = *to.add_capabilities()->mutable_rpc();
    switch (capability) {  // no default: a capability without a wire form must not compile
      case ControllerCapability::create_delete_volume:
        rpc.set_type(Rpc::CREATE_DELETE_VOLUME);
        break;
      case ControllerCapability::list_volumes:
        rpc.set_type(Rpc::LIST_VOLUMES);
        break;
      case ControllerCapability::get_capacity:
        rpc.set_type(Rpc::GET_CAPACITY);
        break;
      case ControllerCapability::expand_volume:
        rpc.set_type(Rpc::EXPAND_VOLUME);
        break;
      case ControllerCapability::publish_unpublish_volume:
        rpc.set_type(Rpc::PUBLISH_UNPUBLISH_VOLUME);
        break;
      case ControllerCapability::list_volumes_published_nodes:
        rpc.set_type(Rpc::LIST_VOLUMES_PUBLISHED_NODES);
        break;
      case ControllerCapability::volume_condition:
        rpc.set_type(Rpc::VOLUME_CONDITION);
        break;
      case ControllerCapability::get_volume:
        rpc.set_type(Rpc::GET_VOLUME);
        break;
      case ControllerCapability::create_delete_snapshot:
        rpc.set_type(Rpc::CREATE_DELETE_SNAPSHOT);
        break;
      case ControllerCapability::list_snapshots:
        rpc.set_type(Rpc::LIST_SNAPSHOTS);
        break;
      case ControllerCapability::clone_volume:
        rpc.set_type(Rpc::CLONE_VOLUME);
        break;
      case ControllerCapability::get_snapshot:
        rpc.set_type(Rpc::GET_SNAPSHOT);
        break;
      case ControllerCapability::single_node_multi_writer:
        rpc.set_type(Rpc::SINGLE_NODE_MULTI_WRITER);
        break;
    }
  }
}

void to_wire(PluginInfo const& value, wire::GetPluginInfoResponse& to) {
  to.set_name(value.name);
  to.set_vendor_version(value.vendor_version);
}

void plugin_capabilities(wire::GetPluginCapabilitiesResponse& to) {
  to.add_capabilities()->mutable_service()->set_type(wire::PluginCapability::Service::CONTROLLER_SERVICE);
  to.add_capabilities()->mutable_volume_expansion()->set_type(
      wire::PluginCapability::VolumeExpansion::ONLINE);
}

}  // namespace rdscsi::csi
