// Stories of /file and /log: contents, chunks, lines, renaming and copying; which lines a log print shows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "simulator/routeros/device.h"

namespace rdssim::routeros {
namespace {

using ::testing::HasSubstr;

struct Bench {
  explicit Bench(char const* profile = "7.24") : device(*Device::make(profile, 1 << 30, 1)) {}
  std::string run(std::string_view line) { return device->execute({}, line, {}).output; }
  std::int64_t free_bytes() { return device->pools().front().free_bytes; }
  std::unique_ptr<Device> device;
};

TEST(File, ContentsAreSetAndReadInChunks) {
  Bench bench;
  EXPECT_EQ(bench.run("/file add name=note.txt contents=first"), "");
  EXPECT_EQ(bench.run("/file set note.txt contents=\"123456\\n\""), "");
  EXPECT_EQ(bench.run(":put [/file get note.txt size]"), "7\r\n");
  EXPECT_EQ(bench.run("/file read file=note.txt offset=2 chunk-size=3"), "  data: 345\r\n");
  EXPECT_EQ(bench.run(":put ([/file read file=note.txt offset=5 chunk-size=100 as-value]->\"data\")"),
            "6\n\r\n");
  EXPECT_EQ(bench.run("/file read file=note.txt chunk-size=32769"),
            "value of chunk-size is out of range (1 .. 32768)\r\n");
  EXPECT_THAT(bench.run("/file read file=nothing.txt"), HasSubstr("no such item"));
}

TEST(File, LongerContentsTakeSpaceAndShorterGiveItBack) {
  Bench bench;
  bench.run("/file add name=storage-pool/note.txt contents=1234");
  auto const before = bench.free_bytes();
  bench.run("/file set storage-pool/note.txt contents=12345678");
  EXPECT_EQ(before - bench.free_bytes(), 4);
  bench.run("/file set storage-pool/note.txt contents=12");
  EXPECT_EQ(bench.free_bytes() - before, 2);
}

TEST(File, ADirectoryIsRenamedWithWhatIsInIt) {
  Bench bench;
  bench.run("/file add name=storage-pool/a type=directory");
  bench.run("/file add name=storage-pool/a/note.txt contents=x");
  EXPECT_EQ(bench.run("/file set storage-pool/a name=storage-pool/b"), "");
  EXPECT_EQ(bench.run(":put [/file get storage-pool/b/note.txt contents]"), "x\r\n");
  EXPECT_THAT(bench.run("/file get storage-pool/a"), HasSubstr("no such item"));
}

TEST(File, RenamingKeepsAwayFromDisksOtherPoolsAndTakenNames) {
  Bench bench;
  bench.run("/disk add type=file file-path=/storage-pool/metal-csi/v.img file-size=1M slot=v");
  EXPECT_EQ(bench.run("/file set storage-pool/metal-csi/v.img name=storage-pool/metal-csi/w.img"),
            "failure: file already in use (/file/set; line 1)\r\n");
  EXPECT_THAT(bench.run("/file set storage-pool/metal-csi name=storage-pool/moved"), HasSubstr("in use"));
  bench.run("/file add name=one contents=1");
  bench.run("/file add name=two contents=2");
  EXPECT_THAT(bench.run("/file set one name=two"), HasSubstr("already have such name"));
  EXPECT_THAT(bench.run("/file set one name=storage-pool/one"), HasSubstr("cross-device"));
  EXPECT_EQ(bench.run(":put [/file get one contents]"), "1\r\n");
}

TEST(File, ACopyHasTheBytesAndTakesTheirSpace) {
  Bench bench;
  bench.run("/disk add type=file file-path=/storage-pool/metal-csi/v.img file-size=1M slot=v");
  std::array<std::byte, 4> pattern = {std::byte{'a'}, std::byte{'b'}, std::byte{'c'}, std::byte{'d'}};
  ASSERT_TRUE(bench.device->image("storage-pool/metal-csi/v.img")->write(8192, pattern).ok());
  auto const before = bench.free_bytes();
  EXPECT_EQ(bench.run("/file copy storage-pool/metal-csi/v.img name=storage-pool/metal-csi/w.img"), "");
  EXPECT_EQ(before - bench.free_bytes(), 1 << 20);
  EXPECT_EQ(bench.run("/file read file=storage-pool/metal-csi/w.img offset=8192 chunk-size=4"),
            "  data: abcd\r\n");
  EXPECT_THAT(bench.run("/file copy storage-pool/metal-csi name=storage-pool/other"),
              HasSubstr("not a file"));
  bench.run("/disk add type=file file-path=/storage-pool/metal-csi/big.img file-size=900M slot=big");
  EXPECT_THAT(bench.run("/file copy storage-pool/metal-csi/big.img name=storage-pool/metal-csi/big2.img"),
              HasSubstr("not enough space"));
  EXPECT_EQ(bench.run(":put [:len [/file find name~\"big2\"]]"), "0\r\n") << "nothing half is left";
}

TEST(File, HeadAndTailShowLines) {
  Bench bench;
  bench.run("/file add name=lines.txt contents=\"one\\ntwo\\nthree\\n\"");
  EXPECT_EQ(bench.run("/file head lines.txt n=2"), "one\r\ntwo\r\n");
  EXPECT_EQ(bench.run("/file tail lines.txt n=1"), "three\r\n");
  EXPECT_EQ(bench.run("/file tail lines.txt n=2 numbered=yes"), "2 two\r\n3 three\r\n");
  EXPECT_THAT(Bench("7.21").run("/file head lines.txt"), HasSubstr("bad command name head"));
}

TEST(Log, PrintsWhatWasAskedFor) {
  Bench bench;
  bench.run("/log info \"one\"");
  bench.run("/log warning \"two\"");
  EXPECT_EQ(bench.run("/log print proplist=message"), " one\r\n two\r\n");
  EXPECT_EQ(bench.run("/log print proplist=topics,message where topics~\"warning\""),
            " script,warning two\r\n");
  EXPECT_EQ(bench.run("/log print count-only where message=one"), "1\r\n");
}

TEST(Log, FollowKeepsTheChannelOpen) {
  Bench bench;
  bench.run("/log info \"before\"");
  auto const followed = bench.device->execute({}, "/log print follow proplist=message", {});
  EXPECT_TRUE(followed.hangs);
  EXPECT_EQ(followed.output, " before\r\n");
  auto const only_new = bench.device->execute({}, "/log print follow-only", {});
  EXPECT_TRUE(only_new.hangs);
  EXPECT_EQ(only_new.output, "");
}

}  // namespace
}  // namespace rdssim::routeros
