// Connection: keeps one session to one RDS alive and hands commands through it. Owns the only reconnect loop,
// the heartbeat and the channel bound of the process. Used by rds::Volumes and by Identity's Probe. Incidents
// 36 (thundering herd), 37 (half-open transport), 40 (Probe); weaknesses W-37..W-40, W-42.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/context.h"
#include "base/reasons.h"
#include "rds/executor.h"
#include "rds/session.h"

namespace rdscsi::rds {

struct ConnectionOptions {
  int channels_max = 8;                                         // --rds-channels: commands in flight at once
  base::Duration connect_timeout = std::chrono::seconds(10);    // TCP + key exchange + authentication
  base::Duration command_timeout = std::chrono::seconds(30);    // longest wait for one reply
  base::Duration heartbeat_interval = std::chrono::seconds(5);  // --rds-heartbeat; of quiet
  base::Duration heartbeat_timeout = std::chrono::seconds(5);
  base::Duration backoff_initial =
      std::chrono::seconds(1);  // 1, 2, 4, 8, 16, 16 ... s, for ever (CONN-02, RECON-04)
  base::Duration backoff_max = std::chrono::seconds(16);
  double backoff_jitter = 0.1;
  base::Duration refused_retry = std::chrono::seconds(60);  // after host key or login trouble; same jitter
};

enum class ConnectionState {
  connecting,  // the first attempt has not ended
  up,
  down,         // lost, or nobody answers
  turned_away,  // the device hangs up on every attempt: its sessions are in use, or it bans this address
  refused       // host key or authentication: slow retry
};

std::string_view to_string(ConnectionState state);

struct ConnectionStatus {
  ConnectionState state = ConnectionState::connecting;
  base::Reason reason{};       // why not up: rds_unreachable, rds_host_key, rds_auth, rds_turned_away
  std::string last_error;      // of the newest failed attempt or lost session; empty when up
  std::uint64_t attempts = 0;  // connect attempts since start
  std::uint64_t connects = 0;  // successful ones
  std::deque<base::Duration> reconnects_took;  // the newest successful attempts but the very first one
  std::uint64_t execs = 0;                     // commands handed to a session, heartbeats included
  std::uint64_t heartbeats = 0;
  base::TimePoint up_since{};  // when the newest session came up
  int channels_in_use = 0;     // commands in flight
  int channels_limit = 0;      // how many may be: channels_max, or what this session's refusals taught
  std::uint64_t channel_refusals = 0;
  std::uint64_t queue_waits = 0;                         // commands that got a channel and had to wait for it
  base::Duration queue_waited{};                         // all of these together
  std::map<std::string, std::uint64_t> commands_by_rpc;  // by the context's field `rpc`; "" where it has none
};

// Thread-safe. start() once; stop() (or the destructor) ends the loop and closes the session. No exec() may
// be running when the destructor is called; stop() makes those that run return soon.
//
// Heartbeat: `:put "<nonce>"` after heartbeat_interval without a reply, and at once when a command timed out.
// A heartbeat counts from its sending, so that latency does not stretch the period. It takes a channel slot
// if one is free and one channel more than channels_max if none is: all slots held by stuck commands is what
// it must notice. Where the device is known to refuse channels it waits for a slot first. If nothing answers
// within heartbeat_timeout the session is evicted; if the heartbeat or another command is answered, the
// device is alive and only the command that timed out is given up (its channel is abandoned).
//
// Channels: never more than channels_max, and none more than this session has been seen to bear: a command
// whose channel is refused while others run waits for one of these, ahead of all who have not been sent yet.
// The bound stays until the next session.
//
// Backoff: starts over once a session has answered something; a device that accepts logins and drops them is
// approached ever more slowly. Log: one line per failed attempt, one when the session comes up, one when it
// is lost.
class Connection : public Executor {
 public:
  Connection(std::shared_ptr<Connector> connector, Endpoint endpoint, ConnectionOptions options);
  ~Connection() override;

  // Starts the background loop and returns at once: start-up never depends on the RDS (W-40).
  void start();
  // Cancels a running connect, closes the session, joins the loop. Safe to call twice, from any thread.
  void stop();

  // Runs one line. Fails fast with rds_unreachable, rds_turned_away, rds_host_key or rds_auth (effect none;
  // retry_after = time to the next attempt) while there is no session; shutting_down after stop(). Otherwise
  // waits for a free channel within ctx, then as Session::exec within ctx and command_timeout. A session that
  // is lost is evicted at once, never reused, and the background loop told; this call does not reconnect by
  // itself, so a connect never eats the time of an RPC (W-42).
  base::StatusOr<ExecReply> exec(base::Context const& ctx, std::string_view line) override;

  ConnectionStatus status() const;  // from memory, never blocks on the device
  bool up() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rdscsi::rds
