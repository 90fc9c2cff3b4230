// The seam to the RDS: whoever can carry one RouterOS console line to a device and bring its bytes back.
// Implemented by rds/ssh_connector.cpp (libssh) and, at L1, by the scenario engine's mailbox link. Everything
// that can go wrong on the way (reconnects, channel limits, heartbeats) lives above, in rds/connection.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/context.h"

namespace rdscsi::rds {

// Where a device is and how to log in. Values come from flags; file contents are read at connect time, so
// that a rotated key is picked up by the next reconnect.
struct Endpoint {
  std::string address;  // host name, IPv4 or IPv6 literal (without brackets)
  std::uint16_t port = 22;
  std::string user = "admin";
  std::string private_key_file;  // OpenSSH or PEM; ed25519 or RSA
  std::string passphrase_file;   // empty: the key is not encrypted
  std::string host_key_file;     // one or more public keys in authorized_keys or known_hosts form
  bool insecure_skip_host_key_verification = false;
};

struct ExecReply {
  std::string output;              // stdout exactly as received, CRLF and all
  std::optional<int> exit_status;  // RouterOS sends 0 even for errors (FACTS 5.5): never proof of success
};

// One authenticated transport. Thread-safe: exec() may be called from several threads at once, each call uses
// a channel of its own; the caller bounds how many. Once dead() a session never recovers.
class Session {
 public:
  virtual ~Session() = default;

  // Sends one line (no CR, no LF) and waits for the end of its output.
  // Failures: effect none while the line cannot have left this host (channel refused, session already dead);
  // effect unknown from the moment the exec request was written (rds_timeout, rds_session_lost, cancelled).
  // Ends no later than ctx's deadline. Output is limited to `kReplyBytesMax`; more is rds_reply_damaged.
  virtual base::StatusOr<ExecReply> exec(base::Context const& ctx, std::string_view line) = 0;

  // True once the transport is known to be gone.
  virtual bool dead() const = 0;

  // Drops the transport. Running exec() calls return rds_session_lost. Idempotent, does not block on the
  // peer.
  virtual void close() = 0;
};

inline constexpr std::size_t kReplyBytesMax = std::size_t{32} << 20;

class Connector {
 public:
  virtual ~Connector() = default;

  // TCP connect, key exchange, host key check, authentication; each within ctx and its own step limit.
  // Failures (effect none): rds_unreachable, rds_turned_away, rds_host_key, rds_auth; the message names the
  // step.
  virtual base::StatusOr<std::shared_ptr<Session>> connect(base::Context const& ctx,
                                                           Endpoint const& endpoint) = 0;
};

}  // namespace rdscsi::rds
