// Non-blocking connect; see tcp_connect.h.
#include "rds/tcp_connect.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/reasons.h"
#include "rds/endpoint_text.h"

namespace rdscsi::rds {
namespace {

using base::Effect;
using base::Reason;

std::string error_text(int error) {
  char buffer[128];
  return ::strerror_r(error, buffer, sizeof buffer);  // GNU form; strerror() is not thread-safe
}

// Best effort: a socket without them still works, only slower or for longer.
void set_options(int fd) {
  int const on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  auto const timeout_ms =
      static_cast<unsigned>(std::chrono::duration_cast<std::chrono::milliseconds>(kTcpUserTimeout).count());
  ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof timeout_ms);
}

// 0 when connected, else an errno; ECANCELED when ctx was cancelled.
int connect_one(base::Context const& ctx, SocketAddress const& address, Wakeup const& wakeup,
                FileDescriptor& made) {
  FileDescriptor socket(
      ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
  if (!socket) return errno;
  set_options(socket.get());
  auto const* const raw = reinterpret_cast<sockaddr const*>(&address.storage);
  if (::connect(socket.get(), raw, address.length) != 0) {
    if (errno != EINPROGRESS && errno != EINTR) return errno;
    pollfd writable{socket.get(), POLLOUT, 0};
    while (::poll(&writable, 1, 0) <= 0) {
      if (ctx.cancelled()) return ECANCELED;
      if (!ctx.check().ok()) return ETIMEDOUT;
      wait_for_events(socket.get(), POLLOUT, wakeup, ctx.deadline());
    }
    int error = 0;
    socklen_t length = sizeof error;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &length) != 0) return errno;
    if (error != 0) return error;
  }
  made = std::move(socket);
  return 0;
}

}  // namespace

std::string allowed_time(base::Context const& ctx, base::Duration limit) {
  base::Duration const left = ctx.remaining();
  if (limit <= left) return base::format_duration(limit);
  return base::format_duration(std::chrono::ceil<std::chrono::milliseconds>(left));
}

base::StatusOr<FileDescriptor> tcp_connect(base::Context const& ctx, Endpoint const& endpoint,
                                           NameLookup& lookup, Wakeup const& wakeup) {
  auto const addresses = lookup.resolve(ctx, endpoint.address, endpoint.port);
  if (!addresses.ok()) return addresses.status();
  int error = ETIMEDOUT;
  std::string allowed = allowed_time(ctx, base::Duration::max());
  for (std::size_t i = 0; i < addresses->size(); ++i) {
    auto const addresses_left = static_cast<int>(addresses->size() - i);
    base::Context const share = ctx.has_deadline() ? ctx.with_timeout(ctx.remaining() / addresses_left) : ctx;
    allowed = share.has_deadline() ? allowed_time(share, base::Duration::max()) : "the system's limit";
    FileDescriptor made;
    error = connect_one(share, (*addresses)[i], wakeup, made);
    if (error == 0) return made;
    if (ctx.cancelled()) return ctx.check();
  }
  std::string const what =
      error == ETIMEDOUT ? "no answer within " + allowed + " from " : error_text(error) + ": ";
  return base::fail(Reason::rds_unreachable, Effect::none, "TCP connect: " + what + host_port(endpoint));
}

}  // namespace rdscsi::rds
