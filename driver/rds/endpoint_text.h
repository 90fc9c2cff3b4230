// How an endpoint is written in messages and log fields. Used by the connection and the SSH connector.
#pragma once

#include <string>

#include "rds/session.h"

namespace rdscsi::rds {

// "10.0.0.1:22", "[fd00::1]:22", "rds.example:22".
inline std::string host_port(Endpoint const& endpoint) {
  bool const ipv6 = endpoint.address.find(':') != std::string::npos;
  std::string const host = ipv6 ? "[" + endpoint.address + "]" : endpoint.address;
  return host + ":" + std::to_string(endpoint.port);
}

}  // namespace rdscsi::rds
