// The built-in rules about snapshots. See run_rules.h. DESIGN rules 3, 4 and 7; W-12: a snapshot that holds
// nothing is no snapshot.
#include <algorithm>

#include "scenarios/engine/run_rules.h"

namespace scenario {
namespace {

std::string describe(Attempt const& attempt) {
  return attempt.call + " attempt " + std::to_string(attempt.number) + " (" + attempt.verb + ")";
}

// The other of create and delete was under way, or may still be at work.
bool contested(RulesInput const& in, Attempt const& one) {
  std::string const id = volume_id_of(one.request);
  return std::any_of(in.attempts.begin(), in.attempts.end(), [&](Attempt const& other) {
    bool const snapshots = other.verb == "create_snapshot" || other.verb == "delete_snapshot";
    if (!snapshots || other.verb == one.verb || volume_id_of(other.request) != id) return false;
    return overlap(one, other) || lingers(other, one);
  });
}

}  // namespace

std::vector<Violation> check_snapshots(RulesInput const& input) {
  std::vector<Violation> violations;
  auto broken = [&](char const* rule, std::string message, Duration at) {
    violations.push_back({rule, std::move(message), at, {}});
  };
  for (Attempt const& attempt : input.attempts) {
    bool const cut = attempt.verb == "create_snapshot", dropped = attempt.verb == "delete_snapshot";
    if ((!cut && !dropped) || !attempt.answer.ok() || input.disturbed || contested(input, attempt)) continue;
    std::string const id = cut ? attempt.answer.volume.volume_id : volume_id_of(attempt.request);
    auto const found = Oracle::snapshots_of(attempt.look, id);
    if (dropped && !found.empty())
      broken("rule-4-ok-means-done", describe(attempt) + " was OK, but " + id + " is there", attempt.end);
    if (!cut) continue;
    bool const whole = found.size() == 1 && found[0].read_only && !found[0].origin.empty() &&
                       Oracle::bytes_of(attempt.look, id).size() == 1;
    if (!whole) {
      broken("snapshot-means-there",
             describe(attempt) + " was OK, but the device has " + std::to_string(found.size()) +
                 " read-only snapshots with a file of " + id,
             attempt.end);
    }
  }
  for (auto const& effect : input.effects) {
    bool const ours = effect.user != "admin" && effect.menu == "/disk/btrfs/subvolume";
    if (!ours || effect.target.rfind("metal-csi/", 0) == 0) continue;
    broken("rule-3-not-ours",
           "subvolume " + effect.command + " of " + effect.target + ", outside the base path", input.now);
  }
  for (auto const& row : input.end.subvolumes) {
    if (row.name.find("rdscsi-test") == std::string::npos || input.disturbed || !input.faults.empty())
      continue;
    broken("rule-7-no-debris", "the self-test left " + row.name, input.now);
  }
  return violations;
}

}  // namespace scenario
