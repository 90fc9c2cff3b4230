// See pdu.h.
#include "simulator/nvme_tcp/pdu.h"

#include <algorithm>

namespace rdssim::nvme_tcp {
namespace {

// Byte offsets of the common header's fields, as FEI names them.
constexpr std::uint32_t kTypeAt = 0, kFlagsAt = 1, kHlenAt = 2, kPdoAt = 3, kPlenAt = 4;

PduError bad_field(std::uint32_t at) {
  return {Fatal::invalid_header_field, at};
}

std::optional<std::size_t> header_bytes(std::uint8_t type) {
  switch (static_cast<PduType>(type)) {
    case PduType::ic_req:
      return kIcBytes;
    case PduType::h2c_term_req:
      return kTermBytes;
    case PduType::capsule_cmd:
      return kCapsuleCmdBytes;
    case PduType::h2c_data:
      return kDataBytes;
    default:
      return std::nullopt;  // the other types never come from a host
  }
}

bool digests_apply(PduHeader const& header) {
  auto const type = static_cast<PduType>(header.type);
  return type == PduType::capsule_cmd || type == PduType::h2c_data;
}

std::optional<PduError> check_data(PduHeader const& header, PduRules const& rules) {
  std::size_t const before = header.hlen + (rules.header_digest ? kDigestBytes : 0);
  bool const command = static_cast<PduType>(header.type) == PduType::capsule_cmd;
  if (command && header.plen == before) return std::nullopt;  // no data; PDO means nothing then
  if (header.pdo < before || header.pdo % 4 != 0) return bad_field(kPdoAt);
  std::size_t const digest = rules.data_digest ? kDigestBytes : 0;
  if (header.plen <= header.pdo + digest) return bad_field(kPlenAt);
  std::size_t const data = header.plen - header.pdo - digest;
  if (command && data > rules.in_capsule_max) return bad_field(kPlenAt);
  if (!command && data > rules.h2c_data_max) return PduError{Fatal::data_limit_exceeded, kPlenAt};
  return std::nullopt;
}

void put_common(std::span<std::byte> bytes, PduType type, std::uint8_t hlen, std::uint8_t pdo,
                std::uint32_t plen) {
  put8(bytes, 0, static_cast<std::uint8_t>(type));
  put8(bytes, 2, hlen);
  put8(bytes, 3, pdo);
  put32(bytes, 4, plen);
}

}  // namespace

PduHeader read_common_header(std::span<std::byte const> bytes) {
  return {get8(bytes, 0), get8(bytes, 1), get8(bytes, 2), get8(bytes, 3), get32(bytes, 4)};
}

std::optional<PduError> check_common_header(PduHeader const& header, PduRules const& rules) {
  auto const length = header_bytes(header.type);
  if (!length) return bad_field(kTypeAt);
  auto const type = static_cast<PduType>(header.type);
  bool const opening = type == PduType::ic_req;
  if (opening == rules.established && type != PduType::h2c_term_req)
    return PduError{Fatal::sequence_error, 0};
  if (header.hlen != *length) return bad_field(kHlenAt);
  if (opening) return header.plen == kIcBytes ? std::nullopt : std::optional(bad_field(kPlenAt));
  if (type == PduType::h2c_term_req) {
    bool const fits = header.plen >= kTermBytes && header.plen <= kTermBytes + kTermDataMax;
    return fits ? std::nullopt : std::optional(bad_field(kPlenAt));
  }
  bool const header_digest = (header.flags & kHeaderDigest) != 0;
  bool const data_digest = (header.flags & kDataDigest) != 0;
  std::size_t const before = header.hlen + (rules.header_digest ? kDigestBytes : 0);
  if (header.plen < before) return bad_field(kPlenAt);
  if (header_digest != rules.header_digest) return bad_field(kFlagsAt);
  bool const with_data = header.plen > before;
  if (data_digest != (rules.data_digest && with_data)) return bad_field(kFlagsAt);
  return check_data(header, rules);
}

std::size_t bytes_before_data(PduHeader const& header, PduRules const& rules) {
  if (!digests_apply(header)) return header.hlen;
  std::size_t const before = header.hlen + (rules.header_digest ? kDigestBytes : 0);
  return header.plen == before ? before : std::max<std::size_t>(before, header.pdo);
}

std::size_t data_bytes(PduHeader const& header, PduRules const& rules) {
  std::size_t const before = bytes_before_data(header, rules);
  std::size_t const digest = has_data_digest(header, rules) ? kDigestBytes : 0;
  return header.plen - before - digest;
}

bool has_data_digest(PduHeader const& header, PduRules const& rules) {
  return digests_apply(header) && rules.data_digest && header.plen > bytes_before_data(header, rules);
}

std::array<std::byte, kIcBytes> ic_resp(bool header_digest, bool data_digest, std::uint32_t h2c_data_max) {
  std::array<std::byte, kIcBytes> bytes{};
  put_common(bytes, PduType::ic_resp, kIcBytes, 0, kIcBytes);
  put8(bytes, 11, static_cast<std::uint8_t>((header_digest ? 1 : 0) | (data_digest ? 2 : 0)));
  put32(bytes, 12, h2c_data_max);
  return bytes;
}

std::array<std::byte, kDataBytes> r2t(std::uint16_t command, std::uint16_t tag, std::uint32_t offset,
                                      std::uint32_t length) {
  std::array<std::byte, kDataBytes> bytes{};
  put_common(bytes, PduType::r2t, kDataBytes, 0, kDataBytes);
  put16(bytes, 8, command);
  put16(bytes, 10, tag);
  put32(bytes, 12, offset);
  put32(bytes, 16, length);
  return bytes;
}

std::vector<std::byte> c2h_term_req(PduError const& error, std::span<std::byte const> offending_header) {
  std::size_t const repeated = std::min(offending_header.size(), kTermDataMax);
  std::vector<std::byte> bytes(kTermBytes + repeated);
  put_common(bytes, PduType::c2h_term_req, kTermBytes, 0, static_cast<std::uint32_t>(bytes.size()));
  put16(bytes, 8, static_cast<std::uint16_t>(error.status));
  put32(bytes, 10, error.information);
  std::copy_n(offending_header.begin(), repeated, bytes.begin() + kTermBytes);
  return bytes;
}

}  // namespace rdssim::nvme_tcp
