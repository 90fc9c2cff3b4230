// See found_filesystem.h. All numbers of these superblocks are little-endian, except XFS' big-endian ones,
// of which only text and UUID are read.
#include "simulator/storage/found_filesystem.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <vector>

namespace rdssim::storage {

namespace {

constexpr std::int64_t kExtSuperblock = 1024;
constexpr std::int64_t kBtrfsSuperblock = 65536;

std::vector<std::byte> read_at(Image& image, std::int64_t offset, std::size_t count) {
  std::vector<std::byte> bytes(count);
  if (image.size() < offset + static_cast<std::int64_t>(count) || !image.read(offset, bytes).ok())
    bytes.clear();
  return bytes;
}

std::uint64_t little(std::span<std::byte const> bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = count; i-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(bytes[at + i]);
  return value;
}

void put_little(std::span<std::byte> bytes, std::size_t at, std::size_t count, std::uint64_t value) {
  for (std::size_t i = 0; i < count; ++i, value >>= 8) bytes[at + i] = static_cast<std::byte>(value & 0xFF);
}

std::string text_at(std::span<std::byte const> bytes, std::size_t at, std::size_t most) {
  std::string text;
  for (std::size_t i = at; i < at + most && bytes[i] != std::byte{0}; ++i)
    text += static_cast<char>(bytes[i]);
  return text;
}

std::string uuid_at(std::span<std::byte const> bytes, std::size_t at) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    auto const byte = std::to_integer<unsigned>(bytes[at + i]);
    text += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return text;
}

// CRC-32C without the final inversion, as ext4 uses it.
std::uint32_t crc32c(std::span<std::byte const> bytes) {
  std::uint32_t crc = ~0U;
  for (std::byte const byte : bytes) {
    crc ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? (crc >> 1) ^ 0x82F63B78U : crc >> 1;
  }
  return crc;
}

// Fields of ext4's superblock, by offset.
constexpr std::size_t kMountTime = 0x2C, kWriteTime = 0x30, kMountCount = 0x34, kMagic = 0x38;
constexpr std::size_t kReadOnlyFeatures = 0x64, kUuid = 0x68, kLabel = 0x78, kLastMounted = 0x88;
constexpr std::size_t kLastMountedBytes = 64, kChecksum = 0x3FC;
constexpr std::uint64_t kMetadataChecksums = 0x400;

std::vector<std::byte> ext_superblock(Image& image) {
  auto bytes = read_at(image, kExtSuperblock, 1024);
  if (!bytes.empty() && little(bytes, kMagic, 2) != 0xEF53) bytes.clear();
  return bytes;
}

}  // namespace

std::optional<FoundFilesystem> find_filesystem(Image& image) {
  if (auto const ext = ext_superblock(image); !ext.empty())
    return FoundFilesystem{"ext4", text_at(ext, kLabel, 16), uuid_at(ext, kUuid)};
  auto const first = read_at(image, 0, 512);
  if (!first.empty() && text_at(first, 0, 4) == "XFSB")
    return FoundFilesystem{"xfs", text_at(first, 108, 12), uuid_at(first, 32)};
  auto const btrfs = read_at(image, kBtrfsSuperblock, 4096);
  if (!btrfs.empty() && text_at(btrfs, 64, 8) == "_BHRfS_M")
    return FoundFilesystem{"btrfs", text_at(btrfs, 299, 256), uuid_at(btrfs, 32)};
  return std::nullopt;
}

absl::Status write_mount_traces(Image& image, std::string_view mount_point, std::int64_t unix_seconds) {
  auto super = ext_superblock(image);
  if (super.empty()) return absl::OkStatus();
  auto const seconds = static_cast<std::uint64_t>(unix_seconds);
  put_little(super, kMountTime, 4, seconds);
  put_little(super, kWriteTime, 4, seconds);
  put_little(super, kMountCount, 2, little(super, kMountCount, 2) + 1);
  auto const place = "/" + std::string(mount_point.substr(0, kLastMountedBytes - 2));
  for (std::size_t i = 0; i < kLastMountedBytes; ++i)
    super[kLastMounted + i] = i < place.size() ? static_cast<std::byte>(place[i]) : std::byte{0};
  if ((little(super, kReadOnlyFeatures, 4) & kMetadataChecksums) != 0)
    put_little(super, kChecksum, 4, crc32c(std::span<std::byte const>(super).first(kChecksum)));
  return image.write(kExtSuperblock, super);
}

}  // namespace rdssim::storage
