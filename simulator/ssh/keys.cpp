// Reading, making and comparing keys with libssh.
#include "simulator/ssh/keys.h"

#include <libssh/libssh.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/reasons.h"
#include "simulator/faults/text.h"

namespace rdssim::ssh {

using faults::concat;
using rdscsi::base::Effect;
using rdscsi::base::fail;
using rdscsi::base::Reason;
using rdscsi::base::StatusOr;

namespace {

rdscsi::base::Status bad(std::string_view message) {
  return fail(Reason::invalid_argument, Effect::none, message);
}

StatusOr<Key> make_key(HostKeyType type) {
  ssh_key made = nullptr;
  bool const rsa = type == HostKeyType::rsa;
  if (ssh_pki_generate(rsa ? SSH_KEYTYPE_RSA : SSH_KEYTYPE_ED25519, rsa ? 2048 : 0, &made) != SSH_OK) {
    return bad("libssh cannot make a host key");
  }
  return Key(made);
}

}  // namespace

void KeyDeleter::operator()(ssh_key_struct* key) const {
  ssh_key_free(key);
}

StatusOr<Key> load_host_key(std::string const& path, HostKeyType type) {
  if (path.empty()) return make_key(type);
  if (access(path.c_str(), F_OK) == 0) {
    ssh_key read = nullptr;
    if (ssh_pki_import_privkey_file(path.c_str(), nullptr, nullptr, nullptr, &read) != SSH_OK) {
      return bad(concat("host key `", path, "`: not a private key without passphrase"));
    }
    return Key(read);
  }
  auto made = make_key(type);
  if (!made.ok()) return made;
  mode_t const before = umask(077);
  int const written = ssh_pki_export_privkey_file(made->get(), nullptr, nullptr, nullptr, path.c_str());
  umask(before);
  if (written != SSH_OK) return bad(concat("host key `", path, "`: cannot be written"));
  return made;
}

std::string public_line(ssh_key_struct const& key) {
  auto* const plain = const_cast<ssh_key_struct*>(&key);  // libssh reads only, but does not say so
  char* base64 = nullptr;
  if (ssh_pki_export_pubkey_base64(plain, &base64) != SSH_OK) return {};
  std::string const line = concat(ssh_key_type_to_char(ssh_key_type(plain)), " ", base64);
  ssh_string_free_char(base64);
  return line;
}

bool is_key(std::string const& line, ssh_key_struct const& key) {
  auto const space = line.find(' ');
  if (space == std::string::npos) return false;
  auto const end = std::min(line.find(' ', space + 1), line.size());
  auto const type = ssh_key_type_from_name(line.substr(0, space).c_str());
  ssh_key read = nullptr;
  std::string const base64 = line.substr(space + 1, end - space - 1);
  if (ssh_pki_import_pubkey_base64(base64.c_str(), type, &read) != SSH_OK) return false;
  Key const owned(read);
  return ssh_key_cmp(read, const_cast<ssh_key_struct*>(&key), SSH_KEY_CMP_PUBLIC) == 0;
}

}  // namespace rdssim::ssh
