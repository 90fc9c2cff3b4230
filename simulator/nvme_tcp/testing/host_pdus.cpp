// See host_pdus.h.
#include "simulator/nvme_tcp/testing/host_pdus.h"

#include <algorithm>

#include "simulator/nvme_tcp/crc32c.h"

namespace rdssim::nvme_tcp::testing {
namespace {

void put_text(std::span<std::byte> to, std::size_t offset, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) to[offset + i] = static_cast<std::byte>(text[i]);
}

}  // namespace

Bytes host_pdu(PduType type, std::span<std::byte const> header_rest, std::span<std::byte const> data,
               bool header_digest, bool data_digest, std::uint8_t flags) {
  std::size_t const hlen = kCommonHeaderBytes + header_rest.size();
  bool const digests = type == PduType::capsule_cmd || type == PduType::h2c_data;
  bool const with_header_digest = digests && header_digest,
             with_data_digest = digests && data_digest && !data.empty();
  std::size_t const pdo = hlen + (with_header_digest ? kDigestBytes : 0);
  Bytes bytes(pdo + data.size() + (with_data_digest ? kDigestBytes : 0));
  std::span<std::byte> const out(bytes);
  put8(out, 0, static_cast<std::uint8_t>(type));
  put8(out, 1,
       static_cast<std::uint8_t>(flags | (with_header_digest ? kHeaderDigest : 0) |
                                 (with_data_digest ? kDataDigest : 0)));
  put8(out, 2, static_cast<std::uint8_t>(hlen));
  put8(out, 3, static_cast<std::uint8_t>(data.empty() ? 0 : pdo));
  put32(out, 4, static_cast<std::uint32_t>(bytes.size()));
  std::copy(header_rest.begin(), header_rest.end(), bytes.begin() + kCommonHeaderBytes);
  if (with_header_digest) put32(out, hlen, crc32c(out.first(hlen)));
  std::copy(data.begin(), data.end(), bytes.begin() + static_cast<std::ptrdiff_t>(pdo));
  if (with_data_digest) put32(out, bytes.size() - kDigestBytes, crc32c(data));
  return bytes;
}

Bytes ic_req(Host const& host) {
  std::array<std::byte, kIcBytes - kCommonHeaderBytes> rest{};
  put8(rest, 2, host.alignment);
  put8(rest, 3, static_cast<std::uint8_t>((host.header_digest ? 1 : 0) | (host.data_digest ? 2 : 0)));
  return host_pdu(PduType::ic_req, rest, {}, false, false);
}

Sqe host_command(std::uint8_t opcode, std::uint32_t nsid) {
  Sqe command{};
  put8(command, 0, opcode);
  put8(command, 1, 0x40);
  put32(command, 4, nsid);
  put8(command, 39, kSglTransport);
  return command;
}

Sqe connect_command(Host const& host, std::uint16_t qid, std::uint32_t kato_ms) {
  Sqe command = host_command(kFabrics);
  put8(command, 4, kConnect);
  put16(command, 42, qid);
  put16(command, 44, qid == 0 ? 31 : 127);
  put8(command, 46, host.flow_control ? 0 : 4);
  put32(command, 48, kato_ms);
  return command;
}

Bytes connect_data(Host const& host, std::string_view subsystem, std::uint16_t cntlid) {
  Bytes data(1024);
  std::fill_n(data.begin(), 16, static_cast<std::byte>(host.id));
  put16(data, 16, cntlid);
  put_text(data, 256, subsystem);
  put_text(data, 512, host.nqn);
  return data;
}

Sqe property_set_command(std::uint32_t offset, std::uint32_t value) {
  Sqe command = host_command(kFabrics);
  put8(command, 4, kPropertySet);
  put32(command, 44, offset);
  put64(command, 48, value);
  return command;
}

}  // namespace rdssim::nvme_tcp::testing
