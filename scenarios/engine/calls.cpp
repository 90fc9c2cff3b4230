// Requests out of `call:` steps, and how a code reads. See calls.h.
#include "scenarios/engine/calls.h"

#include <array>

#include "base/reasons.h"

namespace scenario {

namespace {

using rdscsi::base::Effect;
using rdscsi::base::Reason;

csi::AccessMode access_mode(std::string_view word) {
  if (word == "rwx") return csi::AccessMode::multi_node_multi_writer;
  if (word == "rox") return csi::AccessMode::multi_node_reader_only;
  if (word == "rwop") return csi::AccessMode::single_node_single_writer;
  return csi::AccessMode::single_node_writer;
}

csi::VolumeCapability capability(Value const& with) {
  csi::VolumeCapability result;
  if (text_or(with, "mode", "filesystem") == "block") {
    result.access = csi::BlockAccess{};
  } else {
    csi::MountAccess mount;
    mount.fs_type = text_or(with, "fs_type", "ext4");
    result.access = mount;
  }
  result.mode = access_mode(text_or(with, "access", "rwo"));
  return result;
}

csi::StringMap string_map(Value const& with, std::string_view key) {
  csi::StringMap map;
  if (Value const* found = with.find(key)) {
    for (auto const& [name, value] : found->map) map[name] = value.text;
  }
  return map;
}

std::optional<csi::CapacityRange> capacity_range(Value const& with) {
  if (with.find("size") == nullptr && with.find("limit") == nullptr) return std::nullopt;
  return csi::CapacityRange{integer_or(with, "size", 0), integer_or(with, "limit", 0)};
}

std::string named_id(Value const& name, std::map<std::string, csi::VolumeInfo> const& known) {
  auto const found = known.find(name.text);
  return found == known.end() ? name.text : found->second.volume_id;
}

csi::CreateVolumeRequest create_request(Value const& with,
                                        std::map<std::string, csi::VolumeInfo> const& known) {
  csi::CreateVolumeRequest request;
  request.name = text_or(with, "name", "");
  request.capacity_range = capacity_range(with);
  request.capabilities = {capability(with)};
  request.parameters = string_map(with, "parameters");
  if (Value const* source = with.find("from_volume")) {
    request.source = csi::ContentSource::volume;
    request.source_id = named_id(*source, known);
  }
  if (Value const* source = with.find("from_snapshot")) {
    request.source = csi::ContentSource::snapshot;
    request.source_id = named_id(*source, known);
  }
  return request;
}

std::string volume_argument(Value const& with, std::map<std::string, csi::VolumeInfo> const& volumes) {
  if (Value const* id = with.find("id")) return id->text;
  std::string const name = text_or(with, "volume", "");
  auto const found = volumes.find(name);
  return found == volumes.end() ? name : found->second.volume_id;
}

std::string snapshot_argument(Value const& with, std::map<std::string, csi::VolumeInfo> const& known) {
  if (Value const* id = with.find("id")) return id->text;
  Value const* name = with.find("snapshot");
  return name == nullptr ? std::string() : named_id(*name, known);
}

std::optional<Request> make_snapshot_request(std::string_view verb, Value const& with,
                                             std::map<std::string, csi::VolumeInfo> const& known) {
  if (verb == "create_snapshot") {
    return Request(csi::CreateSnapshotRequest{text_or(with, "name", ""), volume_argument(with, known),
                                              string_map(with, "parameters")});
  }
  if (verb == "delete_snapshot") return Request(csi::DeleteSnapshotRequest{snapshot_argument(with, known)});
  if (verb == "get_snapshot") return Request(csi::GetSnapshotRequest{snapshot_argument(with, known)});
  if (verb == "list_snapshots") {
    bool const of_volume = with.find("volume") != nullptr;
    return Request(csi::ListSnapshotsRequest{
        static_cast<std::int32_t>(integer_or(with, "max_entries", 0)), text_or(with, "starting_token", ""),
        of_volume ? volume_argument(with, known) : std::string(), snapshot_argument(with, known)});
  }
  return std::nullopt;
}

csi::StringMap context_argument(Value const& with, std::map<std::string, csi::VolumeInfo> const& volumes) {
  auto const found = volumes.find(text_or(with, "volume", ""));
  return found == volumes.end() ? csi::StringMap{} : found->second.context;
}

}  // namespace

bool code_is_unknown(std::string_view code) {
  constexpr std::array<std::string_view, 5> kUnknown = {"CANCELLED", "DEADLINE_EXCEEDED", "UNAVAILABLE",
                                                        "RESOURCE_EXHAUSTED", "ABORTED"};
  for (std::string_view candidate : kUnknown) {
    if (candidate == code) return true;
  }
  return false;
}

std::string_view outcome_of(std::string_view code) {
  if (code == "OK") return "ok";
  return code_is_unknown(code) ? "unknown" : "fail";
}

rdscsi::base::StatusOr<Request> make_request(std::string_view verb, Value const& with,
                                             std::map<std::string, csi::VolumeInfo> const& volumes) {
  if (verb == "create_volume") return Request(create_request(with, volumes));
  if (verb == "delete_volume") return Request(csi::DeleteVolumeRequest{volume_argument(with, volumes)});
  if (verb == "expand_volume") {
    return Request(
        csi::ExpandVolumeRequest{volume_argument(with, volumes), capacity_range(with), std::nullopt});
  }
  if (verb == "publish_volume") {
    return Request(csi::PublishVolumeRequest{volume_argument(with, volumes), text_or(with, "node", ""),
                                             capability(with), boolean_or(with, "readonly", false),
                                             context_argument(with, volumes)});
  }
  if (verb == "unpublish_volume") {
    return Request(csi::UnpublishVolumeRequest{volume_argument(with, volumes), text_or(with, "node", "")});
  }
  if (verb == "get_volume") return Request(csi::GetVolumeRequest{volume_argument(with, volumes)});
  if (verb == "list_volumes") {
    return Request(csi::ListVolumesRequest{static_cast<std::int32_t>(integer_or(with, "max_entries", 0)),
                                           text_or(with, "starting_token", "")});
  }
  if (verb == "get_capacity") {
    csi::GetCapacityRequest request;
    if (with.find("access") != nullptr || with.find("mode") != nullptr)
      request.capabilities = {capability(with)};
    request.parameters = string_map(with, "parameters");
    return Request(request);
  }
  if (verb == "validate_volume_capabilities") {
    csi::ValidateVolumeCapabilitiesRequest request;
    request.volume_id = volume_argument(with, volumes);
    request.capabilities = {capability(with)};
    request.parameters = string_map(with, "parameters");
    request.context = string_map(with, "context");
    return Request(request);
  }
  if (auto snapshot = make_snapshot_request(verb, with, volumes)) return *std::move(snapshot);
  if (verb == "probe") return Request(ProbeRequest{});
  if (verb == "scrape") return Request(ScrapeRequest{});
  return rdscsi::base::fail(Reason::invalid_argument, Effect::none,
                            "the worlds do not know the call `" + std::string(verb) + "`");
}

std::string volume_id_of(Request const& request) {
  if (auto const* create = std::get_if<csi::CreateVolumeRequest>(&request)) return create->name;
  if (auto const* remove = std::get_if<csi::DeleteVolumeRequest>(&request)) return remove->volume_id;
  if (auto const* expand = std::get_if<csi::ExpandVolumeRequest>(&request)) return expand->volume_id;
  if (auto const* publish = std::get_if<csi::PublishVolumeRequest>(&request)) return publish->volume_id;
  if (auto const* unpublish = std::get_if<csi::UnpublishVolumeRequest>(&request)) return unpublish->volume_id;
  if (auto const* cut = std::get_if<csi::CreateSnapshotRequest>(&request)) {
    // As the driver's documentation says of external-snapshotter's names.
    bool const of_snapshotter = cut->name.rfind("snapshot-", 0) == 0;
    return of_snapshotter ? "snap-" + cut->name.substr(9) : cut->name;
  }
  if (auto const* drop = std::get_if<csi::DeleteSnapshotRequest>(&request)) return drop->snapshot_id;
  return {};
}

csi::VolumeInfo of_snapshot(csi::SnapshotInfo const& snapshot) {
  csi::VolumeInfo info;
  info.volume_id = snapshot.snapshot_id;
  info.capacity_bytes = snapshot.size_bytes;
  info.context = {{"source", snapshot.source_volume_id},
                  {"created", std::to_string(snapshot.created_s)},
                  {"ready", snapshot.ready ? "true" : "false"}};
  return info;
}

std::string_view verb_of(Request const& request) {
  constexpr std::array<std::string_view, 16> kVerbs = {
      "create_volume",   "delete_volume",  "list_volumes",     "get_capacity", "validate_volume_capabilities",
      "expand_volume",   "publish_volume", "unpublish_volume", "get_volume",   "create_snapshot",
      "delete_snapshot", "list_snapshots", "get_snapshot",     "probe",        "status",
      "scrape"};
  return kVerbs[request.index()];
}

bool is_mutating(std::string_view verb) {
  return verb == "create_volume" || verb == "delete_volume" || verb == "expand_volume" ||
         verb == "publish_volume" || verb == "unpublish_volume" || verb == "create_snapshot" ||
         verb == "delete_snapshot";
}

std::string text_or(Value const& map, std::string_view key, std::string_view fallback) {
  Value const* value = map.find(key);
  return value == nullptr ? std::string(fallback) : value->text;
}

std::int64_t integer_or(Value const& map, std::string_view key, std::int64_t fallback) {
  Value const* value = map.find(key);
  return value == nullptr ? fallback : value->integer;
}

Duration duration_or(Value const& map, std::string_view key, Duration fallback) {
  Value const* value = map.find(key);
  return value == nullptr ? fallback : value->duration;
}

bool boolean_or(Value const& map, std::string_view key, bool fallback) {
  Value const* value = map.find(key);
  return value == nullptr ? fallback : value->boolean;
}

std::vector<std::string> texts_of(Value const* value) {
  std::vector<std::string> texts;
  if (value == nullptr) return texts;
  if (value->kind == Value::Kind::list) {
    for (Value const& element : value->list) texts.push_back(element.text);
  } else {
    texts.push_back(value->text);
  }
  return texts;
}

}  // namespace scenario
