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
    return {"10.0.0.1",
            [] { return true; },
            [] { return rds::ConnectionStatus{rds::ConnectionState::up, "", 1, 1, 7, 2}; },
            [this] { return operations_; },
            [this](base::Context const&) -> base::StatusOr<std::vector<rds::Volume>> {
              ++looks_;
              return volumes_;
            },
            [this](base::Context const&) -> base::StatusOr<rds::Pool> {
              ++looks_;
              return rds::Pool{1000, 400};
            }};
  }
  static base::Context about(char const* volume) {
    return base::Context::background().with_field("volume", volume);
  }

  std::vector<rds::Volume> volumes_;
  std::vector<base::OperationInfo> operations_;
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
  EXPECT_EQ(monitoring_.metrics_page().find("rds_csi_pool_free_bytes "), std::string::npos);
  monitoring_.look();
  EXPECT_EQ(looks_, 2) << "the volumes and the pool";
  EXPECT_THAT(monitoring_.metrics_page(), HasSubstr("rds_csi_pool_free_bytes 400"));
  EXPECT_THAT(monitoring_.metrics_page(), HasSubstr("rds_csi_nvme_connections_active 1"));
  EXPECT_THAT(monitoring_.metrics_page(), HasSubstr("rds_csi_rds_commands_total{kind=\"command\"} 5"));
}

TEST_F(MonitoringPages, AVolumeThatIsHeldElsewhereIsAConflict) {
  monitoring_.answered(about(kA), {"ControllerPublishVolume", CallKind::change,
                                   base::fail(Reason::volume_in_use, Effect::none, "n1 has it"), 1s});
  EXPECT_THAT(monitoring_.metrics_page(), HasSubstr("rds_csi_attachment_conflicts_total 1"));
}

TEST(Monitoring, KeepsTheNewestErrorsOnly) {
  MonitoringOptions options;
  options.errors_kept = 10;
  Watched const nothing{"",
                        [] { return false; },
                        [] { return rds::ConnectionStatus{}; },
                        [] { return std::vector<base::OperationInfo>{}; },
                        {},
                        {}};
  Monitoring monitoring(options, nothing);
  for (int i = 0; i < 1000; ++i) {
    monitoring.answered(
        base::Context::background().with_field("volume", "v" + std::to_string(i)),
        {"DeleteVolume", CallKind::change, base::fail(Reason::not_ours, Effect::none, "x"), 1s});
  }
  auto const page = monitoring.volumes_page();
  EXPECT_EQ(std::count(page.begin(), page.end(), '\n'), 12);
  EXPECT_THAT(page, HasSubstr("v999\t"));
}

}  // namespace
}  // namespace rdscsi::csi
