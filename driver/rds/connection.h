// Connection: keeps one session to one RDS alive and hands commands through it. Owns the only reconnect loop, the
// heartbeat and the channel bound of the process. Used by rds::Volumes and by Identity's Probe.
// Incidents 36 (thundering herd), 37 (half-open transport), 40 (Probe); weaknesses W-37..W-40.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/context.h"
#include "rds/executor.h"
#include "rds/session.h"

namespace rdscsi::rds {

struct ConnectionOptions {
  int channels_max = 8;                                    // --rds-channels: commands in flight at once
  base::Duration connect_timeout = std::chrono::seconds(10);    // TCP + key exchange + authentication
  base::Duration command_timeout = std::chrono::seconds(30);    // longest wait for one reply
  base::Duration heartbeat_interval = std::chrono::seconds(5);  // --rds-heartbeat; counted from the last reply
  base::Duration heartbeat_timeout = std::chrono::seconds(5);
  base::Duration backoff_initial = std::chrono::seconds(1);     // 1, 2, 4, 8, 16, 16 ... s, for ever (CONN-02, RECON-04)
  base::Duration backoff_max = std::chrono::seconds(16);
  double backoff_jitter = 0.1;
};

enum class ConnectionState { connecting, up, down, refused };  // refused: host key or authentication, slow retry

struct ConnectionStatus {
  ConnectionState state = ConnectionState::connecting;
  std::string last_error;         // of the newest failed attempt; empty when up
  std::uint64_t attempts = 0;     // connect attempts since start
  std::uint64_t connects = 0;     // successful ones
  std::uint64_t execs = 0;        // commands handed to a session, heartbeats included
  std::uint64_t heartbeats = 0;
};

// Thread-safe. start() once; stop() (or the destructor) ends the loop and closes the session.
class Connection : public Executor {
 public:
  Connection(std::shared_ptr<Connector> connector, Endpoint endpoint, ConnectionOptions options);
  ~Connection() override;

  // Starts the background loop and returns at once: start-up never depends on the RDS (W-40).
  void start();
  void stop();

  // Runs one line. Fails fast with rds_unreachable/rds_host_key/rds_auth (effect none) while there is no session;
  // otherwise waits for a free channel within ctx, then as Session::exec. A session lost or timed out is evicted at
  // once, never reused, and the background loop told; this call does not reconnect by itself.
  base::StatusOr<ExecReply> exec(base::Context const& ctx, std::string_view line) override;

  ConnectionStatus status() const;  // from memory, never blocks on the device
  bool up() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rdscsi::rds
