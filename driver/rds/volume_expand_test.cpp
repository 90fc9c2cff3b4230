// ControllerExpandVolume on the device: the file grows in one exec, or nothing happens. Incidents 20, 22, 24;
// rule 3.
#include <gtest/gtest.h>

#include "rds/fake_rds_for_test.h"
#include "rds/volumes.h"

namespace rdscsi::rds {
namespace {

using base::Effect;
using base::Reason;
using base::StatusOr;
using testing::disk_row;
using testing::effect_of;
using testing::FakeRds;
using testing::kGiB;
using testing::outcome;
using testing::pool_row;
using testing::reason_of;
using testing::says;
using testing::Section;

class VolumesExpand : public ::testing::Test {
 protected:
  StatusOr<Volume> expand(std::int64_t size, std::int64_t required = 0, std::int64_t limit = 0) {
    Volumes volumes(rds_, testing::territory());
    StatusOr<Volume> volume =
        volumes.expand(base::Context::background(), {testing::kId, size, required, limit});
    EXPECT_TRUE(rds_.answered_all());
    return volume;
  }
  void answer(std::string const& became, Section disks, std::string const& free = "99000000000") {
    disks.insert(disks.begin(), pool_row(free));
    rds_.answer({{outcome(became)}, disks});
  }

  FakeRds rds_;
};

TEST_F(VolumesExpand, GrownIsOneExecAndExactToTheByte) {
  answer("made", {disk_row({{"size", "2147483648"}})});
  auto const volume = expand(2 * kGiB);
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_EQ(volume->size_bytes, 2 * kGiB);
  ASSERT_EQ(rds_.lines().size(), 1U);
  EXPECT_NE(rds_.lines()[0].find("do={:if ([/disk get $d size]<2147483648) do={/disk set $d "
                                 "file-size=2147483648;:set e \"made\"}}"),
            std::string::npos)
      << rds_.lines()[0];
}

TEST_F(VolumesExpand, Rule3_TheDeviceItselfTestsWhatItGrows) {
  answer("made", {disk_row({{"size", "2147483648"}})});
  EXPECT_TRUE(expand(2 * kGiB).ok());
  std::string const& line = rds_.lines()[0];
  EXPECT_NE(line.find(":foreach d in=[/disk find where (slot=$i or slot=$s) and type=file and "
                      "file-path~\"^/$w\" and (!(comment~\"^rdscsi\") or comment~\"^rdscsi1 c=uq5d7plmst "),
            std::string::npos)
      << line;
}

TEST_F(VolumesExpand, LargerAlreadyIsLeftAsItIs) {
  answer("", {disk_row({{"size", "5368709120"}})});
  auto const volume = expand(2 * kGiB);
  ASSERT_TRUE(volume.ok());
  EXPECT_EQ(volume->size_bytes, 5 * kGiB);
}

TEST_F(VolumesExpand, MoreThanTheLimitIsOutOfRangeAndNeverShrunk) {
  answer("", {disk_row({{"size", "5368709120"}})});
  auto const status = expand(2 * kGiB, 2 * kGiB, 3 * kGiB).status();
  EXPECT_EQ(reason_of(status), Reason::out_of_range);
  EXPECT_TRUE(says(status, "5368709120")) << status;
}

TEST_F(VolumesExpand, Incident22_AFullPoolIsToldFromItsOwnFigure) {
  answer("failure: some words nobody captured", {disk_row()}, "1000000");
  auto const status = expand(2 * kGiB).status();
  EXPECT_EQ(reason_of(status), Reason::pool_full);
  EXPECT_EQ(effect_of(status), Effect::none);
  EXPECT_TRUE(says(status, "from 1073741824 bytes to 2147483648 bytes")) << status;
}

TEST_F(VolumesExpand, AnErrorWithRoomEnoughIsAFailedCommand) {
  answer("failure: some words nobody captured", {disk_row()});
  EXPECT_EQ(reason_of(expand(2 * kGiB).status()), Reason::rds_command_failed);
}

TEST_F(VolumesExpand, SilenceThatChangedNothingIsNotOk) {
  answer("made", {disk_row()});
  auto const status = expand(2 * kGiB).status();
  EXPECT_EQ(reason_of(status), Reason::rds_command_failed);
  EXPECT_EQ(effect_of(status), Effect::unknown);
}

TEST_F(VolumesExpand, AbsentIsNotFoundOnlyWhereThePoolIsVisible) {
  answer("", {});
  EXPECT_EQ(reason_of(expand(2 * kGiB).status()), Reason::not_found);
  rds_.answer({{outcome("")}, {}});
  EXPECT_EQ(reason_of(expand(2 * kGiB).status()), Reason::pool_not_visible);
}

TEST_F(VolumesExpand, NotOursIsNotTouched) {
  for (auto const& row :
       {disk_row({{"comment", testing::kForeignMark}}), disk_row({{"comment", "rdscsi9"}}),
        disk_row({{"type", "raid"}}), disk_row({{"file-path", "/elsewhere/x.img"}, {"comment", ""}})}) {
    answer("", {row});
    EXPECT_EQ(reason_of(expand(2 * kGiB).status()), Reason::not_ours);
  }
}

TEST_F(VolumesExpand, Incident20_ALostAnswerIsUnknownAndTheRetryReadsFirst) {
  rds_.fail(Reason::rds_timeout, Effect::unknown);
  EXPECT_EQ(effect_of(expand(2 * kGiB).status()), Effect::unknown);
  answer("", {disk_row({{"size", "2147483648"}})});
  EXPECT_TRUE(expand(2 * kGiB).ok());
}

TEST_F(VolumesExpand, WhatCanNeverBeIsRefusedWithoutAsking) {
  EXPECT_EQ(reason_of(expand(2 * kGiB + 1).status()), Reason::invalid_argument);
  EXPECT_EQ(reason_of(expand(0).status()), Reason::invalid_argument);
  Volumes volumes(rds_, testing::territory());
  EXPECT_EQ(reason_of(volumes.expand(base::Context::background(), {"nvme1", kGiB, 0, 0}).status()),
            Reason::not_found);
  EXPECT_TRUE(rds_.lines().empty());
}

}  // namespace
}  // namespace rdscsi::rds
