// What the server offers a client, as /ip/ssh says it: host key, key exchange, ciphers, MACs. Used by Server.
#pragma once

#include <memory>
#include <string>

#include "simulator/routeros/device.h"
#include "simulator/ssh/keys.h"

struct ssh_bind_struct;

namespace rdssim::ssh {

struct BindDeleter {
  void operator()(ssh_bind_struct* bind) const;
};
// libssh's settings for accepting a connection; sockets are accepted by Server.
using Bind = std::unique_ptr<ssh_bind_struct, BindDeleter>;

// Lists of algorithms as libssh and SSH name them, comma-separated, best first.
struct Offer {
  HostKeyType host_key = HostKeyType::rsa;
  std::string key_exchange, ciphers, macs;  // ciphers empty: none that this server can do
  friend bool operator==(Offer const&, Offer const&) = default;
};

Offer offer_of(routeros::Device::SshRules const& rules);
// Null: libssh cannot (no cipher, a key that cannot be copied).
Bind make_bind(Offer const& offer, ssh_key_struct const& key);

}  // namespace rdssim::ssh
