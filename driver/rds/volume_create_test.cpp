// CreateVolume on the device: what is found is judged from its rows. Incidents 19, 20, 21, 42.
#include <gtest/gtest.h>

#include "rds/fake_rds_for_test.h"
#include "rds/volumes.h"

namespace rdscsi::rds {
namespace {

using base::Effect;
using base::Reason;
using testing::disk_row;
using testing::effect_of;
using testing::FakeRds;
using testing::file_row;
using testing::outcome;
using testing::pool_row;
using testing::reason_of;
using testing::says;
using testing::Section;

class VolumesCreate : public ::testing::Test {
 protected:
  base::StatusOr<Volume> create(VolumeSpec const& spec = testing::spec()) {
    Volumes volumes(rds_, testing::territory());
    auto volume = volumes.create(base::Context::background(), spec);
    EXPECT_TRUE(rds_.answered_all());
    return volume;
  }
  // One answer: what became of the change, the disks behind the pool's row, the files.
  void answer(std::string const& became, Section disks, Section files) {
    disks.insert(disks.begin(), pool_row());
    rds_.answer({{outcome(became)}, disks, files});
  }

  FakeRds rds_;
};

TEST_F(VolumesCreate, MadeInOneExec) {
  answer("made", {disk_row()}, {file_row()});
  auto const volume = create();
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_EQ(volume->volume_id, testing::kId);
  EXPECT_EQ(volume->slot, testing::kCompact);
  EXPECT_EQ(volume->file_path, testing::kFile);
  EXPECT_EQ(volume->size_bytes, testing::kGiB);
  EXPECT_EQ(volume->nqn, testing::kNqn);
  EXPECT_EQ(volume->nvme_port, 4420);
  EXPECT_TRUE(volume->exported);
  EXPECT_TRUE(volume->marked);
  EXPECT_EQ(rds_.lines().size(), 1U);
}

TEST_F(VolumesCreate, FileThatIsListedLateDoesNotSpoilAFreshDisk) {
  answer("made", {disk_row()}, {});
  EXPECT_TRUE(create().ok());
}

TEST_F(VolumesCreate, FoundCompleteIsTheSameAnswer) {
  answer("", {disk_row()}, {file_row()});
  auto const volume = create();
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_EQ(volume->slot, testing::kCompact);
}

TEST_F(VolumesCreate, FoundInTheFullSlotIsTheSameVolume) {
  answer("", {disk_row({{"slot", testing::kId}})}, {file_row()});
  auto const volume = create();
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_EQ(volume->slot, testing::kId);
}

TEST_F(VolumesCreate, W03_SizeIsCheckedAgainstRequiredAndLimitInBytes) {
  VolumeSpec bounded = testing::spec();
  bounded.required_bytes = testing::kGiB;
  bounded.limit_bytes = testing::kGiB;
  answer("", {disk_row()}, {file_row()});
  EXPECT_TRUE(create(bounded).ok());

  bounded.required_bytes = testing::kGiB + 1;
  bounded.limit_bytes = 2 * testing::kGiB;
  bounded.size_bytes = testing::kGiB + 512;
  answer("", {disk_row()}, {file_row()});
  EXPECT_EQ(reason_of(create(bounded).status()), Reason::already_exists);

  bounded.required_bytes = 1;
  bounded.size_bytes = 512;
  bounded.limit_bytes = testing::kGiB - 1;
  answer("", {disk_row()}, {file_row()});
  EXPECT_EQ(reason_of(create(bounded).status()), Reason::already_exists);
}

TEST_F(VolumesCreate, W03_DeviceThatMadeItSmallerIsNotSuccess) {
  answer("made", {disk_row({{"size", "1073741312"}})}, {file_row()});
  auto const volume = create();
  EXPECT_EQ(reason_of(volume.status()), Reason::rds_command_failed);
  EXPECT_EQ(effect_of(volume.status()), Effect::partial);
}

TEST_F(VolumesCreate, SizesThatAreNoWholeSectorsAreRefusedBeforeAsking) {
  for (std::int64_t const size : {std::int64_t{0}, std::int64_t{-512}, std::int64_t{1}, testing::kGiB + 1}) {
    VolumeSpec odd = testing::spec();
    odd.size_bytes = size;
    EXPECT_EQ(reason_of(create(odd).status()), Reason::invalid_argument) << size;
  }
  EXPECT_TRUE(rds_.lines().empty());
}

TEST_F(VolumesCreate, W07_IdsAndDirectoriesThatAreNotOursNeverReachTheDevice) {
  for (char const* id : {"storage-pool", "nvme1", "", "pvc-1", "snap-1b4e28ba-2fa1-11d2-883f-0016d3cca427"}) {
    VolumeSpec bad = testing::spec();
    bad.volume_id = id;
    EXPECT_EQ(reason_of(create(bad).status()), Reason::invalid_argument) << id;
  }
  for (char const* directory :
       {"/storage-pool/metal-csi-evil", "/storage-pool", "/storage-pool/metal-csi/..",
        "storage-pool/metal-csi", "/storage-pool/metal-csi/", "/storage-pool/metal-csi/.x"}) {
    VolumeSpec bad = testing::spec();
    bad.directory = directory;
    EXPECT_EQ(reason_of(create(bad).status()), Reason::invalid_argument) << directory;
  }
  EXPECT_TRUE(rds_.lines().empty());
}

TEST_F(VolumesCreate, OtherContentUnderTheSameNameExists) {
  struct Case {
    char const* comment;
    char const* says;
  };
  for (Case const& other :
       {Case{"rdscsi1 c=uq5d7plmst v=aaaaaaaaaaaaaaaa p=2rzgkgai fmt=never src=-", "another CSI name"},
        Case{"rdscsi1 c=uq5d7plmst v=n2ofl3jmcuf4ogjy p=aaaaaaaa fmt=never src=-", "other parameters"},
        Case{"rdscsi1 c=uq5d7plmst v=n2ofl3jmcuf4ogjy p=2rzgkgai fmt=never src=snap:a", "content source"}}) {
    answer("", {disk_row({{"comment", other.comment}})}, {file_row()});
    auto const status = create().status();
    EXPECT_EQ(reason_of(status), Reason::already_exists) << other.comment;
    EXPECT_TRUE(says(status, other.says)) << status;
  }
}

TEST_F(VolumesCreate, OtherClustersAndOtherPeoplesDisksAreNotOurs) {
  for (auto const& row :
       {disk_row({{"comment", testing::kForeignMark}}), disk_row({{"comment", "rdscsi2 future"}}),
        disk_row({{"type", "raid"}}), disk_row({{"file-path", "/storage-pool/elsewhere.img"}}),
        disk_row({{"file-path", ""}})}) {
    answer("", {row}, {});
    EXPECT_EQ(reason_of(create().status()), Reason::not_ours);
  }
  answer("", {disk_row({{"slot", "vm-storage-001"}, {"comment", ""}})}, {file_row()});
  auto const status = create().status();
  EXPECT_EQ(reason_of(status), Reason::not_ours);
  EXPECT_TRUE(says(status, "vm-storage-001")) << status;
}

TEST_F(VolumesCreate, UnmarkedVolumeOfTheGoDriverIsServedUnchanged) {
  answer("", {disk_row({{"comment", ""}, {"slot", testing::kId}, {"nvme-tcp-export", "false"}})}, {});
  auto const volume = create();
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_FALSE(volume->marked);
  EXPECT_FALSE(volume->exported);
  EXPECT_EQ(rds_.lines().size(), 1U);

  answer("", {disk_row({{"comment", ""}, {"size", "512"}})}, {});
  EXPECT_EQ(reason_of(create().status()), Reason::already_exists);
}

TEST_F(VolumesCreate, TwoDisksForOneVolumeAreReportedNotChosenFrom) {
  answer("", {disk_row(), disk_row({{"slot", testing::kId}})}, {file_row()});
  EXPECT_EQ(reason_of(create().status()), Reason::rds_command_failed);
}

TEST_F(VolumesCreate, MissingPoolProvesNothing) {
  rds_.answer({{outcome("")}, {}, {}});
  auto const status = create().status();
  EXPECT_EQ(reason_of(status), Reason::pool_not_visible);
  EXPECT_EQ(effect_of(status), Effect::none);
}

TEST_F(VolumesCreate, W18_TextOfAFullPoolArrives) {
  answer("failure: not enough space (/disk/add; line 1)", {}, {});
  auto const status = create().status();
  EXPECT_EQ(reason_of(status), Reason::pool_full);
  EXPECT_EQ(effect_of(status), Effect::none);
  EXPECT_TRUE(says(status, "not enough space")) << status;
  EXPECT_TRUE(says(status, "99000000000 bytes free")) << status;
}

TEST_F(VolumesCreate, FullPoolIsRecognisedByItsFiguresWhateverTheText) {
  rds_.answer({{outcome("failure: could not allocate")}, {pool_row("1000")}, {}});
  EXPECT_EQ(reason_of(create().status()), Reason::pool_full);

  answer("failure: could not allocate", {}, {});
  EXPECT_EQ(reason_of(create().status()), Reason::rds_command_failed);
}

TEST_F(VolumesCreate, W19_FailureWithExitStatusZeroIsAFailure) {
  // Asked twice: an error in place of a frame says nothing of what the script did before it.
  rds_.answer_raw("failure: not allowed by device-mode (/disk/add; line 1)\r\n");
  rds_.answer_raw("failure: not allowed by device-mode (/disk/add; line 1)\r\n");
  auto const status = create().status();
  EXPECT_EQ(reason_of(status), Reason::rds_command_failed);
  EXPECT_EQ(effect_of(status), Effect::unknown);
  EXPECT_TRUE(says(status, "not allowed by device-mode")) << status;

  answer("not enough permissions (9)", {}, {});
  EXPECT_EQ(reason_of(create().status()), Reason::rds_permission);
}

TEST_F(VolumesCreate, W19_SilenceIsNotSuccess) {
  rds_.answer_raw("");
  rds_.answer_raw("");
  auto const status = create().status();
  EXPECT_EQ(reason_of(status), Reason::rds_reply_damaged);
  EXPECT_EQ(effect_of(status), Effect::unknown);
}

TEST_F(VolumesCreate, W20_DeviceThatIsAwayStaysAway) {
  for (Reason const reason : {Reason::rds_unreachable, Reason::rds_timeout, Reason::rds_session_lost}) {
    rds_.fail(reason, Effect::unknown);
    auto const status = create().status();
    EXPECT_EQ(reason_of(status), reason);
    EXPECT_EQ(effect_of(status), Effect::unknown);
  }
  EXPECT_EQ(rds_.lines().size(), 3U) << "an unknown outcome is not repeated blindly";
}

TEST_F(VolumesCreate, W21_LookupErrorIsNotAbsence) {
  // Everything a naive reader would take for "no such disk": nothing may be added on the strength of it.
  for (char const* output : {"Flags: X - disabled\r\n", "no such item\r\n", "interrupted\r\n"}) {
    FakeRds rds;
    for (int i = 0; i < 2; ++i) rds.answer_raw(output);
    Volumes volumes(rds, testing::territory());
    EXPECT_FALSE(volumes.create(base::Context::background(), testing::spec()).ok()) << output;
    for (std::string const& line : rds.lines()) {
      EXPECT_NE(line.find("[:len [/disk find where slot=$i or slot=$s or file-path=\"/$g\"]]=0"),
                std::string::npos)
          << "an add without its precondition: " << line;
    }
  }
}

TEST_F(VolumesCreate, DamagedReplyIsAskedForOnceMore) {
  rds_.answer_raw("garbage");
  answer("", {disk_row()}, {file_row()});
  EXPECT_TRUE(create().ok()) << "the first exec made it, the second found it";
  EXPECT_EQ(rds_.lines().size(), 2U);
  EXPECT_NE(rds_.lines()[0].substr(0, 20), rds_.lines()[1].substr(0, 20)) << "each exec has its own nonce";
}

TEST_F(VolumesCreate, OldRouterOsIsToldWhatIsMissing) {
  rds_.answer_with([this](std::string const&) -> base::StatusOr<ExecReply> {
    std::size_t const column = rds_.lines().back().find("file-path=\"/$g\" file-size") + 1;
    return ExecReply{"expected end of command (line 1 column " + std::to_string(column) + ")\r\n", 0};
  });
  rds_.answer_with([](std::string const& nonce) -> base::StatusOr<ExecReply> {
    return ExecReply{nonce + " 7.16 (stable)\r\n", 0};
  });
  auto const status = create().status();
  EXPECT_EQ(rds_.lines().size(), 2U) << "which RouterOS it is, is asked only then";
  EXPECT_TRUE(says(status, "RouterOS 7.16 (stable): this RouterOS")) << status;
  EXPECT_EQ(reason_of(status), Reason::rds_unsupported);
  EXPECT_EQ(effect_of(status), Effect::none);
  EXPECT_TRUE(says(status, "`file-path` in /disk add: file-backed disks need RouterOS 7.17 or later"))
      << status;
}

TEST_F(VolumesCreate, RowOfOursThatLacksAFieldIsUnknown) {
  for (char const* key : {"size", "nvme-tcp-export"}) {
    answer("made", {disk_row({{key, ""}})}, {file_row()});
    if (std::string(key) == "nvme-tcp-export") answer("made", {disk_row({{key, ""}})}, {file_row()});
    auto const status = create().status();
    EXPECT_FALSE(status.ok()) << key;
    EXPECT_NE(effect_of(status), Effect::none) << key;
  }
}

// --- half-made volumes: a second exec ends what the first found ---

TEST_F(VolumesCreate, ExportThatIsOffIsRepaired) {
  for (auto const& row :
       {disk_row({{"nvme-tcp-export", "false"}}),
        disk_row({{"nvme-tcp-server-nqn", "nqn.2000-02.com.mikrotik:x"}}),
        disk_row({{"nvme-tcp-server-port", "4421"}}), disk_row({{"mount-filesystem", "true"}})}) {
    answer("", {row}, {file_row()});
    answer("made", {disk_row()}, {file_row()});
    auto const volume = create();
    ASSERT_TRUE(volume.ok()) << volume.status();
    EXPECT_EQ(volume->nqn, testing::kNqn);
  }
  EXPECT_EQ(rds_.lines().size(), 8U);
  EXPECT_NE(rds_.lines()[1].find(std::string("/disk set [/disk find where slot=\"") + testing::kCompact +
                                 "\" comment=\"" + testing::kMark + "\" file-path=\"/$g\"]"),
            std::string::npos)
      << rds_.lines()[1];
}

TEST_F(VolumesCreate, ExportOfAnOfferedVolumeIsLeftToPublish) {
  answer("", {disk_row({{"comment", testing::kOffered}, {"nvme-tcp-export", "false"}})}, {file_row()});
  auto const volume = create();
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_FALSE(volume->exported);
  EXPECT_EQ(rds_.lines().size(), 1U);
}

TEST_F(VolumesCreate, RepairThatDoesNotHoldIsPartial) {
  answer("", {disk_row({{"nvme-tcp-export", "false"}})}, {file_row()});
  answer("made", {disk_row({{"nvme-tcp-export", "false"}})}, {file_row()});
  auto const status = create().status();
  EXPECT_EQ(reason_of(status), Reason::rds_command_failed);
  EXPECT_EQ(effect_of(status), Effect::partial);
}

TEST_F(VolumesCreate, EntryWithoutItsFileIsMadeAnew) {
  answer("", {disk_row()}, {});
  answer("made", {disk_row()}, {file_row()});
  EXPECT_TRUE(create().ok());
  ASSERT_EQ(rds_.lines().size(), 2U);
  EXPECT_NE(rds_.lines()[1].find(
                "[/disk find where slot=$s comment=$h file-path=\"/$g\"] do={/disk remove $d;/disk add"),
            std::string::npos)
      << rds_.lines()[1];
}

TEST_F(VolumesCreate, OfferedVolumeWithoutItsFileIsNeverMadeAnew) {
  answer("", {disk_row({{"comment", testing::kOffered}})}, {});
  auto const status = create().status();
  EXPECT_EQ(reason_of(status), Reason::rds_command_failed);
  EXPECT_TRUE(says(status, "the data file " + std::string(testing::kFile) + " is missing")) << status;
  EXPECT_EQ(rds_.lines().size(), 1U);
}

TEST_F(VolumesCreate, LeftoverFileIsReplacedBecauseANewVolumeIsBlank) {
  answer("", {}, {file_row()});
  answer("made", {disk_row()}, {file_row()});
  EXPECT_TRUE(create().ok());
  ASSERT_EQ(rds_.lines().size(), 2U);
  EXPECT_EQ(rds_.lines()[0].find("/file remove"), std::string::npos);
  EXPECT_NE(rds_.lines()[1].find("/file remove [/file find name=$g];/disk add"), std::string::npos);
}

TEST_F(VolumesCreate, LeftoverOfAFailedAddIsRemoved) {
  for (auto const& [disks, files] :
       {std::pair<Section, Section>{{disk_row()}, {}}, std::pair<Section, Section>{{}, {file_row()}},
        std::pair<Section, Section>{{disk_row({{"size", "4096"}})}, {file_row()}}}) {
    answer("failure: not enough space", disks, files);
    answer("made", {}, {});
    auto const status = create().status();
    EXPECT_EQ(reason_of(status), Reason::pool_full);
    EXPECT_EQ(effect_of(status), Effect::none) << "the leftover is gone";
  }
  EXPECT_NE(rds_.lines()[1].find("/disk remove $d"), std::string::npos);
}

TEST_F(VolumesCreate, LeftoverThatStaysIsPartial) {
  answer("failure: not enough space", {disk_row()}, {});
  answer("failure: busy", {disk_row()}, {});
  auto const stays = create().status();
  EXPECT_EQ(reason_of(stays), Reason::pool_full);
  EXPECT_EQ(effect_of(stays), Effect::partial);

  answer("failure: not enough space", {disk_row()}, {});
  rds_.fail(Reason::rds_timeout, Effect::unknown);
  EXPECT_EQ(effect_of(create().status()), Effect::partial);
}

TEST_F(VolumesCreate, FailedAddThatFindsAWholeVolumeLostARaceAgainstItself) {
  answer("failure: already have such entry", {disk_row()}, {file_row()});
  EXPECT_TRUE(create().ok());
}

TEST_F(VolumesCreate, NeverMoreThanTwoExecs) {
  rds_.answer_raw("garbage");
  answer("", {disk_row({{"nvme-tcp-export", "false"}})}, {file_row()});
  auto const status = create().status();
  EXPECT_EQ(reason_of(status), Reason::rds_command_failed);
  EXPECT_EQ(effect_of(status), Effect::partial);
  EXPECT_EQ(rds_.lines().size(), 2U);
}

}  // namespace
}  // namespace rdscsi::rds
