// The private key the driver logs in with: read from a file, opened with a passphrase from another, checked
// to be of a type RouterOS accepts. Used by the SSH connector and by the start-up check. Nothing secret
// enters a message.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "rds/host_key.h"

namespace rdscsi::rds {

// The content of a file of at most 1 MiB; the failure's message says why not, without the name.
base::StatusOr<std::string> read_small_file(std::string const& file);

class PrivateKey {
 public:
  // `passphrase_file` empty: the key is not encrypted. One line end at the end of the passphrase is not part
  // of it. Failures: rds_auth, naming the file and what is expected: unreadable, not a key, encrypted without
  // a passphrase, wrong passphrase, a type RouterOS does not accept (FACTS 5.4: ed25519 and RSA only).
  static base::StatusOr<PrivateKey> load(std::string const& file, std::string const& passphrase_file);

  ssh_key_struct* handle() const { return key_.get(); }
  PublicKey const& public_key() const { return public_key_; }
  std::string const& file() const { return file_; }

 private:
  struct Free {
    void operator()(ssh_key_struct* key) const;
  };
  std::unique_ptr<ssh_key_struct, Free> key_;
  PublicKey public_key_;
  std::string file_;
};

}  // namespace rdscsi::rds
