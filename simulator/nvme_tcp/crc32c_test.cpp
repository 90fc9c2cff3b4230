// CRC32C against values published elsewhere: RFC 3720 B.4 and the check value of the catalogue of CRCs.
#include "simulator/nvme_tcp/crc32c.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rdssim::nvme_tcp {
namespace {

TEST(Crc32c, PublishedValues) {
  std::string const digits = "123456789";
  EXPECT_EQ(crc32c(std::as_bytes(std::span(digits))), 0xE3069283);
  std::vector<std::byte> zeros(32), ones(32, std::byte{0xFF}), rising(32);
  for (std::size_t i = 0; i < rising.size(); ++i) rising[i] = static_cast<std::byte>(i);
  EXPECT_EQ(crc32c(zeros), 0x8A9136AA);
  EXPECT_EQ(crc32c(ones), 0x62A8AB43);
  EXPECT_EQ(crc32c(rising), 0x46DD794E);
  EXPECT_EQ(crc32c({}), 0u);
}

}  // namespace
}  // namespace rdssim::nvme_tcp
