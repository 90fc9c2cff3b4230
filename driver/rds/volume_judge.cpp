// Judging what create and remove found. Used through rds/volume_judge.h.
#include "rds/volume_judge.h"

#include <algorithm>

#include "base/reasons.h"
#include "rds/formats.h"
#include "rds/routeros_errors.h"
#include "rds/snapshots.h"
#include "rds/volume_scripts.h"

namespace rdscsi::rds {
namespace {

using base::Effect;
using base::fail;
using base::Reason;
using base::Status;

Judgement failed(Reason reason, Effect effect, std::string const& message) {
  return {Step::failed, {}, fail(reason, effect, message), {}};
}

bool is_error(std::string const& outcome) {
  return !outcome.empty() && outcome != kMade;
}

std::string bytes(std::int64_t value) {
  return std::to_string(value) + " bytes";
}

// What RouterOS said when it refused to take more room. No text of a full pool was ever captured, so the
// pool's own figure decides where the text does not (FACTS 2.5).
Status room_error(DeviceState const& state, std::string const& what, std::int64_t needed_bytes,
                  std::string_view line) {
  RouterOsError error = caught_error(state.outcome);
  bool const no_room = state.pool && state.pool->free_bytes && *state.pool->free_bytes < needed_bytes;
  if (error.kind == RouterOsErrorKind::other && no_room) error.kind = RouterOsErrorKind::pool_full;
  std::string const about = what + (state.pool && state.pool->free_bytes
                                        ? " to a pool with " + bytes(*state.pool->free_bytes) + " free"
                                        : std::string());
  return base::annotate(to_status(error, line, Effect::none), about);
}

Status add_error(DeviceState const& state, VolumeSpec const& spec, std::string_view line) {
  return room_error(state, spec.volume_id + ": adding a disk of " + bytes(spec.size_bytes), spec.size_bytes,
                    line);
}

bool has_file(DeviceState const& state, std::string const& path) {
  return std::find(state.files.begin(), state.files.end(), path) != state.files.end();
}

// Where the volume's file may be: how it was made depends on what the device could do then.
bool is_wanted_path(std::string const& path, VolumeSpec const& spec) {
  return path == backing_file(spec.directory, spec.volume_id) ||
         path == backing_file_in_subvolume(spec.directory, spec.volume_id);
}

std::string difference(Mark const& found, Mark const& wanted, std::string const& path,
                       VolumeSpec const& spec) {
  if (found.name != wanted.name) return "it belongs to another CSI name";
  if (found.source != wanted.source) return "it was created from another content source";
  if (found.content == kAdoptedContent) return {};  // made by the Go driver, wherever it liked
  if (found.content != wanted.content) return "it was created with other parameters or capabilities";
  if (!is_wanted_path(path, spec))
    return "its file is " + path + ", not " + backing_file(spec.directory, spec.volume_id);
  return {};
}

// Empty when the size is one the request accepts.
std::string size_difference(std::int64_t size, VolumeSpec const& spec) {
  std::int64_t const required = spec.required_bytes > 0 ? spec.required_bytes : spec.size_bytes;
  if (size < required) return "it has " + bytes(size) + ", " + bytes(required) + " are required";
  if (spec.limit_bytes > 0 && size > spec.limit_bytes) {
    return "it has " + bytes(size) + ", at most " + bytes(spec.limit_bytes) + " are wanted";
  }
  return {};
}

bool needs_repair(DiskRow const& row, VolumeSpec const& spec) {
  return row.exported != true || row.port != spec.nvme_port || row.nqn != nqn_of(spec.volume_id) ||
         row.mount_filesystem == true;
}

Judgement finish(DiskRow const& row, VolumeSpec const& spec, Owner owner) {
  auto volume = to_volume(row, spec.volume_id, owner, Effect::unknown);
  if (!volume.ok()) return {Step::failed, {}, volume.status(), {}};
  return {Step::done, *std::move(volume), absl::OkStatus(), {}};
}

// Our own disk of this name.
Judgement judge_own(DeviceState const& state, DiskRow const& row, VolumeSpec const& spec, Mark const& wanted,
                    std::string_view line) {
  std::string const& path = *row.path;
  bool const own_subvolume = is_in_own_subvolume(path, spec.volume_id);
  Mark const found = read_mark(row.comment).mark;
  std::string const content = difference(found, wanted, path, spec);
  if (!content.empty())
    return failed(Reason::already_exists, Effect::none, spec.volume_id + " exists: " + content);
  bool const never_offered = found.format == "never" || found.format == kFilledFormat;
  // The script looks for the path a new volume would have only.
  bool const looked_for = found.content != kAdoptedContent && own_subvolume == spec.own_subvolume;
  bool const file_there = !looked_for || has_file(state, path);
  if (is_error(state.outcome) && found.format == "never" &&
      (!file_there || row.size_bytes != spec.size_bytes)) {
    return {Step::clear_leftover, {}, add_error(state, spec, line), row.slot, own_subvolume};
  }
  if (!row.size_bytes) return finish(row, spec, Owner::ours);  // fails: the size is unknown
  std::string const size = size_difference(*row.size_bytes, spec);
  if (!size.empty() && state.outcome == kMade) {
    return failed(Reason::rds_command_failed, Effect::partial,
                  spec.volume_id + ": " + bytes(spec.size_bytes) + " were asked for, but " + size);
  }
  if (!size.empty()) return failed(Reason::already_exists, Effect::none, spec.volume_id + " exists: " + size);
  // A file made a moment ago may be listed late (FACTS 3), so a fresh disk is not held against it.
  if (!file_there && state.outcome != kMade) {
    if (found.format == "never") return {Step::remake, {}, absl::OkStatus(), row.slot, own_subvolume};
    return failed(
        Reason::rds_command_failed, Effect::none,
        spec.volume_id + ": the data file " + path +
            " is missing, and it held data or a node was offered this volume: restore the file or delete "
            "the volume");
  }
  // Once a node was offered the volume, its export belongs to publish and unpublish, not to us.
  if (never_offered && needs_repair(row, spec))
    return {Step::repair, {}, absl::OkStatus(), row.slot, own_subvolume};
  return finish(row, spec, Owner::ours);
}

Judgement judge_row(DeviceState const& state, DiskRow const& row, Territory const& territory,
                    VolumeSpec const& spec, Mark const& mark, std::string_view line) {
  Owner const owner = owner_of(row, territory);
  switch (owner) {
    case Owner::ours:
      return judge_own(state, row, spec, mark, line);
    case Owner::unmarked: {
      auto const volume = to_volume(row, spec.volume_id, owner, Effect::none);
      if (!volume.ok()) return {Step::failed, {}, volume.status(), {}};
      std::string const size = size_difference(volume->size_bytes, spec);
      if (!size.empty())
        return failed(Reason::already_exists, Effect::none, spec.volume_id + " exists: " + size);
      return {Step::done, *volume, absl::OkStatus(), {}};
    }
    case Owner::foreign:
      return failed(Reason::not_ours, Effect::none,
                    "the slot of " + spec.volume_id +
                        " is taken by something that is not this cluster's volume below " +
                        territory.base_path + ": " + describe(row));
    case Owner::unknown_mark:
      return failed(
          Reason::not_ours, Effect::none,
          spec.volume_id + " carries a mark of another version, which is never changed: " + describe(row));
  }
  return failed(Reason::internal, Effect::unknown, "unreachable");
}

// The script found nothing to make the volume from.
Status no_origin(DeviceState const& state, Territory const& territory, VolumeSpec const& spec) {
  if (spec.origin == Origin::snapshot) return no_such_snapshot(spec.origin_id);
  auto const rows = disks_of(state, spec.origin_id);
  if (rows.empty()) return no_such_volume(spec.origin_id);
  if (owner_of(rows.front(), territory) != Owner::ours) {
    return fail(Reason::not_ours, Effect::none,
                spec.origin_id + " is not a volume of this cluster: " + describe(rows.front()));
  }
  return fail(Reason::invalid_argument, Effect::none,
              spec.origin_id + " has no subvolume of its own (its file is " +
                  rows.front().path.value_or("?") +
                  "): it was made before snapshots were on; copy its data to a new volume");
}

// No disk of this volume is there.
Judgement judge_absent(DeviceState const& state, Territory const& territory, VolumeSpec const& spec,
                       std::string_view line) {
  if (state.outcome == kNoOrigin) return {Step::failed, {}, no_origin(state, territory, spec), {}};
  if (state.outcome == kOriginTooBig) {
    return failed(Reason::out_of_range, Effect::none,
                  spec.origin_id + " has more than limit_bytes " + std::to_string(spec.limit_bytes) +
                      "; a volume made from it cannot be smaller");
  }
  std::string const path = spec.own_subvolume ? backing_file_in_subvolume(spec.directory, spec.volume_id)
                                              : backing_file(spec.directory, spec.volume_id);
  bool const file_there =
      has_file(state, path) || (spec.own_subvolume && has_file(state, spec.directory + "/" + spec.volume_id));
  if (is_error(state.outcome)) {
    Status const status = add_error(state, spec, line);
    if (file_there) return {Step::clear_leftover, {}, status, {}, spec.own_subvolume};
    return {Step::failed, {}, status, {}};
  }
  if (state.outcome == kMade) {
    return failed(Reason::rds_command_failed, Effect::unknown,
                  spec.volume_id + ": RouterOS added the disk without an error, but lists none");
  }
  if (file_there) return {Step::replace_file, {}, absl::OkStatus(), {}};
  return failed(
      Reason::rds_command_failed, Effect::none,
      spec.volume_id + " was not created: something of it was in the way and is gone now; call again");
}

}  // namespace

Judgement judge_create(DeviceState const& state, Territory const& territory, VolumeSpec const& spec,
                       Mark const& mark, std::string_view line) {
  if (!state.pool) {
    Effect const effect = state.outcome.empty() ? Effect::none : Effect::unknown;
    return {Step::failed, {}, base::with_effect(pool_not_visible(territory), effect), {}};
  }
  std::vector<DiskRow> const own = disks_of(state, spec.volume_id);
  for (DiskRow const& row : state.disks) {
    auto const id = volume_id_of_slot(row.slot);
    if (id == spec.volume_id || (spec.origin == Origin::volume && id == spec.origin_id)) continue;
    Effect const effect = state.outcome == kMade ? Effect::partial : Effect::none;
    return failed(Reason::not_ours, effect,
                  "the file of " + spec.volume_id + " is in use by " + describe(row));
  }
  if (own.size() > 1) {
    return {Step::failed, {}, two_claim(spec.volume_id, own, Effect::none), {}};
  }
  if (own.empty()) return judge_absent(state, territory, spec, line);
  return judge_row(state, own.front(), territory, spec, mark, line);
}

bool is_cleared(DeviceState const& state, std::string_view volume_id) {
  return state.pool && disks_of(state, volume_id).empty() && state.files.empty();
}

base::StatusOr<Volume> judge_expand(DeviceState const& state, Territory const& territory,
                                    ExpandSpec const& spec, std::string_view line) {
  Effect const effect = state.outcome.empty() ? Effect::none : Effect::unknown;
  if (!state.pool) return base::with_effect(pool_not_visible(territory), effect);
  std::vector<DiskRow> const disks = disks_of(state, spec.volume_id);
  if (disks.empty()) return no_such_volume(spec.volume_id);
  if (disks.size() > 1) return two_claim(spec.volume_id, disks, effect);
  DiskRow const& row = disks.front();
  Owner const owner = owner_of(row, territory);
  bool const changeable = (owner == Owner::ours || owner == Owner::unmarked) &&
                          is_backing_file(*row.path, territory.base_path, spec.volume_id);
  if (!changeable) {
    return fail(
        Reason::not_ours, Effect::none,
        spec.volume_id + " was not touched, it is not a volume this cluster may change: " + describe(row));
  }
  auto volume = to_volume(row, spec.volume_id, owner, Effect::unknown);
  if (!volume.ok()) return volume.status();
  std::int64_t const size = volume->size_bytes;
  std::int64_t const required = spec.required_bytes > 0 ? spec.required_bytes : spec.size_bytes;
  if (size < required && is_error(state.outcome)) {
    return room_error(state,
                      spec.volume_id + ": growing from " + bytes(size) + " to " + bytes(spec.size_bytes),
                      spec.size_bytes - size, line);
  }
  if (size < required) {
    return fail(Reason::rds_command_failed, effect,
                spec.volume_id + ": " + bytes(required) + " were asked for, but it has " + bytes(size));
  }
  if (spec.limit_bytes > 0 && size > spec.limit_bytes) {
    return fail(Reason::out_of_range, Effect::none,
                spec.volume_id + " has " + bytes(size) + ", more than limit_bytes " +
                    std::to_string(spec.limit_bytes) + "; volumes are never shrunk");
  }
  return *std::move(volume);
}

Status judge_remove(DeviceState const& state, Territory const& territory, std::string_view volume_id,
                    std::string_view line) {
  if (!state.pool) return pool_not_visible(territory);
  std::string const id(volume_id);
  std::vector<DiskRow> const disks = disks_of(state, volume_id);
  for (DiskRow const& row : disks) {
    Owner const owner = owner_of(row, territory);
    bool const removable = owner == Owner::ours || owner == Owner::unmarked;
    auto const holders =
        owner == Owner::ours ? holders_of(read_mark(row.comment).mark) : std::vector<std::string>{};
    if (!holders.empty()) {
      return fail(Reason::volume_in_use, Effect::none,
                  id + " is published to " + std::to_string(holders.size()) +
                      (holders.size() == 1 ? " node" : " nodes") + "; unpublish it first");
    }
    bool const reachable = !is_in_own_subvolume(*row.path, volume_id) || !territory.subvolumes_of.empty();
    if (removable && !reachable) {
      return fail(
          Reason::rds_unsupported, Effect::none,
          id + " was not touched: it lies in a subvolume of its own, which this driver only removes with "
               "snapshots on (--snapshots=auto) and available");
    }
    if (removable && is_backing_file(*row.path, territory.base_path, volume_id)) continue;
    return fail(Reason::not_ours, Effect::none,
                id + " was not touched, it is not a volume of this cluster with a file " +
                    territory.base_path + "/.../" + id + ".img: " + describe(row));
  }
  auto const file = std::find_if(state.files.begin(), state.files.end(), [&](std::string const& path) {
    return is_backing_file(path, territory.base_path, volume_id) ||
           (is_below(path, territory.base_path) && path.ends_with("/" + id));
  });
  if (disks.empty() && file == state.files.end()) return absl::OkStatus();
  std::string const about =
      id + " is not gone, " + (disks.empty() ? "file " + *file : describe(disks.front())) + " is still there";
  if (is_error(state.outcome)) {
    return base::annotate(to_status(caught_error(state.outcome), line, Effect::partial), about);
  }
  if (disks.empty() && !state.disks.empty()) {
    return fail(Reason::not_ours, Effect::partial, about + ", in use by " + describe(state.disks.front()));
  }
  return fail(Reason::rds_command_failed, Effect::partial, about + "; call again");
}

}  // namespace rdscsi::rds
