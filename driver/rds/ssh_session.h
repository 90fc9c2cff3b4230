// SshSession: one authenticated libssh session and the one thread that may touch it. exec() calls of any
// number of threads become channels on it. Used by the SSH connector only, which hands over a session that is
// logged in. Incident 37 (half-open transport); limits of libssh: a session and its channels belong to one
// thread at a time.
#pragma once

#include <memory>
#include <string>

#include "rds/session.h"

struct ssh_session_struct;  // libssh's; its header stays in the .cpp files

namespace rdscsi::rds {

struct SshSessionDeleter {
  void operator()(ssh_session_struct* session) const;  // closes the socket, never blocks on the peer
};
using SshHandle = std::unique_ptr<ssh_session_struct, SshSessionDeleter>;

// `where` is how messages name the peer. `channel_open_limit`: longest wait for a channel, within the call's
// ctx. The result's exec():
//   - effect none: rds_timeout (no channel in time), overloaded (the device refused a channel),
//   rds_session_lost
//     (already gone), cancelled;
//   - effect unknown, once the exec request was written: rds_timeout, rds_session_lost, cancelled,
//   rds_reply_damaged
//     (more than kReplyBytesMax), rds_command_failed (the device refused the exec request).
// A call that is given up closes its channel as soon as the peer allows; what still arrives for it is
// dropped. stderr is dropped: RouterOS has none (FACTS 5.5).
std::shared_ptr<Session> make_ssh_session(SshHandle session, std::string where,
                                          base::Duration channel_open_limit);

}  // namespace rdscsi::rds
