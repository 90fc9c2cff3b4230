// Level 1 as a whole: a small scenario written in the test is played against the real driver and must pass;
// its digest is a function of the seed; a scenario that expects the wrong thing must fail on exactly that
// predicate. Method: run_once() in forked children, because runs with a kill leave parked threads behind.
#include <gtest/gtest.h>

#include "scenarios/engine/child_play_for_test.h"
#include "scenarios/engine/loader.h"

namespace scenario {
namespace {

constexpr char const* kStory = R"(format: 1
id: story
title: A reply is lost and the controller dies
why: A small story for the tests of the engine itself, with a fault, a kill and a retry in it.
origin: {kind: review, evidence: invented}
timeline:
  - at: 2s
    fault: reply_lost
    as: loss
    with: {menu: /disk, command: add, how: reset}
  - at: 3s
    call: create_volume
    as: first
    with: {name: pvc-5f0c1f8e-6f5e-4f57-9c7e-0d1f5b6a7c01, size: 2GiB, retry: provisioner}
  - when: {rds_effect: {menu: /disk, command: add}}
    after: {from: 0ms, to: 300ms}
    world: kill_controller
  - world: restart_controller
expect:
  eventually:
    - {within: 1m, since: heal, that: {probe_ready: true}}
  finally:
    - result: {of: first, is: ok}
    - disks: DISKS
    - orphans: 0
)";

Scenario load(std::string const& disks) {
  std::string text = kStory;
  text.replace(text.find("DISKS"), 5, disks);
  Loaded loaded = load_text(text, "story.yaml");
  for (Complaint const& complaint : loaded.complaints) ADD_FAILURE() << complaint.to_string();
  return *loaded.scenario;
}

TEST(LevelOne, AKilledControllerAndALostReplyEndInOneVolume) {
  Scenario const scenario = load("1");
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    RunResult const result = play(scenario, seed);
    for (Violation const& violation : result.violations) {
      ADD_FAILURE() << "seed " << seed << ": " << violation.predicate << ": " << violation.message;
    }
    EXPECT_EQ(result.verdict, Verdict::passed);
    EXPECT_EQ(result.trace.real_sleeps, 0u);
    EXPECT_GE(result.trace.counts.at("handshakes"), 2);
  }
}

// The reboot cuts the script of CreateVolume in two; the export of the finished volume survives another one.
constexpr char const* kReboot = R"(format: 1
id: reboot
title: The RDS reboots in the middle of a CreateVolume and again afterwards
why: A small story for the tests of the engine itself, with a device that comes back in stages.
origin: {kind: review, evidence: invented}
timeline:
  - at: 3s
    call: create_volume
    as: first
    with: {name: pvc-5f0c1f8e-6f5e-4f57-9c7e-0d1f5b6a7c01, size: 2GiB, retry: provisioner}
  - when: {rds_effect: {menu: /disk, command: add}}
    world: rds_reboot
    with: {ssh_after: 20s, pool_after: 10s}
  - after: 5s
    world: rds_reboot
    with: {ssh_after: 20s, pool_after: 10s}
expect:
  eventually:
    - {within: 2m, since: heal, that: {probe_ready: true}}
  finally:
    - result: {of: first, is: ok}
    - disks: 1
    - orphans: 0
)";

TEST(LevelOne, ARebootInTheMiddleEndsInOneVolume) {
  Loaded const loaded = load_text(kReboot, "reboot.yaml");
  for (Complaint const& complaint : loaded.complaints) ADD_FAILURE() << complaint.to_string();
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    RunResult const result = play(*loaded.scenario, seed);
    for (Violation const& violation : result.violations) {
      ADD_FAILURE() << "seed " << seed << ": " << violation.predicate << ": " << violation.message;
    }
    EXPECT_EQ(result.verdict, Verdict::passed);
    EXPECT_GE(result.trace.counts.at("handshakes"), 2);
  }
}

TEST(LevelOne, TheSameSeedGivesTheSameDigestInTwoFreshProcesses) {
  Scenario const scenario = load("1");
  RunResult const first = play(scenario, 7);
  RunResult const second = play(scenario, 7);
  RunResult const other = play(scenario, 8);
  EXPECT_EQ(first.trace.digest(), second.trace.digest());
  EXPECT_NE(first.trace.digest(), other.trace.digest());
}

TEST(LevelOne, AWrongExpectationFailsOnItsPredicateWithALineToPaste) {
  RunResult const result = play(load("2"), 1);
  ASSERT_EQ(result.violations.size(), 1u);
  EXPECT_EQ(result.violations[0].predicate, "finally.disks");
  EXPECT_NE(result.violations[0].message.find("1 disks, expected 2"), std::string::npos);
  EXPECT_EQ(result.repeat_line, "rds-scenario run story.yaml --seed 1 --profile 7.16 --level 1");
}

}  // namespace
}  // namespace scenario
