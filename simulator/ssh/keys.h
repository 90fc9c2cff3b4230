// Keys of the SSH server: its host key, and who may log in with what. Used by Server and Connection.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

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

struct UserAccount {
  std::string name;
  std::string password;  // empty: no login by password
  std::vector<std::string>
      authorized_keys;  // lines `ssh-ed25519 AAAA... comment`; RSA and Ed25519 (FACTS 5.4)
};

class Accounts {
 public:
  // Fails with invalid_argument naming the user and the line.
  static rdscsi::base::StatusOr<Accounts> make(std::vector<UserAccount> const& users);

  // A user who has any key can no longer log in by password (FACTS 5.4).
  bool password_fits(std::string_view user, std::string_view password) const;
  bool key_fits(std::string_view user, ssh_key_struct const& key) const;

 private:
  struct Entry {
    std::string name, password;
    std::vector<Key> keys;
  };
  std::vector<Entry> entries_;
};

}  // namespace rdssim::ssh
