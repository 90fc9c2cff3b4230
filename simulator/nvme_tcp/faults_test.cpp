// Faults between host and target: each strikes whom it names, nobody else, and ends when it is healed.
#include <gtest/gtest.h>

#include "simulator/nvme_tcp/testing/served_disk.h"

namespace rdssim::nvme_tcp {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the vocabulary of these tests

FaultMatch on_opcode(std::uint8_t opcode) {
  FaultMatch match;
  match.qid = 1;
  match.opcode = opcode;
  return match;
}

bool refused(std::uint16_t port) {
  try {
    Queue const queue(port);
    return false;
  } catch (std::runtime_error const&) {
    return true;
  }
}

TEST(NvmeFaults, RefuseShutsThePortAndKeepsTheConnected) {
  ServedDisk served;
  ConnectedHost host(served);
  std::uint16_t const port = served.port();
  FaultId const fault = served.target.inject({.kind = FaultKind::refuse});
  (void)served.target.settle();
  EXPECT_TRUE(refused(port));
  EXPECT_EQ(host.io.read(0, 1).status, kOk);
  served.target.heal(fault);
  (void)served.target.settle();
  EXPECT_EQ(served.port(), port) << "hosts find it where it was";
  EXPECT_NO_THROW(served.associate());
}

TEST(NvmeFaults, VanishCutsEverybodyUntilItIsHealed) {
  ServedDisk served;
  ConnectedHost host(served);
  std::uint16_t const port = served.port();
  FaultId const fault = served.target.inject({.kind = FaultKind::vanish});
  (void)served.target.settle();
  EXPECT_TRUE(host.io.closed());
  EXPECT_TRUE(host.io.reset_seen());
  EXPECT_TRUE(refused(port));
  served.target.heal(fault);
  (void)served.target.settle();
  ConnectedHost again(served);
  EXPECT_EQ(again.io.read(0, 1).status, kOk);
}

TEST(NvmeFaults, ResetStrikesTheHostItNamesOnce) {
  ServedDisk served;
  Host other;
  other.nqn = "nqn.other";
  ConnectedHost struck(served), spared(served, other);
  Fault fault{.kind = FaultKind::reset};
  fault.match.host_nqn = Host{}.nqn;
  FaultId const id = served.target.inject(fault);
  (void)served.target.settle();
  EXPECT_TRUE(struck.io.closed());
  EXPECT_TRUE(struck.association.admin.closed());
  EXPECT_EQ(spared.io.read(0, 1).status, kOk);
  EXPECT_GE(served.target.fired(id), 1u);
  EXPECT_NO_THROW(ConnectedHost again(served));
}

TEST(NvmeFaults, StallHoldsAnswersBackAndHealingLetsThemGo) {
  ServedDisk served;
  ConnectedHost host(served);
  FaultId const fault = served.target.inject({.kind = FaultKind::stall});
  (void)served.target.settle();
  Queue::Sqe read = host.io.sqe(kRead, 1);
  put16(read, 2, 77);
  put32(read, 32, 512);
  host.io.send_command(read);
  Queue late(served.port());  // TCP connects, nobody answers
  EXPECT_EQ(served.target.state().connections, 3);
  EXPECT_EQ(served.target.fired(fault), 2u) << "the connections there were";
  served.target.heal(fault);
  EXPECT_EQ(host.io.wait(77).status, kOk);
  EXPECT_NO_THROW(late.initialize());
}

TEST(NvmeFaults, SlowDelaysTheCommandsItNamesAndTheirEffect) {
  ServedDisk served;
  ConnectedHost host(served);
  Fault fault{.kind = FaultKind::slow, .match = on_opcode(kWrite)};
  fault.delay = std::chrono::milliseconds(200);
  FaultId const id = served.target.inject(fault);
  (void)served.target.settle();
  Queue::Sqe write = host.io.sqe(kWrite, 1);
  put16(write, 2, 900);
  put8(write, 39, kSglInCapsule);
  put32(write, 32, 512);
  host.io.send_command(write, pattern(512, 1));
  EXPECT_EQ(host.io.read(0, 1).data, Bytes(512)) << "a later read overtakes the write that is held back";
  EXPECT_EQ(host.io.wait(900).status, kOk);
  EXPECT_EQ(host.io.read(0, 1).data, pattern(512, 1));
  EXPECT_EQ(served.target.fired(id), 1u);
}

TEST(NvmeFaults, DropQueueTakesTheQueueAndNotItsNeighbour) {
  ServedDisk served;
  ConnectedHost host(served);
  Queue second = io_queue(served.port(), kNqn, host.association.cntlid, {}, 2);
  Fault fault{.kind = FaultKind::drop_queue, .match = on_opcode(kWrite)};
  served.target.inject(fault);
  (void)served.target.settle();
  EXPECT_THROW(host.io.write(0, pattern(512, 1)), std::runtime_error);
  EXPECT_EQ(second.read(0, 1).data, Bytes(512)) << "the write was not executed";
  EXPECT_EQ(served.target.writes().size(), 0u);
}

TEST(NvmeFaults, ErrorsStrikeTheRangeTheNthTimeAndSoOften) {
  ServedDisk served;
  ConnectedHost host(served);
  Fault fault{.kind = FaultKind::error, .match = on_opcode(kRead)};
  fault.match.range = BlockRange{100, 10};
  fault.match.nth = 2;
  fault.match.times = 1;
  FaultId const id = served.target.inject(fault);
  (void)served.target.settle();
  EXPECT_EQ(host.io.read(105, 1).status, kOk) << "the first is spared";
  EXPECT_EQ(host.io.read(99, 1).status, kOk) << "outside";
  EXPECT_EQ(host.io.read(99, 2).status, kUnrecoveredRead) << "touches the range, the second time";
  EXPECT_EQ(host.io.read(105, 1).status, kOk) << "once";
  EXPECT_EQ(served.target.fired(id), 1u);
}

TEST(NvmeFaults, ShortDataAndLostWritesAnswerSuccess) {
  ServedDisk served;
  ConnectedHost host(served);
  Fault lost{.kind = FaultKind::lose_write, .match = on_opcode(kWrite)};
  FaultId const id = served.target.inject(lost);
  (void)served.target.settle();
  EXPECT_EQ(host.io.write(0, pattern(512, 1)).status, kOk);
  EXPECT_EQ(served.target.writes().size(), 0u) << "what changed nothing is no write";
  served.target.heal(id);
  EXPECT_EQ(host.io.read(0, 1).data, Bytes(512));
  Fault cut{.kind = FaultKind::short_data, .match = on_opcode(kRead)};
  cut.bytes = 100;
  served.target.inject(cut);
  (void)served.target.settle();
  Completion const answer = host.io.read(0, 1);
  EXPECT_EQ(answer.status, kOk);
  EXPECT_EQ(answer.data.size(), 100u);
}

TEST(NvmeFaults, AnOpcodeWithoutAQueueMeansTheCommandOfIoQueues) {
  ServedDisk served;
  Fault fault{.kind = FaultKind::error};
  fault.match.opcode = kRead;  // 02h: Read here, Get Log Page on the admin queue
  std::vector<FaultId> told;
  served.target.on_fault_fired([&told](FaultId id) { told.push_back(id); });
  FaultId const id = served.target.inject(fault);
  (void)served.target.settle();
  ConnectedHost host(served);
  EXPECT_EQ(host.association.admin.get_log(0x02, 512).status, kOk) << "SMART / health";
  EXPECT_EQ(served.target.fired(id), 0u);
  EXPECT_EQ(host.io.read(0, 1).status, kUnrecoveredRead);
  EXPECT_EQ(served.target.fired(id), 1u);
  EXPECT_EQ(told, std::vector<FaultId>{id});
}

TEST(NvmeFaults, AWindowHealsItself) {
  ServedDisk served;
  Fault fault{.kind = FaultKind::refuse};
  fault.window = std::chrono::milliseconds(50);
  std::uint16_t const port = served.port();
  served.target.inject(fault);
  (void)served.target.settle();
  while (refused(port)) rdscsi::base::sleep_for(std::chrono::milliseconds(5));
  EXPECT_NO_THROW(served.associate());
}

}  // namespace
}  // namespace rdssim::nvme_tcp
