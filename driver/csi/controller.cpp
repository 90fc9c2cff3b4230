// ControllerService: what each controller RPC checks, in which order, and what it asks of the volume store.
#include "csi/controller.h"

#include <algorithm>
#include <utility>

#include "base/reasons.h"
#include "csi/ask_all.h"
#include "csi/capabilities.h"
#include "csi/controller_rules.h"
#include "csi/list_token.h"
#include "csi/request_rules.h"
#include "csi/text.h"
#include "rds/formats.h"

namespace rdscsi::csi {
namespace {

using base::Status;
using base::StatusOr;

Status check_no_mutable(StringMap const& mutable_parameters) {
  if (mutable_parameters.empty()) return Status();
  return invalid(
      "mutable_parameters: " + in_quotes(mutable_parameters.begin()->first) +
      ": this driver has none (MODIFY_VOLUME is not advertised); leave the VolumeAttributesClass out");
}

StatusOr<Place> place_of_source(CreateVolumeRequest const& request, Fleet const& fleet) {
  switch (request.source) {
    case ContentSource::none:
      return Place{};
    case ContentSource::snapshot:
      if (auto status = check_required_text("volume_content_source.snapshot.snapshot_id", request.source_id);
          !status.ok())
        return status;
      return fleet.of_snapshot(request.source_id);
    case ContentSource::volume:
      if (auto status = check_required_text("volume_content_source.volume.volume_id", request.source_id);
          !status.ok())
        return status;
      return fleet.of_volume(request.source_id);
    case ContentSource::unknown:
      break;
  }
  return invalid("volume_content_source: neither snapshot nor volume is set");
}

rds::Origin origin_of(ContentSource source) {
  switch (source) {
    case ContentSource::snapshot:
      return rds::Origin::snapshot;
    case ContentSource::volume:
      return rds::Origin::volume;
    case ContentSource::none:
    case ContentSource::unknown:
      break;
  }
  return rds::Origin::empty;
}

// Everything about a CreateVolume request that can be known without asking the device.
struct CreatePlan {
  ServedRdsPtr rds;
  rds::VolumeSpec spec;
  VolumeParameters parameters;
  ContentSource source = ContentSource::none;
  std::string source_id;    // as the caller knows it
  std::string fingerprint;  // of the whole wish, sizes included
};

Status check_create(CreateVolumeRequest const& request) {
  if (auto status = check_name("name", request.name); !status.ok()) return status;
  if (auto status = check_capabilities_form(request.capabilities); !status.ok()) return status;
  if (auto const why = why_unsupported(request.capabilities)) return invalid(*why);
  return check_no_mutable(request.mutable_parameters);
}

// A volume begins as what lies on the same RDS.
Status check_same_rds(CreateVolumeRequest const& request, Place const& source, ServedRds const& rds) {
  if (!source.rds || source.rds->name == rds.name) return Status();
  return invalid("volume_content_source: " + in_quotes(request.source_id) + " lies on the RDS " +
                 in_quotes(source.rds->name) + ", but the StorageClass means " + in_quotes(rds.name) +
                 "; use a StorageClass with rds: " + source.rds->name);
}

StatusOr<CreatePlan> plan_create(CreateVolumeRequest const& request, Fleet const& fleet) {
  if (auto status = check_create(request); !status.ok()) return status;
  auto const source = place_of_source(request, fleet);
  if (!source.ok()) return source.status();
  auto const rds = fleet.of_class(request.parameters);
  if (!rds.ok()) return rds.status();
  if (auto status = check_same_rds(request, *source, **rds); !status.ok()) return status;
  auto parameters = parse_parameters(request.parameters, (*rds)->defaults);
  if (!parameters.ok()) return parameters.status();
  auto const range = request.capacity_range.value_or(CapacityRange{});
  auto const size = choose_size(range);
  if (!size.ok()) return size.status();

  CreatePlan plan;
  plan.rds = *rds;
  plan.parameters = *std::move(parameters);
  std::string const content = canonical_text(plan.parameters) + canonical_text(request.capabilities);
  plan.spec.volume_id = rds::volume_id_for_name(request.name);
  plan.spec.csi_name = request.name;
  plan.spec.directory = plan.parameters.directory;
  plan.spec.size_bytes = *size;
  plan.spec.required_bytes = range.required_bytes;
  plan.spec.limit_bytes = range.limit_bytes;
  plan.spec.nvme_port = plan.parameters.nvme_port;
  plan.spec.content_fingerprint = rds::content_fingerprint(content);
  plan.spec.origin = origin_of(request.source);
  plan.spec.origin_id = source->id;
  plan.source = request.source;
  plan.source_id = request.source_id;
  for (auto const& field :
       {request.name, std::to_string(plan.spec.size_bytes), std::to_string(plan.spec.required_bytes),
        std::to_string(plan.spec.limit_bytes), request.source_id}) {
    append_field(plan.fingerprint, field);
  }
  plan.fingerprint += content;
  return plan;
}

// Everything about a ControllerExpandVolume request that can be known without asking the device.
StatusOr<rds::ExpandSpec> plan_expand(ExpandVolumeRequest const& request) {
  if (auto status = check_required_text("volume_id", request.volume_id); !status.ok()) return status;
  if (!request.capacity_range ||
      (request.capacity_range->required_bytes == 0 && request.capacity_range->limit_bytes == 0)) {
    return invalid("capacity_range: neither required_bytes nor limit_bytes is given, but CSI requires one");
  }
  if (request.capability) {
    if (auto status = check_capabilities_form({*request.capability}); !status.ok()) return status;
    if (auto const why = why_unsupported({*request.capability})) return invalid(*why);
  }
  auto const size = choose_size(*request.capacity_range);
  if (!size.ok()) return size.status();
  return rds::ExpandSpec{request.volume_id, *size, request.capacity_range->required_bytes,
                         request.capacity_range->limit_bytes};
}

// A volume that is not exported prints neither NQN nor port; it will have these again when it is.
VolumeInfo describe(ServedRds const& rds, rds::Volume const& volume, VolumeParameters const& parameters) {
  std::string const nqn = volume.exported ? volume.nqn : rds::nqn_of(volume.volume_id);
  std::uint16_t const port = volume.exported ? volume.nvme_port : parameters.nvme_port;
  return VolumeInfo{rds.handle(volume.volume_id),
                    volume.size_bytes,
                    volume_context(parameters, nqn, volume.file_path, port),
                    ContentSource::none,
                    {}};
}

// What of a volume context a device can contradict.
std::string context_contradiction(StringMap const& context, rds::Volume const& volume) {
  StringMap truth = {{"volumePath", volume.file_path}};
  if (volume.exported) {
    truth["nqn"] = volume.nqn;
    truth["nvmePort"] = std::to_string(volume.nvme_port);
  }
  for (auto const& [key, value] : truth) {
    auto const found = context.find(key);
    if (found != context.end() && found->second != value) {
      return "volume_context." + key + ": " + in_quotes(found->second) + ", but the volume has " +
             in_quotes(value);
    }
  }
  return "";
}

// Why the volume does not fit the request; empty when it does.
std::string why_not_confirmed(ValidateVolumeCapabilitiesRequest const& request, rds::Volume const& volume,
                              ServedRds const& rds) {
  if (auto const why = why_unsupported(request.capabilities)) return *why;
  if (auto const status = check_no_mutable(request.mutable_parameters); !status.ok()) {
    return std::string(status.message().data(), status.message().size());
  }
  auto const given = request.parameters.find(kRdsParameter);
  if (given != request.parameters.end() && given->second != rds.name)
    return "parameters.rds: " + in_quotes(given->second) + ", but the volume lies on " + in_quotes(rds.name);
  if (auto const parameters = parse_parameters(request.parameters, rds.defaults); !parameters.ok()) {
    return std::string(parameters.status().message().data(), parameters.status().message().size());
  }
  return context_contradiction(request.context, volume);
}

Status check_validate_form(ValidateVolumeCapabilitiesRequest const& request) {
  if (auto status = check_required_text("volume_id", request.volume_id); !status.ok()) return status;
  if (auto status = check_map("volume_context", request.context); !status.ok()) return status;
  if (auto status = check_map("parameters", request.parameters); !status.ok()) return status;
  return check_capabilities_form(request.capabilities);
}

}  // namespace

ControllerService::ControllerService(Fleet fleet, NodeDirectory& nodes, base::Operations& operations,
                                     bool fencing)
    : fleet_(std::move(fleet)), nodes_(nodes), operations_(operations), fencing_(fencing) {}

ControllerService::ControllerService(ParameterDefaults defaults, VolumeStore& store, NodeDirectory& nodes,
                                     base::Operations& operations, bool fencing, SnapshotStore* snapshots)
    : ControllerService(Fleet({{std::string(kDefaultRds), std::move(defaults), &store, snapshots}}), nodes,
                        operations, fencing) {}

StatusOr<VolumeInfo> ControllerService::create_volume(base::Context const& ctx,
                                                      CreateVolumeRequest const& request) {
  auto plan = plan_create(request, fleet_);
  if (!plan.ok()) return plan.status();
  std::string const key = plan->rds->handle(plan->spec.volume_id);
  std::string const fingerprint = plan->fingerprint;
  auto body = [plan = *std::move(plan)](base::OperationHandle& handle,
                                        base::Context const& op_ctx) -> StatusOr<VolumeInfo> {
    handle.step("creating the volume on the RDS");
    auto volume = plan.rds->volumes->create(op_ctx, plan.spec);
    if (!volume.ok()) return volume.status();
    VolumeInfo info = describe(*plan.rds, *volume, plan.parameters);
    info.source = plan.source;
    info.source_id = plan.source_id;
    return info;
  };
  return operations_.run<VolumeInfo>(ctx.with_field("volume", key), key, "CreateVolume", fingerprint,
                                     std::move(body));
}

Status ControllerService::delete_volume(base::Context const& ctx, DeleteVolumeRequest const& request) {
  if (request.volume_id.empty()) return check_required_text("volume_id", request.volume_id);
  auto const place = fleet_.of_volume(request.volume_id);
  if (!place.ok()) return never_was_ours(place.status()) ? Status() : place.status();
  auto body = [place = *place](base::OperationHandle& handle, base::Context const& op_ctx) -> StatusOr<Done> {
    handle.step("deleting the volume on the RDS");
    if (auto status = place.rds->volumes->remove(op_ctx, place.id); !status.ok()) return status;
    return Done{};
  };
  return operations_
      .run<Done>(ctx.with_field("volume", request.volume_id), request.volume_id, "DeleteVolume", "",
                 std::move(body))
      .status();
}

StatusOr<ExpandVolumeResponse> ControllerService::expand_volume(base::Context const& ctx,
                                                                ExpandVolumeRequest const& request) {
  auto spec = plan_expand(request);
  if (!spec.ok()) return spec.status();
  auto const place = fleet_.of_volume(request.volume_id);
  if (!place.ok()) return place.status();
  spec->volume_id = place->id;
  std::string fingerprint;
  for (auto const number : {spec->size_bytes, spec->required_bytes, spec->limit_bytes})
    append_field(fingerprint, std::to_string(number));
  auto body = [&store = *place->rds->volumes, spec = *spec](
                  base::OperationHandle& handle,
                  base::Context const& op_ctx) -> StatusOr<ExpandVolumeResponse> {
    handle.step("growing the volume on the RDS");
    auto const volume = store.expand(op_ctx, spec);
    if (!volume.ok()) return volume.status();
    return ExpandVolumeResponse{volume->size_bytes};
  };
  return operations_.run<ExpandVolumeResponse>(ctx.with_field("volume", request.volume_id), request.volume_id,
                                               "ControllerExpandVolume", fingerprint, std::move(body));
}

StatusOr<ValidateVolumeCapabilitiesResponse> ControllerService::validate_volume_capabilities(
    base::Context const& caller, ValidateVolumeCapabilitiesRequest const& request) {
  if (auto status = check_validate_form(request); !status.ok()) return status;
  auto const place = fleet_.of_volume(request.volume_id);
  if (!place.ok()) return place.status();
  base::Context const ctx = with_reply_margin(caller).with_field("volume", request.volume_id);
  auto const volume = place->rds->volumes->get(ctx, place->id);
  if (!volume.ok()) return blame_own_deadline(ctx, volume.status());
  std::string message = why_not_confirmed(request, *volume, *place->rds);
  bool const confirmed = message.empty();
  return ValidateVolumeCapabilitiesResponse{confirmed, std::move(message)};
}

StatusOr<ListVolumesResponse> ControllerService::list_volumes(base::Context const& caller,
                                                              ListVolumesRequest const& request) {
  if (auto status = check_max_entries(request.max_entries); !status.ok()) return status;
  auto const after = first_after(request.starting_token);
  if (!after.ok()) return after.status();
  base::Context const ctx = with_reply_margin(caller);
  // Of every RDS, or of none: a shorter list would say that volumes are gone.
  std::vector<std::pair<std::string, rds::Volume>> volumes;
  auto const lists =
      ask_all(fleet_.members(), [&ctx](ServedRds const& member) { return member.volumes->list(ctx); });
  for (std::size_t i = 0; i < lists.size(); ++i) {
    auto const& there = *lists[i];
    if (!there.ok()) return blame_own_deadline(ctx, there.status());
    for (auto const& volume : *there)
      volumes.emplace_back(fleet_.members()[i]->handle(volume.volume_id), volume);
  }
  auto const names = node_names(ctx);
  if (!names.ok()) return names.status();
  std::sort(volumes.begin(), volumes.end(), [](auto const& a, auto const& b) { return a.first < b.first; });
  ListVolumesResponse response;
  fill_page(
      volumes, *after, request.max_entries, [](auto const& one) { return one.first; },
      [&](auto const& one) { return with_status(one.first, one.second, *names); }, response);
  return response;
}

StatusOr<GetCapacityResponse> ControllerService::get_capacity(base::Context const& caller,
                                                              GetCapacityRequest const& request) {
  // A StorageClass with a mistake in it is told so; capabilities nobody can have simply find no room.
  auto const rds = fleet_.of_class(request.parameters);
  if (!rds.ok()) return rds.status();
  auto const parameters = parse_parameters(request.parameters, (*rds)->defaults);
  if (!parameters.ok()) return parameters.status();
  if (!request.capabilities.empty()) {
    if (auto status = check_capabilities_form(request.capabilities); !status.ok()) return status;
    if (why_unsupported(request.capabilities)) return GetCapacityResponse{0, 0, kVolumeBytesMin};
  }
  base::Context const ctx = with_reply_margin(caller);
  auto const pool = (*rds)->volumes->pool(ctx);
  if (!pool.ok()) return blame_own_deadline(ctx, pool.status());
  std::int64_t const free = std::max<std::int64_t>(pool->free_bytes, 0);
  std::int64_t const largest = std::min(free - free % rds::kSizeUnitBytes, kVolumeBytesMax);
  return GetCapacityResponse{free, largest < kVolumeBytesMin ? 0 : largest, kVolumeBytesMin};
}

std::vector<ControllerCapability> ControllerService::capabilities() const {
  std::vector<ControllerCapability> all = {
      ControllerCapability::create_delete_volume, ControllerCapability::publish_unpublish_volume,
      ControllerCapability::list_volumes,         ControllerCapability::get_capacity,
      ControllerCapability::expand_volume,        ControllerCapability::volume_condition,
      ControllerCapability::get_volume,           ControllerCapability::single_node_multi_writer};
  // The device knows a node by a hash; only who knows all nodes can say their names.
  if (nodes_.complete()) all.push_back(ControllerCapability::list_volumes_published_nodes);
  if (serves_snapshots()) {
    all.insert(all.end(), {ControllerCapability::create_delete_snapshot, ControllerCapability::list_snapshots,
                           ControllerCapability::get_snapshot, ControllerCapability::clone_volume});
  }
  return all;
}

}  // namespace rdscsi::csi
