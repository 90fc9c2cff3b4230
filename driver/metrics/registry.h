// Registry: the driver's Prometheus metrics. What happened is counted as it happens; how things are is read
// at the moment of a scrape, from memory alone: a scrape never asks the RDS. Used by csi/monitoring.h. Names
// are the Go driver's where they mean something here (knowledge/go-driver 11; testdata/names.tsv says what
// became of each). What is not known is absent, never 0.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace rdscsi::metrics {

// One call that was answered.
struct Call {
  std::string_view rpc;   // "CreateVolume"
  std::string_view code;  // "OK", "UNAVAILABLE", ...
  bool change = false;    // it changes something when it works
  bool unknown = false;   // it failed, and may have had an effect
  bool in_use = false;    // refused because another node has the volume
  base::Duration took{};
};

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

// How things are.
struct Reading {
  std::string rds_address;
  bool connected = false;
  std::uint64_t connect_attempts = 0, connects = 0;  // since the start; the first ones are no reconnects
  std::uint64_t commands = 0, heartbeats = 0;        // sent to the RDS; commands without heartbeats
  std::size_t operations_running = 0, operations_waiting = 0;
  base::Duration oldest_operation{};
  std::optional<Pool> pool;  // of the newest background look; absent: none worked yet
  std::optional<std::size_t> volumes;
  std::optional<std::size_t> published;  // volumes that a node has
  std::optional<Orphans> orphans;        // absent: nobody looks for them
};

// Thread-safe.
class Registry {
 public:
  // `read` is called during text(), on its thread; it must not block.
  explicit Registry(std::function<Reading()> read);
  ~Registry();
  Registry(Registry const&) = delete;

  void count(Call const& call);
  std::string text();                // Prometheus text format 0.0.4
  std::vector<std::string> names();  // of all families there can be, sorted

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rdscsi::metrics
