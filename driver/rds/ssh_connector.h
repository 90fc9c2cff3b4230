// SshConnector: the way to a real RDS: TCP, SSH with libssh, the pinned host key, the driver's private key.
// Used by the driver's main(); at L1 the scenario engine has its own Connector.
// Incidents 36 (host key, login trouble), 37 (a peer that hangs in any step); W-37, W-42, W-82, W-83.
#pragma once

#include <memory>

#include "rds/session.h"

namespace rdscsi::rds {

// Longest wait for one step; the context's deadline cuts each of them shorter.
struct SshLimits {
  base::Duration tcp_connect = std::chrono::seconds(5);
  base::Duration banner = std::chrono::seconds(5);
  base::Duration key_exchange = std::chrono::seconds(10);
  base::Duration authentication = std::chrono::seconds(10);
  base::Duration channel_open = std::chrono::seconds(10);
};

// Thread-safe. Nothing below the user's home or /etc/ssh is read; no agent, no password, no key but the
// endpoint's. The files are read at each connect. Every failure has effect none and a message that begins
// with its step: "name lookup", "TCP connect", "SSH banner", "key exchange", "host key", "authentication".
//   rds_unreachable  no connection, no answer in time, or the peer is no SSH server
//   rds_host_key     the key file cannot be used; the device offers no key of the pinned types, or another
//   key
//                    (message: both SHA-256 fingerprints). Never accepted, never to be retried as a passing
//                    trouble
//   rds_auth         the private key cannot be used, or the device refused user and key
//   otherwise        what ctx was cancelled with
class SshConnector : public Connector {
 public:
  explicit SshConnector(SshLimits limits = {});
  ~SshConnector() override;

  base::StatusOr<std::shared_ptr<Session>> connect(base::Context const& ctx,
                                                   Endpoint const& endpoint) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// For start-up: can the key files of `endpoint` be used as they are now? Touches files only, never the
// network. The message begins with the flag that names the file (--rds-key-file, --rds-key-passphrase-file,
// --rds-host-key).
base::Status check_credentials(Endpoint const& endpoint);

}  // namespace rdscsi::rds
