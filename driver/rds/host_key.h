// The public keys a device may identify itself with, read from a file, and how they are shown in messages.
// Used by the SSH connector. W-82: the key types in the file are the only ones negotiated, so a device with
// several host keys presents the pinned one or none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

struct ssh_key_struct;  // libssh's; its header stays in the .cpp files

namespace rdscsi::rds {

struct PublicKey {
  std::string type;         // "ssh-ed25519", "ssh-rsa"
  std::string base64;       // the blob, in libssh's canonical form
  std::string fingerprint;  // "SHA256:..." as ssh-keygen -l prints it

  std::string text() const { return type + " " + fingerprint; }
};

// Of a key libssh holds (public part). Fails with `internal` only when memory runs out.
base::StatusOr<PublicKey> describe_key(ssh_key_struct* key);

class HostKeys {
 public:
  // Lines of authorized_keys ("[options] ssh-ed25519 AAAA... comment"), known_hosts ("host,... ssh-ed25519
  // AAAA...", also hashed) or .pub form; empty lines and #-comments are skipped. Every key counts, whatever
  // host its line names: the file belongs to this one device. Markers (@revoked, @cert-authority) are
  // refused. Failures: rds_host_key, naming file and line and what would be right.
  static base::StatusOr<HostKeys> load(std::string const& file);
  static base::StatusOr<HostKeys> parse(std::string_view text, std::string const& file);

  bool contains(PublicKey const& key) const;
  std::string algorithms() const;  // for SSH_OPTIONS_HOSTKEYS: "ssh-ed25519,rsa-sha2-512,rsa-sha2-256"
  std::string text() const;        // "ssh-ed25519 SHA256:..., ssh-rsa SHA256:..."
  std::string const& file() const { return file_; }
  std::vector<PublicKey> const& keys() const { return keys_; }

 private:
  std::string file_;
  std::vector<PublicKey> keys_;
};

}  // namespace rdscsi::rds
