// Monitoring: what an operator sees of a running driver: /metrics, /healthz, /readyz and /debug/volumes on
// --metrics-address. Everything is answered from memory; one background look a minute (--metrics-interval)
// asks each RDS for its volumes and its health, and nothing else does. Used by main.cpp.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/operations.h"
#include "csi/call_log.h"
#include "csi/driver.h"
#include "csi/endpoint.h"
#include "orphans/sweeper.h"
#include "rds/connection.h"
#include "rds/health.h"
#include "rds/volumes.h"

namespace rdscsi::csi {

// What Monitoring watches, as functions, so that its pages are tested without a driver. All but the two looks
// answer from memory.
struct WatchedRds {
  std::string name, address;
  std::function<std::string(std::string const& id)> handle;  // how callers know a volume of this RDS
  std::function<rds::ConnectionStatus()> connection;
  std::function<base::StatusOr<std::vector<rds::Volume>>(base::Context const&)> look_at_volumes;
  std::function<base::StatusOr<rds::Health>(base::Context const&)> look_at_health;
  std::function<std::optional<orphans::SweeperStatus>()> orphans = {};  // null, absent: nobody looks for them
};
struct Watched {
  std::function<bool()> ready;
  std::function<std::vector<base::OperationInfo>()> operations;
  std::vector<WatchedRds> devices;
};
// All of a driver's.
Watched watch(Driver& driver, std::vector<RdsOptions> const& devices);

struct MonitoringOptions {
  ListenAddress address;                               // tcp; the host is an IP address, or empty for all
  base::Duration interval = std::chrono::seconds(60);  // between two looks at the RDS
  std::size_t errors_kept = 1000;                      // newest errors of volumes, one a volume
};

// Thread-safe. Log: one line whenever an RDS gets into another state (metrics::kDeviceStates).
class Monitoring {
 public:
  Monitoring(MonitoringOptions options, Watched watched);
  ~Monitoring();

  // Listens and begins to look. Fails (invalid_argument) when it cannot listen.
  base::Status start();
  // Only the latter. Once.
  void start_looking();
  std::uint16_t port() const;  // in use; after start()

  // After every answered call, with the fields of its log line: `volume`, and `source` of a volume that was
  // to be made from something.
  void answered(base::Context const& ctx, CallRecord const& call);

  // One look at every RDS, as the background does it. For tests; harmless at any time.
  void look();

  std::string metrics_page();
  std::string volumes_page();  // id, slot, size, state, holders, step, age and last error of each volume

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rdscsi::csi
