// Volumes: one exec per question or change, a second only to finish what the first found half done.
// Used through rds/volumes.h.
#include "rds/volumes.h"

#include <algorithm>
#include <functional>
#include <tuple>

#include "base/reasons.h"
#include "rds/device_call.h"
#include "rds/formats.h"
#include "rds/mark.h"
#include "rds/routeros_errors.h"
#include "rds/volume_judge.h"
#include "rds/volume_rows.h"
#include "rds/volume_scripts.h"

namespace rdscsi::rds {

using base::Effect;
using base::fail;
using base::Reason;
using base::Status;
using base::StatusOr;

namespace {

Status check_size(std::int64_t size_bytes) {
  if (size_bytes > 0 && size_bytes % kSizeUnitBytes == 0) return absl::OkStatus();
  return fail(Reason::invalid_argument, Effect::none,
              "size " + std::to_string(size_bytes) + " is not a positive multiple of " +
                  std::to_string(kSizeUnitBytes) + " bytes");
}

Status check_spec(VolumeSpec const& spec, Territory const& territory) {
  auto const invalid = [](std::string const& message) {
    return fail(Reason::invalid_argument, Effect::none, message);
  };
  if (!is_volume_id(spec.volume_id))
    return invalid("\"" + spec.volume_id + "\" is no volume id (pvc-<uuid>)");
  if (spec.directory != territory.base_path && !is_below(spec.directory, territory.base_path)) {
    return invalid("volume directory \"" + spec.directory + "\" is not below the base path " +
                   territory.base_path);
  }
  if (Status status = check_size(spec.size_bytes); !status.ok()) return status;
  if (spec.nvme_port == 0) return invalid("NVMe/TCP port 0; 1..65535 are possible");
  return absl::OkStatus();
}

Status no_copies(VolumeSpec const& spec) {
  return fail(
      Reason::invalid_argument, Effect::none,
      "a volume cannot be made from " + spec.origin_id + ": this RDS makes no snapshots, or they are off");
}

// A volume that was filled is never for a node to format (rule 1).
Mark mark_for(VolumeSpec const& spec, Territory const& territory) {
  Mark mark{cluster_hash(territory.cluster_id), name_hash(spec.csi_name), spec.content_fingerprint};
  if (spec.origin == Origin::empty) return mark;
  mark.format = kFilledFormat;
  mark.source = (spec.origin == Origin::snapshot ? "snap:" : "vol:") + compact_uuid(spec.origin_id);
  return mark;
}

}  // namespace

std::string Territory::pool_mount_point() const {
  return first_component(base_path);
}

Volumes::Volumes(Executor& executor, Territory territory, SnapshotSupport* snapshots)
    : executor_(executor), territory_(std::move(territory)), snapshots_(snapshots) {}

StatusOr<Territory> Volumes::layout(base::Context const& ctx) {
  if (snapshots_ != nullptr) return snapshots_->layout(ctx);
  if (Status status = check_territory(territory_); !status.ok()) return status;
  return territory_;
}

StatusOr<Volume> Volumes::create(base::Context const& ctx, VolumeSpec const& wanted) {
  if (Status status = check_spec(wanted, territory_); !status.ok()) return status;
  auto const here = layout(ctx);
  if (!here.ok()) return here.status();
  Territory const& territory = *here;
  VolumeSpec spec = wanted;
  spec.own_subvolume = !territory.subvolumes_of.empty();
  if (spec.origin != Origin::empty && !spec.own_subvolume) return no_copies(wanted);
  Mark const mark = mark_for(spec, territory);
  DeviceCall call(executor_, nonces_, territory, ctx, Effect::unknown);
  Step step = Step::replace_file;  // overwritten before it is read
  std::string slot;
  VolumeSpec found = spec;  // with the place where the disk's file is
  auto const first = [&](std::string_view nonce) {
    return create_script(nonce, territory, spec, mark,
                         spec.own_subvolume ? LeftoverFile::remove : LeftoverFile::refuse);
  };
  auto const second = [&](std::string_view nonce) -> StatusOr<std::string> {
    switch (step) {
      case Step::repair:
        return repair_script(nonce, territory, found, mark, slot);
      case Step::remake:
        return remake_script(nonce, territory, found, mark, slot);
      case Step::replace_file:
        return create_script(nonce, territory, spec, mark, LeftoverFile::remove);
      case Step::clear_leftover:
        return clear_script(nonce, territory, found, mark);
      case Step::done:
      case Step::failed:
        break;
    }
    return fail(Reason::internal, Effect::none, "no second step");
  };

  StatusOr<DeviceState> state = call.run(first);
  if (!state.ok()) return state.status();
  Judgement judgement = judge_create(*state, territory, spec, mark, call.line());
  if (judgement.step == Step::done) return judgement.volume;
  if (judgement.step == Step::failed) return judgement.status;

  step = judgement.step;
  slot = judgement.slot;
  if (step != Step::replace_file) found.own_subvolume = judgement.own_subvolume;
  Status const original = judgement.status;
  if (call.exhausted()) {
    if (!original.ok()) return base::with_effect(original, Effect::partial);
    return fail(Reason::rds_command_failed, Effect::partial,
                spec.volume_id + " is half made; call again to finish it");
  }
  state = call.run(second);
  if (step == Step::clear_leftover) {
    if (state.ok() && is_cleared(*state, spec.volume_id)) return original;
    return base::with_effect(base::annotate(original, "and what the failed add left could not be removed"),
                             Effect::partial);
  }
  if (!state.ok()) return state.status();
  judgement = judge_create(*state, territory, spec, mark, call.line());
  if (judgement.step == Step::done) return judgement.volume;
  if (!judgement.status.ok()) return base::with_effect(judgement.status, Effect::partial);
  return fail(Reason::rds_command_failed, Effect::partial,
              spec.volume_id + " is still half made after its repair (RouterOS said: " +
                  (state->outcome.empty() ? "nothing" : state->outcome) + "); call again");
}

Status Volumes::remove(base::Context const& ctx, std::string_view volume_id) {
  // Never was ours (docs/formats.md): gone, without asking the device (W-07).
  if (!is_volume_id(volume_id)) return absl::OkStatus();
  auto territory = layout(ctx);
  // A full pool leaves no room for a self-test, and must not keep its volumes from going.
  if (!territory.ok() && base::failure_of(territory.status()).reason == Reason::pool_full)
    territory = territory_;
  if (!territory.ok()) return territory.status();
  DeviceCall call(executor_, nonces_, *territory, ctx, Effect::unknown);
  auto const state =
      call.run([&](std::string_view nonce) { return remove_script(nonce, *territory, volume_id); });
  if (!state.ok()) return state.status();
  return judge_remove(*state, *territory, volume_id, call.line());
}

StatusOr<Volume> Volumes::expand(base::Context const& ctx, ExpandSpec const& spec) {
  if (!is_volume_id(spec.volume_id)) return no_such_volume(spec.volume_id);
  if (Status status = check_territory(territory_); !status.ok()) return status;
  if (Status status = check_size(spec.size_bytes); !status.ok()) return status;
  DeviceCall call(executor_, nonces_, territory_, ctx, Effect::unknown);
  auto const state = call.run([&](std::string_view nonce) { return expand_script(nonce, territory_, spec); });
  if (!state.ok()) return state.status();
  return judge_expand(*state, territory_, spec, call.line());
}

StatusOr<PublishResult> Volumes::publish(base::Context const& ctx, PublishSpec const& spec) {
  if (!is_volume_id(spec.volume_id)) return no_such_volume(spec.volume_id);
  if (Status status = check_territory(territory_); !status.ok()) return status;
  DeviceCall call(executor_, nonces_, territory_, ctx, Effect::unknown);
  auto step = PublishJudgement::Step::done;
  // Whoever holds it now has it from here; nobody may format what the Go driver made (rule 1).
  Mark const adopted{cluster_hash(territory_.cluster_id), name_hash(spec.volume_id),
                     std::string(kAdoptedContent), "offered:" + node_hash(spec.node_id)};
  auto const build = [&](std::string_view nonce) -> StatusOr<std::string> {
    switch (step) {
      case PublishJudgement::Step::adopt:
        return adopt_script(nonce, territory_, spec, adopted);
      case PublishJudgement::Step::mend:
        return mend_script(nonce, territory_, spec);
      case PublishJudgement::Step::done:
        break;
    }
    return publish_script(nonce, territory_, spec);
  };
  bool first = false;
  while (true) {
    StatusOr<DeviceState> state = call.run(build);
    if (!state.ok()) return state.status();
    auto judgement = judge_publish(*state, territory_, spec, call.line());
    if (!judgement.ok()) return judgement.status();
    // A reply that was lost may have said so too; then a node reads the whole device instead (rule 1).
    first = first || state->outcome == kFirstOffer;
    if (judgement->step == PublishJudgement::Step::done) {
      judgement->result.first_format = first && judgement->result.granted;
      return std::move(judgement->result);
    }
    if (call.exhausted()) {
      return fail(Reason::rds_command_failed, Effect::partial,
                  spec.volume_id + " is not yet exported as it must be; call again");
    }
    step = judgement->step;
  }
}

Status Volumes::unpublish(base::Context const& ctx, UnpublishSpec const& spec) {
  // Never was ours (docs/formats.md), so no node has it from us.
  if (!is_volume_id(spec.volume_id)) return absl::OkStatus();
  if (Status status = check_territory(territory_); !status.ok()) return status;
  DeviceCall call(executor_, nonces_, territory_, ctx, Effect::unknown);
  auto const state =
      call.run([&](std::string_view nonce) { return unpublish_script(nonce, territory_, spec); });
  if (!state.ok()) return state.status();
  return judge_unpublish(*state, territory_, spec, call.line());
}

StatusOr<Volume> Volumes::get(base::Context const& ctx, std::string_view volume_id) {
  if (!is_volume_id(volume_id)) return no_such_volume(volume_id);
  if (Status status = check_territory(territory_); !status.ok()) return status;
  DeviceCall call(executor_, nonces_, territory_, ctx, Effect::none);
  auto const state =
      call.run([&](std::string_view nonce) { return get_script(nonce, territory_, volume_id); });
  if (!state.ok()) return state.status();
  if (!state->pool) return pool_not_visible(territory_);
  if (state->disks.empty()) return no_such_volume(volume_id);
  if (state->disks.size() > 1) return two_claim(volume_id, state->disks, Effect::none);
  DiskRow const& row = state->disks.front();
  Owner const owner = owner_of(row, territory_);
  if (owner == Owner::foreign) {
    return fail(Reason::not_ours, Effect::none,
                std::string(volume_id) + " is not this cluster's volume below " + territory_.base_path +
                    ": " + describe(row));
  }
  auto volume = to_volume(row, volume_id, owner, Effect::none);
  if (!volume.ok()) return volume;
  bool const file_there =
      std::find(state->files.begin(), state->files.end(), volume->file_path) != state->files.end();
  volume->problem = problem_of(row, volume_id, file_there);
  return volume;
}

StatusOr<std::vector<Volume>> Volumes::list(base::Context const& ctx) {
  if (Status status = check_territory(territory_); !status.ok()) return status;
  DeviceCall call(executor_, nonces_, territory_, ctx, Effect::none);
  auto const state = call.run([&](std::string_view nonce) { return list_script(nonce, territory_); });
  if (!state.ok()) return state.status();
  if (!state->pool) return pool_not_visible(territory_);
  std::vector<Volume> volumes;
  for (DiskRow const& row : state->disks) {
    auto const volume_id = volume_id_of_slot(row.slot);
    if (!volume_id) continue;  // snapshots, other people's disks
    if (!row.type || !row.path) {
      return fail(
          Reason::rds_reply_damaged, Effect::none,
          "the device printed no type or file-path for " + describe(row) + ": the list would be incomplete");
    }
    Owner const owner = owner_of(row, territory_);
    if (owner == Owner::foreign) continue;
    auto volume = to_volume(row, *volume_id, owner, Effect::none);
    if (!volume.ok()) return volume.status();
    volumes.push_back(*std::move(volume));
  }
  std::sort(volumes.begin(), volumes.end(), [](Volume const& a, Volume const& b) {
    return std::tie(a.volume_id, a.slot) < std::tie(b.volume_id, b.slot);
  });
  return volumes;
}

StatusOr<Pool> Volumes::pool(base::Context const& ctx) {
  if (Status status = check_territory(territory_); !status.ok()) return status;
  DeviceCall call(executor_, nonces_, territory_, ctx, Effect::none);
  auto const state = call.run([&](std::string_view nonce) { return pool_script(nonce, territory_); });
  if (!state.ok()) return state.status();
  if (!state->pool) return pool_not_visible(territory_);
  if (!state->pool->size_bytes || !state->pool->free_bytes) {
    return fail(Reason::rds_reply_damaged, Effect::none,
                "the device printed no size or free for the pool \"" + territory_.pool_mount_point() + "\"");
  }
  return Pool{*state->pool->size_bytes, *state->pool->free_bytes};
}

}  // namespace rdscsi::rds
