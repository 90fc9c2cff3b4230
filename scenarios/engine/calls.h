// Calls: what a scenario's orchestrator asks a controller, and what it is answered, as plain values that the
// worlds carry to the driver: through a mailbox at L1 (world_l1), through gRPC at L2 (world_l2).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/status.h"
#include "csi/messages.h"
#include "orphans/sweeper.h"
#include "scenarios/engine/scenario.h"

namespace scenario {

namespace csi = rdscsi::csi;

struct ProbeRequest {};
// GET /metrics: no CSI call either.
struct ScrapeRequest {};
// What a controller says of its own link to the RDS; not a CSI call, so only L1 can ask. L2 answers from
// Probe.
struct StatusRequest {};

using Request =
    std::variant<csi::CreateVolumeRequest, csi::DeleteVolumeRequest, csi::ListVolumesRequest,
                 csi::GetCapacityRequest, csi::ValidateVolumeCapabilitiesRequest, csi::ExpandVolumeRequest,
                 csi::PublishVolumeRequest, csi::UnpublishVolumeRequest, csi::GetVolumeRequest,
                 csi::CreateSnapshotRequest, csi::DeleteSnapshotRequest, csi::ListSnapshotsRequest,
                 csi::GetSnapshotRequest, ProbeRequest, StatusRequest, ScrapeRequest>;

// One answer. `code` is the gRPC code's name; the payload belongs to the request's kind and is empty on
// failure.
struct Answer {
  std::string code = "UNKNOWN";
  std::string message;
  csi::VolumeInfo volume;               // create_volume; of a snapshot what of_snapshot() makes of it
  std::vector<csi::VolumeInfo> listed;  // list_volumes, list_snapshots: this page
  std::string next_token;
  std::int64_t available_bytes = 0;                     // get_capacity
  std::int64_t capacity_bytes = 0;                      // expand_volume
  bool node_expansion = false;                          // expand_volume: a node must grow the filesystem
  csi::StringMap publish_context;                       // publish_volume
  csi::VolumeStatus status;                             // get_volume
  bool confirmed = false;                               // validate_volume_capabilities
  bool ready = false;                                   // probe
  std::string connection;                               // status: rds::to_string(ConnectionState)
  std::string page;                                     // scrape
  rdscsi::base::Status failure;                         // of the driver itself; level 1
  std::optional<rdscsi::orphans::SweeperStatus> swept;  // status at level 1; absent: nobody looks for orphans
  bool ok() const { return code == "OK"; }
};

// external-provisioner's reading of a code (incidents.md, error-code rule): may the call still be in
// progress?
bool code_is_unknown(std::string_view code);

// "ok", "unknown" or "fail" for a code.
std::string_view outcome_of(std::string_view code);

// Makes the request of a `call:` step. `volume_ids` resolves `volume: NAME` to the id the driver answered; a
// name without an answer yet falls back to the id a CSI name of the provisioner's form has (itself).
rdscsi::base::StatusOr<Request> make_request(std::string_view verb, Value const& with,
                                             std::map<std::string, csi::VolumeInfo> const& volumes);

// A snapshot's id and size, the rest as context: answers about snapshots are compared like those about
// volumes.
csi::VolumeInfo of_snapshot(csi::SnapshotInfo const& snapshot);

// The volume id a request is about, as the oracle knows it; empty when it is about none.
std::string volume_id_of(Request const& request);

std::string_view verb_of(Request const& request);

// Whether the call changes a volume: it is looked at right after an OK, and others on the volume contest it.
bool is_mutating(std::string_view verb);

// Small readers of argument trees; absent keys give the fallback.
std::string text_or(Value const& map, std::string_view key, std::string_view fallback);
std::int64_t integer_or(Value const& map, std::string_view key, std::int64_t fallback);
Duration duration_or(Value const& map, std::string_view key, Duration fallback);
bool boolean_or(Value const& map, std::string_view key, bool fallback);
// A scalar or a list of scalars, as texts.
std::vector<std::string> texts_of(Value const* value);

}  // namespace scenario
