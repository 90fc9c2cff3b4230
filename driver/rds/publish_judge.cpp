// Judging what publish and unpublish found. Used through rds/volume_judge.h.
#include <algorithm>

#include "base/reasons.h"
#include "rds/formats.h"
#include "rds/routeros_errors.h"
#include "rds/volume_judge.h"
#include "rds/volume_scripts.h"

namespace rdscsi::rds {
namespace {

using base::Effect;
using base::fail;
using base::Reason;
using base::Status;
using base::StatusOr;

// What the script caught, if anything.
Status caught(DeviceState const& state, std::string const& about, std::string_view line) {
  bool const error = !state.outcome.empty() && state.outcome != kMade && state.outcome != kFirstOffer;
  if (!error) return absl::OkStatus();
  return base::annotate(to_status(caught_error(state.outcome), line, Effect::unknown), about);
}

bool holds(std::vector<std::string> const& holders, std::string const& node) {
  return std::find(holders.begin(), holders.end(), node) != holders.end();
}

Status not_ours(std::string const& volume_id, DiskRow const& row, std::string const& why) {
  return fail(Reason::not_ours, Effect::none, volume_id + " was not touched, " + why + ": " + describe(row));
}

bool needs_mending(DiskRow const& row, std::string const& volume_id) {
  return row.mount_filesystem == true || row.nqn != nqn_of(volume_id);
}

// The node is in the mark: the export must be as it asked.
StatusOr<PublishJudgement> judge_held(DiskRow const& row, PublishSpec const& spec, Volume volume) {
  if (row.exported != true) {
    return fail(Reason::rds_command_failed, Effect::partial,
                spec.volume_id + " is marked as published, but its export is off; call again");
  }
  std::string const wanted = spec.shared ? "" : spec.host_nqn;
  if (spec.fencing && row.allow_host.value_or("") != wanted) {
    return fail(Reason::rds_command_failed, Effect::partial,
                spec.volume_id + ": the RDS lets in \"" + row.allow_host.value_or("") + "\", not \"" +
                    wanted + "\"; call again");
  }
  if (needs_mending(row, spec.volume_id)) return PublishJudgement{PublishJudgement::Step::mend, {}};
  volume.problem.clear();
  return PublishJudgement{PublishJudgement::Step::done, {std::move(volume), true, false}};
}

}  // namespace

StatusOr<PublishJudgement> judge_publish(DeviceState const& state, Territory const& territory,
                                         PublishSpec const& spec, std::string_view line) {
  Effect const effect = state.outcome.empty() ? Effect::none : Effect::unknown;
  if (!state.pool) return base::with_effect(pool_not_visible(territory), effect);
  std::vector<DiskRow> const disks = disks_of(state, spec.volume_id);
  if (disks.empty()) return no_such_volume(spec.volume_id);
  if (disks.size() > 1) return two_claim(spec.volume_id, disks, effect);
  DiskRow const& row = disks.front();
  Owner const owner = owner_of(row, territory);
  if (owner == Owner::foreign || !is_backing_file(row.path.value_or(""), territory.base_path, spec.volume_id))
    return not_ours(spec.volume_id, row, "it is not this cluster's volume below " + territory.base_path);
  if (owner == Owner::unknown_mark) return not_ours(spec.volume_id, row, "its mark is of another version");
  if (Status status = caught(state, "publishing " + spec.volume_id, line); !status.ok()) return status;
  if (owner == Owner::unmarked) return PublishJudgement{PublishJudgement::Step::adopt, {}};
  auto volume = to_volume(row, spec.volume_id, owner, effect);
  if (!volume.ok()) return volume.status();
  if (holds(volume->holders, node_hash(spec.node_id))) return judge_held(row, spec, *std::move(volume));
  if (volume->holders.empty()) {
    return fail(Reason::rds_command_failed, effect,
                spec.volume_id + " is free, but the RDS did not mark it as published; call again");
  }
  return PublishJudgement{PublishJudgement::Step::done, {*std::move(volume), false, false}};
}

Status judge_unpublish(DeviceState const& state, Territory const& territory, UnpublishSpec const& spec,
                       std::string_view line) {
  Effect const effect = state.outcome.empty() ? Effect::none : Effect::unknown;
  if (!state.pool) return base::with_effect(pool_not_visible(territory), effect);
  for (DiskRow const& row : disks_of(state, spec.volume_id)) {
    switch (owner_of(row, territory)) {
      case Owner::foreign:
        return not_ours(spec.volume_id, row, "it is not this cluster's volume below " + territory.base_path);
      case Owner::unknown_mark:
        return not_ours(spec.volume_id, row, "its mark is of another version");
      case Owner::unmarked:
        continue;  // never published by this driver: nothing says so
      case Owner::ours:
        break;
    }
    auto const holders = holders_of(read_mark(row.comment).mark);
    bool const held = spec.node_id.empty() ? !holders.empty() : holds(holders, node_hash(spec.node_id));
    bool const open =
        spec.fencing && held == false && holders.empty() && state.outcome == kMade && row.exported == true;
    if (!held && !open) continue;
    std::string const about = "unpublishing " + spec.volume_id;
    if (Status status = caught(state, about, line); !status.ok()) return status;
    return fail(
        Reason::rds_command_failed, Effect::partial,
        about + ": " + (held ? "the mark still names the node" : "its export is still on") + "; call again");
  }
  return absl::OkStatus();
}

}  // namespace rdscsi::rds
