// The rule that a look for orphans must keep: nothing that somebody owns goes. See run_rules.h.
#include <algorithm>

#include "scenarios/engine/run_rules.h"

namespace scenario {

namespace {

// Somebody besides the sweep may have taken it: a Delete whose outcome nobody knows, or the world.
bool others_took_it(RulesInput const& input, std::string const& id) {
  bool const asked = std::any_of(input.attempts.begin(), input.attempts.end(), [&](Attempt const& attempt) {
    return (attempt.verb == "delete_volume" || attempt.verb == "delete_snapshot") &&
           volume_id_of(attempt.request) == id;
  });
  bool const broken = std::any_of(input.notes.begin(), input.notes.end(), [](Event const& note) {
    return note.name == "delete_backing_file" || note.name == "remove_disk_entry" || note.name == "set_disk";
  });
  return asked || broken;
}

}  // namespace

std::vector<Violation> check_owned(RulesInput const& input, Oracle const& oracle) {
  std::vector<Violation> broken;
  if (input.cluster == nullptr) return broken;
  for (std::string const& id : input.cluster->all()) {
    if (others_took_it(input, id)) continue;
    std::size_t const disks = oracle.disks_of(input.end, id).size();
    std::size_t const snapshots = Oracle::snapshots_of(input.end, id).size();
    if (disks + snapshots > 0) continue;
    broken.push_back({"owned-stays", id + " has an owner, and is not on the device any more", input.now, {}});
  }
  return broken;
}

}  // namespace scenario
