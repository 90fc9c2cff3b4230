// Stories of the storage model: what takes space, what stays, what a lost mount hides.
#include "simulator/storage/model.h"

#include <gtest/gtest.h>

namespace rdssim::storage {
namespace {

constexpr std::int64_t kGiB = std::int64_t{1} << 30;

class ModelTest : public ::testing::Test {
 protected:
  ModelTest() {
    Record pool{.id = 1, .properties = {}};
    pool.set("slot", std::string("pool"));
    pool.set("type", std::string("raid"));
    model.load_disk(pool);
    model.load_pool({.disk_id = 1, .mount_point = "pool", .mounted = true, .size = 10 * kGiB});
    Record directory{.id = 1, .properties = {}};
    directory.set("name", std::string("pool/csi"));
    directory.set("type", std::string("directory"));
    model.load_file(directory);
  }

  Refusal add(std::string const& slot, std::string const& path, std::int64_t size) {
    Record disk;
    disk.set("type", std::string("file"));
    disk.set("slot", slot);
    disk.set("file-path", path);
    disk.set("file-size", size);
    return model.add_disk(disk, "2026-01-02 03:04:05", id);
  }
  std::int64_t free_now() const { return model.free_bytes(*model.pool_of_disk(1)); }

  Model model;
  std::uint64_t id = 0;
};

TEST_F(ModelTest, AFileDiskMakesItsFileAndTakesItsBytes) {
  ASSERT_EQ(add("a", "/pool/csi/a.img", 3 * kGiB + 1), Refusal::none);
  EXPECT_EQ(free_now(), 7 * kGiB - 1) << "exact bytes, no rounding";
  auto const* file = model.file_by_name("pool/csi/a.img");
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(file->text("type"), ".img file");
  EXPECT_EQ(file->number("size"), 3 * kGiB + 1);
  EXPECT_EQ(model.disk_by_id(id)->text("model"), "/pool/csi/a.img");
}

TEST_F(ModelTest, RemovingTheDiskKeepsTheFileAndItsBytesUntilTheFileGoes) {
  ASSERT_EQ(add("a", "pool/csi/a.img", kGiB), Refusal::none);
  model.remove_disk(id);
  EXPECT_EQ(model.disk_by_slot("a"), nullptr);
  EXPECT_EQ(free_now(), 9 * kGiB);
  ASSERT_EQ(model.remove_file(model.file_by_name("pool/csi/a.img")->id), Refusal::none);
  EXPECT_EQ(free_now(), 10 * kGiB);
}

TEST_F(ModelTest, AFullPoolRefusesAndNothingRemains) {
  ASSERT_EQ(add("a", "/pool/csi/a.img", 6 * kGiB), Refusal::none);
  EXPECT_EQ(add("b", "/pool/csi/b.img", 4 * kGiB + 1), Refusal::pool_full);
  EXPECT_EQ(model.disks().size(), 2U);
  EXPECT_EQ(model.file_by_name("pool/csi/b.img"), nullptr);
  EXPECT_EQ(add("b", "/pool/csi/b.img", 4 * kGiB), Refusal::none) << "to the last byte it fits";
}

TEST_F(ModelTest, SlotsAndPathsAreUnique) {
  ASSERT_EQ(add("a", "/pool/csi/a.img", kGiB), Refusal::none);
  EXPECT_EQ(add("a", "/pool/csi/b.img", kGiB), Refusal::slot_exists);
  EXPECT_EQ(add("b", "pool//csi/a.img", kGiB), Refusal::file_in_use) << "another spelling of the same path";
  model.rules.share_files = true;
  EXPECT_EQ(add("b", "/pool/csi/a.img", kGiB), Refusal::none);
}

TEST_F(ModelTest, TheParentDirectoryMustBeThere) {
  EXPECT_EQ(add("a", "/pool/other/a.img", kGiB), Refusal::no_such_parent);
  EXPECT_EQ(add("a", "/nowhere/a.img", kGiB), Refusal::no_such_parent);
  EXPECT_EQ(add("a", "/pool/csi", kGiB), Refusal::not_a_file);
  EXPECT_EQ(add("a", "/pool/a.img", kGiB), Refusal::none) << "the root of a mounted pool is a directory";
}

TEST_F(ModelTest, APoolThatIsNotMountedHidesItsFilesAndRefusesNewOnes) {
  ASSERT_EQ(add("a", "/pool/csi/a.img", kGiB), Refusal::none);
  ASSERT_TRUE(model.set_mounted("pool", false));
  EXPECT_EQ(model.file_by_name("pool/csi/a.img"), nullptr);
  EXPECT_TRUE(model.visible_files().empty());
  EXPECT_EQ(add("b", "/pool/csi/b.img", kGiB), Refusal::no_such_parent);
  EXPECT_NE(model.disk_by_slot("a"), nullptr) << "the item is configuration and stays";
  ASSERT_TRUE(model.set_mounted("pool", true));
  EXPECT_NE(model.file_by_name("pool/csi/a.img"), nullptr);
}

TEST_F(ModelTest, IdsGrowAndAreNeverReused) {
  ASSERT_EQ(add("a", "/pool/csi/a.img", kGiB), Refusal::none);
  auto const first = id;
  model.remove_disk(first);
  ASSERT_EQ(add("a", "/pool/csi/a.img", kGiB), Refusal::none);
  EXPECT_GT(id, first);
  EXPECT_EQ(format_id(26), "*1A");
}

TEST_F(ModelTest, AnExistingFileIsTakenOverWithItsBytes) {
  ASSERT_EQ(add("a", "/pool/csi/a.img", 2 * kGiB), Refusal::none);
  model.remove_disk(id);
  ASSERT_EQ(add("a", "/pool/csi/a.img", 2 * kGiB), Refusal::none);
  EXPECT_EQ(free_now(), 8 * kGiB) << "counted once";
}

TEST_F(ModelTest, GrowingTakesTheDifferenceAndStopsAtTheEndOfThePool) {
  ASSERT_EQ(add("a", "/pool/csi/a.img", kGiB), Refusal::none);
  EXPECT_EQ(model.set_disk(id, {{"file-size", 11 * kGiB}}, "t"), Refusal::pool_full);
  EXPECT_EQ(model.disk_by_id(id)->number("size"), kGiB);
  EXPECT_EQ(model.set_disk(id, {{"file-size", 4 * kGiB}}, "t"), Refusal::none);
  EXPECT_EQ(free_now(), 6 * kGiB);
  EXPECT_EQ(model.file_by_name("pool/csi/a.img")->number("size"), 4 * kGiB);
  model.rules.shrink_files = false;
  EXPECT_EQ(model.set_disk(id, {{"file-size", kGiB}}, "t"), Refusal::shrink);
}

TEST_F(ModelTest, SparseFilesTakeNothingUntilWritten) {
  model.rules.sparse_files = true;
  ASSERT_EQ(add("a", "/pool/csi/a.img", 100 * kGiB), Refusal::none);
  EXPECT_EQ(free_now(), 10 * kGiB);
}

TEST_F(ModelTest, BytesTakenBehindEverybodysBackAreMissing) {
  ASSERT_TRUE(model.reserve("pool", 9 * kGiB));
  EXPECT_EQ(add("a", "/pool/csi/a.img", 2 * kGiB), Refusal::pool_full);
  ASSERT_TRUE(model.reserve("pool", -9 * kGiB));
  EXPECT_EQ(add("a", "/pool/csi/a.img", 2 * kGiB), Refusal::none);
  EXPECT_FALSE(model.reserve("none-such", 1));
}

TEST_F(ModelTest, DirectoriesGoOnlyWhenEmpty) {
  ASSERT_EQ(add("a", "/pool/csi/a.img", kGiB), Refusal::none);
  EXPECT_EQ(model.remove_file(model.file_by_name("pool/csi")->id), Refusal::directory_not_empty);
  model.rules.remove_files_in_use = false;
  EXPECT_EQ(model.remove_file(model.file_by_name("pool/csi/a.img")->id), Refusal::file_in_use);
}

}  // namespace
}  // namespace rdssim::storage
