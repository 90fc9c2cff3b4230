// What a host sends, as bytes: PDUs with their digests, and the commands of every connection's beginning.
// Used by the test initiator and by the fuzzer.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/nvme_tcp/pdu.h"

namespace rdssim::nvme_tcp::testing {

using Bytes = std::vector<std::byte>;
using Sqe = std::array<std::byte, kSqeBytes>;

struct Host {
  std::string nqn = "nqn.2014-08.org.nvmexpress:uuid:11111111-1111-1111-1111-111111111111";
  std::uint8_t id = 0x11;  // each byte of the host identifier
  bool header_digest = false, data_digest = false;
  std::uint8_t alignment = 0;  // HPDA
  bool flow_control = true;
};

// A PDU as the specification lays it out: `header_rest` behind the common header, digests where they apply.
Bytes host_pdu(PduType type, std::span<std::byte const> header_rest, std::span<std::byte const> data,
               bool header_digest, bool data_digest, std::uint8_t flags = 0);
Bytes ic_req(Host const& host);

// Commands whose data lies with the host (transport SGL) until somebody says otherwise; command id 0.
Sqe host_command(std::uint8_t opcode, std::uint32_t nsid = 0);
Sqe connect_command(Host const& host, std::uint16_t qid, std::uint32_t kato_ms);
Bytes connect_data(Host const& host, std::string_view subsystem, std::uint16_t cntlid);
Sqe property_set_command(std::uint32_t offset, std::uint32_t value);
inline constexpr std::uint32_t kEnable = 0x00460001;  // CC: entries of 64 and 16 bytes, EN

}  // namespace rdssim::nvme_tcp::testing
