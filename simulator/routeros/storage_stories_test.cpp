// The storage of a whole device, through its console and as hosts and scenarios see it: copies and reboots,
// snapshots, formats, what the server mounts, and states that are saved in the middle.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/testing/temporary_directory.h"
#include "simulator/routeros/device.h"

namespace rdssim::routeros {
namespace {

constexpr std::int64_t kMiB = 1 << 20;
using Bytes = std::vector<std::byte>;

Bytes letters(char letter, std::size_t count) {
  return Bytes(count, static_cast<std::byte>(letter));
}

struct Rds {
  explicit Rds(std::string_view profile = "7.24", std::int64_t pool = 1024 * kMiB)
      : device(*Device::make(profile, pool, 1)) {
    device->set_sparse_files(true);
  }
  std::string run(std::string_view line, ExecutionHooks const& hooks = {}) {
    return device->execute(session, line, hooks).output;
  }
  void add(std::string const& slot, std::string const& path, std::string const& more = "") {
    EXPECT_EQ(run("/disk add type=file slot=" + slot + " file-path=" + path + " file-size=256M " + more), "");
  }
  std::shared_ptr<storage::Image> image(std::string const& name) { return device->image(name); }
  Bytes read(std::string const& name, std::int64_t offset, std::size_t count) {
    Bytes into(count);
    EXPECT_TRUE(image(name)->read(offset, into).ok()) << name;
    return into;
  }
  std::int64_t free() const { return device->pools().at(0).free_bytes; }

  SessionOptions session;
  std::unique_ptr<Device> device;
};

TEST(Copies, TakeTimeAndSpaceAndBringTheBytes) {
  Rds rds;
  rds.add("a", "storage-pool/a.img");
  rds.add("b", "storage-pool/b.img");
  ASSERT_TRUE(rds.image("storage-pool/a.img")->write(100 * kMiB, letters('a', 4096)).ok());
  Duration busy{};
  ExecutionHooks hooks;
  hooks.busy = [&](Duration duration) { busy += duration; };
  EXPECT_EQ(rds.run("/disk copy src=a dst=b", hooks), "");
  EXPECT_EQ(busy, std::chrono::milliseconds(250)) << "256 MiB at 1 GiB/s";
  EXPECT_EQ(rds.read("storage-pool/b.img", 100 * kMiB, 4096), letters('a', 4096));
  EXPECT_EQ(rds.free(), 768 * kMiB - 4096) << "every byte of the destination was written";
  EXPECT_EQ(rds.device->effects().back().command, "copy");
  EXPECT_EQ(rds.device->effects().back().detail, "bytes=268435456");
}

TEST(Copies, OfAPartGoWhereTheyAreTold) {
  Rds rds;
  rds.add("a", "storage-pool/a.img");
  rds.add("b", "storage-pool/b.img");
  ASSERT_TRUE(rds.image("storage-pool/a.img")->write(kMiB, letters('a', 2 * kMiB)).ok());
  EXPECT_EQ(rds.run("/disk copy src=a dst=b src-offset=2097152 dst-offset=4M size=512K"), "");
  EXPECT_EQ(rds.read("storage-pool/b.img", 4 * kMiB, 512), letters('a', 512));
  EXPECT_EQ(rds.read("storage-pool/b.img", 4 * kMiB + 512 * 1024, 512), Bytes(512));
  EXPECT_EQ(rds.run("/disk copy src=a dst=b dst-offset=255M size=2M"),
            "failure: No space left on device (/disk/copy; line 1)\r\n");
  EXPECT_EQ(rds.run("/disk copy src=a dst=x"), "input does not match any value of dst\r\n");
}

TEST(Copies, AFullPoolStopsThemHalfWayAndTheHalfStays) {
  Rds rds("7.24", 256 * kMiB);
  rds.add("a", "storage-pool/a.img");
  rds.add("b", "storage-pool/b.img");
  ASSERT_TRUE(rds.image("storage-pool/a.img")->write(0, letters('a', 64 * kMiB)).ok());
  EXPECT_EQ(rds.run("/disk copy src=a dst=b"), "failure: not enough space (/disk/copy; line 1)\r\n");
  EXPECT_EQ(rds.device->effects().back().detail, "bytes=201326592");
  EXPECT_EQ(rds.read("storage-pool/b.img", 64 * kMiB - 512, 512), letters('a', 512));
  EXPECT_EQ(rds.free(), 0);
}

TEST(Copies, DoNotSurviveAReboot) {
  Rds rds;
  rds.add("a", "storage-pool/a.img");
  rds.add("b", "storage-pool/b.img");
  ASSERT_TRUE(rds.image("storage-pool/a.img")->write(0, letters('a', 256 * kMiB)).ok());
  int parts = 0;
  ExecutionHooks hooks;
  hooks.busy = [&](Duration) {
    if (++parts == 3) rds.device->reboot();
  };
  auto const result = rds.device->execute({}, "/disk copy src=a dst=b; :put never", hooks);
  EXPECT_TRUE(result.killed);
  EXPECT_EQ(result.output, "");
  while (rds.device->boot_stage() != BootStage::up) rds.device->enter_next_stage();
  EXPECT_EQ(rds.read("storage-pool/b.img", 128 * kMiB - 512, 512), letters('a', 512));
  EXPECT_EQ(rds.read("storage-pool/b.img", 128 * kMiB, 512), Bytes(512));
}

TEST(Boot, GoesInStagesAndConfigurationComesBack) {
  Rds rds;
  rds.add("a", "storage-pool/a.img", "nvme-tcp-export=yes");
  rds.run(":global x 1");
  auto const uuid = rds.device->exports().at(0).uuid_text;
  auto const held = rds.device->exports().at(0).image;
  int changes = 0;
  std::vector<BootStage> stages;
  rds.device->on_exports_change([&] { ++changes; });
  rds.device->on_boot_stage([&](BootStage stage) { stages.push_back(stage); });
  rds.device->reboot();
  EXPECT_EQ(changes, 1);
  EXPECT_TRUE(rds.device->exports().empty());
  EXPECT_EQ(held->flush().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(rds.device->execute({}, ":put a", {}).killed) << "nothing answers";
  Duration total{};
  while (rds.device->boot_stage() != BootStage::up) {
    total += rds.device->until_next_stage();
    rds.device->enter_next_stage();
    if (rds.device->boot_stage() == BootStage::ssh) {
      EXPECT_EQ(rds.run(":put [:len [/file find]]"), "0\r\n") << "incident 19: SSH before the pool";
      EXPECT_EQ(rds.run(":put [:len [/disk find slot=a]]"), "1\r\n");
    }
    if (rds.device->boot_stage() == BootStage::pools) {
      EXPECT_EQ(rds.run(":put [:len [/file find name~\"a.img\"]]"), "1\r\n");
      EXPECT_TRUE(rds.device->exports().empty());
    }
  }
  EXPECT_EQ(stages, (std::vector<BootStage>{BootStage::down, BootStage::network, BootStage::ssh,
                                            BootStage::pools, BootStage::up}));
  EXPECT_EQ(total, std::chrono::seconds(45));
  EXPECT_EQ(rds.device->until_next_stage(), Duration::zero());
  ASSERT_EQ(rds.device->exports().size(), 1U);
  EXPECT_EQ(rds.device->exports().at(0).uuid_text, uuid);
  EXPECT_TRUE(held->flush().ok()) << "the same file";
  EXPECT_EQ(rds.run(":global x; :put [:typeof $x]"), "nothing\r\n") << "variables are gone";
}

TEST(Exports, EveryChangeOfThemIsTold) {
  Rds rds;
  int changes = 0;
  rds.device->on_exports_change([&] { ++changes; });
  auto const told = [&](std::string const& line) {
    changes = 0;
    EXPECT_EQ(rds.run(line), "") << line;
    return changes > 0;
  };
  EXPECT_TRUE(
      told("/disk add type=file slot=a file-path=storage-pool/a.img file-size=1M nvme-tcp-export=yes"));
  EXPECT_TRUE(told("/disk set a file-size=2M"));
  EXPECT_EQ(rds.device->exports().at(0).image->size(), 2 * kMiB);
  EXPECT_TRUE(told("/disk disable a"));
  EXPECT_TRUE(rds.device->exports().empty());
  EXPECT_TRUE(told("/disk enable a"));
  EXPECT_EQ(rds.device->exports().size(), 1U);
  changes = 0;
  rds.device->set_pool_mounted("storage-pool", false);
  EXPECT_GT(changes, 0);
  EXPECT_TRUE(rds.device->exports().empty());
  rds.device->set_pool_mounted("storage-pool", true);
  EXPECT_TRUE(told("/file remove storage-pool/a.img"));
  EXPECT_TRUE(rds.device->exports().empty());
  EXPECT_TRUE(told("/disk remove a"));
}

TEST(Exports, WithoutAnNqnOfTheirOwnAreNamedAsTheVersionDoes) {
  for (auto const& [profile, nqn] : {std::pair{"7.16-stock", "a"}, {"7.24", "nqn.2000-02.com.mikrotik:a"}}) {
    auto device = *Device::from_state(
        std::string(R"({"profile": ")") + profile +
            R"(", "disks": [{"type": "file", "slot": "a", "size": 4096, "file-path": "/a.img",
             "file-size": 4096, "nvme-tcp-export": true}], "files": [{"name": "a.img", "size": 4096}]})",
        1);
    ASSERT_EQ(device->exports().size(), 1U);
    EXPECT_EQ(device->exports().at(0).nqn, nqn);
  }
}

TEST(Snapshots, AreMadeShownAndRemovedThroughTheConsole) {
  Rds rds;
  EXPECT_EQ(rds.run("/disk btrfs subvolume add fs=storage-pool name=vol"), "");
  rds.add("a", "storage-pool/vol/a.img", "nvme-tcp-export=yes");
  ASSERT_TRUE(rds.image("storage-pool/vol/a.img")->write(0, letters('1', kMiB)).ok());
  EXPECT_EQ(rds.run("/disk/btrfs/subvolume/add fs=storage-pool name=snap parent=vol read-only=yes"), "");
  ASSERT_TRUE(rds.image("storage-pool/vol/a.img")->write(0, letters('2', kMiB)).ok());
  EXPECT_EQ(rds.read("storage-pool/snap/a.img", 0, 512), letters('1', 512));
  EXPECT_EQ(rds.free(), 1022 * kMiB);
  EXPECT_EQ(rds.run(":put [:len [/disk btrfs subvolume find where read-only=yes]]"), "1\r\n");
  EXPECT_EQ(rds.run(":put [/disk btrfs subvolume get snap parent]"), "vol\r\n");
  EXPECT_NE(
      rds.run("/disk btrfs subvolume print detail").find("name=\"snap\" fullname=\"snap\" parent=\"vol\""),
      std::string::npos);
  EXPECT_EQ(rds.run("/file remove storage-pool/snap/a.img"),
            "failure: Read-only file system (/file/remove; line 1)\r\n");
  ASSERT_EQ(rds.device->subvolumes().size(), 2U);
  EXPECT_EQ(rds.device->subvolumes().at(1).origin, "vol");
  EXPECT_EQ(rds.device->subvolumes().at(1).path, "storage-pool/snap");
  EXPECT_EQ(rds.run("/disk btrfs subvolume remove [find where name=snap]"), "");
  EXPECT_EQ(rds.free(), 1023 * kMiB);
  EXPECT_EQ(rds.run("/disk btrfs subvolume remove vol"), "");
  EXPECT_TRUE(rds.device->exports().empty()) << "its file went with the subvolume";
  EXPECT_EQ(rds.run("/disk btrfs subvolume add fs=nosuch name=x"),
            "failure: no such filesystem (/disk/btrfs/subvolume/add; line 1)\r\n");
}

TEST(Snapshots, AreUnknownToVersionsWithoutThem) {
  Rds rds("7.16-stock");
  EXPECT_EQ(rds.run("/disk btrfs subvolume print"), "bad command name btrfs (line 1 column 7)\r\n");
}

TEST(Filesystems, AreListedAndLabelled) {
  Rds rds;
  EXPECT_EQ(rds.run("/disk btrfs filesystem set [find where devs=storage-pool] label=RDS"), "");
  EXPECT_EQ(rds.run(":put [/disk btrfs filesystem get RDS default-subvolume]"), "<FS_ROOT>\r\n");
  EXPECT_EQ(rds.run("/disk btrfs subvolume add fs=RDS name=vol"), "");
}

TEST(CopyFrom, CopiesSettingsAndNoData) {
  Rds rds;
  rds.add("a", "storage-pool/a.img", "mount-filesystem=no");
  ASSERT_TRUE(rds.image("storage-pool/a.img")->write(0, letters('a', 4096)).ok());
  EXPECT_EQ(rds.run("/disk add type=file copy-from=a slot=b file-path=storage-pool/b.img"), "");
  EXPECT_EQ(rds.device->disks().at(2).size_bytes, 256 * kMiB);
  EXPECT_FALSE(rds.device->disks().at(2).mount_filesystem);
  EXPECT_EQ(rds.read("storage-pool/b.img", 0, 4096), Bytes(4096));
}

TEST(Format, TakesEverythingOnThePoolAndAsksOnlyWhereSomebodyCanAnswer) {
  Rds rds;
  rds.add("a", "storage-pool/a.img");
  rds.session.interactive = true;
  std::string prompts;
  ExecutionHooks hooks;
  hooks.ask = [&](std::string_view prompt) {
    prompts += prompt;
    return "n";
  };
  EXPECT_EQ(rds.run("/disk format storage-pool file-system=xfs", hooks),
            "All data will be lost, are you sure? [y/N]: n\r\n");
  EXPECT_EQ(prompts, "All data will be lost, are you sure? [y/N]: ");
  EXPECT_NE(rds.image("storage-pool/a.img"), nullptr);
  rds.session.interactive = false;
  rds.device->set_exec_needs_no_answer(false);
  EXPECT_EQ(rds.run("/disk format storage-pool file-system=xfs"), "this command requires user input\r\n");
  rds.device->set_exec_needs_no_answer(true);
  EXPECT_NE(rds.run("/disk format storage-pool file-system=xfs label=new").find("storage-pool: format done"),
            std::string::npos);
  EXPECT_EQ(rds.image("storage-pool/a.img"), nullptr);
  EXPECT_EQ(rds.free(), 1024 * kMiB);
  EXPECT_EQ(rds.run(":put [/disk get storage-pool fs-label]"), "new\r\n");
}

TEST(Format, OfAFileDiskWipesButMakesNoFilesystem) {
  Rds rds;
  rds.add("a", "storage-pool/a.img");
  ASSERT_TRUE(rds.image("storage-pool/a.img")->write(0, letters('a', 4096)).ok());
  EXPECT_EQ(rds.run("/disk format [find slot=a] file-system=ext4"),
            "failure: not simulated: this disk's bytes are not kept (/disk/format; line 1)\r\n");
  EXPECT_NE(rds.run("/disk format [find slot=a] file-system=wipe-quick").find("a: format done"),
            std::string::npos);
  EXPECT_EQ(rds.read("storage-pool/a.img", 0, 4096), Bytes(4096));
  EXPECT_EQ(rds.free(), 1024 * kMiB);
}

// The first kilobytes of an ext4, enough for a server to take it for one.
void plant_ext4(storage::Image& image) {
  Bytes super(1024);
  super[0x38] = std::byte{0x53};
  super[0x39] = std::byte{0xEF};
  super[0x78] = std::byte{'L'};
  ASSERT_TRUE(image.write(1024, super).ok());
}

TEST(MountFilesystem, YesMeansTheServerTouchesWhatHostsMade) {
  Rds rds;
  rds.add("a", "storage-pool/a.img");
  rds.add("b", "storage-pool/b.img", "mount-filesystem=no");
  for (auto const* name : {"storage-pool/a.img", "storage-pool/b.img"}) plant_ext4(*rds.image(name));
  auto const before = rds.read("storage-pool/a.img", 0, 4096);
  EXPECT_EQ(rds.device->file_bytes().at(0).server_mounts, 0) << "nothing looks while a host writes";
  rds.device->reboot();
  while (rds.device->boot_stage() != BootStage::up) rds.device->enter_next_stage();
  EXPECT_EQ(rds.device->file_bytes().at(0).server_mounts, 1);
  EXPECT_EQ(rds.device->file_bytes().at(1).server_mounts, 0);
  EXPECT_NE(rds.read("storage-pool/a.img", 0, 4096), before);
  EXPECT_EQ(rds.read("storage-pool/b.img", 0, 4096), before) << "mount-filesystem=no";
  EXPECT_EQ(rds.run(":put [/disk get a mounted]; :put [/disk get a mount-point]; :put [/disk get a fs]"),
            "true\r\na\r\next4\r\n");
  EXPECT_NE(rds.run("/disk print where slot=a").find("BM"), std::string::npos);
  EXPECT_EQ(rds.run("/disk set a mount-filesystem=no"), "");
  EXPECT_EQ(rds.run(":put [/disk get a mounted]"), "false\r\n");
  rds.device->set_mount_found_filesystems(false);
  EXPECT_EQ(rds.run("/disk set a mount-filesystem=yes"), "");
  EXPECT_EQ(rds.device->file_bytes().at(0).server_mounts, 1) << "switched off";
}

TEST(MonitorTraffic, WithoutOnceStaysOpen) {
  Rds rds;
  auto const result = rds.device->execute({}, "/disk monitor-traffic storage-pool", {});
  EXPECT_TRUE(result.hangs);
  EXPECT_TRUE(result.output.starts_with("                  slot: storage-pool\r\n")) << result.output;
}

TEST(State, SnapshotsScatteredBytesAndTheImageDirectoryComeBack) {
  rdscsi::base::testing::TemporaryDirectory directory;
  std::string saved;
  std::int64_t free = 0;
  {
    Rds rds;
    ASSERT_TRUE(rds.device->set_image_directory(directory.path()).ok());
    rds.run("/disk btrfs subvolume add fs=storage-pool name=vol");
    rds.add("a", "storage-pool/vol/a.img");
    ASSERT_TRUE(rds.image("storage-pool/vol/a.img")->write(5 * kMiB, letters('1', 2 * kMiB)).ok());
    rds.run("/disk btrfs subvolume add fs=storage-pool name=snap parent=vol read-only=yes");
    ASSERT_TRUE(rds.image("storage-pool/vol/a.img")->write(6 * kMiB, letters('2', 2 * kMiB)).ok());
    free = rds.free();
    EXPECT_EQ(free, 1020 * kMiB);
    saved = rds.device->save_state();
  }
  auto loaded = Device::from_state(saved, 7);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ((*loaded)->save_state(), saved);
  EXPECT_EQ((*loaded)->pools().at(0).free_bytes, free);
  Bytes into(512);
  ASSERT_TRUE((*loaded)->image("storage-pool/snap/a.img")->read(6 * kMiB, into).ok());
  EXPECT_EQ(into, letters('1', 512));
  ASSERT_TRUE((*loaded)->image("storage-pool/vol/a.img")->read(6 * kMiB, into).ok());
  EXPECT_EQ(into, letters('2', 512));
  EXPECT_EQ((*loaded)->image("storage-pool/snap/a.img")->write(0, into).code(),
            absl::StatusCode::kPermissionDenied);
  ASSERT_TRUE((*loaded)->image("storage-pool/vol/a.img")->write(5 * kMiB, letters('3', kMiB)).ok());
  EXPECT_EQ((*loaded)->pools().at(0).free_bytes, free - kMiB) << "it was still shared";
}

TEST(State, ADirectoryThatCannotBeMadeIsToldInTheLogNotAtLoading) {
  auto device = Device::from_state(R"({"image-directory": "/dev/null/images", "disks": [
      {"type": "file", "slot": "a", "size": 4096, "file-path": "/a.img", "file-size": 4096,
       "nvme-tcp-export": true}], "files": [{"name": "a.img", "size": 4096}]})",
                                   1);
  ASSERT_TRUE(device.ok()) << device.status();
  EXPECT_TRUE((*device)->exports().empty());
  EXPECT_NE((*device)->execute({}, "/log print", {}).output.find("/dev/null/images"), std::string::npos);
}

}  // namespace
}  // namespace rdssim::routeros
