// Longer stories of the storage model: images that run out of pool, snapshots that stay as they were, copies
// that stop half-way, a server that mounts what it finds, and random lives whose books must balance.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>

#include "base/child_process.h"
#include "base/random.h"
#include "base/testing/temporary_directory.h"
#include "simulator/storage/found_filesystem.h"
#include "simulator/storage/model.h"

namespace rdssim::storage {
namespace {

constexpr std::int64_t kMiB = 1 << 20;
constexpr auto kNow = "2026-01-02 03:04:05";
using Bytes = std::vector<std::byte>;

Bytes letters(char letter, std::int64_t count) {
  return Bytes(static_cast<std::size_t>(count), static_cast<std::byte>(letter));
}

class Stories : public ::testing::Test {
 protected:
  Stories() {
    Record pool{.id = 1, .properties = {}};
    pool.set("slot", std::string("pool"));
    pool.set("type", std::string("raid"));
    pool.set("fs", std::string("btrfs"));
    pool.set("fs-label", std::string("ocp"));
    model.load_disk(pool);
    model.load_pool({.disk_id = 0, .mount_point = "", .mounted = true, .size = 128 * kMiB});
    model.load_pool({.disk_id = 1, .mount_point = "pool", .mounted = true, .size = 64 * kMiB});
    model.rules.sparse_files = true;
  }

  std::uint64_t add(std::string const& slot, std::string const& path, std::int64_t size,
                    Refusal expected = Refusal::none) {
    Record disk;
    disk.set("type", std::string("file"));
    disk.set("slot", slot);
    disk.set("file-path", path);
    disk.set("file-size", size);
    disk.set("mount-filesystem", true);
    std::uint64_t id = 0;
    EXPECT_EQ(model.add_disk(disk, kNow, id), expected) << slot;
    return id;
  }
  std::shared_ptr<SparseFileImage> image(std::string const& name) {
    auto const* file = model.file_by_name(name);
    EXPECT_NE(file, nullptr) << name;
    return file == nullptr ? nullptr : *model.image_of(*file);
  }
  std::uint64_t subvolume(std::string const& name, std::string const& origin = "", bool read_only = false,
                          Refusal expected = Refusal::none) {
    std::uint64_t id = 0;
    EXPECT_EQ(model.add_subvolume("ocp", name, origin, read_only, kNow, id), expected) << name;
    return id;
  }
  Bytes read(std::string const& name, std::int64_t offset, std::int64_t count) {
    Bytes into(static_cast<std::size_t>(count));
    EXPECT_TRUE(image(name)->read(offset, into).ok());
    return into;
  }
  std::int64_t free_now() const { return model.free_bytes(*model.pool_of_disk(1)); }

  Model model;
};

TEST_F(Stories, ASparsePoolPromisesMoreThanItHasAndIsFullAtWriteTime) {
  add("a", "pool/a.img", 48 * kMiB);
  add("b", "pool/b.img", 48 * kMiB);
  EXPECT_EQ(free_now(), 64 * kMiB) << "nothing was written";
  ASSERT_TRUE(image("pool/a.img")->write(0, letters('a', 48 * kMiB)).ok());
  ASSERT_TRUE(image("pool/b.img")->write(0, letters('b', 16 * kMiB)).ok());
  EXPECT_EQ(free_now(), 0);
  EXPECT_EQ(image("pool/b.img")->write(16 * kMiB, letters('b', 1)).code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(image("pool/b.img")->write(0, letters('c', 4096)).ok()) << "overwriting needs no block";
  ASSERT_TRUE(image("pool/a.img")->zero(0, kMiB).ok());
  EXPECT_TRUE(image("pool/b.img")->write(16 * kMiB, letters('b', kMiB)).ok()) << "discarded blocks came back";
  EXPECT_EQ(free_now(), 0);
}

TEST_F(Stories, AFileThatTookAllItsBytesAtOnceNeverRunsOutOfThem) {
  model.rules.sparse_files = false;
  add("a", "pool/a.img", 60 * kMiB);
  ASSERT_TRUE(model.reserve("pool", 4 * kMiB));
  ASSERT_TRUE(image("pool/a.img")->zero(0, 60 * kMiB).ok());
  EXPECT_EQ(free_now(), 0) << "zeroing keeps the reservation";
  EXPECT_TRUE(image("pool/a.img")->write(0, letters('a', 60 * kMiB)).ok());
}

TEST_F(Stories, ASnapshotHoldsTheBytesOfItsMomentAndPaysForThemLater) {
  subvolume("vol");
  add("a", "pool/vol/a.img", 8 * kMiB);
  ASSERT_TRUE(image("pool/vol/a.img")->write(0, letters('1', 4 * kMiB)).ok());
  subvolume("snap", "vol", true);
  EXPECT_EQ(free_now(), 60 * kMiB) << "shared bytes count once";
  ASSERT_TRUE(image("pool/vol/a.img")->write(0, letters('2', kMiB)).ok());
  EXPECT_EQ(free_now(), 59 * kMiB);
  EXPECT_EQ(read("pool/snap/a.img", 0, 4096), letters('1', 4096));
  EXPECT_EQ(read("pool/vol/a.img", 0, 4096), letters('2', 4096));
  EXPECT_EQ(image("pool/snap/a.img")->write(0, letters('x', 512)).code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(model.remove_file(model.file_by_name("pool/snap/a.img")->id), Refusal::read_only);
  add("late", "pool/snap/new.img", kMiB, Refusal::read_only);
  EXPECT_TRUE(model.accounts_balance());
}

TEST_F(Stories, AWritableSnapshotGoesItsOwnWay) {
  subvolume("vol");
  add("a", "pool/vol/a.img", 8 * kMiB);
  ASSERT_TRUE(image("pool/vol/a.img")->write(0, letters('1', kMiB)).ok());
  subvolume("clone", "vol");
  ASSERT_TRUE(image("pool/clone/a.img")->write(0, letters('9', 4096)).ok());
  EXPECT_EQ(read("pool/vol/a.img", 0, 4096), letters('1', 4096));
  EXPECT_EQ(read("pool/clone/a.img", 4096, 4096), letters('1', 4096));
  EXPECT_EQ(free_now(), 63 * kMiB - 4096);
}

TEST_F(Stories, RemovingASubvolumeTakesItsFilesAndOnlyTheirOwnBytes) {
  auto const vol = subvolume("vol");
  add("a", "pool/vol/a.img", 8 * kMiB);
  auto const held = image("pool/vol/a.img");
  ASSERT_TRUE(held->write(0, letters('1', 2 * kMiB)).ok());
  auto const snap = subvolume("snap", "vol", true);
  ASSERT_EQ(model.remove_subvolume(vol), Refusal::none);
  EXPECT_EQ(model.file_by_name("pool/vol/a.img"), nullptr);
  EXPECT_EQ(held->write(0, letters('1', 1)).code(), absl::StatusCode::kNotFound) << "a host still had it";
  EXPECT_EQ(free_now(), 62 * kMiB) << "the snapshot keeps the bytes";
  EXPECT_EQ(read("pool/snap/a.img", 0, 512), letters('1', 512));
  ASSERT_EQ(model.remove_subvolume(snap), Refusal::none);
  EXPECT_EQ(free_now(), 64 * kMiB);
  EXPECT_TRUE(model.subvolumes().empty());
}

TEST_F(Stories, SubvolumesNestAndASnapshotLeavesInnerOnesOut) {
  auto const outer = subvolume("outer");
  subvolume("outer/inner");
  add("a", "pool/outer/a.img", kMiB);
  add("b", "pool/outer/inner/b.img", kMiB);
  EXPECT_EQ(model.subvolume_of("pool/outer/inner/b.img")->text("name"), "outer/inner");
  EXPECT_EQ(model.remove_subvolume(outer), Refusal::subvolume_not_empty);
  subvolume("snap", "outer");
  EXPECT_NE(model.file_by_name("pool/snap/a.img"), nullptr);
  EXPECT_EQ(model.file_by_name("pool/snap/inner")->text("type"), "directory");
  EXPECT_EQ(model.file_by_name("pool/snap/inner/b.img"), nullptr);
  subvolume("snap", "", false, Refusal::subvolume_exists);
  subvolume("x", "none-such", false, Refusal::no_such_subvolume);
  std::uint64_t id = 0;
  EXPECT_EQ(model.add_subvolume("nofs", "x", "", false, kNow, id), Refusal::no_such_filesystem);
}

TEST_F(Stories, ACopyThatRunsOutOfPoolLeavesWhatItHadCopied) {
  auto const from = add("from", "pool/from.img", 40 * kMiB);
  auto const to = add("to", "pool/to.img", 40 * kMiB);
  ASSERT_TRUE(image("pool/from.img")->write(0, letters('f', 40 * kMiB)).ok());
  for (std::int64_t at = 0; at < 24 * kMiB; at += 8 * kMiB)
    ASSERT_EQ(model.copy_bytes(from, at, to, at, 8 * kMiB), Refusal::none);
  EXPECT_EQ(model.copy_bytes(from, 24 * kMiB, to, 24 * kMiB, 8 * kMiB), Refusal::pool_full);
  EXPECT_EQ(free_now(), 0);
  EXPECT_EQ(read("pool/to.img", 24 * kMiB - 512, 512), letters('f', 512));
  EXPECT_EQ(read("pool/to.img", 24 * kMiB, 512), Bytes(512)) << "and nothing behind it";
  EXPECT_EQ(model.copy_bytes(from, 39 * kMiB, to, 0, 2 * kMiB), Refusal::beyond_end);
  EXPECT_EQ(model.copy_bytes(1, 0, to, 0, 512), Refusal::no_bytes) << "raid rows have no bytes here";
}

TEST_F(Stories, APoolWhoseDiskIsRemovedTakesItsFilesOutOfSight) {
  add("a", "pool/a.img", kMiB);
  auto const held = image("pool/a.img");
  model.remove_disk(1);
  EXPECT_EQ(model.file_by_name("pool/a.img"), nullptr);
  EXPECT_EQ(held->flush().code(), absl::StatusCode::kNotFound);
  add("b", "pool/b.img", kMiB, Refusal::no_such_parent);
}

TEST_F(Stories, WhileADeviceBootsItsPoolsAreAwayWhateverIsSaid) {
  add("a", "pool/a.img", kMiB);
  model.set_pools_started(false);
  model.set_mounted("pool", true);
  EXPECT_EQ(model.file_by_name("pool/a.img"), nullptr);
  model.set_pools_started(true);
  EXPECT_NE(model.file_by_name("pool/a.img"), nullptr);
}

TEST_F(Stories, ANewFileBeginsEmptyInADirectoryOfAnEarlierRun) {
  rdscsi::base::testing::TemporaryDirectory directory;
  {
    ImageStore earlier;
    ASSERT_TRUE(earlier.set_directory(directory.path()).ok());
    for (std::uint64_t id = 1; id < 4; ++id)
      ASSERT_TRUE((*earlier.image(id, kMiB))->write(0, letters('o', 512)).ok());
  }
  ASSERT_TRUE(model.images.set_directory(directory.path()).ok());
  add("a", "pool/a.img", kMiB);
  EXPECT_EQ(read("pool/a.img", 0, 512), Bytes(512));
}

// A real ext4, as a host would make it through the export.
class WithExt4 : public Stories {
 protected:
  void SetUp() override {
    ASSERT_TRUE(model.images.set_directory(directory.path()).ok());
    disk = add("vol1", "pool/a.img", 16 * kMiB);
    ASSERT_TRUE(image("pool/a.img")->write(16 * kMiB - 512, Bytes(512)).ok());  // the host's file exists
    std::filesystem::resize_file(image("pool/a.img")->path(), 16 * kMiB);
    output_of({"mkfs.ext4", "-q", "-F", "-L", "inner", image("pool/a.img")->path()});
  }
  // What the program printed; it must succeed.
  static std::string output_of(std::vector<std::string> argv) {
    auto const result = rdscsi::base::run_child(rdscsi::base::Context::background(), {.argv = argv});
    EXPECT_TRUE(result.ok() && result->success()) << argv[0];
    return result.ok() ? result->stdout_bytes : std::string();
  }
  rdscsi::base::testing::TemporaryDirectory directory;
  std::uint64_t disk = 0;
};

TEST_F(WithExt4, AServerThatMountsWhatItFindsLeavesTracesInTheBytes) {
  auto const before = read("pool/a.img", 0, 16 * kMiB);
  ASSERT_TRUE(model.mount_found_filesystem(disk, 1'790'000'000));
  EXPECT_EQ(model.disk_by_id(disk)->text("fs"), "ext4");
  EXPECT_EQ(model.disk_by_id(disk)->text("fs-label"), "inner");
  EXPECT_TRUE(model.disk_by_id(disk)->flag("server-mounted"));
  EXPECT_EQ(model.file_by_name("pool/a.img")->number("server-mounts"), 1);
  EXPECT_NE(read("pool/a.img", 0, 16 * kMiB), before) << "a host that has it mounted sees its bytes change";
  output_of({"e2fsck", "-fn", image("pool/a.img")->path()});
  auto const superblock = output_of({"dumpe2fs", "-h", image("pool/a.img")->path()});
  EXPECT_THAT(superblock, ::testing::ContainsRegex("Mount count: *1\n"));
  EXPECT_THAT(superblock, ::testing::ContainsRegex("Last mounted on: */vol1\n"));
  EXPECT_FALSE(model.mount_found_filesystem(disk, 1'790'000'001)) << "it is mounted already";
}

TEST_F(WithExt4, MountFilesystemNoOrReadOnlyLeavesTheBytesAlone) {
  auto const before = read("pool/a.img", 0, 4096);
  model.set_disk(disk, {{"mount-filesystem", false}}, kNow);
  EXPECT_FALSE(model.mount_found_filesystem(disk, 1));
  EXPECT_EQ(model.file_by_name("pool/a.img")->number("server-mounts"), 0);
  model.set_disk(disk, {{"mount-filesystem", true}, {"mount-read-only", true}}, kNow);
  EXPECT_TRUE(model.mount_found_filesystem(disk, 1));
  EXPECT_EQ(model.file_by_name("pool/a.img")->number("server-mounts"), 1) << "counted all the same";
  EXPECT_EQ(read("pool/a.img", 0, 4096), before);
}

TEST_F(Stories, AnImageNobodyWroteToIsNotEvenMadeToBeLookedInto) {
  auto const disk = add("a", "pool/a.img", kMiB);
  EXPECT_FALSE(model.mount_found_filesystem(disk, 1));
  EXPECT_EQ(model.images.directory(), "");
}

// One random step; true when the model refused it or an image said no.
bool random_step(Model& model, rdscsi::base::RandomStream& random, int step) {
  auto const files = model.visible_files();
  auto const pick_file = [&]() -> Record const* {
    return files.empty() ? nullptr : &files[random.below(files.size())];
  };
  auto const number = std::to_string(step);
  std::uint64_t id = 0;
  auto const& subvolumes = model.subvolumes();
  std::string const place =
      subvolumes.empty() ? "pool" : "pool/" + subvolumes[random.below(subvolumes.size())].text("name");
  auto const* file = pick_file();
  auto const size = file == nullptr ? 0 : file->number("size");
  switch (random.below(9)) {
    case 0: {
      Record disk;
      disk.set("type", std::string("file"));
      disk.set("slot", "d" + number);
      disk.set("file-path", place + "/f" + number);
      disk.set("file-size", random.between(1, 6 * kMiB));
      return model.add_disk(disk, kNow, id) != Refusal::none;
    }
    case 1:
      return model.add_subvolume("pool", "s" + number, "", false, kNow, id) != Refusal::none;
    case 2: {
      if (subvolumes.empty()) return false;
      auto const origin = subvolumes[random.below(subvolumes.size())].text("name");
      return model.add_subvolume("pool", "s" + number, origin, random.chance(0.5), kNow, id) != Refusal::none;
    }
    case 3:
      if (!subvolumes.empty() && random.chance(0.4))
        return model.remove_subvolume(subvolumes[random.below(subvolumes.size())].id) != Refusal::none;
      return file != nullptr && model.remove_file(file->id) != Refusal::none;
    case 4: {
      auto const& disks = model.disks();
      auto const target = disks[random.below(disks.size())].id;
      return target != 1 &&
             model.set_disk(target, {{"file-size", random.between(1, 6 * kMiB)}}, kNow) != Refusal::none;
    }
    case 5: {
      auto const& disks = model.disks();
      auto const target = disks[random.below(disks.size())].id;
      if (target != 1) model.remove_disk(target);
      return false;
    }
    default: {
      if (size == 0) return false;
      auto const image = model.image_of(*file);
      auto const at = random.between(0, size - 1);
      auto const count = std::min(random.between(1, kMiB / 4), size - at);
      if (random.chance(0.25)) return !(*image)->zero(at, count).ok();
      return !(*image)->write(at, letters('r', count)).ok();
    }
  }
}

TEST(StorageLives, TheBooksOfEveryRandomLifeBalance) {
  int steps = 0, refused = 0, snapshots = 0;
  for (std::uint64_t seed = 1; seed <= 24; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    rdscsi::base::RandomStream random(seed);
    Model model;
    model.rules.sparse_files = seed % 2 == 0;
    model.rules.remove_files_in_use = seed % 3 != 0;
    Record pool{.id = 1, .properties = {}};
    pool.set("slot", std::string("pool"));
    pool.set("fs", std::string("btrfs"));
    model.load_disk(pool);
    model.load_pool({.disk_id = 1, .mount_point = "pool", .mounted = true, .size = 12 * kMiB});
    for (int step = 0; step < 120; ++step, ++steps) {
      refused += random_step(model, random, step) ? 1 : 0;
      ASSERT_TRUE(model.accounts_balance()) << "step " << step;
    }
    for (auto const& row : model.subvolumes()) snapshots += row.flag("snapshot") ? 1 : 0;
  }
  std::cout << "storage: " << steps << " steps of seeds 1..24, " << refused << " refused, " << snapshots
            << " snapshots alive at their ends\n";
  EXPECT_GT(refused, 0);
  EXPECT_GT(snapshots, 0);
}

}  // namespace
}  // namespace rdssim::storage
