// Registry: the driver's Prometheus metrics. What happened is counted as it happens; how things are is read
// at the moment of a scrape, from memory alone: a scrape never asks the RDS. Used by csi/monitoring.h. Names
// are the Go driver's where they mean something here (knowledge/go-driver 11; testdata/names.tsv says what
// became of each). What is not known is absent, never 0.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "metrics/reading.h"

namespace rdscsi::metrics {

// One call that was answered.
struct Call {
  std::string_view rpc;   // "CreateVolume"
  std::string_view code;  // "OK", "UNAVAILABLE", ...
  bool change = false;    // it changes something when it works
  bool unknown = false;   // it failed, and may have had an effect
  bool in_use = false;    // refused because another node has the volume
  bool restore = false;   // a CreateVolume from a snapshot or a volume
  base::Duration took{};
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
