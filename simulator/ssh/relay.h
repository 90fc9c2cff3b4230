// Relay: who answers exec commands in the device's place. A server with a relay is a proxy: its connections,
// logins and channels are its own, what commands say comes from elsewhere. Used by Channel; `rds-sim record`
// implements it.
#pragma once

#include <optional>
#include <string>

#include "simulator/faults/faulty_device.h"

namespace rdssim::ssh {

class Relay {
 public:
  virtual ~Relay() = default;

  struct Terminal {
    std::string name;           // TERM
    int width = 0, height = 0;  // columns, rows
  };
  struct Command {
    std::string login;  // with modifiers, as the client gave it
    std::string line;   // all that the client sent, also when it is several lines
    std::optional<Terminal> pty;
  };
  // The client that waits for the answer; it may leave at any time. Thread-safe.
  class Client {
   public:
    virtual ~Client() = default;
    virtual void say(std::string bytes, bool on_stderr) = 0;  // arrives in the order said
    virtual bool gone() const = 0;
  };
  struct End {
    std::optional<int> exit_status;  // absent: none is sent
    bool lost = false;               // the client's connection is reset
  };
  // Runs a command to its end, on a worker thread; several at a time, also of one session. Returns soon after
  // the client has gone or stop() was called.
  virtual End exec(faults::SessionId session, Command const& command, Client& client) = 0;
  // The client's connection is over; no exec() of it begins any more. Must not block.
  virtual void closed(faults::SessionId session) = 0;
  // From now on every exec() returns soon.
  virtual void stop() = 0;
};

}  // namespace rdssim::ssh
