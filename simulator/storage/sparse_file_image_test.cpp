// Backing bytes on the host: they cost nothing before the first write, holes read as zero, a shrunk end never
// comes back, and an image whose file is gone says so.
#include "simulator/storage/sparse_file_image.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "base/testing/temporary_directory.h"

namespace rdssim::storage {
namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes_of(char letter, std::size_t count) {
  return Bytes(count, static_cast<std::byte>(letter));
}

Bytes read(Image& image, std::int64_t offset, std::size_t count) {
  Bytes into(count, std::byte{0x55});
  EXPECT_TRUE(image.read(offset, into).ok());
  return into;
}

TEST(SparseFileImage, ATebibyteNobodyWroteToTakesNoFileAndReadsAsZero) {
  rdscsi::base::testing::TemporaryDirectory directory;
  SparseFileImage image(directory.file("a.img"), std::int64_t{1} << 40);
  EXPECT_EQ(read(image, (std::int64_t{1} << 40) - 512, 512), Bytes(512));
  EXPECT_TRUE(image.zero(0, std::int64_t{1} << 40).ok());
  EXPECT_TRUE(image.flush().ok());
  EXPECT_FALSE(std::filesystem::exists(image.path()));
  ASSERT_TRUE(image.write(std::int64_t{1} << 39, bytes_of('x', 4096)).ok());
  EXPECT_EQ(read(image, std::int64_t{1} << 39, 4096), bytes_of('x', 4096));
  EXPECT_GT(image.allocated(), 0);
  EXPECT_LE(image.allocated(), 1 << 20);
}

TEST(SparseFileImage, ZeroGivesBlocksBackAndOnlyThose) {
  rdscsi::base::testing::TemporaryDirectory directory;
  SparseFileImage image(directory.file("a.img"), 1 << 20);
  ASSERT_TRUE(image.write(0, bytes_of('x', 1 << 20)).ok());
  std::int64_t const full = image.allocated();
  ASSERT_TRUE(image.zero(4096, 1 << 19).ok());
  EXPECT_LT(image.allocated(), full);
  EXPECT_EQ(read(image, 0, 4096), bytes_of('x', 4096));
  EXPECT_EQ(read(image, 4096, 1 << 19), Bytes(1 << 19));
  EXPECT_EQ(read(image, 4096 + (1 << 19), 512), bytes_of('x', 512));
}

TEST(SparseFileImage, WhatWasBehindAShrunkEndDoesNotComeBack) {
  rdscsi::base::testing::TemporaryDirectory directory;
  SparseFileImage image(directory.file("a.img"), 8192);
  ASSERT_TRUE(image.write(4096, bytes_of('x', 4096)).ok());
  ASSERT_TRUE(image.resize(4096).ok());
  Bytes beyond(512);
  EXPECT_EQ(image.read(4096, beyond).code(), absl::StatusCode::kOutOfRange);
  ASSERT_TRUE(image.resize(8192).ok());
  EXPECT_EQ(read(image, 4096, 4096), Bytes(4096));
}

TEST(SparseFileImage, NothingIsReadOrWrittenBeyondTheEndOrWhenItIsGone) {
  rdscsi::base::testing::TemporaryDirectory directory;
  SparseFileImage image(directory.file("a.img"), 8192);
  EXPECT_EQ(image.write(8000, bytes_of('x', 512)).code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(image.write(-1, bytes_of('x', 1)).code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(image.zero(0, 8193).code(), absl::StatusCode::kOutOfRange);
  image.set_available(false);
  EXPECT_EQ(image.write(0, bytes_of('x', 512)).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(image.flush().code(), absl::StatusCode::kNotFound);
  image.set_available(true);
  EXPECT_TRUE(image.write(0, bytes_of('x', 512)).ok());
}

TEST(ImageView, ShowsItsPartAndNothingElse) {
  rdscsi::base::testing::TemporaryDirectory directory;
  auto const whole = std::make_shared<SparseFileImage>(directory.file("a.img"), 16384);
  ImageView view(whole, 4096, 8192);
  ASSERT_TRUE(view.write(0, bytes_of('x', 8192)).ok());
  EXPECT_EQ(view.write(8192, bytes_of('x', 1)).code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(read(*whole, 0, 4096), Bytes(4096));
  EXPECT_EQ(read(*whole, 4096, 8192), bytes_of('x', 8192));
  EXPECT_EQ(read(*whole, 12288, 4096), Bytes(4096));
}

TEST(ImageStore, TemporaryFilesGoNamedOnesStayAndAreFoundAgain) {
  rdscsi::base::testing::TemporaryDirectory directory;
  std::string temporary;
  {
    ImageStore store;
    auto const image = store.image(1, 4096);
    ASSERT_TRUE(image.ok());
    ASSERT_TRUE((*image)->write(0, bytes_of('x', 4096)).ok());
    temporary = store.directory();
    EXPECT_TRUE(std::filesystem::exists(temporary));
  }
  EXPECT_FALSE(std::filesystem::exists(temporary));
  {
    ImageStore store;
    ASSERT_TRUE(store.set_directory(directory.file("kept")).ok());
    ASSERT_TRUE((*store.image(26, 4096))->write(0, bytes_of('y', 4096)).ok());
    EXPECT_EQ(store.set_directory(directory.file("other")).code(), absl::StatusCode::kFailedPrecondition);
  }
  ImageStore store;
  ASSERT_TRUE(store.set_directory(directory.file("kept")).ok());
  auto const again = *store.image(26, 4096);
  EXPECT_EQ(read(*again, 0, 4096), bytes_of('y', 4096));
  store.drop(26);
  EXPECT_EQ(again->flush().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(again->path()));
  EXPECT_EQ(store.find(26), nullptr);
}

TEST(ImageStore, ADirectoryThatCannotBeIsRefusedByName) {
  ImageStore store;
  auto const status = store.set_directory("/proc/no/such");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(std::string(status.message()).find("/proc/no/such"), std::string::npos);
}

}  // namespace
}  // namespace rdssim::storage
