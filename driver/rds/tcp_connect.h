// TCP to the RDS: a connected socket within a deadline, set up the way a command transport needs it.
// Used by the SSH connector, which hands the descriptor to libssh.
#pragma once

#include "base/context.h"
#include "rds/name_lookup.h"
#include "rds/session.h"
#include "rds/wakeup.h"

namespace rdscsi::rds {

// Unacknowledged data kills the socket after this long. A second line of defence behind the heartbeat, for a
// process whose loop is stuck; longer than a heartbeat's interval and timeout together.
inline constexpr base::Duration kTcpUserTimeout = std::chrono::seconds(20);

// Non-blocking, close-on-exec, TCP_NODELAY (28-47 exec/s without, thousands with), TCP_USER_TIMEOUT.
// Addresses are tried in order, each with its share of the time left. `wakeup` must be rung when ctx is
// cancelled. Fails with rds_unreachable naming the step and the error of the last address; ctx.check() when
// cancelled.
base::StatusOr<FileDescriptor> tcp_connect(base::Context const& ctx, Endpoint const& endpoint,
                                           NameLookup& lookup, Wakeup const& wakeup);

// "10s", or the milliseconds left of ctx when that is less than `limit`: how long a step was allowed to take.
std::string allowed_time(base::Context const& ctx, base::Duration limit);

}  // namespace rdscsi::rds
