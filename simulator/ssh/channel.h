// Channel: one session channel of one connection: an exec, or a plain interactive shell.
// Used by Connection, on the loop's thread only.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "simulator/ssh/line_editor.h"
#include "simulator/ssh/services.h"

struct ssh_channel_struct;

namespace rdssim::ssh {

class Channel : public std::enable_shared_from_this<Channel> {
 public:
  struct Login {
    std::string user, as_given;                            // as_given: with modifiers
    std::optional<rdscsi::base::Duration> logs_out_after;  // a shell without input
  };
  // `handle` was accepted; its callbacks are set here.
  Channel(Services& services, faults::SessionId session, Login login, ssh_channel_struct* handle);
  ~Channel();  // expects release() before

  // Sends what can be sent; called once per turn too, since windows open without notice.
  void pump();
  // Nothing is to be sent any more, nothing to be received.
  bool finished() const { return closed_; }
  // Its connection has gone half-open: not a byte more.
  void silence() { silent_ = true; }
  // Gives the handle back. False: the session is going to be freed with all its channels.
  void release(bool session_lives);

  // --- called by libssh's callbacks ---
  void pty(std::string_view terminal, int width, int height);
  void window(int width, int height);
  bool exec(std::string_view line);  // false: the channel is in use already
  bool shell();
  void input(std::string_view bytes);
  void end_of_input();
  void closed_by_client();

 private:
  struct Callbacks;
  enum class Mode { idle, exec, shell };

  class RelayClient;

  void run(std::string line, bool interactive);
  void run_relayed(std::string line);
  void end_relayed(Relay::End const& end);
  void deliver(int turn, faults::ExecVerdict const& verdict);
  void next_line();
  void prompt();
  void interrupt();
  void watch_idle(rdscsi::base::Duration wait);
  void finish(std::optional<int> exit_status);
  std::size_t allowance();  // bytes a trickle allows now
  void count_closed();

  Services& services_;
  faults::SessionId const session_;
  Login const login_;
  ssh_channel_struct* handle_;
  std::unique_ptr<Callbacks> callbacks_;

  Mode mode_ = Mode::idle;
  bool has_pty_ = false;
  std::string terminal_;  // TERM of the pty
  int width_ = 0, height_ = 0;
  std::string out_, errors_;  // errors_: standard error, of a relay only
  bool ending_ = false;       // closed once both are empty, exit_status_ sent before
  std::optional<int> exit_status_;
  std::shared_ptr<std::atomic<bool>> const gone_;  // for a relay: nobody waits any more
  bool closed_ = false, silent_ = false, counted_ = true;
  std::int64_t rate_ = 0;  // trickle
  rdscsi::base::TimePoint trickle_since_{};
  std::int64_t trickled_ = 0;

  // shell only
  std::optional<LineEditor> editor_;
  std::deque<std::string> lines_;
  std::string host_name_;
  std::shared_ptr<routeros::SessionMemory> memory_ = std::make_shared<routeros::SessionMemory>();
  std::string menu_;  // where the shell's next line is read; "" is the root
  bool running_ = false, input_ended_ = false;
  rdscsi::base::TimePoint last_input_{};
  int turn_ = 0;  // which command the shell waits for; an interrupted one is forgotten
};

}  // namespace rdssim::ssh
