// Arrays and partitions made on the console: what an operator does to a box of bare disks until it has a
// pool.
#include <gtest/gtest.h>

#include "simulator/routeros/device.h"

namespace rdssim::routeros {
namespace {

constexpr std::int64_t kNvme = 960'197'124'096;

// Six bare NVMe disks of 960 GB.
class Box : public ::testing::Test {
 protected:
  Box() {
    std::string disks;
    for (int at = 1; at <= 6; ++at) {
      disks += (at == 1 ? "" : ", ") + std::string(R"({"slot": "nvme)") + std::to_string(at) +
               R"(", "type": "hardware", "slot-default": "nvme)" + std::to_string(at) +
               R"(", "fs": "-", "model": "SAMSUNG MZ", "size": )" + std::to_string(kNvme) +
               R"(, "raid-master": "none", "block-device": true})";
    }
    device = *Device::from_state(R"({"profile": "7.24", "disks": [)" + disks + "]}", 1);
  }
  std::string run(std::string const& line) { return device->execute({}, line, {}).output; }
  std::string get(std::string const& slot, std::string const& property) {
    auto text = run(":put [/disk get " + slot + " " + property + "]");
    return text.substr(0, text.size() - 2);
  }
  void raid(std::string const& slot, std::string const& type, int count, int first) {
    EXPECT_EQ(run("/disk add type=raid raid-type=" + type + " raid-device-count=" + std::to_string(count) +
                  " slot=" + slot),
              "");
    for (int at = 0; at < count; ++at) {
      EXPECT_EQ(run("/disk set nvme" + std::to_string(first + at) + " raid-master=" + slot), "");
    }
  }
  std::unique_ptr<Device> device;
};

TEST_F(Box, AnArrayWaitsForAllItsMembersAndIsThenADisk) {
  EXPECT_EQ(run("/disk add type=raid raid-type=6 raid-device-count=4 raid-chunk-size=1M slot=pool"), "");
  EXPECT_EQ(get("pool", "state"), "inactive");
  for (int at = 1; at <= 4; ++at) {
    EXPECT_EQ(get("pool", "block-device"), "false") << "member " << at << " is missing yet";
    EXPECT_EQ(run("/disk set nvme" + std::to_string(at) + " raid-master=pool"), "");
  }
  EXPECT_EQ(get("pool", "state"), "clean");
  EXPECT_EQ(get("pool", "model"), "RAID6 2-parity-disks");
  // 20 such disks made 17 283 541 893 120 (disk-print-detail-raid6-and-raid10-rds-7.1x): 18 times this.
  EXPECT_EQ(get("pool", "size"), std::to_string(2 * 960'196'771'840));
  EXPECT_EQ(get("nvme3", "raid-member-state"), "2:in_sync");
  EXPECT_EQ(get("nvme3", "raid-role"), "2");
  EXPECT_EQ(run("/disk print count-only where raid-member"), "4\r\n");
}

TEST_F(Box, FormattedItIsAPool) {
  raid("pool", "6", 4, 1);
  run("/disk format pool file-system=btrfs label=pool");
  EXPECT_EQ(get("pool", "mount-point"), "pool");
  EXPECT_EQ(run("/disk add type=file file-path=pool/a.img file-size=1G slot=a"), "");
  EXPECT_EQ(device->pools().size(), 1u);
}

TEST_F(Box, RedundancyIsLostMemberByMemberAndThenThePoolIsGone) {
  raid("pool", "6", 4, 1);
  run("/disk format pool file-system=btrfs");
  auto const size = get("pool", "size");
  for (auto member : {"nvme1", "nvme2"}) {
    EXPECT_EQ(run(std::string("/disk set ") + member + " raid-member-failed=yes"), "");
    EXPECT_EQ(get("pool", "state"), "clean, degraded");
    EXPECT_EQ(get("pool", "size"), size);
    EXPECT_EQ(get("pool", "mounted"), "true");
  }
  run("/disk set nvme3 raid-member-failed=yes");
  EXPECT_EQ(get("pool", "state"), "inactive");
  EXPECT_EQ(get("pool", "mounted"), "false");
  run("/disk set nvme3 raid-member-failed=no");
  EXPECT_EQ(get("pool", "mounted"), "true");
  EXPECT_EQ(run("/disk print count-only where raid-member-failed"), "2\r\n");
}

TEST_F(Box, AHotSpareTakesThePlaceOfAFailedMember) {
  raid("pool", "5", 3, 1);
  auto const size = get("pool", "size");
  EXPECT_EQ(run("/disk set nvme6 raid-master=pool"), "");
  EXPECT_EQ(get("nvme6", "raid-member-state"), "3:spare");
  EXPECT_EQ(get("pool", "size"), size);
  run("/disk set nvme2 raid-member-failed=yes");
  EXPECT_EQ(get("nvme6", "raid-member-state"), "1:in_sync");
  EXPECT_EQ(get("nvme2", "raid-member-state"), "3:faulty");
  EXPECT_EQ(get("pool", "state"), "clean");
}

TEST_F(Box, AnArrayOfArraysIsRaid10) {
  EXPECT_EQ(run("/disk add type=raid raid-type=0 raid-device-count=2 raid-chunk-size=256K slot=raid10"), "");
  for (std::string const pair : {"m0", "m1"}) {
    EXPECT_EQ(
        run("/disk add type=raid raid-type=1 raid-device-count=2 raid-master=raid10 slot=raid10-" + pair),
        "");
  }
  for (int at = 1; at <= 4; ++at) {
    run("/disk set nvme" + std::to_string(at) + " raid-master=raid10-m" + (at <= 2 ? "0" : "1"));
  }
  EXPECT_EQ(get("raid10", "state"), "clean");
  auto const pair = std::stoll(get("raid10-m0", "size"));
  // As in disk-print-detail-raid10-7.24-rds2216: a chunk of each pair holds the superblock.
  EXPECT_EQ(std::stoll(get("raid10", "size")), 2 * ((pair - 8192) / 262144 * 262144));
  EXPECT_EQ(get("raid10-m1", "raid-member-state"), "1:in_sync");
}

TEST_F(Box, AMemberThatLeavesIsABareDiskAgain) {
  raid("pool", "1", 2, 1);
  EXPECT_EQ(run("/disk set nvme2 raid-master=none"), "");
  EXPECT_EQ(get("nvme2", "raid-member"), "false");
  EXPECT_EQ(get("pool", "state"), "clean, degraded");
  EXPECT_EQ(run("/disk remove pool"), "");
  EXPECT_EQ(get("nvme1", "raid-master"), "none");
  EXPECT_EQ(run("/disk print count-only where raid-member"), "0\r\n");
}

TEST_F(Box, WrongWordsAreRefusedByName) {
  EXPECT_EQ(run("/disk add type=raid raid-type=7 slot=x"), "input does not match any value of raid-type\r\n");
  EXPECT_EQ(run("/disk add type=raid raid-type=5 raid-chunk-size=3M slot=x"),
            "input does not match any value of raid-chunk-size\r\n");
  EXPECT_EQ(run("/disk set nvme1 raid-master=nvme2"), "input does not match any value of raid-master\r\n");
  EXPECT_EQ(run("/disk add type=partition partition-size=1G"), "missing value(s) of argument(s) parent\r\n");
  EXPECT_EQ(run("/disk add type=partition parent=sata1"), "input does not match any value of parent\r\n");
  EXPECT_EQ(device->disks().size(), 6u);
}

TEST_F(Box, PartitionsFollowEachOtherOnTheirDisk) {
  EXPECT_EQ(run("/disk add type=partition parent=nvme1 partition-size=4G"), "");
  EXPECT_EQ(run("/disk add type=partition parent=nvme1"), "");
  EXPECT_EQ(get("nvme1-part1", "size"), "4000000000") << "decimal suffix";
  EXPECT_EQ(get("nvme1-part1", "serial"), "@1'048'576-4'001'048'576");
  EXPECT_EQ(get("nvme1-part2", "partition-number"), "2");
  EXPECT_EQ(get("nvme1-part2", "partition-offset"), "4001366016") << "the next whole MiB";
  EXPECT_EQ(get("nvme1", "guid-partition-table"), "true");
  EXPECT_EQ(run("/disk add type=partition parent=nvme1 partition-size=1G").substr(0, 8), "failure:");
  EXPECT_EQ(run("/disk print count-only where partition"), "2\r\n");
}

// Found by exec_fuzz: an offset was saved as a number and only a string would load.
TEST_F(Box, PartitionsSurviveSaveAndLoad) {
  run("/disk add type=partition parent=nvme1 partition-size=4G partition-offset=2097152");
  auto const saved = device->save_state();
  auto const again = Device::from_state(saved, 1);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ((*again)->save_state(), saved);
  EXPECT_EQ((*again)->execute({}, ":put [/disk get nvme1-part1 partition-offset]", {}).output, "2097152\r\n");
}

TEST_F(Box, UnsetGivesBackTheDefault) {
  run("/disk add type=partition parent=nvme1 slot=p comment=mine");
  EXPECT_EQ(run("/disk set p nvme-tcp-server-allow-host-name=nqn.x mount-filesystem=no"), "");
  EXPECT_EQ(run("/disk unset p nvme-tcp-server-allow-host-name"), "");
  EXPECT_EQ(get("p", "nvme-tcp-server-allow-host-name"), "");
  EXPECT_EQ(run("/disk unset p value-name=mount-filesystem"), "");
  EXPECT_EQ(get("p", "mount-filesystem"), "true");
  run("/disk set p nvme-tcp-server-allow-host-name=nqn.x");
  EXPECT_EQ(run("/disk set p !nvme-tcp-server-allow-host-name !comment nvme-tcp-export=yes"), "");
  EXPECT_EQ(get("p", "nvme-tcp-server-allow-host-name") + get("p", "comment"), "");
  EXPECT_EQ(get("p", "nvme-tcp-export"), "true");
  EXPECT_EQ(run("/disk set p !no-such-thing"), "expected end of command (line 1 column 13)\r\n");
  EXPECT_EQ(run("/disk unset p size"), "input does not match any value of value-name\r\n");
}

TEST_F(Box, ArraysSurviveSaveAndLoad) {
  raid("pool", "5", 3, 1);
  run("/disk format pool file-system=btrfs");
  auto const saved = device->save_state();
  device = *Device::from_state(saved, 1);
  EXPECT_EQ(device->save_state(), saved);
  run("/disk set nvme1 raid-member-failed=yes");
  EXPECT_EQ(get("pool", "state"), "clean, degraded");
}

}  // namespace
}  // namespace rdssim::routeros
