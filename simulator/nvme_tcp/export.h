// Export: one disk as hosts see it over NVMe/TCP. The console's disk menu (through whoever wires rds-sim)
// says what is exported; the Target serves it. Options: what the target says of itself, and what no device
// has told us yet (FACTS 9), each as a switch.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/time.h"
#include "simulator/storage/image.h"

namespace rdssim::nvme_tcp {

using rdscsi::base::Duration;
using rdscsi::base::TimePoint;

using Uuid = std::array<std::uint8_t, 16>;  // in the order it is written

// The UUID a disk shows when nobody gave it one: stable for the same text (an NQN), different for others.
Uuid uuid_from(std::string_view text);
std::string to_string(Uuid const& uuid);  // 8-4-4-4-12, lower case

// EVIDENCE(documented): Each exported disk is a subsystem of its own with one namespace, NSID 1. [FACTS 7.1]
// One subsystem with one namespace, NSID 1 (FACTS 7.1).
struct Export {
  std::string nqn;            // nvme-tcp-server-nqn; identifies the export between two calls of set_exports()
  std::uint16_t port = 4420;  // nvme-tcp-server-port
  // EVIDENCE(inferred): nvme-tcp-server-allow-host-name is one host NQN; empty admits anyone. [FACTS 7.3;
  // FACTS 9.9]
  std::string allow_host;  // nvme-tcp-server-allow-host-name: a host NQN; empty: anyone
  Uuid uuid{};             // of the namespace
  std::shared_ptr<storage::Image> image;
  std::string slot;                 // for logs and records
  std::uint32_t block_bytes = 512;  // a power of two, 512 to 4096 (sector-size)

  bool allows(std::string_view host_nqn) const { return allow_host.empty() || allow_host == host_nqn; }
};

// What a host learns of a resize without connecting anew. Nobody has asked a device (FACTS 7.4, 9.3).
enum class ResizeShows {
  silently,        // the new size stands in Identify; the host must rescan
  with_event,      // and an asynchronous event tells it so
  after_reexport,  // the old size stays until the export goes and comes back
};

struct Options {
  // Where the ports of exports are opened; an IPv4 or IPv6 address.
  std::string listen_address = "127.0.0.1";
  // Every configured port is served on a free one of the machine instead (Target::bound_port() tells), so
  // that several targets live beside each other; the discovery log names the real one.
  bool ephemeral_ports = false;

  // Identify Controller. The device is Linux's nvmet of a 5.6.3 kernel (FACTS 7.4).
  std::string model = "Linux";
  // EVIDENCE(confirmed): The device's kernel is 5.6.3 for aarch64; that its target is Linux's nvmet is
  // inferred. [FACTS 7.4; capture disk-smart-info-7.24-rds2216]
  std::string firmware = "5.6.3";
  std::uint64_t seed = 1;  // serial numbers come from it and the NQN
  std::uint32_t version = 0x00010300;
  // nvmet lists "current discovery subsystem" as an entry of its own from Linux 5.16 on; the device does not.
  // EVIDENCE(documented): The discovery log has no entry for the discovery subsystem itself. [FACTS 7.1;
  // capture nvme-discover-linux-host]
  bool discovery_lists_itself = false;

  // EVIDENCE(unknown): What a connected host learns of a resize. [FACTS 7.4; FACTS 9.3; switch resize_shows]
  ResizeShows resize_shows = ResizeShows::silently;
  // Whether a changed allow-host cuts the hosts that are connected and no longer allowed (FACTS 9.9).
  // EVIDENCE(unknown): Whether changing the allowed host cuts a connected one. [FACTS 9.9; switch
  // allow_host_cuts]
  bool allow_host_cuts = false;

  std::uint32_t max_h2c_data = 0x400000;   // MAXH2CDATA, bytes
  std::uint32_t in_capsule_bytes = 16384;  // of an I/O queue; a multiple of 16
  std::uint16_t max_io_queues = 128;       // per controller
  std::uint32_t max_connections = 4096;    // more are closed at once
  // Buffers of commands that wait for their data, per connection; at least 1 MiB.
  std::uint32_t connection_buffer_bytes = 4U << 20;
  std::size_t records_kept = 65536;                       // of writes and of connection records each
  Duration connect_timeout = std::chrono::seconds(30);    // from accept to a successful Connect
  Duration termination_grace = std::chrono::seconds(30);  // from C2HTermReq until the socket is closed
};

}  // namespace rdssim::nvme_tcp
