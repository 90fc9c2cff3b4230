// PluginProcess: the shipped rds-csi-plugin as a child process: started, waited for until it serves, stopped
// or killed, its output read line by line. Used by WorldL2.
//
// The child stays in our process group, so that whoever kills the group (the runner's time limit, Ctrl-C)
// takes it along; it has no other way to learn of our sudden end.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "base/sync.h"

namespace scenario {

struct PluginSpec {
  std::string program;                 // path
  std::vector<std::string> arguments;  // without the program's name
  std::string socket_path;             // where it will serve
  // Called with every finished line of its standard output and error, on a thread of the process's own.
  std::function<void(std::string const&)> on_line;
};

// RDS_CSI_PLUGIN of the environment, else the program beside this one, as the build puts them.
std::string plugin_path();

// How a process ended.
struct PluginEnd {
  int exit_code = 0;    // meaningful when term_signal is 0
  int term_signal = 0;  // e.g. 9
  bool clean() const { return exit_code == 0 && term_signal == 0; }
  std::string text() const;  // "exit 1", "signal 9"
};

// Threads: any; kill_now() never blocks. stop(), kill() and wait_until_serving() by one thread at a time.
class PluginProcess {
 public:
  // Fails with `internal`: no such program, or it cannot be started.
  static rdscsi::base::StatusOr<std::unique_ptr<PluginProcess>> start(PluginSpec spec);
  // Kills it if it still runs; it is gone and its output was delivered afterwards.
  ~PluginProcess();
  PluginProcess(PluginProcess const&) = delete;
  PluginProcess& operator=(PluginProcess const&) = delete;

  // Until something accepts on the socket. Fails with `internal` when the program ends before, or with
  // `deadline`.
  rdscsi::base::Status wait_until_serving(rdscsi::base::Duration timeout);

  bool running() const;  // false once it has ended by whatever cause
  void kill_now();       // SIGKILL, without waiting

  PluginEnd kill();  // SIGKILL, and its end; of a program that had ended already, how
  // SIGTERM, and SIGKILL after `grace`: then term_signal is 9.
  PluginEnd stop(rdscsi::base::Duration grace);

 private:
  PluginProcess(PluginSpec spec, int pidfd, int output);
  void read_output();
  bool ended_within(rdscsi::base::Duration time) const;
  void signal(int number) const;
  PluginEnd reap();

  PluginSpec const spec_;
  int const pidfd_, output_;
  rdscsi::base::Mutex mutex_;
  bool reaped_ = false;          // under mutex_
  PluginEnd end_;                // under mutex_
  rdscsi::base::Thread reader_;  // last: it uses the others
};

}  // namespace scenario
