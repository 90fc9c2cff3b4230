// Level 1 as a whole: a small scenario written in the test is played against the real driver and must pass;
// its digest is a function of the seed; a scenario that expects the wrong thing must fail on exactly that
// predicate. Method: run_once() in forked children, because runs with a kill leave parked threads behind.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

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

Scenario scenario_of(std::string const& text, std::string const& file) {
  Loaded loaded = load_text(text, file);
  for (Complaint const& complaint : loaded.complaints) ADD_FAILURE() << complaint.to_string();
  return *loaded.scenario;
}

Scenario load(std::string const& disks) {
  std::string text = kStory;
  text.replace(text.find("DISKS"), 5, disks);
  return scenario_of(text, "story.yaml");
}

void expect_no_violation(RunResult const& result, std::string const& which) {
  for (Violation const& violation : result.violations)
    ADD_FAILURE() << which << ": " << violation.predicate << ": " << violation.message;
}

// Twenty seeds lose their session, come back, and never wait in real time.
void expect_a_recovery(Scenario const& scenario) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    RunResult const result = play(scenario, seed);
    expect_no_violation(result, "seed " + std::to_string(seed));
    EXPECT_EQ(result.verdict, Verdict::passed);
    EXPECT_EQ(result.trace.real_sleeps, 0u);
    EXPECT_GE(result.trace.counts.at("handshakes"), 2);
  }
}

TEST(LevelOne, AKilledControllerAndALostReplyEndInOneVolume) {
  expect_a_recovery(load("1"));
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
  expect_a_recovery(scenario_of(kReboot, "reboot.yaml"));
}

TEST(LevelOne, TheSameSeedGivesTheSameDigestInTwoFreshProcesses) {
  Scenario const scenario = load("1");
  RunResult const first = play(scenario, 7);
  RunResult const second = play(scenario, 7);
  RunResult const other = play(scenario, 8);
  EXPECT_EQ(first.trace.digest(), second.trace.digest());
  EXPECT_NE(first.trace.digest(), other.trace.digest());
}

// Eight calls are under way when their session, and then their process, goes: who hears of it first is the
// seed's to say, not the heap's.
constexpr char const* kManyCut = R"(format: 1
id: many-cut
title: A session and then a controller are lost with many calls under way
why: A small story for the tests of the engine itself, with many who wait for the same thing.
origin: {kind: review, evidence: invented}
timeline:
  - at: 3s
    call: create_volume
    as: some
    with: {name: "pvc-5f0c1f8e-6f5e-4f57-9c7e-0d1f5b6a7c0{i}", size: 2GiB, retry: provisioner}
    parallel: 8
  - at: 3100ms
    fault: reset
    as: cut
    with: {at: now}
  - at: 30s
    call: delete_volume
    as: gone
    with: {id: "pvc-5f0c1f8e-6f5e-4f57-9c7e-0d1f5b6a7c0{i}", retry: provisioner}
    parallel: 8
  - at: 30100ms
    world: kill_controller
  - world: restart_controller
expect:
  eventually:
    - {within: 1m, since: heal, that: {probe_ready: true}}
  finally:
    - disks: 0
)";

TEST(LevelOne, WhoHearsFirstOfALossIsNotForTheHeapToSay) {
  Scenario const scenario = scenario_of(kManyCut, "many-cut.yaml");
  RunResult const first = play(scenario, 3);
  EXPECT_EQ(first.verdict, Verdict::passed);
  std::vector<std::unique_ptr<char[]>> elsewhere;  // moves the heap of the processes that are forked here
  for (std::size_t bytes = 1; bytes <= 12; ++bytes) {
    for (int i = 0; i < 50; ++i) elsewhere.push_back(std::make_unique<char[]>(bytes * 24));
    if (bytes % 2 == 0) elsewhere.erase(elsewhere.begin(), elsewhere.begin() + 60);
    EXPECT_EQ(play(scenario, 3).trace.digest(), first.trace.digest());
  }
}

// kubelet's way: the next container comes when the last has gone, and SIGKILL follows a SIGTERM that takes
// long. Found by the explorer (seed 6577): the next one began beside one that was still leaving.
constexpr char const* kImpatient = R"(format: 1
id: impatient
title: A controller is killed while it stops, and started while it stops
why: A small story for the tests of the engine itself, in which the end of a process takes its time.
origin: {kind: explorer, evidence: invented}
world: {driver: {flags: {rds-command-timeout: 20s}}}
timeline:
  - at: 2s
    fault: slow
    as: slow
    with: {menu: /disk, command: add, busy: 15s, times: 2}
  - at: 3s
    call: create_volume
    as: first
    with: {name: pvc-5f0c1f8e-6f5e-4f57-9c7e-0d1f5b6a7c01, size: 2GiB, retry: provisioner}
  - at: 4s
    world: stop_controller
  - at: 5s
    world: restart_controller
  - at: 6s
    call: probe
    as: leaving
  - at: KILL
    world: kill_controller
  - at: 9s
    call: probe
    as: again
expect:
  eventually:
    - {within: 15m, since: heal, that: {probe_ready: true}}
  finally:
    - result: {of: leaving, code: UNAVAILABLE}
    - result: {of: again, is: AGAIN}
    - result: {of: first, is: ok}
    - disks: 1
    - orphans: 0
)";

RunResult play_impatient(std::string const& kill, std::string const& again) {
  std::string text = kImpatient;
  text.replace(text.find("KILL"), 4, kill);
  text.replace(text.find("AGAIN"), 5, again);
  return play(scenario_of(text, "impatient.yaml"), 1);
}

TEST(LevelOne, AControllerThatStopsCanBeKilledAndTheNextOneWaitsForItsEnd) {
  expect_no_violation(play_impatient("7s", "ok"), "killed");
  expect_no_violation(play_impatient("10m", "unknown"), "left alone");
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
