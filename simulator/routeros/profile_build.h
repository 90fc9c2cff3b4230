// How profiles are made of one another. Private to profile.cpp and profile_older.cpp.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "simulator/routeros/profile.h"

namespace rdssim::routeros {

// `dump`: lines of a schema capture. `loop_exits`: `:break` and `:continue` exist. `flags`: those of /disk.
std::shared_ptr<Schema const> build_schema(std::string_view dump, bool loop_exits,
                                           std::vector<std::vector<Flag>> const& flags);
Profile make_7_16_stock();
Profile make_7_21();
// Oldest first; the process' own, immutable.
std::vector<Profile> const& older_profiles();

}  // namespace rdssim::routeros
