// Crash points: every controller RPC is killed before it sends its command, when the device has got it, after
// each effect of it, when the device has answered, and after the caller has its answer; then the controller
// starts again, and the caller calls again. The same answer must come, and nothing may be left over (DESIGN
// rule 7). The stories are made here from one table of RPCs, so that a new one has its crash points with one
// line.
#include <gtest/gtest.h>

#include <cstdio>
#include <vector>

#include "scenarios/engine/child_play_for_test.h"
#include "scenarios/engine/loader.h"

namespace scenario {
namespace {

constexpr int kSeeds = 3;
constexpr char const* kProfiles[] = {"7.16", "7.21", "7.24"};

struct Rpc {
  std::string name;
  std::string setup;       // timeline entries before it
  std::string call;        // verb and arguments, without retry
  std::string same;        // more `finally` expectations
  int disks = 1;           // of ours, afterwards
  bool snapshots = false;  // needs an RDS that makes them
};

constexpr char const* kMade = R"(
  - call: create_volume
    as: made
    with: {name: pvc-c0a1f8e0-6f5e-4f57-9c7e-0d1f5b6a7cc0, size: 2GiB})";
constexpr char const* kPublished = R"(
  - call: publish_volume
    as: published
    with: {volume: made, node: n1})";

constexpr char const* kCut = R"(
  - world: write_bytes
    with: {volume: made, text: bytes of the snapshot}
  - call: create_snapshot
    as: cut
    with: {name: snapshot-c2a1f8e0-6f5e-4f57-9c7e-0d1f5b6a7cc2, volume: made})";

std::vector<Rpc> rpcs() {
  std::string const made = kMade, published = made + kPublished, cut = made + kCut;
  std::string const uuid = "c1a1f8e0-6f5e-4f57-9c7e-0d1f5b6a7cc1";
  std::string const name = "pvc-c1a1f8e0-6f5e-4f57-9c7e-0d1f5b6a7cc1";
  std::string const same = "    - same_answer: {of: [under_test, again]}\n";
  std::string const held =
      "    - lets_in: {of: made, node: n1, is: true}\n    - lets_in: {of: made, node: n2, is: false}\n";
  return {
      {"CreateVolume", "", "create_volume|name: " + name + ", size: 2GiB", same, 1},
      {"DeleteVolume", made, "delete_volume|volume: made", "", 0},
      {"ControllerExpandVolume", made, "expand_volume|volume: made, size: 3GiB",
       "    - volume: {of: made, size: 3GiB}\n", 1},
      {"ControllerPublishVolume", made, "publish_volume|volume: made, node: n1", held, 1},
      {"ControllerUnpublishVolume", published, "unpublish_volume|volume: made, node: n1",
       "    - lets_in: {of: made, node: n1, is: false}\n", 1},
      {"ControllerGetVolume", published, "get_volume|volume: made",
       "    - status: {of: again, nodes: [n1], abnormal: false}\n", 1},
      {"ValidateVolumeCapabilities", made, "validate_volume_capabilities|volume: made",
       "    - confirmed: {of: again, is: true}\n", 1},
      {"ListVolumes", made, "list_volumes|", "    - listed: {of: again, count: 1}\n", 1},
      {"GetCapacity", made, "get_capacity|", "    - capacity: {of: again, min: 1GiB}\n", 1},
      {"CreateSnapshot", made, "create_snapshot|name: snapshot-" + uuid + ", volume: made",
       same + "    - snapshot_count: 1\n    - snapshot: {of: again, device: present}\n", 1, true},
      {"DeleteSnapshot", cut, "delete_snapshot|snapshot: cut", "    - snapshot_count: 0\n", 1, true},
      {"GetSnapshot", cut, "get_snapshot|snapshot: cut", same, 1, true},
      {"ListSnapshots", cut, "list_snapshots|", "    - listed: {of: again, count: 1, includes: cut}\n", 1,
       true},
      {"CreateVolumeFromSnapshot", cut, "create_volume|name: " + name + ", size: 2GiB, from_snapshot: cut",
       same + "    - bytes: {of: again, text: bytes of the snapshot}\n", 2, true},
      {"CreateVolumeFromVolume", cut, "create_volume|name: " + name + ", size: 2GiB, from_volume: made",
       same + "    - bytes: {of: again, text: bytes of the snapshot}\n", 2, true},
  };
}

std::string entry(Rpc const& rpc, std::string const& as, std::string const& after) {
  auto const bar = rpc.call.find('|');
  std::string const arguments = rpc.call.substr(bar + 1);
  return "\n  - call: " + rpc.call.substr(0, bar) + "\n    as: " + as + after + "\n    with: {" + arguments +
         (arguments.empty() ? "" : ", ") + "retry: provisioner}";
}

// `moment`: when the controller is killed; empty: never, and the call is not made again.
std::string story(Rpc const& rpc, std::string const& moment, bool with_call) {
  std::string text = R"(format: 1
id: crash-point
title: A controller is killed in the middle of a call
why: Made by crash_points_test.cpp, one for each moment of each RPC.
origin: {kind: review, evidence: invented}
world:
  nodes: {n1: "nqn.2014-08.org.nvmexpress:n1", n2: "nqn.2014-08.org.nvmexpress:n2"}
timeline:
  - at: 2s
    call: probe)";
  text += rpc.setup;
  if (with_call) text += entry(rpc, "under_test", "");
  if (!moment.empty()) {
    text += "\n  - when: {" + moment + "}\n    world: kill_controller\n  - world: restart_controller";
  }
  if (!moment.empty()) text += entry(rpc, "again", "\n    after: 60s");
  text += "\nexpect:\n  finally:\n    - probe_ready: true\n";
  if (moment.empty()) return text;
  text +=
      "    - result: {of: under_test, is: ok}\n    - result: {of: again, is: ok}\n    - orphans: 0\n    - "
      "disks: " +
      std::to_string(rpc.disks) + "\n    - files: " + std::to_string(rpc.disks) + "\n" + rpc.same;
  return text;
}

std::unique_ptr<Scenario> load(std::string const& text) {
  Loaded loaded = load_text(text, "crash-point.yaml");
  for (Complaint const& complaint : loaded.complaints) ADD_FAILURE() << complaint.to_string() << "\n" << text;
  return loaded.scenario ? std::make_unique<Scenario>(*loaded.scenario) : nullptr;
}

struct Counts {
  std::int64_t effects = 0, commands = 0;
};

Counts counts_of(Rpc const& rpc, bool with_call, std::string const& profile) {
  auto const scenario = load(story(rpc, "", with_call));
  if (!scenario) return {};
  RunResult const result = play(*scenario, 1, profile);
  EXPECT_EQ(result.verdict, Verdict::passed) << rpc.name << ": the story without a kill";
  for (auto const& violation : result.violations)
    ADD_FAILURE() << violation.predicate << ": " << violation.message;
  return {result.trace.counts.at("effects"), result.trace.counts.at("execs")};
}

// Every moment of the call, as a `when`.
std::vector<std::string> moments(Rpc const& rpc, std::string const& profile) {
  Counts const before = counts_of(rpc, false, profile), with = counts_of(rpc, true, profile);
  std::string const nth = std::to_string(before.commands + 1);
  std::vector<std::string> all = {"call: {of: under_test, is: started}",
                                  "rds_command: {is: started, nth: " + nth + "}"};
  for (std::int64_t effect = before.effects + 1; effect <= with.effects; ++effect)
    all.push_back("rds_effect: {nth: " + std::to_string(effect) + "}");
  all.push_back("rds_command: {is: finished, nth: " + nth + "}");
  all.push_back("call: {of: under_test, is: finished}");
  return all;
}

class CrashPoints : public ::testing::TestWithParam<Rpc> {};

TEST_P(CrashPoints, TheSameAnswerAndNoDebris) {
  Rpc const& rpc = GetParam();
  int runs = 0;
  std::size_t most = 0;
  for (std::string const profile : kProfiles) {
    if (rpc.snapshots && profile == "7.16") continue;  // it has no btrfs menus
    auto const points = moments(rpc, profile);
    ASSERT_GE(points.size(), 4U) << "2(k+1) with one command";
    most = std::max(most, points.size());
    for (auto const& moment : points) {
      auto const scenario = load(story(rpc, moment, true));
      ASSERT_TRUE(scenario);
      for (std::uint64_t seed = 1; seed <= kSeeds; ++seed, ++runs) {
        RunResult const result = play(*scenario, seed, profile);
        for (Violation const& violation : result.violations) {
          ADD_FAILURE() << rpc.name << " killed at " << moment << ", " << profile << ", seed " << seed << ": "
                        << violation.predicate << ": " << violation.message;
        }
      }
    }
  }
  std::printf("crash points: %s %zu, %d runs checked\n", rpc.name.c_str(), most, runs);
}

INSTANTIATE_TEST_SUITE_P(Controller, CrashPoints, ::testing::ValuesIn(rpcs()),
                         [](auto const& made) { return made.param.name; });

}  // namespace
}  // namespace scenario
