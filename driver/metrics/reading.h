// Reading: how things are at the moment of a scrape, as plain values from memory. Filled by
// csi/monitoring.cpp, shown by metrics::Registry. What is not known is absent, never 0 (W-72).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace rdscsi::metrics {

struct Pool {
  std::int64_t size_bytes = 0, free_bytes = 0;
};

// What the looks for orphans came to.
struct Orphans {
  std::optional<std::map<std::string, std::size_t>> by_kind;  // absent: no look went through yet
  std::optional<std::size_t> foreign;                         // disks of other clusters below the base path
  std::uint64_t rounds = 0, cleaned = 0;                      // looks that went through; things removed
  std::map<std::string, std::uint64_t> aborted;               // looks that did not, by reason
};

struct Sensor {
  std::string name, unit;
  std::string text;             // as the device shows it
  std::optional<double> value;  // absent: a word
};

struct HardwareDisk {
  std::string slot, type, state;
  bool failed = false;
};

struct Hardware {
  std::string version, board;
  std::vector<Sensor> sensors;
  std::vector<HardwareDisk> disks;
};

// One RDS.
struct Device {
  std::string name;     // label `rds`
  std::string address;  // label `address`
  std::string state;    // one of device_states()
  bool connected = false;
  std::uint64_t connect_attempts = 0, connects = 0;  // since the start; the first ones are no reconnects
  std::vector<base::Duration> reconnects_took;       // the newest ones, in order
  std::uint64_t commands = 0, heartbeats = 0;        // sent to the RDS; commands without heartbeats
  std::map<std::string, std::uint64_t> commands_by_rpc;
  int channels_in_use = 0, channels_limit = 0;
  std::uint64_t channel_refusals = 0, queue_waits = 0;
  base::Duration queue_waited{};           // all waits together
  std::optional<base::Duration> look_age;  // since the newest background look that worked
  std::optional<Pool> pool;                // of the newest background look; absent: it did not work
  std::optional<Hardware> hardware;        // likewise
  std::optional<std::size_t> volumes;
  std::optional<std::size_t> published;  // volumes that a node has
  std::optional<Orphans> orphans;        // absent: nobody looks for them
};

// How things are.
struct Reading {
  std::size_t operations_running = 0, operations_waiting = 0;
  base::Duration oldest_operation{};
  std::vector<Device> devices;
};

// What Device::state may say: where its connection is, and what an RDS that answers lacks.
inline constexpr std::array<char const*, 8> kDeviceStates = {
    "connecting", "up", "down", "turned-away", "host-key", "auth", "unsupported", "pool-not-visible"};

}  // namespace rdscsi::metrics
