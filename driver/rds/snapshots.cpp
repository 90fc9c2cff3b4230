// See snapshots.h.
#include "rds/snapshots.h"

#include <algorithm>

#include "base/reasons.h"
#include "base/time.h"
#include "rds/device_call.h"
#include "rds/formats.h"
#include "rds/routeros_errors.h"
#include "rds/snapshot_scripts.h"
#include "rds/volume_rows.h"
#include "rds/volume_scripts.h"

namespace rdscsi::rds {

using base::Effect;
using base::fail;
using base::Reason;
using base::Status;
using base::StatusOr;

namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

Snapshot from_name(SnapshotName const& name) {
  return {name.snapshot_id, name.source_volume_id, name.size_bytes, name.created_s};
}

// What the device has under this id.
struct Found {
  std::optional<SnapshotName> ours;
  std::string foreign;  // a name in the way that is not this cluster's, or not understood
};

Found find_in(DeviceState const& state, Territory const& territory) {
  Found found;
  for (std::string const& leaf : state.subvolumes) {
    auto const name = read_snapshot_name(leaf);
    if (name && name->cluster == cluster_hash(territory.cluster_id)) {
      found.ours = *name;
    } else {
      found.foreign = leaf;
    }
  }
  return found;
}

Status in_the_way(std::string_view snapshot_id, std::string const& leaf) {
  return fail(Reason::not_ours, Effect::none,
              std::string(snapshot_id) + " was not touched: the subvolume \"" + leaf +
                  "\" is not a snapshot of this cluster");
}

std::string said(std::string const& outcome) {
  return outcome.empty() || outcome == kMade ? std::string("nothing") : outcome;
}

// Why there is no snapshot, from the rows of its source.
Status why_not_made(DeviceState const& state, Territory const& territory, SnapshotName const& wanted,
                    std::string_view line) {
  auto const sources = disks_of(state, wanted.source_volume_id);
  if (sources.empty()) return no_such_volume(wanted.source_volume_id);
  DiskRow const& source = sources.front();
  Owner const owner = owner_of(source, territory);
  if (owner == Owner::foreign || owner == Owner::unknown_mark) {
    return fail(Reason::not_ours, Effect::none,
                wanted.source_volume_id + " is not a volume of this cluster: " + describe(source));
  }
  if (!is_in_own_subvolume(source.path.value_or(""), wanted.source_volume_id)) {
    return fail(Reason::rds_unsupported, Effect::none,
                wanted.source_volume_id + " has no subvolume of its own (its file is " +
                    source.path.value_or("?") +
                    "): it was made before snapshots were on; copy its data to a new volume");
  }
  if (!state.outcome.empty() && state.outcome != kMade) {
    return base::annotate(to_status(caught_error(state.outcome), line, Effect::unknown),
                          "making " + wanted.snapshot_id + " of " + wanted.source_volume_id);
  }
  return fail(Reason::rds_command_failed, state.outcome.empty() ? Effect::none : Effect::unknown,
              wanted.snapshot_id + " of " + wanted.source_volume_id +
                  " was not made (RouterOS said: " + said(state.outcome) + "); call again");
}

}  // namespace

Snapshots::Snapshots(Executor& executor, SnapshotSupport& support) : executor_(executor), support_(support) {}

StatusOr<Territory> Snapshots::layout(base::Context const& ctx) {
  auto territory = support_.layout(ctx);
  if (!territory.ok() || !territory->subvolumes_of.empty()) return territory;
  return fail(Reason::unsupported, Effect::none,
              "this RDS makes no snapshots: " + support_.verdict().value_or(SnapshotVerdict{}).why);
}

StatusOr<Snapshot> Snapshots::create(base::Context const& ctx, std::string_view snapshot_id,
                                     std::string_view source_volume_id) {
  auto const territory = layout(ctx);
  if (!territory.ok()) return territory.status();
  if (!is_volume_id(source_volume_id)) return no_such_volume(source_volume_id);
  SnapshotName const wanted{std::string(snapshot_id), cluster_hash(territory->cluster_id),
                            std::string(source_volume_id), base::wall_now_ns() / kNanosecondsPerSecond, 0};
  DeviceCall call(executor_, nonces_, *territory, ctx, Effect::unknown);
  auto const state =
      call.run([&](std::string_view nonce) { return snapshot_script(nonce, *territory, wanted); });
  if (!state.ok()) return state.status();
  Effect const effect = state->outcome.empty() ? Effect::none : Effect::unknown;
  if (!state->pool) return base::with_effect(pool_not_visible(*territory), effect);
  Found const found = find_in(*state, *territory);
  if (!found.foreign.empty()) return in_the_way(snapshot_id, found.foreign);
  if (!found.ours) return why_not_made(*state, *territory, wanted, call.line());
  if (found.ours->source_volume_id != source_volume_id) {
    return fail(Reason::already_exists, Effect::none,
                std::string(snapshot_id) + " exists: it is a snapshot of " + found.ours->source_volume_id);
  }
  return from_name(*found.ours);
}

Status Snapshots::remove(base::Context const& ctx, std::string_view snapshot_id) {
  auto const territory = layout(ctx);
  if (!territory.ok()) return territory.status();
  DeviceCall call(executor_, nonces_, *territory, ctx, Effect::unknown);
  auto const state = call.run(
      [&](std::string_view nonce) { return remove_snapshot_script(nonce, *territory, snapshot_id); });
  if (!state.ok()) return state.status();
  if (!state->pool) return pool_not_visible(*territory);
  Found const found = find_in(*state, *territory);
  if (found.ours) {
    std::string const about = std::string(snapshot_id) + " is not gone";
    if (!state->outcome.empty() && state->outcome != kMade) {
      return base::annotate(to_status(caught_error(state->outcome), call.line(), Effect::partial), about);
    }
    return fail(Reason::rds_command_failed, Effect::partial, about + "; call again");
  }
  if (!found.foreign.empty()) return in_the_way(snapshot_id, found.foreign);
  return absl::OkStatus();
}

StatusOr<Snapshot> Snapshots::get(base::Context const& ctx, std::string_view snapshot_id) {
  auto const territory = layout(ctx);
  if (!territory.ok()) return territory.status();
  DeviceCall call(executor_, nonces_, *territory, ctx, Effect::none);
  auto const state =
      call.run([&](std::string_view nonce) { return get_snapshot_script(nonce, *territory, snapshot_id); });
  if (!state.ok()) return state.status();
  if (!state->pool) return pool_not_visible(*territory);
  Found const found = find_in(*state, *territory);
  if (!found.ours) return no_such_snapshot(snapshot_id);
  return from_name(*found.ours);
}

StatusOr<std::vector<Snapshot>> Snapshots::list(base::Context const& ctx) {
  auto const territory = layout(ctx);
  if (!territory.ok()) return territory.status();
  DeviceCall call(executor_, nonces_, *territory, ctx, Effect::none);
  auto const state =
      call.run([&](std::string_view nonce) { return list_snapshots_script(nonce, *territory); });
  if (!state.ok()) return state.status();
  if (!state->pool) return pool_not_visible(*territory);
  std::vector<Snapshot> snapshots;
  for (std::string const& leaf : state->subvolumes) {
    auto const name = read_snapshot_name(leaf);
    if (!name) {
      return fail(
          Reason::rds_reply_damaged, Effect::none,
          "the subvolume \"" + leaf +
              "\" bears this cluster's mark, but is no snapshot's name: the list would be incomplete");
    }
    snapshots.push_back(from_name(*name));
  }
  std::sort(snapshots.begin(), snapshots.end(),
            [](Snapshot const& a, Snapshot const& b) { return a.snapshot_id < b.snapshot_id; });
  return snapshots;
}

Status no_such_snapshot(std::string_view snapshot_id) {
  return fail(Reason::not_found, Effect::none,
              "snapshot \"" + std::string(snapshot_id) + "\" does not exist on the RDS");
}

}  // namespace rdscsi::rds
