// Upstream: one SSH connection to the device that is recorded: host key checked, logged in, many commands at
// once. Used by Recorder.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/sync.h"
#include "simulator/ssh/relay.h"

struct ssh_event_struct;
struct ssh_session_struct;

namespace rdssim::record {

// How to reach the device and know it. Exactly one of the two host key checks decides: `fingerprint` when it
// is given, else the file.
struct UpstreamOptions {
  std::string host;
  std::uint16_t port = 22;
  std::string fingerprint;    // `SHA256:...` of its host key
  std::string known_hosts;    // a file as OpenSSH keeps it
  std::string key_file;       // private key without passphrase; empty: by password
  std::string password;       // used without a key file only
  long timeout_seconds = 20;  // of each step of connecting
};

class Upstream {
 public:
  // Blocks until it is logged in as `login` (modifiers included). Fails with
  //   invalid_argument: a key file that is none,
  //   rds_unreachable: no connection,
  //   rds_host_key: another host key than the known one, or an unknown one,
  //   rds_auth: the login is refused.
  // The text names the host and, of a host key, its fingerprint.
  static rdscsi::base::StatusOr<std::unique_ptr<Upstream>> connect(UpstreamOptions const& options,
                                                                   std::string const& login);
  ~Upstream();  // no exec() may be under way
  Upstream(Upstream const&) = delete;

  enum class End {
    closed,   // the device closed the channel; exit_status, if it sent one
    refused,  // no channel, or no such request
    lost,     // the connection broke
    left      // `gone` said so; the channel was closed
  };
  struct Result {
    End end = End::lost;
    std::optional<int> exit_status;
  };
  using Say = std::function<void(std::string_view bytes, bool on_stderr)>;
  // Blocks until the command has ended. From any thread, several at a time.
  Result exec(std::string const& line, std::optional<ssh::Relay::Terminal> const& pty, Say const& say,
              std::function<bool()> const& gone);

 private:
  class Channel;
  explicit Upstream(ssh_session_struct* session);
  void wait() const;

  // libssh's session and its channels belong to one thread at a time.
  rdscsi::base::Mutex mutex_;
  ssh_session_struct* const session_;
  ssh_event_struct* const event_;  // reads the session's packets
};

}  // namespace rdssim::record
