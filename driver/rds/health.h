// Health: what the RDS says about itself: its RouterOS, its pool, its sensors, its disks. Read by the one
// background look of csi::Monitoring, never for a CSI call. W-71, W-72: nothing is guessed, and what the
// device does not say is absent.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "rds/executor.h"
#include "rds/nonces.h"
#include "rds/territory.h"
#include "rds/volumes.h"

namespace rdscsi::rds {

// A row of /system health.
struct Sensor {
  std::string name;             // "cpu-temperature"
  std::string unit;             // "C", "RPM", "V", "W"; empty: none
  std::string text;             // the value as printed
  std::optional<double> value;  // absent: a word such as "ok", or more than a number
};

// A disk that is no volume: hardware, RAID, partition.
struct HardwareDisk {
  std::string slot;
  std::string type;     // "hardware", "raid"
  std::string state;    // "clean", "in_sync", "0:in_sync"; empty: it says none
  bool failed = false;  // of a RAID: the device calls it failed
};

struct Health {
  std::string version;  // "7.21.4 (stable)"
  std::string board;
  std::optional<Pool> pool;     // absent: the pool is not visible
  std::vector<Sensor> sensors;  // none where the device has no such menu, or does not let us read it
  std::vector<HardwareDisk> disks;
};

// Thread-safe. No state of its own.
class HealthReader {
 public:
  HealthReader(Executor& executor, Territory territory)
      : executor_(executor), territory_(std::move(territory)) {}

  // One exec. Every failure has effect none.
  base::StatusOr<Health> read(base::Context const& ctx);

 private:
  Executor& executor_;
  Territory const territory_;
  Nonces nonces_;
};

// The console line; see rds/volume_scripts.h.
base::StatusOr<std::string> health_script(std::string_view nonce);

}  // namespace rdscsi::rds
