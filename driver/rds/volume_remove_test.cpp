// DeleteVolume on the device: OK only when disk and file are gone. Incidents 19, 20, 25, 27; W-07.
#include <gtest/gtest.h>

#include "rds/fake_rds_for_test.h"
#include "rds/volumes.h"

namespace rdscsi::rds {
namespace {

using base::Effect;
using base::Reason;
using base::Status;
using testing::disk_row;
using testing::effect_of;
using testing::FakeRds;
using testing::file_row;
using testing::outcome;
using testing::pool_row;
using testing::reason_of;
using testing::says;
using testing::Section;

class VolumesRemove : public ::testing::Test {
 protected:
  Status remove(std::string_view volume_id = testing::kId) {
    Volumes volumes(rds_, testing::territory());
    Status status = volumes.remove(base::Context::background(), volume_id);
    EXPECT_TRUE(rds_.answered_all());
    return status;
  }
  void answer(std::string const& became, Section disks, Section files) {
    disks.insert(disks.begin(), pool_row());
    rds_.answer({{outcome(became)}, disks, files});
  }

  FakeRds rds_;
};

TEST_F(VolumesRemove, GoneIsOneExec) {
  answer("", {}, {});
  EXPECT_TRUE(remove().ok());
  EXPECT_EQ(rds_.lines().size(), 1U);
}

TEST_F(VolumesRemove, W07_IdsThatNeverWereOursAreGoneWithoutAsking) {
  for (char const* id :
       {"storage-pool", "nvme1", "raid10", "", "pvc-", "snap-1b4e28ba-2fa1-11d2-883f-0016d3cca427",
        "pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427; /disk remove [find]", "../etc"}) {
    EXPECT_TRUE(remove(id).ok()) << id;
  }
  EXPECT_TRUE(rds_.lines().empty());
}

TEST_F(VolumesRemove, W07_TheDeviceItselfTestsWhatItRemoves) {
  answer("", {}, {});
  EXPECT_TRUE(remove().ok());
  std::string const& line = rds_.lines()[0];
  // One /disk remove, and its selection demands type, base path and mark.
  EXPECT_EQ(line.find("/disk remove"), line.rfind("/disk remove"));
  EXPECT_NE(
      line.find(
          "/disk remove [/disk find where (slot=$i or slot=$s) and type=file and file-path~\"^/$w\" and "
          "(!(comment~\"^rdscsi\") or comment~\"^rdscsi1 c=uq5d7plmst "),
      std::string::npos)
      << line;
  EXPECT_NE(line.find(":local w \"storage-pool/metal-csi/([^/.][^/]*/)*$i\\\\.img\\$\""), std::string::npos);
}

TEST_F(VolumesRemove, NotOursIsNotTouched) {
  for (auto const& row :
       {disk_row({{"comment", testing::kForeignMark}}), disk_row({{"comment", "rdscsi9"}}),
        disk_row({{"type", "raid"}}), disk_row({{"file-path", "/storage-pool/metal-csi-evil/x.img"}}),
        disk_row({{"file-path", "/storage-pool/metal-csi/other.img"}, {"comment", ""}})}) {
    answer("", {row}, {});
    Status const status = remove();
    EXPECT_EQ(reason_of(status), Reason::not_ours);
    EXPECT_EQ(effect_of(status), Effect::none);
  }
}

TEST_F(VolumesRemove, MissingPoolProvesNothing) {
  rds_.answer({{outcome("")}, {}, {}});
  Status const status = remove();
  EXPECT_EQ(reason_of(status), Reason::pool_not_visible);
  EXPECT_EQ(effect_of(status), Effect::none);
}

TEST_F(VolumesRemove, FileThatStaysIsNotGone) {
  answer("", {}, {file_row()});
  Status const silent = remove();
  EXPECT_EQ(reason_of(silent), Reason::rds_command_failed);
  EXPECT_EQ(effect_of(silent), Effect::partial);
  EXPECT_TRUE(says(silent, testing::kFile)) << silent;

  answer("failure: file is in use", {},
         {file_row("/storage-pool/metal-csi/gold/" + std::string(testing::kId) + ".img")});
  Status const said = remove();
  EXPECT_EQ(reason_of(said), Reason::rds_command_failed);
  EXPECT_TRUE(says(said, "file is in use")) << said;
}

TEST_F(VolumesRemove, FileThatAnotherDiskUsesIsNamed) {
  answer("", {disk_row({{"slot", "vm-storage-001"}, {"comment", ""}})}, {file_row()});
  Status const status = remove();
  EXPECT_EQ(reason_of(status), Reason::not_ours);
  EXPECT_TRUE(says(status, "vm-storage-001")) << status;
}

TEST_F(VolumesRemove, DiskThatStaysIsNotGone) {
  answer("failure: device in use (/disk/remove; line 1)", {disk_row()}, {file_row()});
  Status const status = remove();
  EXPECT_EQ(reason_of(status), Reason::rds_command_failed);
  EXPECT_EQ(effect_of(status), Effect::partial);
  EXPECT_TRUE(says(status, "device in use")) << status;

  answer("", {disk_row()}, {file_row()});
  EXPECT_FALSE(remove().ok());
}

TEST_F(VolumesRemove, ErrorWithNothingLeftIsGone) {
  answer("no such item", {}, {});
  EXPECT_TRUE(remove().ok()) << "another call removed it meanwhile";
}

TEST_F(VolumesRemove, FilesOfOtherVolumesAndPlacesDoNotCount) {
  answer("", {}, {file_row("/storage-pool/elsewhere/" + std::string(testing::kId) + ".img")});
  EXPECT_TRUE(remove().ok());
}

TEST_F(VolumesRemove, W19_ErrorTextWithExitStatusZeroIsNotOk) {
  rds_.answer_raw("not enough permissions (9)\r\n");
  EXPECT_EQ(reason_of(remove()), Reason::rds_permission);
  rds_.answer_raw("");
  rds_.answer_raw("");
  EXPECT_EQ(reason_of(remove()), Reason::rds_reply_damaged);
}

TEST_F(VolumesRemove, W20_DeviceThatIsAwayIsNotAbsence) {
  rds_.fail(Reason::rds_session_lost, Effect::unknown);
  Status const status = remove();
  EXPECT_EQ(reason_of(status), Reason::rds_session_lost);
  EXPECT_EQ(effect_of(status), Effect::unknown);
}

TEST_F(VolumesRemove, W21_ReplyThatStopsInTheMiddleIsNotAbsence) {
  for (int i = 0; i < 2; ++i) {
    rds_.answer_with([](std::string const& nonce) -> base::StatusOr<ExecReply> {
      std::string const whole = testing::make_frame(nonce, {{outcome("")}, {pool_row()}, {}});
      return ExecReply{whole.substr(0, whole.size() - 14), 0};
    });
  }
  EXPECT_EQ(reason_of(remove()), Reason::rds_reply_damaged);
}

}  // namespace
}  // namespace rdscsi::rds
