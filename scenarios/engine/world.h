// World: where a scenario is played: controllers that can be called, killed and restarted, and one simulated
// RDS. Two of them: WorldL1 (domains, virtual time) and WorldL2 (the shipped process, sockets, real time).
// The player and the judge know only this.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/sync.h"
#include "scenarios/engine/calls.h"
#include "scenarios/engine/cluster.h"
#include "scenarios/engine/recorder.h"
#include "simulator/faults/faulty_device.h"

namespace scenario {

struct WorldOptions {
  std::uint64_t seed = 1;
  std::string profile = "7.16";
  int controllers = 1;
  std::map<std::string, std::string> flags;  // the driver's flags, without dashes
  // By node_id: the host NQN it announced, or `-`. Absent: the driver knows of no nodes.
  std::optional<std::map<std::string, std::string>> nodes;
  std::shared_ptr<Cluster> cluster;  // null: the driver knows nobody who owns anything
  std::int64_t pool_bytes = std::int64_t{8} << 40;
  std::string pool_filesystem = "btrfs";
  std::int64_t pool_used_bytes = 0;  // by others, from the start
  rdssim::faults::LatencyModel latency;
};

// Reads `world:` of a scenario. Unknown keys were refused by the loader.
WorldOptions world_options(Scenario const& scenario, std::uint64_t seed, std::string const& profile);

class World {
 public:
  virtual ~World() = default;

  virtual Duration now() const = 0;  // since the run began

  // Sends a request to controller `index` and waits for its answer, at most until `timeout` from now (then
  // DEADLINE_EXCEEDED, as a gRPC client reports it). A controller that is down answers UNAVAILABLE. `label`
  // names the attempt; the recorder attributes commands to it where the level can see that.
  virtual Answer call(int index, Request const& request, Duration timeout, std::string const& label) = 0;

  // SIGKILL, also of one that is being stopped.
  virtual void kill_controller(int index) = 0;
  // SIGTERM; returns when it has gone, of itself or killed. It takes no calls any more meanwhile.
  virtual void stop_controller(int index) = 0;
  // Waits for one that is being stopped to go, as kubelet does; nothing for one that lives.
  virtual void restart_controller(int index) = 0;
  virtual bool controller_alive(int index) const = 0;
  virtual int controllers() const = 0;

  virtual rdssim::faults::FaultyDevice& rds() = 0;
  // Every session resets, nobody can connect, until power_on().
  virtual void rds_power(bool on) = 0;

  // Starts a thread of the orchestrator's side. The world joins all of them before it ends.
  virtual void spawn(std::string name, std::function<void()> body) = 0;

  // Whether the recorder learns which attempt an exec belongs to (Attempt::execs).
  virtual bool sees_execs() const { return true; }
  // The run took too long and is being wound up: nothing is to be tried again.
  virtual bool given_up() const { return false; }
};

}  // namespace scenario
