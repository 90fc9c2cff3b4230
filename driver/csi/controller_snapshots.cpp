// Snapshots: cutting, deleting and finding them. The rest of ControllerService is in controller.cpp.
#include <algorithm>
#include <utility>

#include "base/reasons.h"
#include "csi/ask_all.h"
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

// `snap-<uuid>-at-<hash>`: a disk of the Go driver, which has settings and probably no data (W-12).
bool is_of_go_driver(std::string_view snapshot_id) {
  auto const at = snapshot_id.find("-at-");
  return at != std::string_view::npos && rds::is_snapshot_id(snapshot_id.substr(0, at));
}

SnapshotInfo describe(ServedRds const& rds, rds::Snapshot const& snapshot) {
  // Whoever reads its name reads a whole snapshot: one command makes all of it.
  return {rds.handle(snapshot.snapshot_id), rds.handle(snapshot.source_volume_id), snapshot.size_bytes,
          snapshot.created_s, true};
}

Status check_create(CreateSnapshotRequest const& request) {
  if (auto status = check_name("name", request.name); !status.ok()) return status;
  return check_required_text("source_volume_id", request.source_volume_id);
}

}  // namespace

bool ControllerService::serves_snapshots() const {
  return std::any_of(fleet_.members().begin(), fleet_.members().end(), [](auto const& member) {
    auto const verdict = member->snapshots == nullptr ? std::nullopt : member->snapshots->verdict();
    return verdict && verdict->available();
  });
}

Status ControllerService::check_served(ServedRds const& member) const {
  if (member.snapshots == nullptr)
    return base::fail(Reason::unsupported, Effect::none, "this driver serves no snapshots (--snapshots=off)");
  auto const verdict = member.snapshots->verdict();
  if (!verdict || verdict->available()) return Status();
  return base::fail(serves_snapshots() ? Reason::rds_unsupported : Reason::unsupported, Effect::none,
                    "this RDS makes no snapshots: " + verdict->why);
}

Status ControllerService::check_some_served() const {
  Status last;
  for (ServedRdsPtr const& member : fleet_.members()) {
    last = check_served(*member);
    if (last.ok()) break;
  }
  return last;
}

StatusOr<SnapshotInfo> ControllerService::create_snapshot(base::Context const& ctx,
                                                          CreateSnapshotRequest const& request) {
  if (auto status = check_some_served(); !status.ok()) return status;
  if (auto status = check_create(request); !status.ok()) return status;
  auto const place = fleet_.of_volume(request.source_volume_id);
  auto const& rds = place.ok() ? *place->rds : *fleet_.members().front();
  if (auto status = check_snapshot_parameters(request.parameters, rds.defaults); !status.ok()) return status;
  if (!place.ok()) return place.status();
  if (auto status = check_served(rds); !status.ok()) return status;
  std::string const id = rds::snapshot_id_for_name(request.name);
  std::string const key = rds.handle(id);
  auto body = [place = *place, id](base::OperationHandle& handle,
                                   base::Context const& op_ctx) -> StatusOr<SnapshotInfo> {
    handle.step("cutting the snapshot on the RDS");
    auto const snapshot = place.rds->snapshots->create(op_ctx, id, place.id);
    if (!snapshot.ok()) return snapshot.status();
    return describe(*place.rds, *snapshot);
  };
  return operations_.run<SnapshotInfo>(ctx.with_field("snapshot", key), key, "CreateSnapshot",
                                       request.source_volume_id, std::move(body));
}

Status ControllerService::delete_snapshot(base::Context const& ctx, DeleteSnapshotRequest const& request) {
  if (auto status = check_some_served(); !status.ok()) return status;
  if (auto status = check_required_text("snapshot_id", request.snapshot_id); !status.ok()) return status;
  if (is_of_go_driver(request.snapshot_id)) {
    return base::fail(Reason::not_ours, Effect::none,
                      "snapshot_id " + in_quotes(request.snapshot_id) +
                          ": a disk the Go driver made, with settings and probably no data; remove it on the "
                          "RDS by hand");
  }
  auto const place = fleet_.of_snapshot(request.snapshot_id);
  if (!place.ok()) return never_was_ours(place.status()) ? Status() : place.status();
  if (auto status = check_served(*place->rds); !status.ok()) return status;
  auto body = [place = *place](base::OperationHandle& handle, base::Context const& op_ctx) -> StatusOr<Done> {
    handle.step("deleting the snapshot on the RDS");
    if (auto status = place.rds->snapshots->remove(op_ctx, place.id); !status.ok()) return status;
    return Done{};
  };
  return operations_
      .run<Done>(ctx.with_field("snapshot", request.snapshot_id), request.snapshot_id, "DeleteSnapshot", "",
                 std::move(body))
      .status();
}

StatusOr<SnapshotInfo> ControllerService::get_snapshot(base::Context const& caller,
                                                       GetSnapshotRequest const& request) {
  if (auto status = check_some_served(); !status.ok()) return status;
  if (auto status = check_required_text("snapshot_id", request.snapshot_id); !status.ok()) return status;
  auto const place = fleet_.of_snapshot(request.snapshot_id);
  if (!place.ok()) return place.status();
  if (auto status = check_served(*place->rds); !status.ok()) return status;
  base::Context const ctx = with_reply_margin(caller).with_field("snapshot", request.snapshot_id);
  auto const snapshot = place->rds->snapshots->get(ctx, place->id);
  if (!snapshot.ok()) return blame_own_deadline(ctx, snapshot.status());
  return describe(*place->rds, *snapshot);
}

StatusOr<ListSnapshotsResponse> ControllerService::list_snapshots(base::Context const& caller,
                                                                  ListSnapshotsRequest const& request) {
  if (auto status = check_some_served(); !status.ok()) return status;
  if (auto status = check_max_entries(request.max_entries); !status.ok()) return status;
  auto const after = first_after(request.starting_token);
  if (!after.ok()) return after.status();
  base::Context const ctx = with_reply_margin(caller);
  auto serving = fleet_.members();
  std::erase_if(serving, [this](ServedRdsPtr const& member) { return !check_served(*member).ok(); });
  auto const lists =
      ask_all(serving, [&ctx](ServedRds const& member) { return member.snapshots->list(ctx); });
  std::vector<SnapshotInfo> snapshots;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    auto const& there = *lists[i];
    if (!there.ok()) return blame_own_deadline(ctx, there.status());
    for (auto const& snapshot : *there) snapshots.push_back(describe(*serving[i], snapshot));
  }
  std::sort(snapshots.begin(), snapshots.end(),
            [](auto const& a, auto const& b) { return a.snapshot_id < b.snapshot_id; });
  // An id nobody knows is no mistake here: the list is empty (CSI 1.12, ListSnapshots).
  std::erase_if(snapshots, [&](auto const& snapshot) {
    return (!request.snapshot_id.empty() && snapshot.snapshot_id != request.snapshot_id) ||
           (!request.source_volume_id.empty() && snapshot.source_volume_id != request.source_volume_id);
  });
  ListSnapshotsResponse response;
  fill_page(
      snapshots, *after, request.max_entries, [](auto const& snapshot) { return snapshot.snapshot_id; },
      [](auto const& snapshot) { return snapshot; }, response);
  return response;
}

}  // namespace rdscsi::csi
