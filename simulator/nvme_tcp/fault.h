// What goes wrong between a host and the NVMe/TCP target, as data. rds-sim's fault mechanism maps its
// declarations onto this; tests make them directly.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "simulator/nvme_tcp/export.h"

namespace rdssim::nvme_tcp {

enum class FaultKind {
  refuse,  // ports are closed: connection refused. Open connections stay.
  reset,   // once: the connections that match are reset (RST), all queues of each
  stall,   // TCP connects, nothing is ever answered; open connections that match freeze. Healed: they go on.
  slow,    // each matching command is answered `delay` later (its effect comes late too)
  drop_queue,  // the connection of the queue that brings a matching command is reset, the command not
               // executed
  vanish,      // ports closed and all connections reset until healed, as when the device loses power
  error,       // matching commands fail with `status`; nothing was done
  short_data,  // matching reads deliver only their first `bytes`, and success
  lose_write,  // matching writes answer success and change nothing
};
std::string_view to_string(FaultKind kind);

struct BlockRange {
  std::uint64_t first = 0;
  std::uint64_t blocks = 0;
};

// All that is given must hold. refuse and vanish look at `port` only; reset and stall at everything but
// opcode and range. A connection whose host is not known yet matches if no nqn, slot or host is asked for.
struct FaultMatch {
  std::optional<std::uint16_t> port = {};  // as configured
  std::string nqn = {}, slot = {}, host_nqn = {};
  std::optional<std::uint16_t> qid = {};    // 0: the admin queue
  std::optional<std::uint8_t> opcode = {};  // I/O command (or admin command, with qid 0)
  std::optional<BlockRange> range = {};     // the command touches it
  int nth = 1;                              // from this matching command on, counted since the injection
  int times = 0;                            // at most so many firings; 0: until healed
  double chance = 1.0;  // drawn for each matching command from `nth` on, from Options::seed
};

struct Fault {
  FaultKind kind = FaultKind::refuse;
  FaultMatch match = {};
  std::optional<Duration> window = {};  // heals itself so long after the injection
  Duration delay{};                     // slow
  std::uint16_t status = 0x281;         // error: SCT << 8 | SC, DNR as 0x4000; here: unrecovered read error
  std::uint32_t bytes = 0;              // short_data
};

using FaultId = std::uint64_t;

}  // namespace rdssim::nvme_tcp
