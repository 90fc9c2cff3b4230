// Snapshots: cutting, deleting and finding them. The rest of ControllerService is in controller.cpp.
#include <algorithm>
#include <utility>

#include "base/reasons.h"
#include "csi/controller.h"
#include "csi/controller_rules.h"
#include "csi/list_token.h"
#include "csi/request_rules.h"
#include "csi/text.h"
#include "rds/formats.h"

namespace rdscsi::csi {
namespace {

using base::Effect;
using base::Reason;
using base::Status;
using base::StatusOr;

// Not OK when no snapshots are served, so that the RPC is unimplemented if its capability is not advertised.
// While nobody knows yet, the call itself finds out.
Status check_served(SnapshotStore const* snapshots) {
  if (snapshots == nullptr)
    return base::fail(Reason::unsupported, Effect::none, "this driver serves no snapshots (--snapshots=off)");
  auto const verdict = snapshots->verdict();
  if (!verdict || verdict->available()) return Status();
  return base::fail(Reason::unsupported, Effect::none, "this RDS makes no snapshots: " + verdict->why);
}

// `snap-<uuid>-at-<hash>`: a disk of the Go driver, which has settings and probably no data (W-12).
bool is_of_go_driver(std::string_view snapshot_id) {
  auto const at = snapshot_id.find("-at-");
  return at != std::string_view::npos && rds::is_snapshot_id(snapshot_id.substr(0, at));
}

SnapshotInfo describe(rds::Snapshot const& snapshot) {
  // Whoever reads its name reads a whole snapshot: one command makes all of it.
  return {snapshot.snapshot_id, snapshot.source_volume_id, snapshot.size_bytes, snapshot.created_s, true};
}

Status check_create(CreateSnapshotRequest const& request, ParameterDefaults const& defaults) {
  if (auto status = check_name("name", request.name); !status.ok()) return status;
  if (auto status = check_required_text("source_volume_id", request.source_volume_id); !status.ok())
    return status;
  if (auto status = check_snapshot_parameters(request.parameters, defaults); !status.ok()) return status;
  return check_known_id(request.source_volume_id);
}

}  // namespace

StatusOr<SnapshotInfo> ControllerService::create_snapshot(base::Context const& ctx,
                                                          CreateSnapshotRequest const& request) {
  if (auto status = check_served(snapshots_); !status.ok()) return status;
  if (auto status = check_create(request, defaults_); !status.ok()) return status;
  std::string const id = rds::snapshot_id_for_name(request.name);
  auto body = [&store = *snapshots_, id, source = request.source_volume_id](
                  base::OperationHandle& handle, base::Context const& op_ctx) -> StatusOr<SnapshotInfo> {
    handle.step("cutting the snapshot on the RDS");
    auto const snapshot = store.create(op_ctx, id, source);
    if (!snapshot.ok()) return snapshot.status();
    return describe(*snapshot);
  };
  return operations_.run<SnapshotInfo>(ctx.with_field("snapshot", id), id, "CreateSnapshot",
                                       request.source_volume_id, std::move(body));
}

Status ControllerService::delete_snapshot(base::Context const& ctx, DeleteSnapshotRequest const& request) {
  if (auto status = check_served(snapshots_); !status.ok()) return status;
  if (auto status = check_required_text("snapshot_id", request.snapshot_id); !status.ok()) return status;
  if (is_of_go_driver(request.snapshot_id)) {
    return base::fail(Reason::not_ours, Effect::none,
                      "snapshot_id " + in_quotes(request.snapshot_id) +
                          ": a disk the Go driver made, with settings and probably no data; remove it on the "
                          "RDS by hand");
  }
  // Never was ours (docs/formats.md), so it is gone; and no such text may reach the device (W-07).
  if (!rds::is_snapshot_id(request.snapshot_id)) return Status();
  auto body = [&store = *snapshots_, id = request.snapshot_id](
                  base::OperationHandle& handle, base::Context const& op_ctx) -> StatusOr<Done> {
    handle.step("deleting the snapshot on the RDS");
    if (auto status = store.remove(op_ctx, id); !status.ok()) return status;
    return Done{};
  };
  return operations_
      .run<Done>(ctx.with_field("snapshot", request.snapshot_id), request.snapshot_id, "DeleteSnapshot", "",
                 std::move(body))
      .status();
}

StatusOr<SnapshotInfo> ControllerService::get_snapshot(base::Context const& caller,
                                                       GetSnapshotRequest const& request) {
  if (auto status = check_served(snapshots_); !status.ok()) return status;
  if (auto status = check_required_text("snapshot_id", request.snapshot_id); !status.ok()) return status;
  if (!rds::is_snapshot_id(request.snapshot_id)) return rds::no_such_snapshot(request.snapshot_id);
  base::Context const ctx = with_reply_margin(caller).with_field("snapshot", request.snapshot_id);
  auto const snapshot = snapshots_->get(ctx, request.snapshot_id);
  if (!snapshot.ok()) return blame_own_deadline(ctx, snapshot.status());
  return describe(*snapshot);
}

StatusOr<ListSnapshotsResponse> ControllerService::list_snapshots(base::Context const& caller,
                                                                  ListSnapshotsRequest const& request) {
  if (auto status = check_served(snapshots_); !status.ok()) return status;
  if (auto status = check_max_entries(request.max_entries); !status.ok()) return status;
  auto const after = first_after(request.starting_token);
  if (!after.ok()) return after.status();
  base::Context const ctx = with_reply_margin(caller);
  auto snapshots = snapshots_->list(ctx);
  if (!snapshots.ok()) return blame_own_deadline(ctx, snapshots.status());
  std::sort(snapshots->begin(), snapshots->end(),
            [](auto const& a, auto const& b) { return a.snapshot_id < b.snapshot_id; });
  // An id nobody knows is no mistake here: the list is empty (CSI 1.12, ListSnapshots).
  std::erase_if(*snapshots, [&](auto const& snapshot) {
    return (!request.snapshot_id.empty() && snapshot.snapshot_id != request.snapshot_id) ||
           (!request.source_volume_id.empty() && snapshot.source_volume_id != request.source_volume_id);
  });
  ListSnapshotsResponse response;
  fill_page(
      *snapshots, *after, request.max_entries, [](auto const& snapshot) { return snapshot.snapshot_id; },
      describe, response);
  return response;
}

}  // namespace rdscsi::csi
