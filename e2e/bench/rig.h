// Rig: a simulated RDS with a fixed latency behind a real SSH server, the shipped rds-csi-plugin as a child
// process that serves on a unix socket, and a plain SSH session beside it. Used by the benchmarks beside it.
//
// Threads: one, but client() may be used by many. Whatever cannot be set up or asked throws
// std::runtime_error with what and why: a benchmark without all its parts has no figure to give.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "base/testing/temporary_directory.h"
#include "base/time.h"
#include "csi/testing/grpc_client.h"
#include "rds/session.h"
#include "simulator/faults/faulty_device.h"
#include "simulator/ssh/server.h"

namespace rdscsi::bench {

struct RigOptions {
  base::Duration latency{};               // of each command, both ways together
  rdssim::routeros::Device::Timing busy;  // of the device's own work
  std::string plugin;                     // path of rds-csi-plugin
  std::string profile = "7.16";           // RouterOS of the device
  int planted = 0;                        // volumes that are there already, as the Go driver left them
};

class Rig {
 public:
  explicit Rig(RigOptions const& options);
  ~Rig();  // stops the plugin and removes every file
  Rig(Rig const&) = delete;
  Rig& operator=(Rig const&) = delete;

  // Each returns how long the caller waited.
  base::Duration create_volume(int number);
  base::Duration delete_volume(int number);
  base::Duration list_volumes(int expected);
  // The one command CreateVolume needs, `/disk add`, by itself over the same kind of session.
  base::Duration bare_disk_add(int number);

  // For calls that are not above.
  csi::testing::Client& client() { return *client_; }
  // As the provisioner names them; the id of the volume it makes.
  static std::string volume_name(int number);

  // Commands the device ever got, from the plugin and from bare_disk_add().
  std::uint64_t commands() const { return device_->counters().execs; }
  // RssAnon of /proc/PID/status: resident memory of the plugin's that no file backs.
  double plugin_memory_mib() const;

 private:
  void serve(RigOptions const& options);
  void start_plugin(std::string const& program);
  void stop_plugin();
  void wait_until_ready() const;
  std::size_t disks() const;

  base::testing::TemporaryDirectory folder_;
  std::unique_ptr<rdssim::faults::FaultyDevice> device_;
  std::unique_ptr<rdssim::ssh::Server> server_;
  pid_t plugin_ = -1;
  std::unique_ptr<csi::testing::Client> client_;
  std::shared_ptr<rds::Session> session_;
};

// Throws what was asked and what came back, unless it was OK.
void demand(grpc::Status const& status, std::string const& what);

// The plugin that was built beside the running program.
std::string plugin_beside_this_program();

inline double milliseconds(base::Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

}  // namespace rdscsi::bench
