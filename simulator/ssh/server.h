// Server: the SSH front of a FaultyDevice, as a real RDS shows it: banner SSH-2.0-ROSSSH, RSA host key, key
// and password login with modifiers, exec and a plain shell, many sessions on one event loop (FACTS section
// 5). Used by rds-sim, by level 2 scenarios and by tests.
//
// Threads: one for all sockets, a bounded pool for commands on the device. Public methods may be called from
// any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "simulator/faults/faulty_device.h"
#include "simulator/ssh/keys.h"
#include "simulator/ssh/relay.h"

namespace rdssim::ssh {

struct ServerOptions {
  std::string address = "127.0.0.1";  // numeric, IPv4 or IPv6
  std::uint16_t port = 0;             // 0: a free one, see port()
  std::string host_key_file;          // read, or made and written; empty: a new key in memory
  // EVIDENCE(confirmed): One host key, RSA of 2048 bits or Ed25519; no ECDSA. [FACTS 5.3]
  HostKeyType host_key_type = HostKeyType::rsa;
  std::vector<UserAccount> users;
  std::size_t command_threads = 64;  // commands on the device at once
  // Answers exec commands in the device's place, and ends shells; must outlive the server. Null: the device.
  Relay* relay = nullptr;
};

class Server {
 public:
  // Listens and serves until stop() or destruction. `device` must outlive the server; the server is its
  // LinkControl meanwhile. Fails with invalid_argument: an address that cannot be bound, a bad key.
  static rdscsi::base::StatusOr<std::unique_ptr<Server>> start(faults::FaultyDevice& device,
                                                               ServerOptions const& options);
  ~Server();

  // Ends all connections and threads; commands under way end early (FaultyDevice::stop). Once.
  void stop();

  // Power loss and its end: off resets every connection and refuses new ones until on.
  void set_power(bool on);

  std::uint16_t port() const;
  // `ssh-rsa AAAA...`: the host key clients should pin.
  std::string host_key() const;

  // For leak checks: connections and channels held now.
  struct Held {
    std::size_t connections = 0, channels = 0;
  };
  Held held() const;

 private:
  class State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace rdssim::ssh
