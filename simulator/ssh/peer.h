// Whether a peer's address is among those a setting names. Used by Server and Connection.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rdssim::ssh {

// `address`: numeric. `from`: `10.0.0.0/8`, `2001:db8::/32`, lone addresses; empty: everybody. What cannot be
// read matches nobody. An IPv4 address that came over IPv6 (::ffff:...) is IPv4.
bool comes_from(std::string_view address, std::vector<std::string> const& from);

}  // namespace rdssim::ssh
