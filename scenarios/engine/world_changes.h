// World changes: what `world:` steps do to controllers and the RDS, and what `given` puts in place. Used by
// the player.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "scenarios/engine/oracle.h"
#include "scenarios/engine/world.h"

namespace scenario {

// foreign_disk and foreign_file of `given`, add_foreign_* of the timeline.
absl::Status plant(Oracle& oracle, std::string_view word, Value const& with);

// `volume_id` is what `volume: NAME` stands for. Fails for a word this engine does not play.
absl::Status apply_world_change(World& world, Oracle& oracle, std::string_view word, Value const& with,
                                std::string const& volume_id);

}  // namespace scenario
