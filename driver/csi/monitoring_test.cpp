// Monitoring's pages: what an operator reads of volumes, operations and errors, and that a scrape asks the
// RDS nothing.
#include "csi/monitoring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/reasons.h"

namespace rdscsi::csi {
namespace {

using base::Effect;
using base::Reason;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr char const* kA = "pvc-aaaaaaaa-2fa1-11d2-883f-0016d3cca427";
constexpr char const* kB = "pvc-bbbbbbbb-2fa1-11d2-883f-0016d3cca427";

class MonitoringPages : public ::testing::Test {
 protected:
  MonitoringPages() {
    rds::Volume volume;
    volume.volume_id = volume.slot = kA;
    volume.size_bytes = 1 << 30;
    volume.exported = volume.marked = true;
    volume.holders = {"abcdefghij"};
    volumes_ = {volume};
  }

  Watched watched() {
    return {[] { return true; },
            [this] { return operations_; },
            {{"default", "10.0.0.1", [](std::string const& id) { return id; }, [this] { return connection_; },
              [this](base::Context const&) -> base::StatusOr<std::vector<rds::Volume>> {
                ++looks_;
                if (!volumes_fail_.ok()) return volumes_fail_;
                return volumes_;
              },
              [this](base::Context const&) -> base::StatusOr<rds::Health> {
                ++looks_;
                return health_;
              }}}};
  }
  static base::Context about(char const* volume) {
    return base::Context::background().with_field("volume", volume);
  }

  std::vector<rds::Volume> volumes_;
  base::Status volumes_fail_;
  rds::Health health_{
      "7.21.4 (stable)", "RDS2216", rds::Pool{1000, 400}, {{"cpu-temperature", "C", "52", 52.0}}, {}};
  std::vector<base::OperationInfo> operations_;
  rds::ConnectionStatus connection_ = [] {
    rds::ConnectionStatus up;
    up.state = rds::ConnectionState::up;
    up.attempts = up.connects = 1;
    up.execs = 7;
    up.heartbeats = 2;
    return up;
  }();
  int looks_ = 0;
  Monitoring monitoring_{{}, watched()};
};

TEST_F(MonitoringPages, ThePageOfVolumesIsThisText) {
  monitoring_.look();
  operations_.push_back({kB, "CreateVolume", "0badcafe", "creating the volume on the RDS", 3s, true});
  monitoring_.answered(about(kB), {"CreateVolume", CallKind::change,
                                   base::fail(Reason::pool_full, Effect::none, "no\troom\nleft"), 1s});
  auto page = monitoring_.volumes_page();
  page = page.substr(page.find('\n') + 1);  // how long ago it looked
  EXPECT_EQ(page, std::string("# id\tslot\tbytes\tstate\tnodes\tstep\tage\tlast error\n") + kA + "\t" + kA +
                      "\t1073741824\texported\tabcdefghij\t-\t-\t-\n" + kB +
                      "\t-\t-\t-\t-\tCreateVolume: creating the volume on the RDS\t3s\tCreateVolume "
                      "RESOURCE_EXHAUSTED no?room?left\n");
}

TEST_F(MonitoringPages, AHundredScrapesAskTheRdsNothing) {
  for (int i = 0; i < 100; ++i) {
    monitoring_.metrics_page();
    monitoring_.volumes_page();
  }
  EXPECT_EQ(looks_, 0);
  EXPECT_EQ(monitoring_.metrics_page().find("rds_csi_pool_free_bytes{"), std::string::npos);
  monitoring_.look();
  EXPECT_EQ(looks_, 2) << "the volumes and the health";
  EXPECT_THAT(monitoring_.metrics_page(), HasSubstr("rds_csi_pool_free_bytes{rds=\"default\"} 400"));
  EXPECT_THAT(monitoring_.metrics_page(), HasSubstr("rds_csi_nvme_connections_active{rds=\"default\"} 1"));
  EXPECT_THAT(monitoring_.metrics_page(),
              HasSubstr("rds_csi_rds_commands_total{kind=\"command\",rds=\"default\"} 5"));
}

TEST_F(MonitoringPages, TheStateOfAnRdsIsThatOfItsConnectionOrWhatTheNewestLookFoundMissing) {
  auto const is = [&](std::string const& state) {
    monitoring_.look();
    return monitoring_.metrics_page().find("rds_csi_rds_state{rds=\"default\",state=\"" + state + "\"} 1") !=
           std::string::npos;
  };
  EXPECT_TRUE(is("up"));
  volumes_fail_ = base::fail(Reason::pool_not_visible, Effect::none, "no pool");
  EXPECT_TRUE(is("pool-not-visible"));
  EXPECT_EQ(monitoring_.metrics_page().find("rds_csi_volumes{"), std::string::npos) << "not known any more";
  EXPECT_THAT(monitoring_.metrics_page(), HasSubstr("rds_hardware_cpu_temperature_celsius")) << "that is";
  volumes_fail_ = base::fail(Reason::rds_unsupported, Effect::none, "RouterOS 7.16: no file disks");
  EXPECT_TRUE(is("unsupported"));
  volumes_fail_ = base::fail(Reason::rds_timeout, Effect::none, "late");
  EXPECT_TRUE(is("up")) << "a look that failed says nothing about the RDS";
  connection_.state = rds::ConnectionState::refused;
  connection_.reason = Reason::rds_host_key;
  EXPECT_TRUE(is("host-key"));
  connection_.reason = Reason::rds_auth;
  EXPECT_TRUE(is("auth"));
  connection_.state = rds::ConnectionState::turned_away;
  EXPECT_TRUE(is("turned-away"));
}

TEST_F(MonitoringPages, AVolumeThatIsHeldElsewhereIsAConflict) {
  monitoring_.answered(about(kA), {"ControllerPublishVolume", CallKind::change,
                                   base::fail(Reason::volume_in_use, Effect::none, "n1 has it"), 1s});
  EXPECT_THAT(monitoring_.metrics_page(), HasSubstr("rds_csi_attachment_conflicts_total 1"));
}

TEST(Monitoring, KeepsTheNewestErrorsOnly) {
  MonitoringOptions options;
  options.errors_kept = 10;
  Watched const nothing{[] { return false; }, [] { return std::vector<base::OperationInfo>{}; }, {}};
  Monitoring monitoring(options, nothing);
  for (int i = 0; i < 1000; ++i) {
    monitoring.answered(
        base::Context::background().with_field("volume", "v" + std::to_string(i)),
        {"DeleteVolume", CallKind::change, base::fail(Reason::not_ours, Effect::none, "x"), 1s});
  }
  auto const page = monitoring.volumes_page();
  EXPECT_EQ(std::count(page.begin(), page.end(), '\n'), 11);
  EXPECT_THAT(page, HasSubstr("v999\t"));
}

}  // namespace
}  // namespace rdscsi::csi
