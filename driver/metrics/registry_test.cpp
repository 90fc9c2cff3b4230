// The metrics: what each call and each reading becomes, what is absent, and which names of the Go driver are
// kept.
#include "metrics/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace rdscsi::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

Reading quiet() {
  Device device;
  device.name = "default";
  device.address = "10.0.0.1";
  device.state = "down";
  Reading now;
  now.devices = {device};
  return now;
}

TEST(Registry, CallsAreCountedByCodeAndTimed) {
  Registry registry(quiet);
  registry.count({"CreateVolume", "OK", true, false, false, false, 600ms});
  registry.count({"CreateVolume", "UNAVAILABLE", true, true, false, false, 10s});
  registry.count({"CreateSnapshot", "ALREADY_EXISTS", true, false, false, false, 300ms});
  registry.count({"CreateVolume", "NOT_FOUND", true, false, false, true, 300ms});
  registry.count({"Probe", "OK", false, false, false, false, 1ms});
  std::string const text = registry.text();
  for (char const* line :
       {"rds_csi_rpcs_total{code=\"OK\",rpc=\"CreateVolume\"} 1",
        "rds_csi_rpcs_total{code=\"UNAVAILABLE\",rpc=\"CreateVolume\"} 1",
        "rds_csi_unknown_outcomes_total{rpc=\"CreateVolume\"} 1",
        "rds_csi_volume_operations_total{operation=\"create\",status=\"success\"} 1",
        "rds_csi_volume_operations_total{operation=\"create\",status=\"failure\"} 1",
        "rds_csi_volume_operations_total{operation=\"snapshot\",status=\"failure\"} 1",
        "rds_csi_volume_operations_total{operation=\"restore\",status=\"failure\"} 1",
        "rds_csi_volume_operation_duration_seconds_bucket{operation=\"create\",le=\"1\"} 1",
        "rds_csi_rpc_duration_seconds_count{rpc=\"Probe\"} 1"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text, Not(HasSubstr("operation=\"\""))) << "a Probe is no operation";
}

TEST(Registry, PublishingHasTheGoDriversNames) {
  Registry registry(quiet);
  EXPECT_THAT(registry.text(), HasSubstr("rds_csi_attachment_conflicts_total 0")) << "known to be none";
  registry.count({"ControllerPublishVolume", "FAILED_PRECONDITION", true, false, true, false, 200ms});
  registry.count({"ControllerUnpublishVolume", "OK", true, false, false, false, 200ms});
  std::string const text = registry.text();
  EXPECT_THAT(text, HasSubstr("rds_csi_attachment_conflicts_total 1"));
  EXPECT_THAT(text, HasSubstr("rds_csi_attachment_attach_total{status=\"failure\"} 1"));
  EXPECT_THAT(text, HasSubstr("rds_csi_attachment_detach_total{status=\"success\"} 1"));
}

TEST(Registry, WhatIsNotKnownIsAbsent) {
  Reading now = quiet();
  Registry registry([&] { return now; });
  EXPECT_THAT(registry.text(), Not(HasSubstr("rds_csi_pool_free_bytes{"))) << "not 0";
  auto& device = now.devices[0];
  device.pool = Pool{1000, 250};
  device.connected = true;
  device.connect_attempts = 5;
  device.connects = 2;
  std::string const text = registry.text();
  EXPECT_THAT(text, HasSubstr("rds_csi_pool_free_bytes{rds=\"default\"} 250"));
  EXPECT_THAT(text, HasSubstr("rds_hardware_disk_pool_used_bytes{rds=\"default\"} 750"));
  EXPECT_THAT(text, HasSubstr("rds_csi_rds_connection_state{address=\"10.0.0.1\",rds=\"default\"} 1"));
  EXPECT_THAT(text, HasSubstr("rds_csi_rds_reconnect_total{rds=\"default\",status=\"success\"} 1"))
      << "the first is no reconnect";
  EXPECT_THAT(text, HasSubstr("rds_csi_rds_reconnect_total{rds=\"default\",status=\"failure\"} 3"));
  device.pool.reset();
  EXPECT_THAT(registry.text(), Not(HasSubstr("rds_csi_pool_free_bytes{"))) << "not the old value";
}

TEST(Registry, OrphansAreOfTheNewestLookAndAbsentBeforeIt) {
  Reading now = quiet();
  auto& device = now.devices[0];
  Registry registry([&] { return now; });
  EXPECT_THAT(registry.text(), Not(HasSubstr("rds_csi_orphans_cleaned_total{"))) << "nobody looks";
  device.orphans.emplace();
  device.orphans->aborted["reconnect"] = 2;
  std::string text = registry.text();
  EXPECT_THAT(text, HasSubstr("rds_csi_orphans_cleaned_total{rds=\"default\"} 0"));
  EXPECT_THAT(text, HasSubstr("rds_csi_orphan_rounds_aborted_total{rds=\"default\",reason=\"reconnect\"} 2"));
  EXPECT_THAT(text, Not(HasSubstr("rds_csi_orphans{")));
  EXPECT_THAT(text, Not(HasSubstr("rds_csi_foreign_objects{")));
  device.orphans->by_kind = {{"volume", 0}, {"scratch", 3}};
  device.orphans->foreign = 7;
  device.orphans->rounds = 4;
  device.orphans->cleaned = 1;
  text = registry.text();
  for (char const* line :
       {"rds_csi_orphans{kind=\"volume\",rds=\"default\"} 0",
        "rds_csi_orphans{kind=\"scratch\",rds=\"default\"} 3", "rds_csi_foreign_objects{rds=\"default\"} 7",
        "rds_csi_orphan_rounds_total{rds=\"default\"} 4",
        "rds_csi_orphans_cleaned_total{rds=\"default\"} 1"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(Registry, SensorsAndDisksAreThoseOfTheNewestLook) {
  Reading now = quiet();
  auto& device = now.devices[0];
  Registry registry([&] { return now; });
  EXPECT_THAT(registry.text(), Not(HasSubstr("rds_hardware_sensor{"))) << "W-72: absent, not 0";
  device.hardware = Hardware{
      "7.21.4 (stable)",
      "RDS2216",
      {{"cpu-temperature", "C", "52", 52.0}, {"psu1-state", "", "ok", {}}, {"psu2-state", "", "fail", {}}},
      {{"nvme1", "hardware", "0:in_sync", false}, {"nvme2", "hardware", "1:faulty", true}}};
  std::string text = registry.text();
  for (char const* line :
       {"rds_csi_rds_info{board=\"RDS2216\",rds=\"default\",version=\"7.21.4 (stable)\"} 1",
        "rds_hardware_sensor{name=\"cpu-temperature\",rds=\"default\",unit=\"C\"} 52",
        "rds_hardware_cpu_temperature_celsius{rds=\"default\"} 52",
        "rds_hardware_sensor_ok{name=\"psu1-state\",rds=\"default\"} 1",
        "rds_hardware_sensor_ok{name=\"psu2-state\",rds=\"default\"} 0",
        "rds_hardware_disk_failed{rds=\"default\",slot=\"nvme1\",state=\"0:in_sync\",type=\"hardware\"} 0",
        "rds_hardware_disk_failed{rds=\"default\",slot=\"nvme2\",state=\"1:faulty\",type=\"hardware\"} 1"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  device.hardware->disks = {{"nvme1", "hardware", "clean", false}};
  text = registry.text();
  EXPECT_THAT(text, Not(HasSubstr("nvme2"))) << "pulled out";
  EXPECT_THAT(text, Not(HasSubstr("0:in_sync"))) << "the old state";
  device.hardware.reset();
  EXPECT_THAT(registry.text(), Not(HasSubstr("rds_hardware_cpu_temperature_celsius{")));
}

TEST(Registry, AnRdsIsInOneState) {
  Reading now = quiet();
  Registry registry([&] { return now; });
  for (std::string const state : kDeviceStates) {
    now.devices[0].state = state;
    std::string const text = registry.text();
    EXPECT_THAT(text, HasSubstr("rds_csi_rds_state{rds=\"default\",state=\"" + state + "\"} 1"));
    std::size_t ones = 0;
    for (std::size_t at = text.find("rds_csi_rds_state{"); at != std::string::npos;
         at = text.find("rds_csi_rds_state{", at + 1))
      ones += text[text.find('}', at) + 2] == '1' ? 1 : 0;
    EXPECT_EQ(ones, 1U) << state;
  }
}

TEST(Registry, CommandsAreCountedForTheCallsThatNeededThemAndForTheirWaits) {
  Reading now = quiet();
  auto& device = now.devices[0];
  device.commands_by_rpc = {{"CreateVolume", 3}};
  device.channels_in_use = 2;
  device.channels_limit = 4;
  device.channel_refusals = 5;
  device.queue_waits = 6;
  device.queue_waited = 1500ms;
  device.look_age = 2s;
  device.connects = 3;
  device.connect_attempts = 3;
  device.reconnects_took = {300ms, 4s};
  Registry registry([&] { return now; });
  registry.text();
  std::string const text = registry.text();
  for (char const* line :
       {"rds_csi_rpc_commands_total{rds=\"default\",rpc=\"CreateVolume\"} 3",
        "rds_csi_ssh_sessions_in_use{rds=\"default\"} 2", "rds_csi_ssh_sessions_limit{rds=\"default\"} 4",
        "rds_csi_ssh_sessions_refused_total{rds=\"default\"} 5",
        "rds_csi_rds_queue_waits_total{rds=\"default\"} 6",
        "rds_csi_rds_queue_wait_seconds_total{rds=\"default\"} 1.5",
        "rds_csi_rds_poll_age_seconds{rds=\"default\"} 2",
        "rds_csi_rds_reconnect_duration_seconds_count{rds=\"default\"} 2",
        "rds_csi_rds_reconnect_duration_seconds_bucket{rds=\"default\",le=\"0.5\"} 1"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

// Each line: a name, kept | new | dropped, and for a dropped one the reason.
TEST(Registry, EveryNameOfTheGoDriverIsKeptOrDroppedWithAReason) {
  std::ifstream file("testdata/names.tsv");
  ASSERT_TRUE(file.good());
  std::vector<std::string> served;
  int lines = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    std::istringstream words(line);
    std::string name, fate, reason;
    std::getline(words, name, '\t');
    std::getline(words, fate, '\t');
    std::getline(words, reason);
    ++lines;
    if (fate == "dropped") {
      EXPECT_GT(reason.size(), 10U) << name;
    } else {
      EXPECT_TRUE(fate == "kept" || fate == "new") << line;
      served.push_back(name);
    }
  }
  EXPECT_GE(lines, 42) << "the Go driver has 42 names";
  std::sort(served.begin(), served.end());
  EXPECT_EQ(Registry(quiet).names(), served);
  std::printf("metric names: %d checked, %zu served\n", lines, served.size());
}

}  // namespace
}  // namespace rdscsi::metrics
