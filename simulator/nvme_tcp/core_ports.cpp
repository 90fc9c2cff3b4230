// See core.h: listening where exports want it, and taking connections.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <set>

#include "base/log.h"
#include "simulator/nvme_tcp/core.h"

namespace rdssim::nvme_tcp {
namespace {

constexpr int kBacklog = 128;
constexpr Duration kTryAgain = std::chrono::seconds(1);

struct Listening {
  int fd = -1;
  std::uint16_t port = 0;
  std::string error;
};

Listening failed(int fd, std::string what) {
  what += ": ";
  what += std::strerror(errno);
  if (fd >= 0) ::close(fd);
  return {-1, 0, std::move(what)};
}

Listening listen_on(std::string const& address, std::uint16_t port) {
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  bool const is_v6 = ::inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) == 1;
  if (!is_v6 && ::inet_pton(AF_INET, address.c_str(), &v4.sin_addr) != 1)
    return {-1, 0, "`" + address + "` is neither an IPv4 nor an IPv6 address"};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  int const fd = ::socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  std::string const where = address + " port " + std::to_string(port);
  if (fd < 0) return failed(fd, "socket");
  int const yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  auto const* generic = is_v6 ? reinterpret_cast<sockaddr*>(&v6) : reinterpret_cast<sockaddr*>(&v4);
  if (::bind(fd, generic, is_v6 ? sizeof v6 : sizeof v4) != 0) return failed(fd, "bind " + where);
  if (::listen(fd, kBacklog) != 0) return failed(fd, "listen " + where);
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size);
  // The port stands at the same place in both families.
  return {fd, ntohs(reinterpret_cast<sockaddr_in*>(&bound)->sin_port), ""};
}

}  // namespace

void Core::open_and_close_ports() {
  std::set<std::uint16_t> wanted;
  for (auto const& subsystem : subsystems_) wanted.insert(subsystem->what.port);
  for (auto at = ports_.begin(); at != ports_.end();) {
    if (!wanted.contains(at->first)) {
      close_port(at->second);
      // Discovery controllers of a port end with it.
      if (auto const discovery = discovery_.find(at->first); discovery != discovery_.end()) {
        cut(*discovery->second, "port closed");
        discovery_.erase(discovery);
      }
      at = ports_.erase(at);
    } else {
      ++at;
    }
  }
  for (std::uint16_t const port : wanted) {
    if (faults_.port_shut(port)) {
      close_port(ports_[port]);
    } else if (ports_[port].fd < 0 && ports_[port].again == 0) {
      open_port(port);
    }
  }
}

void Core::open_port(std::uint16_t number) {
  Port& port = ports_[number];
  // A port that was open before keeps its number, so that hosts find it again.
  std::uint16_t const wanted = options_.ephemeral_ports ? port.bound : number;
  Listening const listening = listen_on(options_.listen_address, wanted);
  if (listening.fd < 0) {
    if (port.error != listening.error) {
      rdscsi::base::log(rdscsi::base::LogLevel::warn, rdscsi::base::Context::background(),
                        "NVMe/TCP port cannot be opened; tried again each second",
                        {{"error", listening.error}});
    }
    port.error = listening.error;
    port.again = loop_.after(kTryAgain, [this, number] {
      auto const at = ports_.find(number);
      if (at == ports_.end()) return;
      at->second.again = 0;
      open_and_close_ports();
    });
    return;
  }
  port.fd = listening.fd;
  port.bound = listening.port;
  port.error.clear();
  auto& discovery = discovery_[number];
  if (!discovery) {
    discovery = std::make_shared<Subsystem>();
    discovery->what.nqn = kDiscoveryNqn;
    discovery->what.port = number;
    discovery->discovery = true;
  }
  loop_.watch(port.fd, EPOLLIN, [this, number](std::uint32_t) { accept(number); });
}

void Core::close_port(Port& port) {
  loop_.cancel(port.again);
  if (port.fd < 0) return;
  loop_.unwatch(port.fd);
  ::close(port.fd);
  port.fd = -1;
}

void Core::accept(std::uint16_t number) {
  auto const port = ports_.find(number);
  if (port == ports_.end() || port->second.fd < 0) return;
  for (;;) {
    int const fd = ::accept4(port->second.fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;  // none left, or one that went again; the next event tells
    take_connection(fd, number);
  }
}

void Core::take_connection(int fd, std::uint16_t port) {
  if (connections_.size() >= options_.max_connections) {
    ::close(fd);
    return;
  }
  std::uint64_t const id = next_connection_++;
  auto const at = connections_.emplace(id, std::make_unique<Connection>(*this, id, fd, port)).first;
  recorder_.add(record_of(*at->second, ConnectionEvent::accepted));
  at->second->end_after(options_.connect_timeout, "no Connect in time");
}

}  // namespace rdssim::nvme_tcp
