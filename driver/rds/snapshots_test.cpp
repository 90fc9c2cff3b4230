// Snapshots on the device, and the self-test that decides whether there are any. W-12: nobody's word is taken
// for it that a snapshot holds data; W-24: what is known of one stands on the device; W-80: no value becomes
// code.
#include "rds/snapshots.h"

#include <gtest/gtest.h>

#include "rds/fake_rds_for_test.h"
#include "rds/formats.h"
#include "rds/script.h"
#include "rds/snapshot_name.h"
#include "rds/snapshot_scripts.h"
#include "rds/volume_scripts.h"

namespace rdscsi::rds {
namespace {

using base::Effect;
using base::Reason;
using testing::disk_row;
using testing::effect_of;
using testing::FakeRds;
using testing::kGiB;
using testing::kId;
using testing::outcome;
using testing::Pairs;
using testing::pool_row;
using testing::reason_of;
using testing::says;
using testing::Section;

constexpr char const* kSnapshot = "snap-1b4e28ba-2fa1-11d2-883f-0016d3cca427";
constexpr char const* kName =
    "snap-1b4e28ba-2fa1-11d2-883f-0016d3cca427.uq5d7plmst.dnhcrorpuei5fcb7aalnhtfee4.1790000000.2147483648";
constexpr char const* kForeign =
    "snap-1b4e28ba-2fa1-11d2-883f-0016d3cca427.aaaaaaaaaa.dnhcrorpuei5fcb7aalnhtfee4.1790000000.2147483648";
constexpr char const* kOwnFile = "/storage-pool/metal-csi/pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427/disk.img";

base::Context ctx() {
  return base::Context::background();
}

Pairs subvolume(std::string name) {
  return {{".id", "*7"}, {"fs", "storage-pool"}, {"name", std::move(name)}, {"read-only", "true"}};
}

Section subvolumes(std::vector<std::string> const& names) {
  Section section;
  for (auto const& name : names) section.push_back(subvolume(name));
  return section;
}

class SnapshotsTest : public ::testing::Test {
 protected:
  SnapshotsTest() { rds_.line_bytes_max = kProvenLineBytesMax; }

  // The self-test's answer; the nonce is what it wrote.
  void pass_self_test(std::string const& label = "storage-pool") {
    rds_.answer_with([label](std::string const& nonce) -> base::StatusOr<ExecReply> {
      return ExecReply{
          testing::make_frame(
              nonce, {{outcome("tested " + nonce + " " + nonce + " overwritten " + label)}, {pool_row()}}),
          0};
    });
  }
  void answer(std::string const& became, Section disks, std::vector<std::string> const& names) {
    disks.insert(disks.begin(), pool_row());
    rds_.answer({{outcome(became)}, disks, subvolumes(names)});
  }
  std::string const& sent() const { return rds_.lines().back(); }

  FakeRds rds_;
  SnapshotSupport support_{rds_, testing::territory(), true};
  Snapshots snapshots_{rds_, support_};
};

// --- the self-test ---

TEST_F(SnapshotsTest, W12_TheSelfTestWritesCutsOverwritesAndReadsBackInOneExec) {
  pass_self_test("pool label");
  auto const verdict = support_.settle(ctx());
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_EQ(verdict->filesystem, "pool label");
  EXPECT_TRUE(support_.settle(ctx()).ok()) << "from memory";
  ASSERT_EQ(rds_.lines().size(), 1U);
}

TEST_F(SnapshotsTest, TheSelfTestsLineHasTheLengthItProves) {
  auto const line = self_test_script("01234567", testing::territory(), "rdscsi-test-uq5d7plmst-01234567");
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->size(), kProvenLineBytesMax);
}

TEST_F(SnapshotsTest, W12_ASnapshotThatHoldsOtherBytesIsNone) {
  rds_.answer_with([](std::string const& nonce) -> base::StatusOr<ExecReply> {
    return ExecReply{
        testing::make_frame(nonce,
                            {{outcome("tested overwritten " + nonce + " overwritten pool")}, {pool_row()}}),
        0};
  });
  auto const verdict = support_.settle(ctx());
  ASSERT_TRUE(verdict.ok());
  EXPECT_FALSE(verdict->available());
  EXPECT_NE(verdict->why.find("does not hold"), std::string::npos) << verdict->why;
  EXPECT_EQ(reason_of(snapshots_.create(ctx(), kSnapshot, kId).status()), Reason::unsupported);
}

TEST_F(SnapshotsTest, ADeviceWithoutTheMenuIsSettledToo) {
  rds_.answer_raw("syntax error (line 1 column 210)\r\n");
  rds_.answer_raw("");  // which RouterOS it is
  auto const verdict = support_.settle(ctx());
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_FALSE(verdict->available());
}

TEST_F(SnapshotsTest, AnotherFilesystemAndAnErrorAreSettledWithTheirReason) {
  for (std::string const became : {"no btrfs", "failure: not allowed"}) {
    FakeRds rds;
    rds.line_bytes_max = kProvenLineBytesMax;
    SnapshotSupport support(rds, testing::territory(), true);
    rds.answer({{outcome(became)}, {pool_row()}});
    if (became != "no btrfs") rds.answer({{outcome("")}, {pool_row()}});
    auto const verdict = support.settle(ctx());
    ASSERT_TRUE(verdict.ok());
    EXPECT_FALSE(verdict->available());
    EXPECT_FALSE(verdict->why.empty());
  }
}

// Found by the explorer: a process that started while the pool was full took the device for one without
// snapshots, and refused to delete what filled it.
TEST_F(SnapshotsTest, OnAFullPoolAVolumeInItsOwnSubvolumeIsProofEnough) {
  rds_.answer({{outcome("failure: not enough space")}, {pool_row()}});
  rds_.answer({{outcome("seen pool label")}, {pool_row()}});
  auto const verdict = support_.settle(ctx());
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_EQ(verdict->filesystem, "pool label");
}

TEST_F(SnapshotsTest, AFullPoolWithoutSuchAVolumeSettlesNothingAndLetsFlatOnesGo) {
  auto const full = [&] {
    rds_.answer({{outcome("failure: not enough space")}, {pool_row()}});
    rds_.answer({{outcome("")}, {pool_row()}});
  };
  full();
  EXPECT_EQ(reason_of(support_.settle(ctx()).status()), Reason::pool_full);
  EXPECT_FALSE(support_.verdict().has_value());
  Volumes volumes(rds_, testing::territory(), &support_);
  full();
  rds_.answer({{outcome("")}, {pool_row()}});
  EXPECT_TRUE(volumes.remove(ctx(), kId).ok());
  EXPECT_TRUE(rds_.answered_all());
}

TEST_F(SnapshotsTest, ADeviceThatIsAwayOrHasNoPoolYetSettlesNothing) {
  rds_.fail(Reason::rds_unreachable, Effect::none);
  EXPECT_EQ(reason_of(support_.settle(ctx()).status()), Reason::rds_unreachable);
  rds_.answer({{outcome("")}, {}});
  EXPECT_EQ(reason_of(support_.settle(ctx()).status()), Reason::pool_not_visible);
  EXPECT_FALSE(support_.verdict().has_value());
  pass_self_test();
  EXPECT_TRUE(support_.settle(ctx())->available());
}

TEST(SnapshotSupport, OffAsksNothing) {
  FakeRds rds;
  SnapshotSupport support(rds, testing::territory(), false);
  EXPECT_FALSE(support.settle(ctx())->available());
  support.start();
  support.stop();
}

// --- create ---

TEST_F(SnapshotsTest, OneCommandMakesTheWholeSnapshot) {
  pass_self_test();
  answer("made", {disk_row({{"file-path", kOwnFile}})}, {kName});
  auto const snapshot = snapshots_.create(ctx(), kSnapshot, kId);
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(snapshot->snapshot_id, kSnapshot);
  EXPECT_EQ(snapshot->source_volume_id, kId);
  EXPECT_EQ(snapshot->size_bytes, 2 * kGiB);
  EXPECT_EQ(snapshot->created_s, 1'790'000'000);
  EXPECT_EQ(rds_.lines().size(), 2U) << "the self-test, and one";
  EXPECT_NE(sent().find("read-only=yes"), std::string::npos) << sent();
  EXPECT_NE(sent().find(" parent=[:pick $b 14 [:find $b \"/disk.img\"]]"), std::string::npos) << sent();
}

TEST_F(SnapshotsTest, TheSameSourceAgainIsTheSameSnapshotAnotherIsNot) {
  pass_self_test();
  answer("", {disk_row({{"file-path", kOwnFile}})}, {kName});
  EXPECT_TRUE(snapshots_.create(ctx(), kSnapshot, kId).ok());
  answer("", {}, {kName});
  auto const other = snapshots_.create(ctx(), kSnapshot, "pvc-00000000-0000-0000-0000-000000000001").status();
  EXPECT_EQ(reason_of(other), Reason::already_exists);
  EXPECT_TRUE(says(other, kId)) << other;
}

TEST_F(SnapshotsTest, WhyThereIsNoneIsReadFromTheSource) {
  pass_self_test();
  answer("", {}, {});
  EXPECT_EQ(reason_of(snapshots_.create(ctx(), kSnapshot, kId).status()), Reason::not_found);
  answer("", {disk_row()}, {});
  auto const flat = snapshots_.create(ctx(), kSnapshot, kId).status();
  EXPECT_EQ(reason_of(flat), Reason::rds_unsupported);
  EXPECT_TRUE(says(flat, "no subvolume of its own")) << flat;
  answer("", {disk_row({{"file-path", kOwnFile}, {"comment", testing::kForeignMark}})}, {});
  EXPECT_EQ(reason_of(snapshots_.create(ctx(), kSnapshot, kId).status()), Reason::not_ours);
  answer("failure: no space left", {disk_row({{"file-path", kOwnFile}})}, {});
  auto const failed = snapshots_.create(ctx(), kSnapshot, kId).status();
  EXPECT_EQ(reason_of(failed), Reason::pool_full);
  EXPECT_EQ(effect_of(failed), Effect::unknown);
}

TEST_F(SnapshotsTest, Incident19_WithoutThePoolNothingIsSaid) {
  pass_self_test();
  rds_.answer({{outcome("")}, {}, {}});
  EXPECT_EQ(reason_of(snapshots_.create(ctx(), kSnapshot, kId).status()), Reason::pool_not_visible);
  rds_.answer({{outcome("")}, {}, {}});
  EXPECT_EQ(reason_of(snapshots_.remove(ctx(), kSnapshot)), Reason::pool_not_visible);
  rds_.answer({{}, {}});
  EXPECT_EQ(reason_of(snapshots_.get(ctx(), kSnapshot).status()), Reason::pool_not_visible);
  rds_.answer({{}, {}});
  EXPECT_EQ(reason_of(snapshots_.list(ctx()).status()), Reason::pool_not_visible);
}

// --- delete ---

TEST_F(SnapshotsTest, Rule4_OkMeansItIsGone) {
  pass_self_test();
  answer("made", {}, {});
  EXPECT_TRUE(snapshots_.remove(ctx(), kSnapshot).ok());
  EXPECT_NE(sent().find("^snap-1b4e28ba-2fa1-11d2-883f-0016d3cca427\\\\.uq5d7plmst\\\\."), std::string::npos)
      << sent();
  answer("made", {}, {kName});
  EXPECT_EQ(effect_of(snapshots_.remove(ctx(), kSnapshot)), Effect::partial);
  answer("failure: it is held", {}, {kName});
  EXPECT_TRUE(says(snapshots_.remove(ctx(), kSnapshot), "it is held"));
}

TEST_F(SnapshotsTest, Rule3_AnotherClustersSnapshotIsNotTouched) {
  pass_self_test();
  answer("made", {}, {kForeign});
  EXPECT_EQ(reason_of(snapshots_.remove(ctx(), kSnapshot)), Reason::not_ours);
  answer("", {disk_row({{"file-path", kOwnFile}})}, {kForeign});
  EXPECT_EQ(reason_of(snapshots_.create(ctx(), kSnapshot, kId).status()), Reason::not_ours);
}

// --- get and list ---

TEST_F(SnapshotsTest, ListIsWholeOrFails) {
  pass_self_test();
  std::string const second = "snap-00000000" + std::string(kName).substr(13);
  rds_.answer({{pool_row()}, subvolumes({kName, second})});
  auto const all = snapshots_.list(ctx());
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ(all->front().snapshot_id, second.substr(0, 41)) << "by id";
  rds_.answer({{pool_row()}, subvolumes({kName, "snap-x.uq5d7plmst.what"})});
  EXPECT_EQ(reason_of(snapshots_.list(ctx()).status()), Reason::rds_reply_damaged);
}

TEST_F(SnapshotsTest, GetFindsOneOfOursOnly) {
  pass_self_test();
  rds_.answer({{pool_row()}, subvolumes({kName})});
  EXPECT_EQ(snapshots_.get(ctx(), kSnapshot)->size_bytes, 2 * kGiB);
  rds_.answer({{pool_row()}, subvolumes({kForeign})});
  EXPECT_EQ(reason_of(snapshots_.get(ctx(), kSnapshot).status()), Reason::not_found);
}

// --- volumes that are made from something, and those that are made where snapshots are ---

class VolumesInSubvolumes : public SnapshotsTest {
 protected:
  VolumeSpec from(Origin origin, std::string id) {
    VolumeSpec spec = testing::spec();
    spec.origin = origin;
    spec.origin_id = std::move(id);
    return spec;
  }
  void answer_volume(std::string const& became, Section disks, Section files = {}) {
    disks.insert(disks.begin(), pool_row());
    rds_.answer({{outcome(became)}, disks, files});
  }

  Volumes volumes_{rds_, testing::territory(), &support_};
};

TEST_F(VolumesInSubvolumes, ANewVolumeGetsASubvolumeOfItsOwn) {
  pass_self_test();
  answer_volume("made", {disk_row({{"file-path", kOwnFile}})});
  auto const volume = volumes_.create(ctx(), testing::spec());
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_EQ(volume->file_path, kOwnFile);
  EXPECT_NE(sent().find("/disk btrfs subvolume add fs=\"storage-pool\" name=\"metal-csi/$i\";/disk add"),
            std::string::npos)
      << sent();
}

TEST_F(VolumesInSubvolumes, Rule1_AFilledVolumeIsNeverForANodeToFormat) {
  pass_self_test();
  std::string const mark =
      "rdscsi1 c=uq5d7plmst v=n2ofl3jmcuf4ogjy p=2rzgkgai fmt=filled src=snap:dnhcrorpuei5fcb7aalnhtfee4";
  answer_volume("made", {disk_row({{"file-path", kOwnFile}, {"comment", mark}, {"size", "2147483648"}})});
  auto const volume = volumes_.create(ctx(), from(Origin::snapshot, kSnapshot));
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_EQ(volume->size_bytes, 2 * kGiB) << "as large as the snapshot at least";
  EXPECT_NE(sent().find("fmt=filled src=snap:dnhcrorpuei5fcb7aalnhtfee4"), std::string::npos) << sent();
  EXPECT_NE(sent().find("parent=$b"), std::string::npos) << sent();
  answer_volume("", {disk_row({{"file-path", kOwnFile}})});
  EXPECT_EQ(reason_of(volumes_.create(ctx(), from(Origin::snapshot, kSnapshot)).status()),
            Reason::already_exists)
      << "an empty volume is another content";
}

TEST_F(VolumesInSubvolumes, AnOriginThatIsNotThereOrTooLargeIsSaidSo) {
  pass_self_test();
  answer_volume("none", {});
  EXPECT_EQ(reason_of(volumes_.create(ctx(), from(Origin::snapshot, kSnapshot)).status()), Reason::not_found);
  answer_volume("big", {});
  EXPECT_EQ(reason_of(volumes_.create(ctx(), from(Origin::snapshot, kSnapshot)).status()),
            Reason::out_of_range);
  std::string const origin = "pvc-00000000-0000-0000-0000-000000000001";
  answer_volume("none", {});
  EXPECT_EQ(reason_of(volumes_.create(ctx(), from(Origin::volume, origin)).status()), Reason::not_found);
  answer_volume("none",
                {disk_row({{"slot", origin}, {"file-path", "/storage-pool/metal-csi/" + origin + ".img"}})});
  auto const flat = volumes_.create(ctx(), from(Origin::volume, origin)).status();
  EXPECT_EQ(reason_of(flat), Reason::invalid_argument);
  EXPECT_TRUE(says(flat, "no subvolume of its own")) << flat;
}

TEST_F(VolumesInSubvolumes, WithoutSnapshotsNothingIsMadeFromAnything) {
  Volumes volumes(rds_, testing::territory());
  EXPECT_EQ(reason_of(volumes.create(ctx(), from(Origin::snapshot, kSnapshot)).status()),
            Reason::invalid_argument);
  EXPECT_TRUE(rds_.lines().empty());
}

TEST_F(VolumesInSubvolumes, WhileNobodyKnowsNoVolumeIsMade) {
  rds_.fail(Reason::rds_timeout, Effect::unknown);
  auto const status = volumes_.create(ctx(), testing::spec()).status();
  EXPECT_EQ(reason_of(status), Reason::rds_timeout);
  EXPECT_EQ(effect_of(status), Effect::none);
  EXPECT_TRUE(says(status, "not known yet")) << status;
}

TEST_F(VolumesInSubvolumes, AVolumeMadeFlatIsFoundAndOneWithASubvolumeIsOnlyRemovedWithIt) {
  pass_self_test();
  answer_volume("", {disk_row()});
  auto const flat = volumes_.create(ctx(), testing::spec());
  ASSERT_TRUE(flat.ok()) << flat.status();
  EXPECT_EQ(flat->file_path, testing::kFile);
  Volumes without(rds_, testing::territory());
  answer_volume("", {disk_row({{"file-path", kOwnFile}})});
  auto const kept = without.remove(ctx(), kId);
  EXPECT_EQ(reason_of(kept), Reason::rds_unsupported);
  EXPECT_TRUE(says(kept, "--snapshots=auto")) << kept;
}

TEST_F(VolumesInSubvolumes, Rule4_TheDirectoryIsPartOfTheVolume) {
  pass_self_test();
  answer_volume(
      "", {},
      {{{{".id", "*9"}, {"name", "storage-pool/metal-csi/" + std::string(kId)}, {"type", "directory"}}}});
  EXPECT_FALSE(volumes_.remove(ctx(), kId).ok());
  answer_volume("", {});
  EXPECT_TRUE(volumes_.remove(ctx(), kId).ok());
}

// --- the lines ---

TEST(SnapshotScripts, LinesFitWithLongPathsAndNoValueBecomesCode) {
  Territory territory = testing::territory();
  territory.base_path = "/nvme-raid-pool/kubernetes/production";
  territory.subvolumes_of = "pool\"; /system reset; \"";
  SnapshotName const name{kSnapshot, "uq5d7plmst", kId, 1'790'000'000, 0};
  VolumeSpec spec = testing::spec();
  spec.directory = territory.base_path + "/gold-tier";
  spec.own_subvolume = true;
  spec.limit_bytes = kGiB * 64 * 1024;
  spec.origin = Origin::volume;
  spec.origin_id = "pvc-00000000-0000-0000-0000-000000000001";
  std::size_t longest = 0;
  for (auto const& line : {snapshot_script("01234567", territory, name),
                           remove_snapshot_script("01234567", territory, kSnapshot),
                           get_snapshot_script("01234567", territory, kSnapshot),
                           list_snapshots_script("01234567", territory)}) {
    ASSERT_TRUE(line.ok()) << line.status();
    longest = std::max(longest, line->size());
    EXPECT_EQ(line->find("pool\"; /system"), std::string::npos) << *line;
  }
  std::cout << "longest line about snapshots: " << longest << "\n";
  EXPECT_LE(longest, kProvenLineBytesMax);
}

// --- names (docs/formats.md, "Snapshot") ---

TEST(SnapshotName, GoldenExampleBothWays) {
  SnapshotName const name{kSnapshot, "uq5d7plmst", kId, 1'790'000'000, 2 * kGiB};
  EXPECT_EQ(snapshot_name_start(name) + "2147483648", kName);
  EXPECT_EQ(snapshot_name_start(name).size(), kSnapshotSizeOffset);
  EXPECT_EQ(read_snapshot_name(kName), name);
}

TEST(SnapshotName, AnythingElseIsNotRead) {
  std::string const good = kName;
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string spoilt = good;
    spoilt[i] = '!';
    EXPECT_FALSE(read_snapshot_name(spoilt)) << spoilt;
  }
  for (std::string const text : {"", "snap-", kSnapshot, "pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427.img"})
    EXPECT_FALSE(read_snapshot_name(text)) << text;
  EXPECT_FALSE(read_snapshot_name(good + " "));
  EXPECT_FALSE(read_snapshot_name(good.substr(0, kSnapshotSizeOffset)));
}

TEST(SnapshotName, Ids) {
  EXPECT_EQ(snapshot_id_for_name("snapshot-1b4e28ba-2fa1-11d2-883f-0016d3cca427"), kSnapshot);
  EXPECT_EQ(snapshot_id_for_name(kSnapshot), kSnapshot);
  EXPECT_EQ(snapshot_id_for_name("nightly"), "snap-dba768e1-bdbb-8d00-8b84-cb3f307af77a");
  EXPECT_FALSE(is_snapshot_id("snap-1b4e28ba-2fa1-11d2-883f-0016d3cca427-at-0123456789"));
}

}  // namespace
}  // namespace rdscsi::rds
