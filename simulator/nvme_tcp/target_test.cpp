// The target as a host meets it: connecting, reading, writing, what is refused with which status, and what
// the target remembers. Method: a real Target on a free port, the least initiator there is
// (testing/initiator.h).
#include "simulator/nvme_tcp/target.h"

#include <gtest/gtest.h>

#include "simulator/nvme_tcp/testing/served_disk.h"

namespace rdssim::nvme_tcp {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the vocabulary of these tests

Bytes image_bytes(MemoryImage& image, std::int64_t offset, std::size_t size) {
  Bytes bytes(size);
  EXPECT_TRUE(image.read(offset, bytes).ok());
  return bytes;
}

TEST(Target, WhatOneHostWritesIsWhatItReadsAndWhatTheImageHolds) {
  ServedDisk served;
  ConnectedHost host(served);
  EXPECT_EQ(host.io.read(0, 8).data, Bytes(4096)) << "never written reads as zero";
  Bytes const small = pattern(4096, 1), large = pattern(300 * 512, 2), largest = pattern(1 << 20, 3);
  EXPECT_EQ(host.io.write(0, small, true).status, kOk);
  EXPECT_EQ(host.io.write(100, large, false).status, kOk);
  EXPECT_EQ(host.io.write(2048, largest, false).status, kOk);
  EXPECT_EQ(host.io.read(0, 8).data, small);
  EXPECT_EQ(host.io.read(100, 300).data, large);
  EXPECT_EQ(host.io.read(2048, 2048).data, largest);
  EXPECT_EQ(image_bytes(*served.image, 100 * 512, large.size()), large);
  EXPECT_EQ(host.io.run(host.io.sqe(kFlush, 1)).status, kOk);
}

TEST(Target, DigestsAlignmentAndNoFlowControlChangeNothingForTheData) {
  int checked = 0;
  for (bool const header : {false, true}) {
    for (bool const data : {false, true}) {
      for (std::uint8_t const alignment : {0, 3, 31}) {
        for (bool const flow : {false, true}) {
          ServedDisk served;
          Host wish;
          wish.header_digest = header;
          wish.data_digest = data;
          wish.alignment = alignment;
          wish.flow_control = flow;
          ConnectedHost host(served, wish);
          Bytes const bytes = pattern(64 * 512, 7);
          EXPECT_EQ(host.io.write(8, bytes, false).status, kOk);
          EXPECT_EQ(host.io.read(8, 64).data, bytes);
          EXPECT_EQ(host.association.admin.identify(1).data.size(), kPageBytes);
          ++checked;
        }
      }
    }
  }
  std::cout << "combinations checked: " << checked << "\n";
  EXPECT_EQ(checked, 24);
}

TEST(Target, AnUnknownSubsystemAndAHostThatIsNotAllowedAreRefusedAsTheKernelShowsIt) {
  ServedDisk served;
  Queue unknown(served.port());
  unknown.initialize();
  Completion const nobody = unknown.connect("nqn.2000-02.com.mikrotik:nope");
  EXPECT_EQ(nobody.status, 16770) << "kernel-6.1 captures: connect to a subsystem that does not exist";
  EXPECT_EQ(nobody.result, (1U << 16) | 256U) << "the offset of SUBNQN in the Connect data";
  served.allow_host = "nqn.2014-08.org.nvmexpress:uuid:22222222-2222-2222-2222-222222222222";
  served.serve();
  Queue stranger(served.port());
  stranger.initialize();
  EXPECT_EQ(stranger.connect(kNqn).status, 16772) << "kernel-6.1 captures: host not allowed";
  Host allowed;
  allowed.nqn = served.allow_host;
  EXPECT_NO_THROW(served.associate(allowed));
  EXPECT_EQ(served.count(ConnectionEvent::refused), 2u);
}

TEST(Target, ALiveHostStaysWhenAnotherOneIsAllowedUnlessTheSwitchCutsIt) {
  ServedDisk served;
  ConnectedHost host(served);
  served.allow_host = "nqn.of-another-host";
  served.serve();
  EXPECT_EQ(host.io.read(0, 1).status, kOk);
  served.target.set_allow_host_cuts(true);
  served.serve();
  EXPECT_TRUE(host.io.closed());
  EXPECT_TRUE(host.association.admin.closed());
  EXPECT_EQ(served.count(ConnectionEvent::disconnected), 1u);
}

TEST(Target, ConnectIsRefusedWithTheStatusOfEachMistake) {
  ServedDisk served;
  AdminQueue const association = served.associate();
  struct Case {
    char const* what;
    std::uint16_t qid, cntlid;
    Host host;
    std::uint16_t status;
    std::uint32_t where;
  };
  Host other;
  other.nqn = "nqn.other-host";
  Host other_id;
  other_id.id = 0x77;
  std::uint32_t const in_data = 1U << 16;
  std::vector<Case> const cases = {
      {"an admin queue with a fixed controller", 0, 7, {}, kConnectInvalid | kDnr, in_data | 16},
      {"a controller that does not exist", 1, 999, {}, kConnectInvalid | kDnr, in_data | 16},
      {"another host's controller", 1, association.cntlid, other, kConnectInvalid | kDnr, in_data | 16},
      {"the same name, another host identifier", 1, association.cntlid, other_id, kConnectInvalid | kDnr,
       in_data},
      {"a queue beyond those offered", 4000, association.cntlid, {}, kConnectInvalid | kDnr, 42},
  };
  for (Case const& one : cases) {
    Queue queue(served.port(), one.host);
    queue.initialize();
    Completion const answer = queue.connect(kNqn, one.qid, one.cntlid);
    EXPECT_EQ(answer.status, one.status) << one.what;
    EXPECT_EQ(answer.result, one.where) << one.what;
  }
  Queue taken = io_queue(served.port(), kNqn, association.cntlid);
  Queue again(served.port());
  again.initialize();
  EXPECT_EQ(again.connect(kNqn, 1, association.cntlid).status, kSequenceError | kDnr) << "queue 1 is taken";
  std::cout << "refusals checked: " << cases.size() + 1 << "\n";
}

TEST(Target, CommandsThatCannotBeAreAnsweredWithTheirStatusAndTheQueueLives) {
  ServedDisk served;
  ConnectedHost host(served);
  Queue& io = host.io;
  std::uint64_t const blocks = (8 << 20) / 512;
  EXPECT_EQ(io.read(blocks, 1).status, kLbaOutOfRange | kDnr);
  EXPECT_EQ(io.read(blocks - 1, 2).status, kLbaOutOfRange | kDnr);
  EXPECT_EQ(io.read(~std::uint64_t{0}, 2).status, kLbaOutOfRange | kDnr) << "no overflow";
  EXPECT_EQ(io.write(blocks, pattern(512, 1)).status, kLbaOutOfRange | kDnr);
  Queue::Sqe wrong_namespace = io.sqe(kRead, 2);
  EXPECT_EQ(io.run(wrong_namespace, {}, 512).status, kInvalidNamespace | kDnr);
  EXPECT_EQ(io.run(io.sqe(0x7E, 1)).status, kInvalidOpcode | kDnr);
  EXPECT_EQ(io.run(io.sqe(kRead, 1), {}, 1024).status, kSglLengthInvalid | kDnr)
      << "one block, buffer for two";
  Queue::Sqe no_sgl = io.sqe(kRead, 1);
  put8(no_sgl, 1, 0);
  EXPECT_EQ(io.run(no_sgl, {}, 512).status, kInvalidField | kDnr);
  EXPECT_EQ(host.association.admin.run(io.sqe(0x7E)).status, kInvalidOpcode | kDnr);
  EXPECT_EQ(host.association.admin.identify(0x1C).status, kInvalidField | kDnr);
  EXPECT_EQ(host.association.admin.get_log(0xC0, 512).status, kInvalidLogPage | kDnr);
  EXPECT_EQ(io.read(0, 1).status, kOk);
}

TEST(Target, CommandsBeforeConnectAndBeforeEnableAreOutOfSequence) {
  ServedDisk served;
  Queue queue(served.port());
  queue.initialize();
  EXPECT_EQ(queue.run(queue.sqe(kKeepAlive)).status, kSequenceError | kDnr);
  EXPECT_EQ(queue.property_get(kCsts, false).status, kSequenceError | kDnr);
  EXPECT_EQ(queue.connect(kNqn).status, kOk);
  EXPECT_EQ(queue.run(queue.sqe(kKeepAlive)).status, kSequenceError | kDnr) << "CC.EN is 0";
  EXPECT_EQ(queue.property_get(kCsts, false).result, 0u);
  EXPECT_EQ(queue.property_set(kCc, 0x00460001).status, kOk);
  EXPECT_EQ(queue.property_get(kCsts, false).result, 1u);
  EXPECT_EQ(queue.run(queue.sqe(kKeepAlive)).status, kOk);
  EXPECT_EQ(queue.property_set(kCc, 0x00464001).status, kOk);
  EXPECT_EQ(queue.property_get(kCsts, false).result & 0xC, 8u) << "shutdown complete";
  EXPECT_EQ(queue.connect(kNqn).status, kSequenceError | kDnr) << "connected already";
}

TEST(Target, ErrorsOfTheImageBecomeTheStatusThatNamesThem) {
  ServedDisk served;
  ConnectedHost host(served);
  served.image->fail_next(absl::ResourceExhaustedError("pool full"));
  EXPECT_EQ(host.io.write(0, pattern(512, 1)).status, kCapacityExceeded | kDnr);
  served.image->fail_next(absl::DataLossError("bad range"));
  EXPECT_EQ(host.io.read(0, 1).status, kUnrecoveredRead | kDnr);
  served.image->fail_next(absl::InternalError("EIO"));
  EXPECT_EQ(host.io.write(0, pattern(512, 1)).status, kWriteFault | kDnr);
  served.image->fail_next(absl::NotFoundError("pool is not mounted"));
  EXPECT_EQ(host.io.read(0, 1).status, kNotReady);
  EXPECT_EQ(host.io.read(0, 1).status, kOk);
}

TEST(Target, ZeroesDeallocateAndCompareDoWhatTheySay) {
  ServedDisk served;
  ConnectedHost host(served);
  Bytes const bytes = pattern(16 * 512, 5);
  ASSERT_EQ(host.io.write(0, bytes).status, kOk);
  Queue::Sqe zeroes = host.io.sqe(kWriteZeroes, 1);
  put64(zeroes, 40, 2);
  put16(zeroes, 48, 3);
  EXPECT_EQ(host.io.run(zeroes).status, kOk);
  Queue::Sqe deallocate = host.io.sqe(kDatasetManagement, 1);
  put8(deallocate, 40, 1);  // two ranges
  put8(deallocate, 44, 4);
  Bytes ranges(32);
  put32(ranges, 4, 1);
  put64(ranges, 8, 8);
  put32(ranges, 20, 2);
  put64(ranges, 24, 12);
  EXPECT_EQ(host.io.run(deallocate, ranges).status, kOk);
  Bytes wanted = bytes;
  for (std::size_t const block : {2, 3, 4, 5, 8, 12, 13})
    std::fill_n(wanted.begin() + static_cast<std::ptrdiff_t>(block * 512), 512, std::byte{0});
  EXPECT_EQ(host.io.read(0, 16).data, wanted);
  Queue::Sqe compare = host.io.sqe(kCompare, 1);
  EXPECT_EQ(host.io.run(compare, Bytes(wanted.begin(), wanted.begin() + 512)).status, kOk);
  EXPECT_EQ(host.io.run(compare, pattern(512, 99)).status, kCompareFailure | kDnr);
}

TEST(Target, EveryWriteIsRememberedWithItsHost) {
  ServedDisk served;
  Host second;
  second.nqn = "nqn.2014-08.org.nvmexpress:uuid:22222222-2222-2222-2222-222222222222";
  second.id = 0x22;
  ConnectedHost first_host(served), second_host(served, second);
  ASSERT_EQ(first_host.io.write(0, pattern(1024, 1)).status, kOk);
  ASSERT_EQ(second_host.io.write(1, pattern(512, 2)).status, kOk);
  ASSERT_EQ(first_host.io.read(0, 1).status, kOk);
  auto const writes = served.target.writes();
  ASSERT_EQ(writes.size(), 2u) << "reads are no writes";
  EXPECT_EQ(writes[0].by->host_nqn, Host{}.nqn);
  EXPECT_EQ(writes[0].by->host_id, "11111111-1111-1111-1111-111111111111");
  EXPECT_EQ(writes[0].by->slot, "pvc-1");
  EXPECT_EQ(writes[0].lba, 0u);
  EXPECT_EQ(writes[0].blocks, 2u);
  EXPECT_EQ(writes[1].by->host_nqn, second.nqn);
  EXPECT_GT(writes[1].by->generation, writes[0].by->generation);
  EXPECT_EQ(served.target.writes(1).size(), 1u);
  TargetState const state = served.target.state();
  ASSERT_EQ(state.exports.size(), 1u);
  EXPECT_EQ(state.exports[0].controllers.size(), 2u);
  EXPECT_EQ(state.connections, 4);
  EXPECT_EQ(state.writes, 2u);
}

TEST(Target, AnExportThatGoesCutsItsHostsAndComesBackUnderTheSameName) {
  ServedDisk served;
  ConnectedHost host(served);
  ASSERT_EQ(host.io.write(0, pattern(512, 1)).status, kOk);
  ASSERT_TRUE(served.target.set_exports({}).ok());
  EXPECT_TRUE(host.io.closed());
  EXPECT_TRUE(host.association.admin.closed());
  served.serve();
  ConnectedHost again(served);
  EXPECT_EQ(again.io.read(0, 1).data, pattern(512, 1));
}

TEST(Target, AnIoQueueThatEndsLeavesTheOthersAnAdminQueueThatEndsTakesAll) {
  ServedDisk served;
  ConnectedHost host(served);
  Queue second = io_queue(served.port(), kNqn, host.association.cntlid, {}, 2);
  Queue::Sqe disconnect = second.sqe(kFabrics);
  put8(disconnect, 4, kDisconnect);
  EXPECT_EQ(second.run(disconnect).status, kOk);
  EXPECT_TRUE(second.closed());
  EXPECT_EQ(host.io.read(0, 1).status, kOk);
  host.association.admin.close();
  EXPECT_TRUE(host.io.closed());
}

TEST(Target, AHostThatStopsSayingItIsAliveIsCut) {
  ServedDisk served;
  AdminQueue association = served.associate({}, 300);
  EXPECT_EQ(association.admin.run(association.admin.sqe(kKeepAlive)).status, kOk);
  EXPECT_TRUE(association.admin.closed());
  auto const records = served.target.connections();
  EXPECT_EQ(records.back().reason, "keep-alive timer expired");
}

TEST(Target, ManyQueuesOfManyHostsAreServedByOneThread) {
  ServedDisk served;
  int const threads = rdscsi::base::live_thread_count();
  std::vector<AdminQueue> admins;
  std::vector<Queue> queues;
  for (std::uint8_t host = 1; host <= 8; ++host) {
    Host who;
    who.nqn += std::to_string(host);
    who.id = host;
    admins.push_back(served.associate(who));
    for (std::uint16_t qid = 1; qid <= 16; ++qid)
      queues.push_back(io_queue(served.port(), kNqn, admins.back().cntlid, who, qid));
  }
  for (std::size_t i = 0; i < queues.size(); ++i) {
    Bytes const bytes = pattern(4096, static_cast<unsigned>(i));
    ASSERT_EQ(queues[i].write(i * 8, bytes).status, kOk);
    ASSERT_EQ(queues[i].read(i * 8, 8).data, bytes);
  }
  EXPECT_EQ(served.target.state().connections, 8 * 17);
  EXPECT_EQ(rdscsi::base::live_thread_count(), threads);
  std::cout << "queues: " << queues.size() << "\n";
}

TEST(Target, CommandsInFlightTogetherEachGetTheirOwnData) {
  Options options;
  options.connection_buffer_bytes = 1 << 20;  // two of the writes below: the others wait for room
  ServedDisk served(options);
  ConnectedHost host(served);
  constexpr std::uint16_t kCommands = 6;
  std::size_t const bytes = 512 * 1024;
  std::vector<Bytes> data;
  for (std::uint16_t i = 0; i < kCommands; ++i) {
    data.push_back(pattern(bytes, i));
    Queue::Sqe command = host.io.sqe(kWrite, 1);
    put16(command, 2, static_cast<std::uint16_t>(1000 + i));
    put64(command, 40, i * bytes / 512);
    put16(command, 48, static_cast<std::uint16_t>(bytes / 512 - 1));
    put32(command, 32, static_cast<std::uint32_t>(bytes));
    host.io.send_command(command);
  }
  int completed = 0;
  while (completed < kCommands) {
    auto const pdu = host.io.receive();
    ASSERT_TRUE(pdu);
    if (static_cast<PduType>(pdu->header.type) == PduType::r2t) {
      std::uint16_t const cid = get16(pdu->bytes, 8);
      host.io.send_h2c_data(cid, get16(pdu->bytes, 10), 0, data[cid - 1000U], true);
    } else {
      ++completed;
    }
  }
  for (std::uint16_t i = 0; i < kCommands; ++i)
    EXPECT_EQ(image_bytes(*served.image, static_cast<std::int64_t>(i * bytes), bytes), data[i]) << i;
}

TEST(Target, TwoExportsShareAPortAndAThirdHasItsOwn) {
  ServedDisk served;
  auto const export_of = [&](std::string const& name, std::uint16_t port) {
    Export what = served.disk();
    what.nqn = "nqn.2000-02.com.mikrotik:" + name;
    what.slot = name;
    what.port = port;
    what.image = std::make_shared<MemoryImage>(1 << 20);
    return what;
  };
  ASSERT_TRUE(served.target
                  .set_exports({export_of("a", 4420), export_of("b", 4420), export_of("c", 4421),
                                export_of("a", 4421)})
                  .ok())
      << "the second `a` is logged and not served";
  ASSERT_TRUE(served.target.settle().ok());
  std::uint16_t const shared = served.target.bound_port(4420), own = served.target.bound_port(4421);
  EXPECT_NE(shared, own);
  EXPECT_NO_THROW(associate(shared, "nqn.2000-02.com.mikrotik:a"));
  EXPECT_NO_THROW(associate(shared, "nqn.2000-02.com.mikrotik:b"));
  EXPECT_NO_THROW(associate(own, "nqn.2000-02.com.mikrotik:c"));
  EXPECT_THROW(associate(own, "nqn.2000-02.com.mikrotik:b"), std::runtime_error);
  EXPECT_EQ(served.target.state().exports.size(), 3u);
}

TEST(Target, AnExportThatCannotBeIsRefusedWithWordsAndChangesNothing) {
  ServedDisk served;
  Export without_image = served.disk();
  without_image.image = nullptr;
  Export odd = served.disk();
  odd.block_bytes = 520;
  for (Export const& wrong : {without_image, odd}) {
    auto const status = served.target.set_exports({wrong});
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_NE(std::string(status.message()).find("pvc-1"), std::string::npos) << status;
  }
  EXPECT_NO_THROW(served.associate());
}

}  // namespace
}  // namespace rdssim::nvme_tcp
