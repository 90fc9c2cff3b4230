// Driver: the composition of one process: options in, services out. main.cpp gives it the libssh connector, the
// scenario engine its own; nothing else differs between the levels.
#pragma once

#include <memory>
#include <string>

#include "base/operations.h"
#include "csi/controller.h"
#include "rds/connection.h"

namespace rdscsi::csi {

struct DriverOptions {
  std::string driver_name = "rds.csi.srvlab.io";
  std::string vendor_version;              // filled by the build
  rds::Endpoint endpoint;
  rds::ConnectionOptions connection;
  rds::Territory territory;
  base::OperationsOptions operations;
};

class Driver {
 public:
  Driver(DriverOptions options, std::shared_ptr<rds::Connector> connector);
  ~Driver();

  void start();  // returns at once; the RDS may be away
  // Refuses new operations, waits for running ones until ctx ends, closes the session.
  void stop(base::Context const& ctx);

  ControllerService& controller();
  // Identity. Probe answers from memory: ready while a session is up; never executes anything (incident 40).
  PluginInfo plugin_info() const;
  bool ready() const;
  rds::ConnectionStatus connection_status() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The one table: which CSI (gRPC canonical) code a reason means. Rule 5: an unknown outcome is never INTERNAL or
// NOT_FOUND. Source: CSI 1.12 error schemes, knowledge/incidents.md code rule.
int grpc_code(base::Status const& status);
std::string_view grpc_code_name(int code);  // "OK", "ABORTED", ...

}  // namespace rdscsi::csi
