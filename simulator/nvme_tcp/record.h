// What the target remembers of its hosts, for those who judge it: writes that took effect (two writers of one
// volume are found here), connections made, refused and lost, and who is connected now.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "simulator/nvme_tcp/export.h"

namespace rdssim::nvme_tcp {

// One host's association with one subsystem: a controller, from its admin Connect until it is gone.
struct Association {
  std::string nqn, slot;
  std::string host_nqn, host_id;  // as announced; the id as a UUID
  std::uint16_t cntlid = 0;
  // Counts associations and changes of exports of one target, in one sequence: of two associations the later
  // has the greater one, and so has every export that changed after it began.
  std::uint64_t generation = 0;
};

enum class WriteKind { write, write_zeroes, deallocate };
std::string_view to_string(WriteKind kind);

// Bytes that changed. A command larger than one R2T takes effect in several steps, each a record of its own.
struct WriteRecord {
  std::uint64_t sequence = 0;  // from 1, in the order of effects over all exports
  TimePoint at{};
  std::shared_ptr<Association const> by;
  std::uint64_t export_generation = 0;  // when the export last appeared or changed
  WriteKind kind = WriteKind::write;
  std::uint64_t lba = 0;
  std::uint32_t blocks = 0;
};

enum class ConnectionEvent {
  accepted,         // TCP; nothing is known of the host yet
  connected,        // admin queue: an association began
  queue_connected,  // an I/O queue joined it
  refused,          // Connect answered with an error; `reason` says which
  protocol_error,   // C2HTermReq was sent; `reason` names status and field
  queue_closed,     // one TCP connection ended; `reason` says who ended it and why
  disconnected,     // an association ended with all its queues
};
std::string_view to_string(ConnectionEvent event);

struct ConnectionRecord {
  std::uint64_t sequence = 0;  // from 1
  TimePoint at{};
  ConnectionEvent event = ConnectionEvent::accepted;
  std::uint64_t connection = 0;  // number of the TCP connection
  std::uint16_t port = 0;        // as configured
  std::string nqn, host_nqn, host_id;
  std::uint16_t cntlid = 0, qid = 0;
  std::uint16_t status = 0;  // refused: the status field with DNR, as Linux prints it (16770, 16772)
  std::string reason;
};

struct ControllerState {
  Association association;
  std::uint32_t kato_ms = 0;
  int io_queues = 0;
  bool enabled = false;
};

struct ExportState {
  std::string nqn, slot, allow_host;
  std::uint16_t port = 0;
  std::uint64_t generation = 0;
  std::vector<ControllerState> controllers;
};

struct PortState {
  std::uint16_t port = 0;   // as configured
  std::uint16_t bound = 0;  // 0: not open; `error` says why, and it is tried again each second
  std::string error;
};

struct TargetState {
  std::vector<ExportState> exports;
  std::vector<PortState> ports;
  int connections = 0;                               // open TCP connections
  std::uint64_t writes = 0, connection_records = 0;  // sequence of the last one of each
};

}  // namespace rdssim::nvme_tcp
