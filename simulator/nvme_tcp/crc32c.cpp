// See crc32c.h. ISA-L picks the fastest way this processor has.
#include "simulator/nvme_tcp/crc32c.h"

#include <isa-l/crc.h>

#include <algorithm>

namespace rdssim::nvme_tcp {

std::uint32_t crc32c(std::span<std::byte const> bytes) {
  constexpr std::size_t kStep = std::size_t{1} << 30;  // its lengths are ints
  std::uint32_t crc = ~0U;
  while (!bytes.empty()) {
    std::size_t const step = std::min(bytes.size(), kStep);
    // It takes a pointer to what it only reads.
    auto* data = const_cast<unsigned char*>(reinterpret_cast<unsigned char const*>(bytes.data()));
    crc = crc32_iscsi(data, static_cast<int>(step), crc);
    bytes = bytes.subspan(step);
  }
  return ~crc;
}

}  // namespace rdssim::nvme_tcp
