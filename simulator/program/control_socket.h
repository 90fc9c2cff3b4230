// The local socket between a serving rds-sim and `rds-sim ctl`: a line asks, a line answers, as often as a
// client likes. Only the user who started rds-sim can open it (mode 0600).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace rdssim::program {

class ControlServer {
 public:
  using Handler = std::function<std::string(std::string_view line)>;

  // Serves until destroyed, on a thread of its own, one request after the other. `handler` is called there.
  // Fails with invalid_argument: a path that is too long or cannot be bound, or where somebody serves
  // already. A socket that nobody serves any more is replaced.
  static rdscsi::base::StatusOr<std::unique_ptr<ControlServer>> start(std::string const& path,
                                                                      Handler handler);
  ~ControlServer();  // removes the socket
  ControlServer(ControlServer const&) = delete;

 private:
  struct State;
  explicit ControlServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Where rds-sim puts its socket unless told otherwise: one for each SSH port.
std::string default_control_path(unsigned ssh_port);
// Sockets at default places that somebody serves, sorted.
std::vector<std::string> served_control_paths();

// Sends one line and waits for the answer; unavailable when nobody serves there, timeout after a minute.
rdscsi::base::StatusOr<std::string> ask(std::string const& path, std::string_view line);

}  // namespace rdssim::program
