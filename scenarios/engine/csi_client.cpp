// See csi_client.h. The wire values are made here from the contract (driver/proto) alone: the driver's own
// conversion would hide a mistake it makes in both directions.
#include "scenarios/engine/csi_client.h"

#include <grpcpp/grpcpp.h>

#include <array>

#include "proto/csi.grpc.pb.h"

namespace scenario {

namespace wire = ::csi::v1;

struct CsiClient::Stubs {
  explicit Stubs(std::shared_ptr<grpc::Channel> const& channel)
      : identity(wire::Identity::NewStub(channel)), controller(wire::Controller::NewStub(channel)) {}

  std::unique_ptr<wire::Identity::Stub> identity;
  std::unique_ptr<wire::Controller::Stub> controller;
};

namespace {

std::string code_name(grpc::StatusCode code) {
  constexpr std::array<char const*, 17> kNames = {
      "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
      "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
      "DATA_LOSS", "UNAUTHENTICATED"};
  auto const number = static_cast<std::size_t>(code);
  return number < kNames.size() ? kNames[number] : "code " + std::to_string(number);
}

// The plugin's own word, not that of a gRPC library: ours makes the status itself when the time is up, and
// the plugin's may be quicker to send the same one while the handler is still at work.
bool plugin_said_so(grpc::Status const& status, grpc::ClientContext const& context) {
  bool const received = context.debug_error_string().find("received from peer") != std::string::npos;
  return received && status.error_message() != "Deadline Exceeded";
}

Answer answer_of(grpc::Status const& status, grpc::ClientContext const& context) {
  Answer answer;
  answer.code = code_name(status.error_code());
  answer.message = status.error_message();
  if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED && !plugin_said_so(status, context)) {
    answer.message = "client: no answer before the deadline";
  }
  return answer;
}

template <typename Map>
void fill(csi::StringMap const& from, Map& to) {
  to.insert(from.begin(), from.end());
}

wire::VolumeCapability to_wire(csi::VolumeCapability const& from) {
  wire::VolumeCapability to;
  if (std::holds_alternative<csi::BlockAccess>(from.access)) to.mutable_block();
  if (auto const* mount = std::get_if<csi::MountAccess>(&from.access)) {
    to.mutable_mount()->set_fs_type(mount->fs_type);
    for (std::string const& flag : mount->mount_flags) to.mutable_mount()->add_mount_flags(flag);
    to.mutable_mount()->set_volume_mount_group(mount->volume_mount_group);
  }
  if (from.mode) {  // csi::AccessMode has the contract's numbers
    to.mutable_access_mode()->set_mode(
        static_cast<wire::VolumeCapability::AccessMode::Mode>(static_cast<int>(*from.mode)));
  }
  return to;
}

csi::VolumeInfo from_wire(wire::Volume const& from) {
  csi::VolumeInfo info;
  info.volume_id = from.volume_id();
  info.capacity_bytes = from.capacity_bytes();
  info.context = {from.volume_context().begin(), from.volume_context().end()};
  auto const& source = from.content_source();
  if (source.has_snapshot()) {
    info.source = csi::ContentSource::snapshot;
    info.source_id = source.snapshot().snapshot_id();
  } else if (source.has_volume()) {
    info.source = csi::ContentSource::volume;
    info.source_id = source.volume().volume_id();
  }
  return info;
}

csi::SnapshotInfo from_wire(wire::Snapshot const& from) {
  return {from.snapshot_id(), from.source_volume_id(), from.size_bytes(), from.creation_time().seconds(),
          from.ready_to_use()};
}

template <typename Request>
void fill(std::optional<csi::CapacityRange> const& range, Request& out) {
  if (!range) return;
  out.mutable_capacity_range()->set_required_bytes(range->required_bytes);
  out.mutable_capacity_range()->set_limit_bytes(range->limit_bytes);
}

// One request, by its kind.
struct Caller {
  wire::Identity::Stub& identity;
  wire::Controller::Stub& controller;
  grpc::ClientContext& context;

  Answer operator()(csi::CreateVolumeRequest const& request) const {
    wire::CreateVolumeRequest out;
    out.set_name(request.name);
    fill(request.capacity_range, out);
    for (auto const& capability : request.capabilities) *out.add_volume_capabilities() = to_wire(capability);
    fill(request.parameters, *out.mutable_parameters());
    fill(request.mutable_parameters, *out.mutable_mutable_parameters());
    if (request.source == csi::ContentSource::snapshot) {
      out.mutable_volume_content_source()->mutable_snapshot()->set_snapshot_id(request.source_id);
    } else if (request.source == csi::ContentSource::volume) {
      out.mutable_volume_content_source()->mutable_volume()->set_volume_id(request.source_id);
    }
    wire::CreateVolumeResponse in;
    Answer answer = answer_of(controller.CreateVolume(&context, out, &in), context);
    if (answer.ok()) answer.volume = from_wire(in.volume());
    return answer;
  }

  Answer operator()(csi::DeleteVolumeRequest const& request) const {
    wire::DeleteVolumeRequest out;
    out.set_volume_id(request.volume_id);
    wire::DeleteVolumeResponse in;
    return answer_of(controller.DeleteVolume(&context, out, &in), context);
  }

  Answer operator()(csi::ExpandVolumeRequest const& request) const {
    wire::ControllerExpandVolumeRequest out;
    out.set_volume_id(request.volume_id);
    fill(request.capacity_range, out);
    if (request.capability) *out.mutable_volume_capability() = to_wire(*request.capability);
    wire::ControllerExpandVolumeResponse in;
    Answer answer = answer_of(controller.ControllerExpandVolume(&context, out, &in), context);
    if (answer.ok()) answer.capacity_bytes = in.capacity_bytes();
    answer.node_expansion = answer.ok() && in.node_expansion_required();
    return answer;
  }

  Answer operator()(csi::PublishVolumeRequest const& request) const {
    wire::ControllerPublishVolumeRequest out;
    out.set_volume_id(request.volume_id);
    out.set_node_id(request.node_id);
    out.set_readonly(request.readonly);
    fill(request.context, *out.mutable_volume_context());
    if (request.capability) *out.mutable_volume_capability() = to_wire(*request.capability);
    wire::ControllerPublishVolumeResponse in;
    Answer answer = answer_of(controller.ControllerPublishVolume(&context, out, &in), context);
    if (answer.ok()) answer.publish_context = {in.publish_context().begin(), in.publish_context().end()};
    return answer;
  }

  Answer operator()(csi::UnpublishVolumeRequest const& request) const {
    wire::ControllerUnpublishVolumeRequest out;
    out.set_volume_id(request.volume_id);
    out.set_node_id(request.node_id);
    wire::ControllerUnpublishVolumeResponse in;
    return answer_of(controller.ControllerUnpublishVolume(&context, out, &in), context);
  }

  Answer operator()(csi::GetVolumeRequest const& request) const {
    wire::ControllerGetVolumeRequest out;
    out.set_volume_id(request.volume_id);
    wire::ControllerGetVolumeResponse in;
    Answer answer = answer_of(controller.ControllerGetVolume(&context, out, &in), context);
    if (!answer.ok()) return answer;
    answer.volume = from_wire(in.volume());
    auto const& status = in.status();
    answer.status = {{status.published_node_ids().begin(), status.published_node_ids().end()},
                     status.volume_condition().abnormal(),
                     status.volume_condition().message()};
    return answer;
  }

  Answer operator()(csi::ListVolumesRequest const& request) const {
    wire::ListVolumesRequest out;
    out.set_max_entries(request.max_entries);
    out.set_starting_token(request.starting_token);
    wire::ListVolumesResponse in;
    Answer answer = answer_of(controller.ListVolumes(&context, out, &in), context);
    if (!answer.ok()) return answer;
    for (auto const& entry : in.entries()) answer.listed.push_back(from_wire(entry.volume()));
    answer.next_token = in.next_token();
    return answer;
  }

  Answer operator()(csi::CreateSnapshotRequest const& request) const {
    wire::CreateSnapshotRequest out;
    out.set_name(request.name);
    out.set_source_volume_id(request.source_volume_id);
    fill(request.parameters, *out.mutable_parameters());
    wire::CreateSnapshotResponse in;
    Answer answer = answer_of(controller.CreateSnapshot(&context, out, &in), context);
    if (answer.ok()) answer.volume = of_snapshot(from_wire(in.snapshot()));
    return answer;
  }

  Answer operator()(csi::DeleteSnapshotRequest const& request) const {
    wire::DeleteSnapshotRequest out;
    out.set_snapshot_id(request.snapshot_id);
    wire::DeleteSnapshotResponse in;
    return answer_of(controller.DeleteSnapshot(&context, out, &in), context);
  }

  Answer operator()(csi::ListSnapshotsRequest const& request) const {
    wire::ListSnapshotsRequest out;
    out.set_max_entries(request.max_entries);
    out.set_starting_token(request.starting_token);
    out.set_source_volume_id(request.source_volume_id);
    out.set_snapshot_id(request.snapshot_id);
    wire::ListSnapshotsResponse in;
    Answer answer = answer_of(controller.ListSnapshots(&context, out, &in), context);
    if (!answer.ok()) return answer;
    for (auto const& entry : in.entries()) answer.listed.push_back(of_snapshot(from_wire(entry.snapshot())));
    answer.next_token = in.next_token();
    return answer;
  }

  Answer operator()(csi::GetSnapshotRequest const& request) const {
    wire::GetSnapshotRequest out;
    out.set_snapshot_id(request.snapshot_id);
    wire::GetSnapshotResponse in;
    Answer answer = answer_of(controller.GetSnapshot(&context, out, &in), context);
    if (answer.ok()) answer.volume = of_snapshot(from_wire(in.snapshot()));
    return answer;
  }

  Answer operator()(csi::GetCapacityRequest const& request) const {
    wire::GetCapacityRequest out;
    for (auto const& capability : request.capabilities) *out.add_volume_capabilities() = to_wire(capability);
    fill(request.parameters, *out.mutable_parameters());
    wire::GetCapacityResponse in;
    Answer answer = answer_of(controller.GetCapacity(&context, out, &in), context);
    if (answer.ok()) answer.available_bytes = in.available_capacity();
    return answer;
  }

  Answer operator()(csi::ValidateVolumeCapabilitiesRequest const& request) const {
    wire::ValidateVolumeCapabilitiesRequest out;
    out.set_volume_id(request.volume_id);
    fill(request.context, *out.mutable_volume_context());
    for (auto const& capability : request.capabilities) *out.add_volume_capabilities() = to_wire(capability);
    fill(request.parameters, *out.mutable_parameters());
    fill(request.mutable_parameters, *out.mutable_mutable_parameters());
    wire::ValidateVolumeCapabilitiesResponse in;
    Answer answer = answer_of(controller.ValidateVolumeCapabilities(&context, out, &in), context);
    if (!answer.ok()) return answer;
    answer.confirmed = in.has_confirmed();
    answer.message = in.message();
    return answer;
  }

  Answer operator()(ProbeRequest const&) const {
    wire::ProbeResponse in;
    Answer answer = answer_of(identity.Probe(&context, {}, &in), context);
    answer.ready = answer.ok() && (!in.has_ready() || in.ready().value());
    return answer;
  }

  Answer operator()(ScrapeRequest const&) const {
    Answer answer;
    answer.code = "UNIMPLEMENTED";
    answer.message = "metrics are not asked for through gRPC";
    return answer;
  }

  // The plugin tells the world no more about its link than whether it is ready.
  Answer operator()(StatusRequest const&) const {
    Answer answer = (*this)(ProbeRequest{});
    if (answer.ok()) answer.connection = answer.ready ? "up" : "down";
    return answer;
  }
};

}  // namespace

CsiClient::CsiClient(std::string const& socket_path) {
  grpc::ChannelArguments arguments;
  arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, "localhost");
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);             // one attempt is one attempt
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // no state of an earlier life's channel
  stubs_ = std::make_unique<Stubs>(
      grpc::CreateCustomChannel("unix:" + socket_path, grpc::InsecureChannelCredentials(), arguments));
}

CsiClient::~CsiClient() = default;

Answer CsiClient::call(Request const& request, Duration timeout) const {
  grpc::ClientContext context;
  context.set_deadline(
      gpr_time_add(gpr_now(GPR_CLOCK_REALTIME), gpr_time_from_nanos(timeout.count(), GPR_TIMESPAN)));
  return std::visit(Caller{*stubs_->identity, *stubs_->controller, context}, request);
}

}  // namespace scenario
