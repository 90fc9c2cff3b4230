// Server: the SSH front of a FaultyDevice, as a real RDS shows it: banner SSH-2.0-ROSSSH, RSA host key, key
// and password login with modifiers, exec and a plain shell, many sessions on one event loop (FACTS section
// 5). Used by rds-sim, by level 2 scenarios and by tests.
//
// Threads: one for all sockets, a bounded pool for commands on the device. Public methods may be called from
// any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
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
  // Of a key that is made; absent: as the device's /ip/ssh says. The device is told of the type in use.
  std::optional<HostKeyType> host_key_type;
  // What the device's /user holds besides at the start, see Device::give_login(). From then on the device
  // alone says who may log in, and how.
  struct User {
    std::string name;
    std::string password;                      // empty: as it is
    std::vector<std::string> authorized_keys;  // lines `ssh-ed25519 AAAA... comment`; RSA and Ed25519
  };
  std::vector<User> users;
  // The device's max-sessions is the limit of sessions; false: FaultyDeviceOptions::session_limit is.
  bool device_limits_sessions = false;
  // EVIDENCE(unknown): Whether keepalive@openssh.com is answered. [FACTS 5.10; FACTS 9.5; switch
  // answers_keepalive]
  bool answers_keepalive = true;
  std::size_t command_threads = 64;  // commands on the device at once
  // Answers exec commands in the device's place, and ends shells; must outlive the server. Null: the device.
  Relay* relay = nullptr;
};

// Puts `options.users`, and the host key's type where one is given, into a device. start() does it; who puts
// another device in its place does it again. Fails with invalid_argument naming user and line.
rdscsi::base::Status configure(routeros::Device& device, ServerOptions const& options);

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
  // `ssh-rsa AAAA...`: the host key clients should pin, as long as /ip/ssh stays as it is.
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
