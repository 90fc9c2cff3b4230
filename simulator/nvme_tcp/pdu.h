// PDUs of NVMe/TCP: reading and judging headers a host sends, writing those it gets. Pure functions; the
// connection owns sockets and order. Source: NVMe TCP Transport Specification 1.0c, section 3.6.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "simulator/nvme_tcp/wire.h"

namespace rdssim::nvme_tcp {

inline constexpr std::size_t kCommonHeaderBytes = 8;
inline constexpr std::size_t kIcBytes = 128, kCapsuleCmdBytes = 72, kCapsuleRespBytes = 24, kDataBytes = 24,
                             kTermBytes = 24;
inline constexpr std::size_t kTermDataMax = 128;  // of the offending header, repeated in a C2HTermReq
inline constexpr std::size_t kDigestBytes = 4;

struct PduHeader {
  std::uint8_t type = 0, flags = 0, hlen = 0, pdo = 0;
  std::uint32_t plen = 0;
};
PduHeader read_common_header(std::span<std::byte const> bytes);  // 8 bytes

// What ends a connection: the Fatal Error Status and its information (a byte offset into the header, or the
// digest that was received).
struct PduError {
  Fatal status;
  std::uint32_t information = 0;
};

// What the connection has agreed on and allows.
struct PduRules {
  bool established = false;  // ICReq and ICResp have been exchanged
  bool header_digest = false, data_digest = false;
  std::uint32_t in_capsule_max = 0;  // bytes of data a command capsule may carry
  std::uint32_t h2c_data_max = 0;    // MAXH2CDATA
};

// Judges the eight bytes every PDU begins with; nothing of the rest has been looked at.
std::optional<PduError> check_common_header(PduHeader const& header, PduRules const& rules);
// Bytes before the data: header, its digest and padding (PDO), or just header and digest when there is no
// data.
std::size_t bytes_before_data(PduHeader const& header, PduRules const& rules);
// Bytes of data, without digest.
std::size_t data_bytes(PduHeader const& header, PduRules const& rules);
bool has_data_digest(PduHeader const& header, PduRules const& rules);

// --- what the target sends; without digests, which the connection appends ---
std::array<std::byte, kIcBytes> ic_resp(bool header_digest, bool data_digest, std::uint32_t h2c_data_max);
std::array<std::byte, kDataBytes> r2t(std::uint16_t command, std::uint16_t tag, std::uint32_t offset,
                                      std::uint32_t length);
std::vector<std::byte> c2h_term_req(PduError const& error, std::span<std::byte const> offending_header);

}  // namespace rdssim::nvme_tcp
