// ControllerPublishVolume and ControllerUnpublishVolume on the device: who has a volume stands in its mark,
// and the export lets in that host alone. Incidents 7, 9; rules 1, 2, 3, 4.
#include <gtest/gtest.h>

#include "rds/fake_rds_for_test.h"
#include "rds/formats.h"
#include "rds/mark.h"
#include "rds/volumes.h"

namespace rdscsi::rds {
namespace {

using base::Effect;
using base::Reason;
using base::StatusOr;
using testing::disk_row;
using testing::effect_of;
using testing::FakeRds;
using testing::kForeignMark;
using testing::kId;
using testing::kMark;
using testing::outcome;
using testing::pool_row;
using testing::reason_of;
using testing::says;
using testing::Section;

constexpr char const* kHost = "nqn.2014-08.org.nvmexpress:uuid:11111111-0000-4000-8000-000000000001";

std::string marked(std::string const& format) {
  Mark mark = read_mark(kMark).mark;
  mark.format = format;
  return format_mark(mark);
}

std::string held_by(std::string const& node, std::string const& other = "") {
  return marked("offered:" + node_hash(node) + (other.empty() ? "" : ":" + node_hash(other)));
}

class VolumesPublish : public ::testing::Test {
 protected:
  StatusOr<PublishResult> publish(std::string const& node, bool shared = false, bool fencing = true) {
    Volumes volumes(rds_, testing::territory());
    auto result = volumes.publish(base::Context::background(), {kId, node, kHost, shared, fencing});
    EXPECT_TRUE(rds_.answered_all());
    return result;
  }
  base::Status unpublish(std::string const& node, bool fencing = true) {
    Volumes volumes(rds_, testing::territory());
    auto status = volumes.unpublish(base::Context::background(), {kId, node, fencing});
    EXPECT_TRUE(rds_.answered_all());
    return status;
  }
  void answer(std::string const& became, Section disks) {
    disks.insert(disks.begin(), pool_row());
    rds_.answer({{outcome(became)}, disks});
  }
  bool sent(std::string const& text, std::size_t line = 0) const {
    return rds_.lines().at(line).find(text) != std::string::npos;
  }

  FakeRds rds_;
};

TEST_F(VolumesPublish, TheFirstOfferIsOneExecAndAllowsTheFirstFormat) {
  answer("first", {disk_row({{"comment", held_by("n1")}, {"nvme-tcp-server-allow-host-name", kHost}})});
  auto const result = publish("n1");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->granted);
  EXPECT_TRUE(result->first_format);
  EXPECT_EQ(result->volume.holders, std::vector<std::string>{node_hash("n1")});
  ASSERT_EQ(rds_.lines().size(), 1U);
  EXPECT_TRUE(sent("comment=([:pick $k 0 55].\"offered:" + node_hash("n1") +
                   "\".[:pick $k [:find $k \" src=\"] 200]) nvme-tcp-export=yes "
                   "nvme-tcp-server-allow-host-name=\"" +
                   std::string(kHost) + "\""))
      << rds_.lines()[0];
}

TEST_F(VolumesPublish, Rule1_OfferedBeforeIsNeverAllowedAgain) {
  answer("made", {disk_row({{"comment", held_by("n1")}, {"nvme-tcp-server-allow-host-name", kHost}})});
  auto const result = publish("n1");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->granted);
  EXPECT_FALSE(result->first_format);
}

TEST_F(VolumesPublish, Rule2_TheDeviceItselfTestsThatNobodyElseHasIt) {
  answer("", {disk_row({{"comment", held_by("n1")}, {"nvme-tcp-server-allow-host-name", "nqn.other"}})});
  auto const result = publish("n2");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_FALSE(result->granted);
  EXPECT_EQ(result->volume.holders, std::vector<std::string>{node_hash("n1")});
  EXPECT_TRUE(sent("fmt=(never|filled|offered:(free|" + node_hash("n2") + "))")) << rds_.lines()[0];
}

TEST_F(VolumesPublish, ASharedVolumeTakesASecondNodeAndIsNotFenced) {
  answer("made", {disk_row({{"comment", held_by("n1", "n2")}, {"nvme-tcp-server-allow-host-name", ""}})});
  auto const result = publish("n2", true);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->granted);
  EXPECT_TRUE(sent("nvme-tcp-server-allow-host-name=\"\"")) << rds_.lines()[0];
}

TEST_F(VolumesPublish, AHostThatWasNotLetInIsNotAnsweredAsPublished) {
  answer("made", {disk_row({{"comment", held_by("n1")}})});
  auto const result = publish("n1");
  EXPECT_EQ(reason_of(result.status()), Reason::rds_command_failed);
  EXPECT_EQ(effect_of(result.status()), Effect::partial);
}

TEST_F(VolumesPublish, WithoutFencingTheAllowedHostIsNotTouched) {
  answer("first", {disk_row({{"comment", held_by("n1")}})});
  auto const result = publish("n1", false, false);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_FALSE(sent("allow-host-name=")) << rds_.lines()[0];
}

TEST_F(VolumesPublish, AnUnmarkedVolumeIsTakenOverByASecondExecAndNeverFormatted) {
  answer("", {disk_row({{"comment", ""}, {"mount-filesystem", "true"}})});
  answer("made", {disk_row({{"comment", held_by("n1")}, {"nvme-tcp-server-allow-host-name", kHost}})});
  auto const result = publish("n1");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->granted);
  EXPECT_FALSE(result->first_format);
  EXPECT_TRUE(sent("!(comment~\"^rdscsi\")", 1)) << rds_.lines()[1];
  EXPECT_TRUE(sent("p=adopted2 fmt=offered:" + node_hash("n1"), 1)) << rds_.lines()[1];
  EXPECT_TRUE(sent("mount-filesystem=no", 1)) << rds_.lines()[1];
}

TEST_F(VolumesPublish, AVolumeTheServerWouldMountIsMendedAndKeepsItsFirstFormat) {
  Section const row = {disk_row({{"comment", held_by("n1")},
                                 {"mount-filesystem", "true"},
                                 {"nvme-tcp-server-allow-host-name", kHost}})};
  answer("first", row);
  answer("made", {disk_row({{"comment", held_by("n1")}, {"nvme-tcp-server-allow-host-name", kHost}})});
  auto const result = publish("n1");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->first_format);
  EXPECT_TRUE(sent("/disk set $d mount-filesystem=no nvme-tcp-server-nqn=", 1)) << rds_.lines()[1];
}

TEST_F(VolumesPublish, Rule3_WhatIsNotOursIsNotPublished) {
  answer("", {disk_row({{"comment", kForeignMark}})});
  EXPECT_EQ(reason_of(publish("n1").status()), Reason::not_ours);
  answer("", {disk_row({{"comment", "rdscsi2 c=uq5d7plmst"}})});
  EXPECT_EQ(reason_of(publish("n1").status()), Reason::not_ours);
}

TEST_F(VolumesPublish, Rule5_NotFoundOnlyWhenThePoolIsVisible) {
  answer("", {});
  EXPECT_EQ(reason_of(publish("n1").status()), Reason::not_found);
  rds_.answer({{outcome("")}, {}});
  EXPECT_EQ(reason_of(publish("n1").status()), Reason::pool_not_visible);
}

TEST_F(VolumesPublish, WhatRouterOsRefusedIsSaid) {
  answer("failure: some words nobody captured", {disk_row()});
  auto const status = publish("n1").status();
  EXPECT_TRUE(says(status, "some words nobody captured")) << status;
  EXPECT_NE(effect_of(status), Effect::none);
}

TEST_F(VolumesPublish, UnpublishTurnsTheExportOffBeforeItForgetsTheNode) {
  answer("made", {disk_row({{"comment", marked("offered:free")}, {"nvme-tcp-export", "false"}})});
  EXPECT_TRUE(unpublish("n1").ok());
  ASSERT_EQ(rds_.lines().size(), 1U);
  auto const off = rds_.lines()[0].find("nvme-tcp-export=no"), mark = rds_.lines()[0].find("comment=([:pick");
  ASSERT_NE(off, std::string::npos) << rds_.lines()[0];
  EXPECT_LT(off, mark);
}

TEST_F(VolumesPublish, Rule4_UnpublishIsNotOkWhileTheMarkNamesTheNode) {
  answer("", {disk_row({{"comment", held_by("n1")}})});
  EXPECT_EQ(reason_of(unpublish("n1")), Reason::rds_command_failed);
}

TEST_F(VolumesPublish, UnpublishOfANodeThatDoesNotHaveItChangesNothing) {
  answer("", {disk_row({{"comment", held_by("n2")}})});
  EXPECT_TRUE(unpublish("n1").ok());
  answer("", {});
  EXPECT_TRUE(unpublish("n1").ok()) << "the volume is gone, and the pool was visible";
  answer("", {disk_row({{"comment", ""}})});
  EXPECT_TRUE(unpublish("n1").ok()) << "the Go driver's volumes say nowhere who has them";
}

TEST_F(VolumesPublish, UnpublishWithoutAPoolIsUnknown) {
  rds_.answer({{outcome("")}, {}});
  EXPECT_EQ(reason_of(unpublish("n1")), Reason::pool_not_visible);
}

TEST_F(VolumesPublish, Rule3_UnpublishLeavesOthersVolumesAlone) {
  answer("", {disk_row({{"comment", kForeignMark}})});
  EXPECT_EQ(reason_of(unpublish("n1")), Reason::not_ours);
}

TEST_F(VolumesPublish, APublishedVolumeIsNotDeleted) {
  Volumes volumes(rds_, testing::territory());
  answer("", {disk_row({{"comment", held_by("n1")}})});
  auto const status = volumes.remove(base::Context::background(), kId);
  EXPECT_EQ(reason_of(status), Reason::volume_in_use) << status;
  EXPECT_TRUE(sent("fmt=(never|offered:free) ")) << rds_.lines()[0];
}

}  // namespace
}  // namespace rdscsi::rds
