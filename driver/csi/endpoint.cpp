// The listen address, and stale unix sockets.
#include "csi/endpoint.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/reasons.h"
#include "csi/parameters.h"
#include "csi/text.h"

namespace rdscsi::csi {
namespace {

constexpr std::size_t kSocketPathBytesMax = sizeof(sockaddr_un{}.sun_path) - 1;
constexpr std::string_view kForms = "expected unix:///path, /path or tcp://host:port";

base::Status invalid(std::string_view text, std::string_view problem) {
  return base::fail(base::Reason::invalid_argument, base::Effect::none,
                    in_quotes(text) + ": " + std::string(problem) + "; " + std::string(kForms));
}

base::Status refuse(std::string const& path, std::string const& problem) {
  return base::fail(base::Reason::internal, base::Effect::none,
                    "endpoint " + in_quotes(path) + ": " + problem);
}

std::string error_text(int error) {
  return std::system_category().message(error);
}

base::StatusOr<ListenAddress> parse_unix(std::string_view text, std::string_view path) {
  if (!path.starts_with('/')) return invalid(text, "the socket path is not absolute");
  if (path.ends_with('/')) return invalid(text, "the socket path names a directory");
  if (path.size() > kSocketPathBytesMax) {
    return invalid(text, "the socket path is longer than " + std::to_string(kSocketPathBytesMax) + " bytes");
  }
  if (path.find('\0') != std::string_view::npos) return invalid(text, "the socket path has a NUL byte");
  ListenAddress address;
  address.path = std::string(path);
  return address;
}

base::StatusOr<ListenAddress> parse_tcp(std::string_view text, std::string_view rest) {
  auto const colon = rest.rfind(':');
  if (colon == std::string_view::npos) return invalid(text, "the port is missing");
  std::string_view host = rest.substr(0, colon);
  auto const port = parse_integer(rest.substr(colon + 1));
  if (!port || *port < 0 || *port > 65535) return invalid(text, "the port is not a number from 0 to 65535");
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (!is_ip_literal(host) || host.find(':') == std::string_view::npos) {
      return invalid(text, "what stands in brackets is no IPv6 address");
    }
  } else if (!host.empty() && (host.find(':') != std::string_view::npos || !is_host(host))) {
    return invalid(text, "the host is neither an IP address (IPv6 in brackets) nor a host name");
  }
  ListenAddress address;
  address.kind = ListenAddress::Kind::tcp;
  address.host = std::string(host);
  address.port = static_cast<std::uint16_t>(*port);
  return address;
}

// gRPC reads its targets as URIs and decodes them.
std::string percent_encoded(std::string const& path) {
  std::string text;
  for (char const c : path) {
    bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::strchr("/-._~", c) != nullptr;
    if (plain) {
      text += c;
      continue;
    }
    auto const byte = static_cast<unsigned char>(c);
    text += '%';
    text += "0123456789ABCDEF"[byte >> 4U];
    text += "0123456789ABCDEF"[byte & 15U];
  }
  return text;
}

// Closes on every way out.
struct Descriptor {
  int fd;
  explicit Descriptor(int descriptor) : fd(descriptor) {}
  Descriptor(Descriptor const&) = delete;
  Descriptor& operator=(Descriptor const&) = delete;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

// 0 when somebody accepts, else errno of connect(). A full backlog (EAGAIN) is a living server, too.
int try_connect(std::string const& path) {
  Descriptor const socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.fd < 0) return errno;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  sockaddr const* generic = static_cast<sockaddr const*>(static_cast<void const*>(&address));
  return ::connect(socket.fd, generic, sizeof(address)) == 0 ? 0 : errno;
}

}  // namespace

base::StatusOr<ListenAddress> parse_listen_address(std::string_view text) {
  if (text.empty()) return invalid(text, "is empty");
  if (text.starts_with("unix://")) return parse_unix(text, text.substr(7));
  if (text.starts_with("unix:")) return parse_unix(text, text.substr(5));
  if (text.starts_with("tcp://")) return parse_tcp(text, text.substr(6));
  if (text.starts_with('/')) return parse_unix(text, text);
  return invalid(text, "has no scheme this driver serves");
}

std::string grpc_target(ListenAddress const& address) {
  if (address.kind == ListenAddress::Kind::unix_socket) return "unix:" + percent_encoded(address.path);
  std::string const host = address.host.empty()                          ? "[::]"
                           : address.host.find(':') == std::string::npos ? address.host
                                                                         : "[" + address.host + "]";
  return host + ":" + std::to_string(address.port);
}

base::Status free_socket_path(std::string const& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    if (errno != ENOENT) return refuse(path, error_text(errno));
    std::string const parent = path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
    if (::access(parent.c_str(), W_OK | X_OK) != 0) {
      return refuse(path, "directory " + in_quotes(parent) + ": " + error_text(errno));
    }
    return base::Status();
  }
  if (!S_ISSOCK(info.st_mode)) return refuse(path, "exists and is not a socket; it is left alone");
  int const error = try_connect(path);
  if (error == 0 || error == EAGAIN) return refuse(path, "another process serves it; it is left alone");
  if (error != ECONNREFUSED) return refuse(path, "cannot tell whether it is in use: " + error_text(error));
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return refuse(path, "is a stale socket that cannot be removed: " + error_text(errno));
  }
  return base::Status();
}

}  // namespace rdscsi::csi
