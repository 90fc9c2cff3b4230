// Judge: what the rows a create or remove script printed mean for the call: done, failed, or one more step.
// All of it is decided from the device's own rows, nothing from memory (DESIGN "Context, effects,
// operations"). Used by rds/volumes.cpp. Pure functions; thread-safe.
#pragma once

#include <string>

#include "base/status.h"
#include "rds/volume_rows.h"
#include "rds/volumes.h"

namespace rdscsi::rds {

enum class Step {
  done,
  failed,
  repair,          // ours, but export, port, NQN or mount-filesystem are not as they must be
  remake,          // ours and never offered, but its file is missing
  replace_file,    // no disk, but a leftover file of exactly our path
  clear_leftover,  // the add failed and left something; remove it, then report `status`
};

struct Judgement {
  Step step = Step::failed;
  Volume volume;               // done
  base::Status status;         // failed, clear_leftover
  std::string slot;            // repair, remake
  bool own_subvolume = false;  // repair, remake, clear_leftover: where the disk's file is
};

// `line` is the command that was sent, `mark` what the volume's disk must carry.
Judgement judge_create(DeviceState const& state, Territory const& territory, VolumeSpec const& spec,
                       Mark const& mark, std::string_view line);

// After clear_leftover: OK when nothing of the volume is left.
bool is_cleared(DeviceState const& state, std::string_view volume_id);

// The volume with at least what is required, as the script left it.
base::StatusOr<Volume> judge_expand(DeviceState const& state, Territory const& territory,
                                    ExpandSpec const& spec, std::string_view line);

// OK only when neither disk nor file is left and the pool was visible.
base::Status judge_remove(DeviceState const& state, Territory const& territory, std::string_view volume_id,
                          std::string_view line);

struct PublishJudgement {
  enum class Step { done, adopt, mend } step = Step::done;
  PublishResult result;  // done; first_format is the caller's to say
};

// Whether the node has the volume now, what is missing, or why it cannot have it.
base::StatusOr<PublishJudgement> judge_publish(DeviceState const& state, Territory const& territory,
                                               PublishSpec const& spec, std::string_view line);

// OK when the mark names the node no longer.
base::Status judge_unpublish(DeviceState const& state, Territory const& territory, UnpublishSpec const& spec,
                             std::string_view line);

}  // namespace rdscsi::rds
