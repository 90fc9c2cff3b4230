// From the console to the wire: what /disk says is what an NVMe/TCP host finds.
#include "simulator/program/nvme_front.h"

#include <gtest/gtest.h>

#include "simulator/program/testing/rds.h"

namespace rdssim::program {
namespace {

using nvme_tcp::testing::Bytes;
using nvme_tcp::testing::Host;

TEST(NvmeFront, ADiskThatIsExportedIsServedAndOneThatIsNotIsGone) {
  Rds rds;
  rds.run(kAdd);
  rds.run("/disk set vol1 nvme-tcp-export=yes nvme-tcp-server-nqn=nqn.2000-02.com.mikrotik:vol1");
  auto const exports = rds.wait_for_exports(1);
  EXPECT_EQ(exports[0].nqn, "nqn.2000-02.com.mikrotik:vol1");
  EXPECT_EQ(exports[0].slot, "vol1");
  EXPECT_EQ(exports[0].port, 4420);
  auto [admin, io] = rds.connect(exports[0].nqn);
  Bytes const bytes = nvme_tcp::testing::pattern(4096, 1);
  ASSERT_EQ(io.write(0, bytes).status, 0);
  auto const image = rds.image();
  Bytes stored(4096);
  ASSERT_TRUE(image->read(0, stored).ok());
  EXPECT_EQ(stored, bytes);
  rds.run("/disk set vol1 nvme-tcp-export=no");
  rds.wait_for_exports(0);
  EXPECT_TRUE(io.closed());
}

TEST(NvmeFront, TheHostThatIsAllowedIsTheOneThatGetsIn) {
  Rds rds;
  rds.run(kAdd);
  rds.run("/disk set vol1 nvme-tcp-export=yes nvme-tcp-server-allow-host-name=nqn.of-node-1");
  auto const exports = rds.wait_for_exports(1);
  EXPECT_EQ(exports[0].allow_host, "nqn.of-node-1");
  std::uint16_t const port = rds.target.bound_port(4420);
  EXPECT_THROW(nvme_tcp::testing::associate(port, exports[0].nqn), std::runtime_error);
  Host node;
  node.nqn = "nqn.of-node-1";
  EXPECT_NO_THROW(nvme_tcp::testing::associate(port, exports[0].nqn, node));
}

TEST(NvmeFront, AFileThatGrowsIsALargerNamespaceWithItsBytes) {
  Rds rds;
  auto const nqn = rds.export_vol1();
  auto [admin, io] = rds.connect(nqn);
  Bytes const bytes = nvme_tcp::testing::pattern(512, 1);
  ASSERT_EQ(io.write(32767, bytes).status, 0) << "the last block of 16 MiB";
  rds.run("/disk set vol1 file-size=32M");
  while (nvme_tcp::get64(admin.admin.identify(0, 1).data, 0) != 65536)
    rdscsi::base::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(io.read(32767, 1).data, bytes);
  EXPECT_EQ(io.read(65535, 1).status, 0);
}

TEST(NvmeFront, APoolThatIsNotMountedHasNoExportsAndComesBackWithItsData) {
  Rds rds;
  auto const nqn = rds.export_vol1();
  {
    auto [admin, io] = rds.connect(nqn);
    ASSERT_EQ(io.write(0, nvme_tcp::testing::pattern(512, 1)).status, 0);
    rds.device.with_device([](routeros::Device& router) { router.set_pool_mounted("storage-pool", false); });
    rds.wait_for_exports(0);
    EXPECT_TRUE(io.closed());
  }
  rds.device.with_device([](routeros::Device& router) { router.set_pool_mounted("storage-pool", true); });
  rds.wait_for_exports(1);
  auto [admin, io] = rds.connect(nqn);
  EXPECT_EQ(io.read(0, 1).data, nvme_tcp::testing::pattern(512, 1));
}

TEST(NvmeFront, ARebootCutsHostsAndBringsTheExportBackWithItsBytes) {
  Rds rds;
  auto const nqn = rds.export_vol1();
  {
    auto [admin, io] = rds.connect(nqn);
    ASSERT_EQ(io.write(0, nvme_tcp::testing::pattern(512, 1)).status, 0);
    rds.device.with_device([](routeros::Device& router) {
      router.set_boot_timing({.down = std::chrono::milliseconds(50),
                              .network = std::chrono::milliseconds(1),
                              .ssh = std::chrono::milliseconds(1),
                              .pools = std::chrono::milliseconds(1)});
    });
    rds.device.reboot();
    rds.wait_for_exports(0);
    EXPECT_TRUE(io.closed());
    EXPECT_EQ(rds.target.bound_port(4420), 0) << "nobody listens";
  }
  while (rds.device.boot_stage() != routeros::BootStage::up) {
    rdscsi::base::sleep_for(std::chrono::milliseconds(1));
    rds.device.expire();
  }
  rds.wait_for_exports(1);
  auto [admin, io] = rds.connect(nqn);
  EXPECT_EQ(io.read(0, 1).data, nvme_tcp::testing::pattern(512, 1));
}

TEST(NvmeFront, RemovingTheDiskKeepsTheBytesRemovingTheFileDeletesThem) {
  Rds rds;
  rds.run(kAdd);
  ASSERT_TRUE(rds.image()->write(0, nvme_tcp::testing::pattern(512, 1)).ok());
  rds.run("/disk remove vol1");
  rds.run(kAdd);
  auto const image = rds.image();
  Bytes bytes(512);
  ASSERT_TRUE(image->read(0, bytes).ok());
  EXPECT_EQ(bytes, nvme_tcp::testing::pattern(512, 1)) << "FACTS 2.2: the backing file stays";
  rds.run("/disk remove vol1");
  rds.run("/file remove storage-pool/metal-csi/vol1.img");
  EXPECT_EQ(image->read(0, bytes).code(), absl::StatusCode::kNotFound);
  rds.run(kAdd);
  auto const fresh = rds.image();
  ASSERT_TRUE(fresh->read(0, bytes).ok());
  EXPECT_EQ(bytes, Bytes(512));
}

}  // namespace
}  // namespace rdssim::program
