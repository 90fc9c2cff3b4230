// See endpoint.h.
#include "metrics/endpoint.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/reasons.h"

namespace rdscsi::metrics {
namespace {

constexpr unsigned kConnectionsMax = 32;
constexpr unsigned kIdleSeconds = 30;

base::Status cannot_listen(std::string const& host, std::uint16_t port, std::string const& why) {
  return base::fail(base::Reason::invalid_argument, base::Effect::none,
                    "cannot listen on " + (host.find(':') == std::string::npos ? host : "[" + host + "]") +
                        ":" + std::to_string(port) + ": " + why);
}

bool fill_address(std::string const& host, std::uint16_t port, sockaddr_storage& address) {
  memset(&address, 0, sizeof address);
  auto* const v4 = reinterpret_cast<sockaddr_in*>(&address);
  auto* const v6 = reinterpret_cast<sockaddr_in6*>(&address);
  if (host.empty()) {
    v6->sin6_family = AF_INET6;
    v6->sin6_addr = in6addr_any;
    v6->sin6_port = htons(port);
    return true;
  }
  if (inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    return true;
  }
  if (inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) != 1) return false;
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(port);
  return true;
}

MHD_Result send(MHD_Connection* connection, Page const& page) {
  MHD_Response* const response = MHD_create_response_from_buffer(
      page.body.size(), const_cast<char*>(page.body.data()), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, page.type.c_str());
  if (page.status == MHD_HTTP_METHOD_NOT_ALLOWED)
    MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
  MHD_Result const result = MHD_queue_response(connection, static_cast<unsigned>(page.status), response);
  MHD_destroy_response(response);
  return result;
}

}  // namespace

struct Endpoint::Impl {
  Pages pages;
  MHD_Daemon* daemon = nullptr;

  Page page(std::string_view method, std::string const& path) const {
    auto const found = pages.find(path);
    if (found == pages.end()) {
      std::string known;
      for (auto const& [name, make] : pages) known += name + "\n";
      return {MHD_HTTP_NOT_FOUND, "text/plain; charset=utf-8", "no such page; there are:\n" + known};
    }
    if (method != MHD_HTTP_METHOD_GET && method != MHD_HTTP_METHOD_HEAD)
      return {MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain; charset=utf-8", "GET and HEAD only\n"};
    try {
      return found->second();
    } catch (...) {
      return {MHD_HTTP_INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8", "this page could not be made\n"};
    }
  }

  // Called twice for each request: first for its headers. A body, which nobody should send, is thrown away.
  static MHD_Result answer(void* self, MHD_Connection* connection, char const* path, char const* method,
                           char const*, char const*, std::size_t* body_bytes, void** seen) {
    static int mark;
    if (*seen == nullptr) {
      *seen = &mark;
      return MHD_YES;
    }
    if (*body_bytes != 0) {
      *body_bytes = 0;
      return MHD_YES;
    }
    return send(connection, static_cast<Impl*>(self)->page(method, path));
  }
};

base::StatusOr<std::unique_ptr<Endpoint>> Endpoint::start(std::string const& host, std::uint16_t port,
                                                          Pages pages) {
  sockaddr_storage address{};
  if (!fill_address(host, port, address)) return cannot_listen(host, port, "expected an IP address");
  auto impl = std::make_unique<Impl>();
  impl->pages = std::move(pages);
  unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL;
  if (address.ss_family == AF_INET6) flags |= host.empty() ? MHD_USE_DUAL_STACK : MHD_USE_IPv6;
  errno = 0;
  impl->daemon =
      MHD_start_daemon(flags, port, nullptr, nullptr, &Impl::answer, impl.get(), MHD_OPTION_SOCK_ADDR,
                       reinterpret_cast<sockaddr*>(&address), MHD_OPTION_CONNECTION_LIMIT, kConnectionsMax,
                       MHD_OPTION_CONNECTION_TIMEOUT, kIdleSeconds, MHD_OPTION_END);
  if (impl->daemon == nullptr) {
    std::string const why = errno == 0 ? "the HTTP server did not start" : strerror(errno);
    return cannot_listen(host, port, why);
  }
  return std::unique_ptr<Endpoint>(new Endpoint(std::move(impl)));
}

Endpoint::Endpoint(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Endpoint::~Endpoint() {
  MHD_stop_daemon(impl_->daemon);
}

std::uint16_t Endpoint::port() const {
  auto const* const info = MHD_get_daemon_info(impl_->daemon, MHD_DAEMON_INFO_BIND_PORT);
  return info == nullptr ? 0 : info->port;
}

}  // namespace rdscsi::metrics
