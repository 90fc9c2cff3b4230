// What lies below the base path, from one look. Incidents 23 (a leading slash makes two paths of one file)
// and 25 (another cluster's things are invisible).
#include <gtest/gtest.h>

#include "rds/fake_rds_for_test.h"
#include "rds/inventory.h"
#include "rds/script.h"

namespace rdscsi::rds {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): names of the fixture's rows
using base::Reason;

constexpr char const* kSnapshotName =
    "snap-1b4e28ba-2fa1-11d2-883f-0016d3cca427.uq5d7plmst.dnhcrorpuei5fcb7aalnhtfee4.1790000000.2147483648";

base::Context ctx() {
  return base::Context::background();
}

Section subvolumes(std::vector<std::string> const& names) {
  Section rows;
  for (auto const& name : names) rows.push_back({{".id", "*100"}, {"fs", "storage-pool"}, {"name", name}});
  return rows;
}

class InventoryTest : public ::testing::Test {
 protected:
  // `snapshots`: the device makes them, so the look asks for subvolumes, too.
  base::StatusOr<Inventory> look(Section disks, Section files,
                                 std::optional<std::vector<std::string>> names = {}) {
    rds_.line_bytes_max = kProvenLineBytesMax;
    if (names) {
      rds_.answer_with([](std::string const& nonce) -> base::StatusOr<ExecReply> {
        Section const tested = {outcome("tested " + nonce + " " + nonce + " overwritten storage-pool")};
        return ExecReply{make_frame(nonce, {tested, {pool_row()}}), 0};
      });
    }
    if (pool_visible) disks.insert(disks.begin(), pool_row());
    rds_.answer({std::move(disks), std::move(files), subvolumes(names.value_or(std::vector<std::string>{}))});
    SnapshotSupport support(rds_, territory(), names.has_value());
    return InventoryReader(rds_, support).read(ctx());
  }

  FakeRds rds_;
  bool pool_visible = true;
};

TEST_F(InventoryTest, AVolumeHasItsFileWhetherOrNotTheMenusWriteTheSlash) {
  auto const found = look(
      {disk_row(), disk_row({{"slot", "pvc-foreign"}, {"file-path", "/elsewhere/x.img"}})}, {file_row()});
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->volumes.size(), 1U);
  EXPECT_EQ(found->volumes[0].volume_id, kId);
  EXPECT_TRUE(found->volumes[0].marked);
  EXPECT_FALSE(found->volumes[0].held);
  EXPECT_TRUE(found->volumes[0].file_there);
  EXPECT_TRUE(found->loose_files.empty());
  EXPECT_EQ(rds_.lines().size(), 1U) << "one look";
}

TEST_F(InventoryTest, ADiskWithoutItsFileAndAFileWithoutItsDiskAreTwoFindings) {
  auto const found =
      look({disk_row()}, {file_row("/storage-pool/metal-csi/pvc-00000000-0000-4000-8000-000000000001.img")});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_FALSE(found->volumes[0].file_there);
  EXPECT_EQ(
      found->loose_files,
      (std::vector<std::string>{"/storage-pool/metal-csi/pvc-00000000-0000-4000-8000-000000000001.img"}));
}

TEST_F(InventoryTest, FilesThatAreNotNamedAsAVolumesAreNobodysBusiness) {
  auto const found =
      look({}, {file_row("/storage-pool/metal-csi/backup.img"),
                file_row("/storage-pool/metal-csi/PVC-00000000-0000-4000-8000-000000000001.img"),
                file_row("/storage-pool/metal-csi/snap-00000000-0000-4000-8000-000000000001/disk.img"),
                file_row("/storage-pool/metal-csi-old/pvc-00000000-0000-4000-8000-000000000001.img")});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_TRUE(found->loose_files.empty());
}

TEST_F(InventoryTest, AFileThatAnybodysDiskShowsIsNotLoose) {
  auto const found = look({disk_row({{"slot", "by-hand"}, {"comment", ""}})}, {file_row()});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_TRUE(found->volumes.empty());
  EXPECT_TRUE(found->loose_files.empty());
}

TEST_F(InventoryTest, Incident25_AnotherClustersDiskIsCountedAndNotListed) {
  auto const found = look({disk_row({{"comment", kForeignMark}})}, {file_row()});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_TRUE(found->volumes.empty());
  EXPECT_TRUE(found->loose_files.empty());
  EXPECT_EQ(found->foreign, 1U);
}

TEST_F(InventoryTest, SubvolumesAreSnapshotsScratchAndWhatAKilledCreationLeft) {
  std::string const ours = "rdscsi-test-uq5d7plmst-0123abcd";
  auto const found =
      look({disk_row()}, {file_row()},
           {{kSnapshotName, kId, "pvc-00000000-0000-4000-8000-000000000001", ours, ours + "-s"}});
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->snapshots.size(), 1U);
  EXPECT_EQ(found->snapshots[0].snapshot_id, "snap-1b4e28ba-2fa1-11d2-883f-0016d3cca427");
  EXPECT_EQ(found->loose_subvolumes, (std::vector<std::string>{"pvc-00000000-0000-4000-8000-000000000001"}));
  EXPECT_EQ(found->scratch, (std::vector<std::string>{ours}));
}

TEST_F(InventoryTest, ASnapshotsNameThatCannotBeReadFailsTheWholeLook) {
  auto const found = look({}, {}, {{"snap-1b4e28ba-2fa1-11d2-883f-0016d3cca427.uq5d7plmst.cut"}});
  EXPECT_EQ(reason_of(found.status()), Reason::rds_reply_damaged);
}

TEST_F(InventoryTest, WithoutItsPoolNothingIsSaid) {
  pool_visible = false;
  EXPECT_EQ(reason_of(look({}, {}).status()), Reason::pool_not_visible);
}

TEST_F(InventoryTest, OnlyScratchSubvolumesOfThisClusterAreEverRemoved) {
  SnapshotSupport support(rds_, territory(), false);
  for (char const* name : {"pvc-00000000-0000-4000-8000-000000000001", "rdscsi-test-aaaaaaaaaa-0123abcd",
                           "rdscsi-test-uq5d7plmst-0123abc", "rdscsi-test-uq5d7plmst-0123abcg"}) {
    EXPECT_EQ(reason_of(support.remove_scratch(ctx(), name)), Reason::not_ours) << name;
  }
  EXPECT_TRUE(rds_.lines().empty());
  rds_.answer({{pool_row()}, {}});
  EXPECT_TRUE(support.remove_scratch(ctx(), "rdscsi-test-uq5d7plmst-0123abcd").ok());
}

}  // namespace
}  // namespace rdscsi::rds
