// What a controller tells of itself: Identify, log pages, features, events, discovery. Offsets are the
// specification's.
#include <gtest/gtest.h>

#include "simulator/nvme_tcp/testing/served_disk.h"

namespace rdssim::nvme_tcp {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the vocabulary of these tests

std::string text(Bytes const& bytes, std::size_t offset, std::size_t width) {
  std::string found;
  for (std::size_t i = 0; i < width; ++i) found += static_cast<char>(bytes[offset + i]);
  while (!found.empty() && (found.back() == ' ' || found.back() == '\0')) found.pop_back();
  return found;
}

TEST(Identify, AControllerIsWhatTheKernelCapturesShow) {
  ServedDisk served;
  AdminQueue association = served.associate();
  Bytes const data = association.admin.identify(1).data;
  ASSERT_EQ(data.size(), kPageBytes);
  EXPECT_EQ(text(data, 24, 40), "Linux");
  EXPECT_EQ(text(data, 4, 20).size(), 20u);
  EXPECT_EQ(text(data, 768, 256), kNqn);
  EXPECT_EQ(get16(data, 78), association.cntlid);
  EXPECT_EQ(get8(data, 111), 1) << "cntrltype = io";
  EXPECT_EQ(get32(data, 516), 1u) << "one namespace";
  EXPECT_EQ(get32(data, 1792), (64 + 16384) / 16u) << "IOCCSZ";
  EXPECT_NE(get8(data, 76) & 8, 0) << "ANA is reported: ana_state = optimized";
  ServedDisk another;
  AdminQueue same_name = another.associate();
  EXPECT_EQ(text(same_name.admin.identify(1).data, 4, 20), text(data, 4, 20))
      << "the serial is the same each time";
}

TEST(Identify, TheNamespaceHasItsSizeAndUuid) {
  ServedDisk served;
  AdminQueue association = served.associate();
  Bytes const data = association.admin.identify(0, 1).data;
  EXPECT_EQ(get64(data, 0), (8u << 20) / 512u);
  EXPECT_EQ(get8(data, 130), 9) << "blocks of 2^9 bytes";
  EXPECT_EQ(association.admin.identify(0, 2).status, kInvalidNamespace | kDnr);
  Bytes const list = association.admin.identify(2, 0).data;
  EXPECT_EQ(get32(list, 0), 1u);
  EXPECT_EQ(get32(list, 4), 0u);
  EXPECT_EQ(get32(association.admin.identify(2, 1).data, 0), 0u) << "none above 1";
  Bytes const descriptors = association.admin.identify(3, 1).data;
  EXPECT_EQ(get8(descriptors, 0), 3) << "a UUID";
  Uuid const uuid = uuid_from(kNqn);
  for (std::size_t i = 0; i < 16; ++i) EXPECT_EQ(get8(descriptors, 4 + i), uuid[i]);
}

TEST(Identify, QueuesAreGrantedUpToTheOption) {
  Options options;
  options.max_io_queues = 4;
  ServedDisk served(options);
  AdminQueue association = served.associate();
  Queue::Sqe command = association.admin.sqe(kSetFeatures);
  put8(command, 40, 7);
  put32(command, 44, 63 | (63U << 16));
  EXPECT_EQ(association.admin.run(command).result, 3u | (3U << 16)) << "four of the 64 asked for, 0's based";
  put32(command, 44, 0);
  EXPECT_EQ(association.admin.run(command).result, 0u);
}

TEST(Identify, AResizeIsShownAsTheSwitchSays) {
  struct Case {
    ResizeShows how;
    bool new_size, event;
  };
  for (Case const& one : {Case{ResizeShows::silently, true, false}, Case{ResizeShows::with_event, true, true},
                          Case{ResizeShows::after_reexport, false, false}}) {
    ServedDisk served;
    served.target.set_resize_shows(one.how);
    AdminQueue association = served.associate();
    Queue& admin = association.admin;
    Queue::Sqe configure = admin.sqe(kSetFeatures);
    put8(configure, 40, 0x0B);
    put32(configure, 44, 0x100);
    ASSERT_EQ(admin.run(configure).status, kOk);
    Queue::Sqe request = admin.sqe(kAsyncEvent);
    put16(request, 2, 500);
    admin.send_command(request);
    served.image->resize(16 << 20);
    served.serve();
    if (one.event) {
      Completion const event = admin.wait(500);
      EXPECT_EQ(event.result, 0x040002u) << "notice: namespace attributes changed, page 04h";
      EXPECT_EQ(get32(admin.get_log(4, 4096).data, 0), 1u) << "NSID 1 changed";
      EXPECT_EQ(get32(admin.get_log(4, 4096).data, 0), 0u) << "reading clears the page";
    }
    std::uint64_t const blocks = get64(admin.identify(0, 1).data, 0);
    EXPECT_EQ(blocks, (one.new_size ? 16u << 20 : 8u << 20) / 512u);
    if (one.how == ResizeShows::after_reexport) {
      ASSERT_TRUE(served.target.set_exports({}).ok());
      served.serve();
      EXPECT_EQ(get64(served.associate().admin.identify(0, 1).data, 0), (16u << 20) / 512u);
    }
  }
}

TEST(Identify, FourEventRequestsWaitAFifthIsTooMany) {
  ServedDisk served;
  AdminQueue association = served.associate();
  for (std::uint16_t i = 0; i < 4; ++i) {
    Queue::Sqe request = association.admin.sqe(kAsyncEvent);
    put16(request, 2, static_cast<std::uint16_t>(600 + i));
    association.admin.send_command(request);
  }
  EXPECT_EQ(association.admin.run(association.admin.sqe(kAsyncEvent)).status, kAerLimit | kDnr);
}

TEST(Discovery, ListsEachExportAHostMayHave) {
  ServedDisk served;
  Export other = served.disk();
  other.nqn = "nqn.2000-02.com.mikrotik:private";
  other.allow_host = "nqn.of-somebody-else";
  ASSERT_TRUE(served.target.set_exports({served.disk(), other}).ok());
  AdminQueue discovery = associate(served.port(), kDiscoveryNqn);
  Bytes const log = discovery.admin.get_log(0x70, 3072).data;
  EXPECT_EQ(get64(log, 8), 1u) << "the other one is not for this host";
  EXPECT_EQ(get8(log, 1024), 3) << "tcp";
  EXPECT_EQ(get8(log, 1025), 1) << "ipv4";
  EXPECT_EQ(get8(log, 1026), 2) << "nvme subsystem";
  EXPECT_EQ(get8(log, 1027), 4) << "not specified, sq flow control disable supported";
  EXPECT_EQ(get16(log, 1028), 4420) << "portid (FACTS 7.1)";
  EXPECT_EQ(text(log, 1056, 32), std::to_string(served.port()));
  EXPECT_EQ(text(log, 1280, 256), kNqn);
  EXPECT_EQ(text(log, 1536, 256), "127.0.0.1");
  EXPECT_EQ(get64(discovery.admin.get_log(0x70, 1024).data, 0), get64(log, 0)) << "generation";
  EXPECT_EQ(get8(discovery.admin.identify(1).data, 111), 2) << "cntrltype = discovery";
  EXPECT_EQ(discovery.admin.identify(0, 1).status, kInvalidField | kDnr);
  EXPECT_THROW(io_queue(served.port(), kDiscoveryNqn, discovery.cntlid), std::runtime_error);
}

TEST(LogPages, HaveTheLengthAskedForAndZerosBeyondTheirEnd) {
  ServedDisk served;
  AdminQueue association = served.associate();
  int checked = 0;
  for (std::uint8_t const page : {0x01, 0x02, 0x03, 0x04, 0x05, 0x0C}) {
    for (std::size_t const bytes : {4, 512, 4096, 8192}) {
      Completion const answer = association.admin.get_log(page, bytes);
      EXPECT_EQ(answer.status, kOk) << int{page};
      EXPECT_EQ(answer.data.size(), bytes) << int{page};
      ++checked;
    }
  }
  Bytes const ana = association.admin.get_log(0x0C, 52).data;
  EXPECT_EQ(get8(ana, 32), 1) << "optimized";
  EXPECT_EQ(text(association.admin.get_log(3, 512).data, 8, 8), "5.6.3");
  EXPECT_EQ(association.admin.get_log(2, 512, 4096).status, kInvalidField | kDnr)
      << "an offset beyond the page";
  std::cout << "log pages checked: " << checked << "\n";
}

}  // namespace
}  // namespace rdssim::nvme_tcp
