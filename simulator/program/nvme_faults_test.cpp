// One declaration for console and hosts: every kind of nvme_* strikes a host, is counted by the device that
// was told, and ends with its heal.
#include "simulator/program/nvme_faults.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>

#include "simulator/program/testing/rds.h"

namespace rdssim::program {
namespace {

using nvme_tcp::testing::Bytes;
using nvme_tcp::testing::pattern;

struct Served : Rds {
  Served() : faults(device, target) { nqn = export_vol1(); }
  faults::FaultId inject(std::string_view kind, faults::Arguments const& arguments = {}) {
    auto fault = faults::parse_fault(kind, arguments);
    EXPECT_TRUE(fault.ok()) << fault.status();
    auto const id = device.inject(*fault);
    (void)target.settle();
    return id;
  }
  std::uint64_t fired(faults::FaultId id) {
    (void)target.settle();
    return device.fired(id);
  }
  bool connects() {
    try {
      connect(nqn);
      return true;
    } catch (std::runtime_error const&) {
      return false;
    }
  }
  NvmeFaults faults;
  std::string nqn;
};

TEST(NvmeFaults, EveryKindHasItsPlayOnTheTarget) {
  std::size_t kinds = 0;
  std::set<nvme_tcp::FaultKind> played;
  for (auto const& spec : faults::fault_vocabulary()) {
    if (spec.scope != faults::FaultScope::nvme || spec.kind == faults::FaultKind::nvme_resize) continue;
    faults::Fault fault;
    fault.kind = spec.kind;
    EXPECT_TRUE(played.insert(nvme_fault(fault).kind).second) << spec.name;
    ++kinds;
  }
  EXPECT_EQ(kinds, static_cast<std::size_t>(nvme_tcp::FaultKind::lose_write) + 1);
  std::cout << "kinds with a play on the target: " << kinds << "\n";
}

TEST(NvmeFaults, TheWordsOfADeclarationReachTheTarget) {
  auto const fault = faults::parse_fault("nvme_error", {{"slot", "vol1"},
                                                        {"nqn", "nqn.x"},
                                                        {"host", "nqn.h"},
                                                        {"port", "4421"},
                                                        {"queue", "2"},
                                                        {"command", "write"},
                                                        {"range", "100-109"},
                                                        {"code", "write_fault"},
                                                        {"retry", "forbidden"},
                                                        {"nth", "3"},
                                                        {"times", "4"},
                                                        {"chance", "50%"}});
  auto const wire = nvme_fault(*fault);
  EXPECT_EQ(wire.match.slot, "vol1");
  EXPECT_EQ(wire.match.nqn, "nqn.x");
  EXPECT_EQ(wire.match.host_nqn, "nqn.h");
  EXPECT_EQ(wire.match.port, 4421);
  EXPECT_EQ(wire.match.qid, 2);
  EXPECT_EQ(wire.match.opcode, 0x01);
  EXPECT_EQ(wire.match.range->first, 100u);
  EXPECT_EQ(wire.match.range->blocks, 10u);
  EXPECT_EQ(wire.match.nth, 3);
  EXPECT_EQ(wire.match.times, 4);
  EXPECT_DOUBLE_EQ(wire.match.chance, 0.5);
  EXPECT_EQ(wire.status, 0x4280);
  EXPECT_EQ(
      nvme_fault(*faults::parse_fault("nvme_slow", {{"delay", "1s"}, {"command", "identify"}})).match.qid, 0)
      << "an admin command comes on queue 0";
}

TEST(NvmeFaults, ErrorsAndShortReadsStrikeBlocksOnceAndLostWritesNothing) {
  Served rds;
  auto [admin, io] = rds.connect(rds.nqn);
  auto const error = rds.inject("nvme_error", {{"command", "read"}, {"range", "100-109"}});
  EXPECT_EQ(io.read(0, 1).status, 0) << "outside";
  EXPECT_EQ(io.read(109, 1).status, 0x281);
  EXPECT_EQ(io.read(109, 1).status, 0) << "once";
  EXPECT_EQ(rds.fired(error), 1u);
  auto const cut = rds.inject("nvme_short_read", {{"bytes", "100"}, {"slot", "vol1"}});
  EXPECT_EQ(io.read(0, 1).data.size(), 100u);
  EXPECT_EQ(rds.fired(cut), 1u);
  auto const lost = rds.inject("nvme_lost_write");
  EXPECT_EQ(io.write(0, pattern(512, 1)).status, 0);
  EXPECT_EQ(io.read(0, 1).data, Bytes(512));
  EXPECT_EQ(rds.fired(lost), 1u);
  auto const spared = rds.inject("nvme_error", {{"slot", "another"}});
  EXPECT_EQ(io.read(0, 1).status, 0);
  EXPECT_EQ(rds.fired(spared), 0u);
}

TEST(NvmeFaults, ConnectionsAreResetDroppedRefusedAndVanish) {
  Served rds;
  {
    auto [admin, io] = rds.connect(rds.nqn);
    auto const reset = rds.inject("nvme_reset", {{"slot", "vol1"}});
    EXPECT_TRUE(io.closed());
    EXPECT_TRUE(admin.admin.closed());
    EXPECT_EQ(rds.fired(reset), 2u) << "its connections";
  }
  auto [admin, io] = rds.connect(rds.nqn);
  auto const drop = rds.inject("nvme_drop_queue", {{"command", "write"}});
  EXPECT_THROW(io.write(0, pattern(512, 1)), std::runtime_error);
  EXPECT_EQ(rds.fired(drop), 1u);
  auto const refuse = rds.inject("nvme_refuse");
  EXPECT_FALSE(rds.connects());
  EXPECT_EQ(admin.admin.identify(1).status, 0) << "those connected stay";
  rds.device.heal(refuse);
  (void)rds.target.settle();
  EXPECT_TRUE(rds.connects());
  auto const vanish = rds.inject("nvme_vanish");
  EXPECT_TRUE(admin.admin.closed());
  EXPECT_FALSE(rds.connects());
  rds.device.heal_all();
  (void)rds.target.settle();
  EXPECT_TRUE(rds.connects());
  EXPECT_EQ(rds.fired(vanish), 1u);
}

TEST(NvmeFaults, StallEndsWithItsWindowAndSlowIsLate) {
  Served rds;
  auto [admin, io] = rds.connect(rds.nqn);
  auto const stall = rds.inject("nvme_stall", {{"for", "50ms"}});
  auto read = io.sqe(nvme_tcp::kRead, 1);
  nvme_tcp::put16(read, 2, 77);
  nvme_tcp::put32(read, 32, 512);
  io.send_command(read);
  while (rds.device.next_expiry() != rdscsi::base::kNoDeadline) {
    rdscsi::base::sleep_for(std::chrono::milliseconds(1));
    rds.device.expire();
  }
  EXPECT_EQ(io.wait(77).status, 0) << "healed by the device's own clock";
  EXPECT_EQ(rds.fired(stall), 2u);
  auto const slow = rds.inject("nvme_slow", {{"delay", "20ms"}, {"command", "read"}});
  EXPECT_EQ(io.read(0, 1).status, 0);
  EXPECT_EQ(rds.fired(slow), 1u);
}

TEST(NvmeFaults, WhoLearnsOfAResizeIsASwitch) {
  Served rds;
  auto [admin, io] = rds.connect(rds.nqn);
  auto const blocks = [&admin = admin] { return nvme_tcp::get64(admin.admin.identify(0, 1).data, 0); };
  auto const later = rds.inject("nvme_resize", {{"shows", "after_reexport"}});
  rds.run("/disk set vol1 file-size=32M");
  rds.run("/disk set vol1 nvme-tcp-server-allow-host-name=nqn.other");
  while (rds.target.state().exports.at(0).allow_host != "nqn.other")
    rdscsi::base::sleep_for(std::chrono::milliseconds(1));  // the target knows of the resize, too
  EXPECT_EQ(blocks(), 32768u) << "the old size stays";
  rds.device.heal(later);
  rds.run("/disk set vol1 file-size=48M");
  while (blocks() != 98304) rdscsi::base::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(rds.fired(later), 1u);
}

}  // namespace
}  // namespace rdssim::program
