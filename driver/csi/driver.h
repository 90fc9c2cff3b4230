// Driver: the composition of one process: options in, services out. main.cpp gives it the libssh connector,
// the scenario engine its own; nothing else differs between the levels.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/operations.h"
#include "csi/controller.h"
#include "csi/fleet.h"
#include "csi/services.h"
#include "orphans/sweeper.h"
#include "rds/connection.h"
#include "rds/health.h"
#include "rds/volumes.h"

namespace rdscsi::csi {

// One RDS of the process.
struct RdsOptions {
  std::string name = std::string(kDefaultRds);
  rds::Endpoint endpoint;
  rds::ConnectionOptions connection;
  rds::Territory territory;
  std::string nvme_address =
      {};  // where nodes connect to if a StorageClass does not say; empty: the endpoint's
};

struct DriverOptions {
  std::string driver_name = "rds.csi.srvlab.io";
  std::string vendor_version;                        // empty: version() of the build
  std::vector<RdsOptions> devices = {RdsOptions{}};  // at least one; names differ
  base::OperationsOptions operations;
  std::shared_ptr<NodeDirectory> nodes;            // null: OpenNodeDirectory
  bool fencing = true;                             // see ControllerService
  bool snapshots = false;                          // served where the device passes the self-test
  std::optional<orphans::SweeperOptions> orphans;  // absent: nobody looks for them
  std::shared_ptr<orphans::Owners> owners;         // null: nobody knows who owns what
};

// Thread-safe. start() once.
class Driver final : public Identity {
 public:
  Driver(DriverOptions options, std::shared_ptr<rds::Connector> connector);
  ~Driver() override;

  void start();  // returns at once; the RDS may be away (W-40)
  // Refuses new operations, waits for running ones until ctx's deadline, closes the session. Not OK when some
  // still ran: they are named; the destructor cancels them and waits.
  base::Status stop(base::Context const& ctx);

  ControllerService& controller();
  // Identity. Probe answers from memory, and never executes anything (incident 40): ready while a session to
  // some RDS is up, for the first time when it is known what capabilities there are. An RDS that is away
  // keeps the others from being ready for a minute at most.
  PluginInfo plugin_info() const override;
  bool ready() const override;
  std::vector<base::OperationInfo> operations() const;  // accepted and not finished

  // Of the RDS with this number, in the order of DriverOptions::devices.
  rds::ConnectionStatus connection_status(std::size_t rds = 0) const;
  // Absent: nobody looks for them.
  std::optional<orphans::SweeperStatus> orphans(std::size_t rds = 0) const;
  // One command each; for monitoring, which asks rarely.
  base::StatusOr<std::vector<rds::Volume>> look_at_volumes(base::Context const& ctx, std::size_t rds = 0);
  base::StatusOr<rds::Health> look_at_health(base::Context const& ctx, std::size_t rds = 0);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// volumePath when a StorageClass names none: the Go driver's /storage-pool/metal-csi where that lies within
// `base_path`, else base_path itself (the Go driver failed every creation there).
std::string default_directory(std::string const& base_path);

// Version of this build, such as "0.1.0".
std::string_view version();

// The one table: which CSI (gRPC canonical) code a status means. Rule 5: an unknown outcome is never INTERNAL
// or NOT_FOUND. Source: CSI 1.12 error schemes, knowledge/incidents.md code rule.
int grpc_code(base::Status const& status);
std::string_view grpc_code_name(int code);  // "OK", "ABORTED", ...

}  // namespace rdscsi::csi
