// What the RDS says about itself, and that what it does not say is absent. W-71, W-72.
#include "rds/health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rds/fake_rds_for_test.h"

namespace rdscsi::rds {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): names of the fixture's rows
using base::Effect;
using base::Reason;
using ::testing::HasSubstr;

class HealthTest : public ::testing::Test {
 protected:
  base::StatusOr<Health> read() { return HealthReader(rds_, territory()).read(base::Context::background()); }
  static Pairs system() { return {{"version", "7.21.4 (stable)"}, {"board", "RDS2216"}}; }
  static Pairs sensor(std::string name, std::string value, std::string unit) {
    return {{".id", "*1"}, {"name", std::move(name)}, {"value", std::move(value)}, {"type", std::move(unit)}};
  }

  FakeRds rds_;
};

TEST_F(HealthTest, IsReadInOneCommand) {
  rds_.answer({{system()},
               {sensor("cpu-temperature", "52", "C"), sensor("psu1-state", "ok", "")},
               {pool_row(),
                Pairs{{"slot", "nvme1"},
                      {"type", "hardware"},
                      {"raid-member-state", "0:in_sync"},
                      {"raid-member-failed", "false"}},
                Pairs{{"slot", "nvme2"}, {"type", "hardware"}, {"raid-member-failed", "true"}}}});
  auto const health = read();
  ASSERT_TRUE(health.ok()) << health.status();
  EXPECT_EQ(health->version, "7.21.4 (stable)");
  EXPECT_EQ(health->board, "RDS2216");
  ASSERT_TRUE(health->pool);
  EXPECT_GT(health->pool->size_bytes, health->pool->free_bytes);
  ASSERT_EQ(health->sensors.size(), 2U);
  EXPECT_EQ(health->sensors[0].value, 52.0);
  EXPECT_EQ(health->sensors[0].unit, "C");
  EXPECT_EQ(health->sensors[1].value, std::nullopt) << "a word";
  EXPECT_EQ(health->sensors[1].text, "ok");
  ASSERT_EQ(health->disks.size(), 3U);
  EXPECT_EQ(health->disks[1].state, "0:in_sync");
  EXPECT_FALSE(health->disks[1].failed);
  EXPECT_TRUE(health->disks[2].failed);
  EXPECT_EQ(rds_.lines().size(), 1U);
}

TEST_F(HealthTest, WithoutSensorsAndWithoutAPoolTheRestIsThere) {
  rds_.answer({{system()}, {}, {}});
  auto const health = read();
  ASSERT_TRUE(health.ok()) << health.status();
  EXPECT_TRUE(health->sensors.empty());
  EXPECT_FALSE(health->pool) << "absent, not 0";
}

TEST_F(HealthTest, ADamagedAnswerIsNoAnswer) {
  rds_.answer_raw("");
  EXPECT_EQ(base::failure_of(read().status()).reason, Reason::rds_reply_damaged);
  rds_.answer(
      {{system()}, {}, {Pairs{{"slot", "raid10"}, {"mount-point", "storage-pool"}, {"size", "many"}}}});
  auto const status = read().status();
  EXPECT_EQ(base::failure_of(status).reason, Reason::rds_reply_damaged);
  EXPECT_EQ(base::failure_of(status).effect, Effect::none);
  EXPECT_THAT(std::string(status.message()), HasSubstr("size=many"));
  rds_.fail(Reason::rds_timeout, Effect::unknown);
  EXPECT_EQ(base::failure_of(read().status()).effect, Effect::none) << "a question changes nothing";
}

}  // namespace
}  // namespace rdscsi::rds
