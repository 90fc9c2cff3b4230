// Level 2 itself: the shipped program answers as the driver at level 1 does, and a run leaves nothing behind,
// however it ends.
#include "scenarios/engine/world_l2.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/log.h"
#include "scenarios/engine/loader.h"
#include "scenarios/engine/run_l2.h"

namespace scenario {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;

namespace fs = std::filesystem;

Scenario load(std::string const& id, std::string const& body) {
  std::string const head = "format: 1\nid: " + id +
                           "\ntitle: A test\nwhy: It tests the engine.\n"
                           "origin: {kind: review, evidence: invented}\nlevels: [1, 2]\n";
  Loaded loaded = load_text(head + body, id + ".yaml");
  for (Complaint const& complaint : loaded.complaints) {
    if (!complaint.warning) ADD_FAILURE() << complaint.to_string();
  }
  return loaded.ok() ? *loaded.scenario : Scenario{};
}

RunResult run_at(Scenario const& scenario, int level) {
  RunRequest request;
  request.level = level;
  return run_once(scenario, request);
}

std::vector<std::string> predicates(RunResult const& result) {
  std::vector<std::string> all;
  for (Violation const& one : result.violations) all.push_back(one.predicate + ": " + one.message);
  return all;
}

// "create_volume db.1 OK", in order of the attempts' start. `given` is not looked at: how often it has to ask
// depends on when the first connection stands.
std::vector<std::string> answers(RunResult const& result) {
  std::vector<std::string> all;
  for (Event const& event : result.trace.events) {
    if (event.lane != Lane::csi || event.fields.at("call") == "neighbour") continue;
    all.push_back(event.name + " " + event.fields.at("call") + "." + event.fields.at("attempt") + " " +
                  event.result);
  }
  return all;
}

// Every temporary file of a run comes into a folder of the test's own.
class WorldL2Test : public testing::Test {
 protected:
  WorldL2Test() {
    fs::create_directories(folder_);
    setenv("TMPDIR", folder_.c_str(), 1);
  }
  ~WorldL2Test() override {
    unsetenv("TMPDIR");
    unsetenv("RDS_CSI_PLUGIN");
    fs::remove_all(folder_);
  }
  std::vector<std::string> left() const {
    std::vector<std::string> names;
    for (auto const& entry : fs::directory_iterator(folder_)) names.push_back(entry.path().filename());
    return names;
  }

  std::string const folder_ = testing::TempDir() + "world-l2-" + std::to_string(getpid());
};

constexpr char const* kEveryCall = R"(
world:
  rds: {latency: none, busy: {disk_add: 0s, disk_remove: 0s, disk_set: 0s, file_remove: 0s}}
given:
  - volume: {as: neighbour, name: pvc-5f0c1f8e-6f5e-4f57-9c7e-0d1f5b6a7c01, size: 2GiB}
timeline:
  - call: create_volume
    as: db
    with: {name: claim-db, size: 11059344589, limit: 12GiB}
  - call: create_volume
    as: again
    with: {name: claim-db, size: 11059344589, limit: 12GiB}
  - call: create_volume
    as: larger
    with: {name: claim-db, size: 20GiB}
  - call: create_volume
    as: nameless
    with: {name: "", size: 1GiB}
  - call: create_volume
    as: impossible
    with: {name: claim-impossible, size: 2GiB, limit: 1GiB}
  - call: create_volume
    as: elsewhere
    with: {name: claim-elsewhere, size: 1GiB, parameters: {volumePath: /flash}}
  - call: list_volumes
    as: paged
    with: {max_entries: 1}
  - call: list_volumes
    as: garbage
    with: {starting_token: "not one of ours", all_pages: false}
  - call: get_capacity
    as: room
    with: {access: rwo}
  - call: validate_volume_capabilities
    as: fitting
    with: {volume: db, access: rwo}
  - call: validate_volume_capabilities
    as: unknown
    with: {id: pvc-5f0c1f8e-6f5e-4f57-9c7e-0d1f5b6a7c09, access: rwo}
  - fault: pool_full
    as: full
    with: {left: 1GiB}
  - call: create_volume
    as: too_big
    with: {name: claim-big, size: 10GiB}
  - heal: all
  - call: probe
    as: probe
  - call: delete_volume
    as: gone
    with: {volume: db}
  - call: delete_volume
    as: gone_again
    with: {volume: db}
expect:
  finally:
    - orphans: 0
  cost:
    - handshakes: 1
)";

TEST_F(WorldL2Test, TheShippedProgramAnswersAsTheDriverAtLevelOne) {
  Scenario const scenario = load("every-call", kEveryCall);
  RunResult const virtual_run = run_at(scenario, 1), real_run = run_at(scenario, 2);
  EXPECT_THAT(predicates(virtual_run), IsEmpty());
  EXPECT_THAT(predicates(real_run), IsEmpty());
  EXPECT_EQ(answers(virtual_run), answers(real_run));
  EXPECT_THAT(answers(real_run),
              IsSupersetOf({"create_volume db.1 OK", "create_volume larger.1 ALREADY_EXISTS",
                            "create_volume nameless.1 INVALID_ARGUMENT", "list_volumes paged.2 OK",
                            "list_volumes garbage.1 ABORTED", "create_volume too_big.1 RESOURCE_EXHAUSTED",
                            "probe probe.1 OK", "delete_volume gone_again.1 OK"}));
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(WorldL2Test, AKilledControllerResetsItsCallsAndComesBack) {
  Scenario const scenario = load("killed", R"(
world: {rds: {latency: none}}
given:
  - volume: {as: neighbour, name: claim-neighbour, size: 1GiB}
timeline:
  - call: create_volume
    as: db
    with: {name: claim-db, size: 1GiB, retry: provisioner}
  - when: {rds_effect: {menu: /disk, command: add}}
    world: kill_controller
  - world: restart_controller
expect:
  finally:
    - result: {of: db, is: ok}
    - disks: 2
    - orphans: 0
)");
  RunResult const result = run_at(scenario, 2);
  EXPECT_THAT(predicates(result), IsEmpty());
  EXPECT_THAT(answers(result), Contains("create_volume db.1 UNAVAILABLE"));
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(WorldL2Test, StoppedThenStartedAndTheRdsWithoutPowerMeanwhile) {
  Scenario const scenario = load("stopped", R"(
world: {rds: {latency: none}}
timeline:
  - world: stop_controller
  - call: probe
    as: nobody
  - world: rds_power_loss
  - world: restart_controller
  - call: create_volume
    as: dark
    with: {name: claim-db, size: 1GiB, deadline: 1s}
  - world: rds_power_on
    with: {ssh_after: 100ms}
  - call: create_volume
    as: db
    with: {name: claim-db, size: 1GiB, retry: provisioner}
expect:
  finally:
    - result: {of: nobody, code: UNAVAILABLE}
    - result: {of: dark, is: unknown}
    - result: {of: db, is: ok}
    - disks: 1
)");
  EXPECT_THAT(predicates(run_at(scenario, 2)), IsEmpty());
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(WorldL2Test, AControllerThatStopsCanBeKilledAndTheNextOneWaitsForItsEnd) {
  Scenario const scenario = load("impatient", R"(
world: {rds: {latency: none}, driver: {flags: {rds-command-timeout: 25s}}}
timeline:
  - at: 1ms
    fault: slow
    as: slow
    with: {menu: /disk, command: add, busy: 20s, times: 1}
  - at: 10ms
    call: create_volume
    as: db
    with: {name: claim-db, size: 1GiB, retry: provisioner}
  - at: 2s
    world: stop_controller
  - at: 3s
    call: probe
    as: leaving
  - at: 3s
    world: restart_controller
  - at: 4s
    world: kill_controller
expect:
  eventually:
    - {within: 40s, since: heal, that: {probe_ready: true}}
  finally:
    - result: {of: leaving, code: UNAVAILABLE}
    - result: {of: db, is: ok}
    - disks: 1
)");
  EXPECT_THAT(predicates(run_at(scenario, 2)), IsEmpty());
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(WorldL2Test, ARunBeyondItsBudgetEndsAndSaysSo) {
  Scenario const scenario = load("stuck", R"(
budget: {wall: 3s}
world:
  rds: {latency: none}
  driver: {flags: {rds-command-timeout: 10m}}
timeline:
  - fault: reply_lost
    as: silence
    with: {menu: /disk, command: add, how: hang}
  - call: create_volume
    as: db
    with: {name: claim-db, size: 1GiB, deadline: 10m, retry: provisioner}
  - when: {rds_effect: {menu: /disk, command: remove}}
    call: probe
    as: never
expect:
  finally:
    - result: {of: db, is: ok}
)");
  RunResult const result = run_at(scenario, 2);
  EXPECT_EQ(result.verdict, Verdict::failed);
  EXPECT_THAT(predicates(result), Contains(HasSubstr("engine-over-budget: the run took longer")));
  EXPECT_LT(result.wall_time, std::chrono::minutes(1));  // not its deadlines' ten minutes
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(WorldL2Test, APluginThatEndsAtOnceIsQuoted) {
  Scenario const scenario = load("mistaken", R"(
world: {driver: {flags: {rds-channels: 0}}}
timeline:
  - call: probe
    as: nobody
expect:
  finally:
    - result: {of: nobody, is: ok}
)");
  EXPECT_THAT(predicates(run_at(scenario, 2)),
              ElementsAre(AllOf(HasSubstr("engine: level 2: controller 0: "), HasSubstr("exit 2"),
                                HasSubstr("--rds-channels: '0'"))));
  setenv("RDS_CSI_PLUGIN", "/no/such/program", 1);
  EXPECT_THAT(predicates(run_at(scenario, 2)), ElementsAre(HasSubstr("cannot start /no/such/program")));
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(WorldL2Test, AControllerThatEndsByItselfIsAViolation) {
  std::string const program = fs::read_symlink("/proc/self/exe").parent_path() / "rds-csi-plugin";
  fs::path const wrapper = fs::path(folder_) / "crashing-plugin";
  std::ofstream(wrapper) << "#!/bin/sh\n" << program << " \"$@\" &\nsleep 1\nkill -9 $!\nwait\nexit 7\n";
  fs::permissions(wrapper, fs::perms::owner_all);
  setenv("RDS_CSI_PLUGIN", wrapper.c_str(), 1);
  Scenario const scenario = load("crashing", R"(
timeline:
  - at: 3s
    call: probe
    as: nobody
expect:
  finally:
    - result: {of: nobody, code: UNAVAILABLE}
)");
  EXPECT_THAT(predicates(run_at(scenario, 2)),
              ElementsAre("engine-process: controller 0 had ended by itself with exit 7"));
  EXPECT_THAT(left(), ElementsAre("crashing-plugin"));
}

TEST(LogLineTest, LevelsAreTheDriversAndStrangeLinesAreWarnings) {
  using rdscsi::base::LogLevel;
  auto level = [](std::string const& line) { return static_cast<LogLevel>(read_log_line(2, line).level); };
  EXPECT_EQ(level(R"({"time":"x","level":"info","message":"serving"})"), LogLevel::info);
  EXPECT_EQ(level(R"({"time":"x","level":"error","message":"no"})"), LogLevel::error);
  EXPECT_EQ(level("==7==ERROR: AddressSanitizer"), LogLevel::warn);
  EXPECT_EQ(level(R"({"level":7,"message":"x"})"), LogLevel::warn);
  EXPECT_EQ(level(R"(["level"])"), LogLevel::warn);
  EXPECT_EQ(read_log_line(2, R"({"level":"info","message":"a \"b\""})").message, "a \"b\"");
  EXPECT_EQ(read_log_line(2, "x").controller, 2);
}

}  // namespace
}  // namespace scenario
