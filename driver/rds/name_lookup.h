// NameLookup: host names to socket addresses without ever waiting longer than the caller's context allows.
// getaddrinfo() cannot be cancelled, so a name is looked up on a thread of its own; literals need none.
// Used by tcp_connect.cpp.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/sync.h"

namespace rdscsi::rds {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

// Thread-safe. A lookup that was given up goes on in the background until the resolver's own time limits end
// it (resolv.conf: 5 s per try and server by default); the destructor waits for those.
class NameLookup {
 public:
  NameLookup() = default;
  ~NameLookup() = default;
  NameLookup(NameLookup const&) = delete;

  // IPv4 and IPv6 literals (with or without scope) and names; at least one address when OK, in getaddrinfo's
  // order. Fails with rds_unreachable, effect none; or with ctx.check() when ctx was cancelled.
  base::StatusOr<std::vector<SocketAddress>> resolve(base::Context const& ctx, std::string const& host,
                                                     std::uint16_t port);

 private:
  struct Query;
  struct Lingering {
    std::shared_ptr<Query> query;
    base::Thread thread;
  };
  void reap();

  base::Mutex mutex_;
  std::vector<Lingering> lingering_;
};

}  // namespace rdscsi::rds
