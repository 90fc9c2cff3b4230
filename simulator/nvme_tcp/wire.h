// The words of the wire: little-endian fields and the numbers of the NVMe Base (2.0), NVM Command Set and
// NVMe TCP Transport specifications that the target speaks. Used by every file of this folder and by its test
// initiator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace rdssim::nvme_tcp {

// Fields are addressed by the byte offsets the specifications print. The caller guarantees the range.
template <typename Integer>
Integer get(std::span<std::byte const> bytes, std::size_t offset) {
  Integer value = 0;
  for (std::size_t i = sizeof(Integer); i-- > 0;)
    value = static_cast<Integer>((static_cast<std::uint64_t>(value) << 8) |
                                 std::to_integer<std::uint64_t>(bytes[offset + i]));
  return value;
}
inline std::uint8_t get8(std::span<std::byte const> bytes, std::size_t offset) {
  return std::to_integer<std::uint8_t>(bytes[offset]);
}
inline std::uint16_t get16(std::span<std::byte const> bytes, std::size_t offset) {
  return get<std::uint16_t>(bytes, offset);
}
inline std::uint32_t get32(std::span<std::byte const> bytes, std::size_t offset) {
  return get<std::uint32_t>(bytes, offset);
}
inline std::uint64_t get64(std::span<std::byte const> bytes, std::size_t offset) {
  return get<std::uint64_t>(bytes, offset);
}

template <typename Integer>
void put(std::span<std::byte> bytes, std::size_t offset, Integer value) {
  for (std::size_t i = 0; i < sizeof(Integer); ++i)
    bytes[offset + i] = static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i));
}
inline void put8(std::span<std::byte> bytes, std::size_t offset, std::uint8_t value) {
  bytes[offset] = static_cast<std::byte>(value);
}
inline void put16(std::span<std::byte> bytes, std::size_t offset, std::uint16_t value) {
  put(bytes, offset, value);
}
inline void put32(std::span<std::byte> bytes, std::size_t offset, std::uint32_t value) {
  put(bytes, offset, value);
}
inline void put64(std::span<std::byte> bytes, std::size_t offset, std::uint64_t value) {
  put(bytes, offset, value);
}

// NVMe TCP Transport, table "PDU Types".
enum class PduType : std::uint8_t {
  ic_req = 0x00,
  ic_resp = 0x01,
  h2c_term_req = 0x02,
  c2h_term_req = 0x03,
  capsule_cmd = 0x04,
  capsule_resp = 0x05,
  h2c_data = 0x06,
  c2h_data = 0x07,
  r2t = 0x09,
};
inline constexpr std::uint8_t kHeaderDigest = 1, kDataDigest = 2, kLastPdu = 4, kSuccess = 8;  // FLAGS

// Fatal Error Status of a C2HTermReq (NVMe TCP Transport 3.6.2.4).
enum class Fatal : std::uint16_t {
  invalid_header_field = 1,
  sequence_error = 2,
  header_digest_error = 3,
  data_out_of_range = 4,
  data_limit_exceeded = 5,
  unsupported_parameter = 6,
};

// Status fields: SCT << 8 | SC; `kDnr` says "do not retry".
using Status16 = std::uint16_t;
inline constexpr Status16 kDnr = 0x4000;
inline constexpr Status16 kOk = 0x000, kInvalidOpcode = 0x001, kInvalidField = 0x002, kInternalError = 0x006,
                          kInvalidNamespace = 0x00B, kSequenceError = 0x00C, kSglLengthInvalid = 0x00F,
                          kSglTypeInvalid = 0x011, kTransientTransportError = 0x022, kLbaOutOfRange = 0x080,
                          kCapacityExceeded = 0x081, kNotReady = 0x082;
inline constexpr Status16 kAerLimit = 0x105, kInvalidLogPage = 0x109, kInvalidQueue = 0x101;
inline constexpr Status16 kConnectFormat = 0x180, kConnectBusy = 0x181, kConnectInvalid = 0x182,
                          kConnectHost = 0x184;
inline constexpr Status16 kWriteFault = 0x280, kUnrecoveredRead = 0x281, kCompareFailure = 0x285;

// Opcodes.
inline constexpr std::uint8_t kFabrics = 0x7F;
inline constexpr std::uint8_t kPropertySet = 0x00, kConnect = 0x01, kPropertyGet = 0x04,
                              kDisconnect = 0x08;  // FCTYPE
inline constexpr std::uint8_t kGetLogPage = 0x02, kIdentify = 0x06, kAbort = 0x08, kSetFeatures = 0x09,
                              kGetFeatures = 0x0A, kAsyncEvent = 0x0C, kKeepAlive = 0x18;  // admin
inline constexpr std::uint8_t kFlush = 0x00, kWrite = 0x01, kRead = 0x02, kCompare = 0x05,
                              kWriteZeroes = 0x08,
                              kDatasetManagement = 0x09;  // NVM

// Properties.
inline constexpr std::uint32_t kCap = 0x00, kVs = 0x08, kCc = 0x14, kCsts = 0x1C;

inline constexpr std::size_t kSqeBytes = 64, kCqeBytes = 16, kPageBytes = 4096;
// MDTS: 2^8 pages, one mebibyte, so that no command needs more memory.
inline constexpr std::uint8_t kTransferPagesLog2 = 8;
inline constexpr std::size_t kTransferBytesMax = kPageBytes << kTransferPagesLog2;
inline constexpr std::uint8_t kSglInCapsule = 0x01, kSglTransport = 0x5A;  // byte 15 of the SGL descriptor
inline constexpr char kDiscoveryNqn[] = "nqn.2014-08.org.nvmexpress.discovery";

}  // namespace rdssim::nvme_tcp
