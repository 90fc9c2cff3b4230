// Where the gRPC server listens: --endpoint read into a plain value, and the unix socket's path made free
// without taking anything that is in use or not a socket. Used by flags.cpp (form) and grpc_server.cpp (the
// rest).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace rdscsi::csi {

struct ListenAddress {
  enum class Kind { unix_socket, tcp };
  Kind kind = Kind::unix_socket;
  std::string path;        // unix_socket: absolute
  std::string host;        // tcp: host name, IPv4 or IPv6 literal without brackets; empty = all addresses
  std::uint16_t port = 0;  // tcp: 0 = any free one (tests)
};

// "unix:///path", "unix:/path", "/path", "tcp://host:port", "tcp://[v6]:port"; anything else is
// INVALID_ARGUMENT with a message that says what is wrong and which forms are right.
base::StatusOr<ListenAddress> parse_listen_address(std::string_view text);

// How gRPC writes it: "unix:/path", "10.0.0.1:9000", "[::1]:9000".
std::string grpc_target(ListenAddress const& address);

// Makes `path` free to bind. Removes it only if it is a socket on which nobody accepts connections. Failures
// (nothing was touched): a living server, something that is no socket, a missing directory, no permission.
base::Status free_socket_path(std::string const& path);

}  // namespace rdscsi::csi
