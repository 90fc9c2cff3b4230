// CRC32C, the digest of NVMe/TCP headers and data (NVMe TCP Transport Specification 3.3.1.1). Used by
// connections.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace rdssim::nvme_tcp {

std::uint32_t crc32c(std::span<std::byte const> bytes);

}  // namespace rdssim::nvme_tcp
