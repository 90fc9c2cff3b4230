// Keys of the SSH server: its host key, and those of users. Used by Server and Connection.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

struct ssh_key_struct;

namespace rdssim::ssh {

enum class HostKeyType { rsa, ed25519 };  // RouterOS has these two; rsa is its default (FACTS 5.3)

// Owns a libssh key. Null when default-constructed.
struct KeyDeleter {
  void operator()(ssh_key_struct* key) const;
};
using Key = std::unique_ptr<ssh_key_struct, KeyDeleter>;

// Reads the private key at `path`, or makes one of `type` and writes it there (mode 0600); an empty path:
// makes one and keeps it in memory. Fails with invalid_argument naming the path.
rdscsi::base::StatusOr<Key> load_host_key(std::string const& path, HostKeyType type);

// `ssh-ed25519 AAAA...`, as in known_hosts and authorized_keys.
std::string public_line(ssh_key_struct const& key);

// Whether `line` (`ssh-ed25519 AAAA... comment`) is this public key.
bool is_key(std::string const& line, ssh_key_struct const& key);

}  // namespace rdssim::ssh
