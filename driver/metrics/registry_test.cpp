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
  Reading now;
  now.rds_address = "10.0.0.1";
  return now;
}

TEST(Registry, CallsAreCountedByCodeAndTimed) {
  Registry registry(quiet);
  registry.count({"CreateVolume", "OK", true, false, false, 600ms});
  registry.count({"CreateVolume", "UNAVAILABLE", true, true, false, 10s});
  registry.count({"CreateSnapshot", "ALREADY_EXISTS", true, false, false, 300ms});
  registry.count({"Probe", "OK", false, false, false, 1ms});
  std::string const text = registry.text();
  for (char const* line :
       {"rds_csi_rpcs_total{code=\"OK\",rpc=\"CreateVolume\"} 1",
        "rds_csi_rpcs_total{code=\"UNAVAILABLE\",rpc=\"CreateVolume\"} 1",
        "rds_csi_unknown_outcomes_total{rpc=\"CreateVolume\"} 1",
        "rds_csi_volume_operations_total{operation=\"create\",status=\"success\"} 1",
        "rds_csi_volume_operations_total{operation=\"create\",status=\"failure\"} 1",
        "rds_csi_volume_operations_total{operation=\"snapshot\",status=\"failure\"} 1",
        "rds_csi_volume_operation_duration_seconds_bucket{operation=\"create\",le=\"1\"} 1",
        "rds_csi_rpc_duration_seconds_count{rpc=\"Probe\"} 1"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text, Not(HasSubstr("operation=\"\""))) << "a Probe is no operation";
}

TEST(Registry, PublishingHasTheGoDriversNames) {
  Registry registry(quiet);
  EXPECT_THAT(registry.text(), HasSubstr("rds_csi_attachment_conflicts_total 0")) << "known to be none";
  registry.count({"ControllerPublishVolume", "FAILED_PRECONDITION", true, false, true, 200ms});
  registry.count({"ControllerUnpublishVolume", "OK", true, false, false, 200ms});
  std::string const text = registry.text();
  EXPECT_THAT(text, HasSubstr("rds_csi_attachment_conflicts_total 1"));
  EXPECT_THAT(text, HasSubstr("rds_csi_attachment_attach_total{status=\"failure\"} 1"));
  EXPECT_THAT(text, HasSubstr("rds_csi_attachment_detach_total{status=\"success\"} 1"));
}

TEST(Registry, WhatIsNotKnownIsAbsent) {
  Reading now = quiet();
  Registry registry([&] { return now; });
  EXPECT_THAT(registry.text(), Not(HasSubstr("rds_csi_pool_free_bytes "))) << "not 0";
  now.pool = Pool{1000, 250};
  now.connected = true;
  now.connect_attempts = 5;
  now.connects = 2;
  std::string const text = registry.text();
  EXPECT_THAT(text, HasSubstr("rds_csi_pool_free_bytes 250"));
  EXPECT_THAT(text, HasSubstr("rds_hardware_disk_pool_used_bytes 750"));
  EXPECT_THAT(text, HasSubstr("rds_csi_rds_connection_state{address=\"10.0.0.1\"} 1"));
  EXPECT_THAT(text, HasSubstr("rds_csi_rds_reconnect_total{status=\"success\"} 1"))
      << "the first is no reconnect";
  EXPECT_THAT(text, HasSubstr("rds_csi_rds_reconnect_total{status=\"failure\"} 3"));
  now.pool.reset();
  EXPECT_THAT(registry.text(), Not(HasSubstr("rds_csi_pool_free_bytes "))) << "not the old value";
}

TEST(Registry, OrphansAreOfTheNewestLookAndAbsentBeforeIt) {
  Reading now = quiet();
  Registry registry([&] { return now; });
  EXPECT_THAT(registry.text(), Not(HasSubstr("rds_csi_orphans_cleaned_total "))) << "nobody looks";
  now.orphans.emplace();
  now.orphans->aborted["reconnect"] = 2;
  std::string text = registry.text();
  EXPECT_THAT(text, HasSubstr("rds_csi_orphans_cleaned_total 0"));
  EXPECT_THAT(text, HasSubstr("rds_csi_orphan_rounds_aborted_total{reason=\"reconnect\"} 2"));
  EXPECT_THAT(text, Not(HasSubstr("rds_csi_orphans{")));
  EXPECT_THAT(text, Not(HasSubstr("rds_csi_foreign_objects ")));
  now.orphans->by_kind = {{"volume", 0}, {"scratch", 3}};
  now.orphans->foreign = 7;
  now.orphans->rounds = 4;
  now.orphans->cleaned = 1;
  text = registry.text();
  for (char const* line :
       {"rds_csi_orphans{kind=\"volume\"} 0", "rds_csi_orphans{kind=\"scratch\"} 3",
        "rds_csi_foreign_objects 7", "rds_csi_orphan_rounds_total 4", "rds_csi_orphans_cleaned_total 1"}) {
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
