// Publishing: which node may have a volume, and what is known of volumes besides their size. The rest of
// ControllerService is in controller.cpp.
#include <utility>

#include "base/reasons.h"
#include "csi/capabilities.h"
#include "csi/controller.h"
#include "csi/controller_rules.h"
#include "csi/request_rules.h"
#include "csi/text.h"
#include "rds/formats.h"

namespace rdscsi::csi {
namespace {

using base::Effect;
using base::Reason;
using base::Status;
using base::StatusOr;

Status check_publish(PublishVolumeRequest const& request) {
  if (auto status = check_required_text("volume_id", request.volume_id); !status.ok()) return status;
  if (auto status = check_node_id(request.node_id); !status.ok()) return status;
  if (!request.capability) return invalid("volume_capability: is missing, but CSI requires it");
  if (auto status = check_capabilities_form({*request.capability}); !status.ok()) return status;
  if (auto const why = why_unsupported({*request.capability})) return invalid(*why);
  if (auto status = check_map("volume_context", request.context); !status.ok()) return status;
  if (request.readonly) {
    return invalid("readonly: true; PUBLISH_READONLY is not advertised, mount the volume read-only instead");
  }
  return Status();
}

std::string address_of(PublishVolumeRequest const& request, ParameterDefaults const& defaults) {
  auto const found = request.context.find("nvmeAddress");
  return found == request.context.end() ? defaults.data_address() : found->second;
}

std::string filesystem_of(VolumeCapability const& capability) {
  auto const* mount = std::get_if<MountAccess>(&capability.access);
  if (mount == nullptr) return "";
  return mount->fs_type.empty() ? "ext4" : mount->fs_type;
}

// docs/formats.md, "Publish context".
StringMap publish_context(PublishVolumeRequest const& request, rds::PublishResult const& result,
                          ParameterDefaults const& defaults) {
  StringMap context = {{"nvme_address", address_of(request, defaults)},
                       {"nvme_port", std::to_string(result.volume.nvme_port)},
                       {"nvme_nqn", result.volume.nqn},
                       {"firstFormat", result.first_format ? "allowed" : "denied"}};
  if (auto const filesystem = filesystem_of(*request.capability); !filesystem.empty())
    context["fs_type"] = filesystem;
  return context;
}

// CSI 1.12, ControllerPublishVolume Errors: the message names the node that has the volume.
Status held_elsewhere(std::string const& handle, rds::Volume const& volume, std::string const& node_id,
                      std::map<std::string, std::string> const& names) {
  std::string holders;
  for (auto const& hash : volume.holders) {
    auto const name = names.find(hash);
    holders += (holders.empty() ? "" : " and ") +
               (name == names.end() ? "a node that is not in the directory any more (hash " + hash + ")"
                                    : in_quotes(name->second));
  }
  return base::fail(Reason::volume_in_use, Effect::none,
                    handle + " is published to " + holders + ", not to " + in_quotes(node_id) +
                        "; unpublish it there first");
}

}  // namespace

StatusOr<NodeRecord> ControllerService::known_node(base::Context const& ctx, std::string const& node_id) {
  auto const node = nodes_.find(ctx, node_id);
  if (!node.ok()) return node.status();
  if (*node) return **node;
  return base::fail(Reason::not_found, Effect::none, "node_id " + in_quotes(node_id) + ": no such node");
}

StatusOr<ControllerService::NodeNames> ControllerService::node_names(base::Context const& ctx) {
  auto const nodes = nodes_.list(ctx);
  if (!nodes.ok()) return nodes.status();
  NodeNames names;
  for (auto const& node : *nodes) names[rds::node_hash(node.node_id)] = node.node_id;
  return names;
}

// No context: what the StorageClass said is not on the device, and half a context would be a wrong one.
GetVolumeResponse ControllerService::with_status(std::string handle, rds::Volume const& volume,
                                                 NodeNames const& names) {
  GetVolumeResponse response{{std::move(handle), volume.size_bytes, {}, ContentSource::none, {}}, {}};
  for (auto const& hash : volume.holders) {
    if (auto const name = names.find(hash); name != names.end())
      response.status.published_nodes.push_back(name->second);
  }
  response.status.abnormal = !volume.problem.empty();
  response.status.message = volume.problem.empty() ? "the RDS has it as it must be" : volume.problem;
  return response;
}

StatusOr<PublishVolumeResponse> ControllerService::publish_volume(base::Context const& ctx,
                                                                  PublishVolumeRequest const& request) {
  if (auto status = check_publish(request); !status.ok()) return status;
  auto const place = fleet_.of_volume(request.volume_id);
  if (!place.ok()) return place.status();
  auto const node = known_node(ctx, request.node_id);
  if (!node.ok()) return node.status();
  bool const shared = request.capability->mode == AccessMode::multi_node_multi_writer;
  rds::PublishSpec const spec{place->id, node->node_id, node->host_nqn, shared, fencing_};
  auto const names = node_names(ctx);
  if (!names.ok()) return names.status();
  std::string fingerprint = shared ? "shared" : "alone";
  for (auto const& text : {spec.node_id, spec.host_nqn, address_of(request, place->rds->defaults),
                           filesystem_of(*request.capability)}) {
    append_field(fingerprint, text);
  }
  auto body = [rds = place->rds, spec, request, names = *names](
                  base::OperationHandle& handle,
                  base::Context const& op_ctx) -> StatusOr<PublishVolumeResponse> {
    handle.step("publishing the volume to " + spec.node_id);
    auto const result = rds->volumes->publish(op_ctx, spec);
    if (!result.ok()) return result.status();
    if (!result->granted) return held_elsewhere(request.volume_id, result->volume, spec.node_id, names);
    return PublishVolumeResponse{publish_context(request, *result, rds->defaults)};
  };
  return operations_.run<PublishVolumeResponse>(ctx.with_field("volume", request.volume_id),
                                                request.volume_id, "ControllerPublishVolume", fingerprint,
                                                std::move(body));
}

// The node need not exist any more: its volumes have to get free all the same.
Status ControllerService::unpublish_volume(base::Context const& ctx, UnpublishVolumeRequest const& request) {
  if (auto status = check_required_text("volume_id", request.volume_id); !status.ok()) return status;
  if (!request.node_id.empty()) {
    if (auto status = check_node_id(request.node_id); !status.ok()) return status;
  }
  auto const place = fleet_.of_volume(request.volume_id);
  if (!place.ok()) return never_was_ours(place.status()) ? Status() : place.status();
  rds::UnpublishSpec const spec{place->id, request.node_id, fencing_};
  auto body = [&store = *place->rds->volumes, spec](base::OperationHandle& handle,
                                                    base::Context const& op_ctx) -> StatusOr<Done> {
    handle.step("unpublishing the volume from " + (spec.node_id.empty() ? "every node" : spec.node_id));
    if (auto status = store.unpublish(op_ctx, spec); !status.ok()) return status;
    return Done{};
  };
  return operations_
      .run<Done>(ctx.with_field("volume", request.volume_id), request.volume_id, "ControllerUnpublishVolume",
                 request.node_id, std::move(body))
      .status();
}

StatusOr<GetVolumeResponse> ControllerService::get_volume(base::Context const& caller,
                                                          GetVolumeRequest const& request) {
  if (auto status = check_required_text("volume_id", request.volume_id); !status.ok()) return status;
  auto const place = fleet_.of_volume(request.volume_id);
  if (!place.ok()) return place.status();
  base::Context const ctx = with_reply_margin(caller).with_field("volume", request.volume_id);
  auto const volume = place->rds->volumes->get(ctx, place->id);
  if (!volume.ok()) return blame_own_deadline(ctx, volume.status());
  auto const names = node_names(ctx);
  if (!names.ok()) return names.status();
  return with_status(request.volume_id, *volume, *names);
}

}  // namespace rdscsi::csi
