// WorldL2: level 2. Controllers are processes of the shipped rds-csi-plugin, asked through gRPC on unix
// sockets; the simulated RDS stands behind a real SSH server on a loopback port; time is real.
//
// Everything lies in one temporary folder: keys, the pinned host key, a socket per controller. finish() stops
// all of it and says what did not go as it should.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "scenarios/engine/csi_client.h"
#include "scenarios/engine/plugin_process.h"
#include "scenarios/engine/world.h"
#include "simulator/ssh/server.h"

namespace scenario {

class WorldL2 final : public World {
 public:
  // Starts the SSH server and waits until every controller serves. `rds` and `recorder` outlive the world.
  // Fails with what could not be made or started, the plugin's last words included.
  static rdscsi::base::StatusOr<std::unique_ptr<WorldL2>> start(WorldOptions options,
                                                                rdssim::faults::FaultyDevice& rds,
                                                                Recorder& recorder);
  ~WorldL2() override;  // finish(), if nobody did

  Duration now() const override;
  Answer call(int index, Request const& request, Duration timeout, std::string const& label) override;
  void kill_controller(int index) override;
  // SIGTERM; gone after 35 s at the latest, else SIGKILL and a trouble for finish().
  void stop_controller(int index) override;
  // Returns when it serves again, or with a trouble for finish().
  void restart_controller(int index) override;
  bool controller_alive(int index) const override;
  int controllers() const override { return static_cast<int>(controllers_.size()); }
  rdssim::faults::FaultyDevice& rds() override { return rds_; }
  void rds_power(bool on) override;
  void spawn(std::string name, std::function<void()> body) override;
  bool sees_execs() const override { return false; }
  bool given_up() const override;

  // The run takes too long: kills every controller, lets none start again, and ends calls and retries with
  // that. From any thread; never blocks for long.
  void give_up();

  // Joins the threads of spawn(), stops controllers and server, removes the folder. Returns a sentence for
  // each thing that went wrong on the way: a controller that ended by itself, that did not obey SIGTERM, that
  // ended with an error, a child process left over. Once.
  std::vector<std::string> finish();

 private:
  struct Controller {
    std::shared_ptr<PluginProcess> process;  // null: never started, stopped or killed
    std::shared_ptr<CsiClient> client;
    std::shared_ptr<std::atomic<int>> metrics_port;  // 0: not told yet, or it serves none
  };
  // One that was told to stop and has not gone.
  struct Leaving {
    std::shared_ptr<PluginProcess> process;
    bool killed = false;  // by the scenario
  };

  WorldL2(WorldOptions options, rdssim::faults::FaultyDevice& rds, Recorder& recorder, std::string folder);
  rdscsi::base::Status listen();
  rdscsi::base::Status start_controller(int index);
  std::vector<std::string> arguments(int index) const;
  std::string socket_path(int index) const;
  // The controller as it is; it is taken out of the world when `dies`.
  Controller controller(int index, bool dies);
  void trouble(std::string what);

  WorldOptions const options_;
  rdssim::faults::FaultyDevice& rds_;
  Recorder& recorder_;
  rdscsi::base::TimePoint const start_;
  std::string const folder_;
  std::unique_ptr<rdssim::ssh::Server> server_;
  mutable rdscsi::base::Mutex mutex_;  // guards what follows
  std::vector<Controller> controllers_;
  std::vector<Leaving> leaving_;  // as many
  std::vector<rdscsi::base::Thread> threads_;
  std::vector<std::string> troubles_;
  bool given_up_ = false, finished_ = false;
  rdscsi::base::ConditionVariable gone_;  // with mutex_: one that was leaving has gone
};

// A line of the plugin's log (-log-format json). A line of any other form is not the driver's own (a crash
// report, a library's chatter) and counts as a warning.
LogLine read_log_line(int controller, std::string const& line);

}  // namespace scenario
