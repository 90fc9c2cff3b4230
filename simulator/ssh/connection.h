// Connection: one TCP connection of the SSH server: key exchange, login, its channels, its end.
// Used by Server, on the loop's thread only.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/ssh/channel.h"
#include "simulator/ssh/services.h"

struct ssh_message_struct;
struct ssh_session_struct;

namespace rdssim::ssh {

class Connection {
 public:
  // Takes `session`, whose socket is accepted and whose host key is set; begins the key exchange.
  // `peer`: ADDRESS:PORT.
  Connection(Services& services, faults::SessionId id, std::string_view peer, ssh_session_struct* session);
  ~Connection();  // tells the device that the session is over, unless it was the device that ended it
  Connection(Connection const&) = delete;

  // Once per turn: moves output, forgets finished channels. False: it is over, destroy it.
  bool turn();
  void cut();        // the device resets it: RST; over at the next turn()
  void half_open();  // from now on no byte is read or written

  std::size_t channels() const { return channels_.size(); }

  // --- called by libssh's callbacks ---
  bool log_in_by_password(std::string_view login, std::string_view password);
  bool log_in_by_key(std::string_view login, ssh_key_struct const& key, bool proven);
  enum class Opened { yes, refused, unanswered };
  Opened open_channel(ssh_message_struct* request);

 private:
  struct Callbacks;
  bool failed_attempt(std::string_view user);
  void log(std::string_view text);
  Channel::Login login() const;
  bool admit(std::string_view login, std::string_view user);

  Services& services_;
  faults::SessionId const id_;
  ssh_session_struct* const session_;
  std::unique_ptr<Callbacks> callbacks_;
  std::vector<std::shared_ptr<Channel>> channels_;
  std::string const address_;  // of the peer, without its port
  std::string user_, login_;   // login_: with modifiers
  int failures_ = 0;
  bool cut_ = false, half_open_ = false;
};

}  // namespace rdssim::ssh
