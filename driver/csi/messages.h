// CSI 1.12 requests and answers as plain values, as far as this driver serves them: what the services work on
// at every level. driver/csi/grpc_*.cpp converts to and from protobuf at the edge; maps become std::map there
// so that nothing inside depends on protobuf's map order (DESIGN, digest rule).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace rdscsi::csi {

enum class AccessMode {
  unknown = 0,
  single_node_writer = 1,
  single_node_reader_only = 2,
  multi_node_reader_only = 3,
  multi_node_single_writer = 4,
  multi_node_multi_writer = 5,
  single_node_single_writer = 6,
  single_node_multi_writer = 7,
};

struct BlockAccess {
  bool operator==(BlockAccess const&) const = default;
};
struct MountAccess {
  std::string fs_type;
  std::vector<std::string> mount_flags;
  std::string volume_mount_group;
  bool operator==(MountAccess const&) const = default;
};

struct VolumeCapability {
  std::variant<std::monostate, BlockAccess, MountAccess> access;
  std::optional<AccessMode> mode;  // absent: the request had no access_mode
  bool operator==(VolumeCapability const&) const = default;
};

using StringMap = std::map<std::string, std::string>;

enum class ContentSource { none, snapshot, volume, unknown };  // unknown: present, but of no kind we know

// Bytes; 0 is "not given".
struct CapacityRange {
  std::int64_t required_bytes = 0;
  std::int64_t limit_bytes = 0;
};

struct CreateVolumeRequest {
  std::string name;
  std::optional<CapacityRange> capacity_range;
  std::vector<VolumeCapability> capabilities;
  StringMap parameters;
  StringMap mutable_parameters;
  ContentSource source = ContentSource::none;
  std::string source_id;
};

struct VolumeInfo {
  std::string volume_id;
  std::int64_t capacity_bytes = 0;
  StringMap context;
  ContentSource source =
      ContentSource::none;  // echoed: without it external-provisioner deletes the volume (W-15)
  std::string source_id = {};
};

struct DeleteVolumeRequest {
  std::string volume_id;
};

struct ExpandVolumeRequest {
  std::string volume_id;
  std::optional<CapacityRange> capacity_range;
  std::optional<VolumeCapability> capability;
};
struct ExpandVolumeResponse {
  std::int64_t capacity_bytes = 0;
  // Always: a connected host may see the new size only after a rescan, and a filesystem has to grow (FACTS
  // 7.4).
  bool node_expansion_required = true;
};

struct PublishVolumeRequest {
  std::string volume_id;
  std::string node_id;
  std::optional<VolumeCapability> capability;
  bool readonly = false;
  StringMap context;
};
struct PublishVolumeResponse {
  StringMap publish_context;
};

struct UnpublishVolumeRequest {
  std::string volume_id;
  std::string node_id;  // empty: every node
};

struct GetVolumeRequest {
  std::string volume_id;
};

// What is known of a volume besides its size.
struct VolumeStatus {
  std::vector<std::string> published_nodes;
  bool abnormal = false;
  std::string message;  // never empty
};
struct GetVolumeResponse {
  VolumeInfo volume;
  VolumeStatus status;
};

struct ValidateVolumeCapabilitiesRequest {
  std::string volume_id;
  StringMap context;
  std::vector<VolumeCapability> capabilities;
  StringMap parameters;
  StringMap mutable_parameters;
};
struct ValidateVolumeCapabilitiesResponse {
  bool confirmed = false;
  std::string message;  // why not
};

struct ListVolumesRequest {
  std::int32_t max_entries = 0;
  std::string starting_token;
};
struct ListVolumesResponse {
  std::vector<GetVolumeResponse> entries;
  std::string next_token;
};

struct CreateSnapshotRequest {
  std::string name;
  std::string source_volume_id;
  StringMap parameters;
};
struct SnapshotInfo {
  std::string snapshot_id;
  std::string source_volume_id;
  std::int64_t size_bytes = 0;
  std::int64_t created_s = 0;  // Unix time
  bool ready = false;
};
struct DeleteSnapshotRequest {
  std::string snapshot_id;
};
struct GetSnapshotRequest {
  std::string snapshot_id;
};
struct ListSnapshotsRequest {
  std::int32_t max_entries = 0;
  std::string starting_token;
  std::string source_volume_id;  // empty: of every volume
  std::string snapshot_id;       // empty: every one
};
struct ListSnapshotsResponse {
  std::vector<SnapshotInfo> entries;
  std::string next_token;
};

struct GetCapacityRequest {
  std::vector<VolumeCapability> capabilities;
  StringMap parameters;
};
struct GetCapacityResponse {
  std::int64_t available_bytes = 0;
  std::int64_t maximum_volume_bytes = 0;
  std::int64_t minimum_volume_bytes = 0;
};

// Only what is implemented and therefore advertised.
enum class ControllerCapability {
  create_delete_volume = 1,
  publish_unpublish_volume = 2,
  list_volumes = 3,
  get_capacity = 4,
  create_delete_snapshot = 5,
  list_snapshots = 6,
  clone_volume = 7,
  expand_volume = 9,
  list_volumes_published_nodes = 10,
  volume_condition = 11,
  get_volume = 12,
  single_node_multi_writer = 13,
  get_snapshot = 15,
};

struct PluginInfo {
  std::string name;
  std::string vendor_version;
};

}  // namespace rdscsi::csi
