// Reading, making and comparing keys with libssh.
#include "simulator/ssh/keys.h"

#include <libssh/libssh.h>
#include <sys/stat.h>
#include <unistd.h>

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

StatusOr<Key> read_public(std::string const& user, std::string const& line) {
  auto const space = line.find(' ');
  std::string const type = line.substr(0, space);
  std::string rest = space == std::string::npos ? "" : line.substr(space + 1);
  rest = rest.substr(0, rest.find(' '));
  auto const kind = ssh_key_type_from_name(type.c_str());
  // EVIDENCE(confirmed): Keys of users are RSA or Ed25519; ECDSA is refused. [FACTS 5.4]
  bool const known = kind == SSH_KEYTYPE_RSA || kind == SSH_KEYTYPE_ED25519;
  ssh_key key = nullptr;
  if (!known || ssh_pki_import_pubkey_base64(rest.c_str(), kind, &key) != SSH_OK) {
    return bad(concat("user ", user, ": `", line.substr(0, 40),
                      "` is not a public key: `ssh-ed25519 AAAA...` or `ssh-rsa AAAA...`"));
  }
  return Key(key);
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

StatusOr<Accounts> Accounts::make(std::vector<UserAccount> const& users) {
  Accounts accounts;
  for (auto const& user : users) {
    Entry entry{user.name, user.password, {}};
    for (auto const& line : user.authorized_keys) {
      auto key = read_public(user.name, line);
      if (!key.ok()) return key.status();
      entry.keys.push_back(std::move(*key));
    }
    accounts.entries_.push_back(std::move(entry));
  }
  return accounts;
}

// EVIDENCE(confirmed): A user with any key can no longer log in by password, unless a setting allows it.
// [FACTS 5.4]
bool Accounts::password_fits(std::string_view user, std::string_view password) const {
  for (auto const& entry : entries_) {
    if (entry.name == user) return entry.keys.empty() && !password.empty() && entry.password == password;
  }
  return false;
}

bool Accounts::key_fits(std::string_view user, ssh_key_struct const& key) const {
  auto* const offered = const_cast<ssh_key_struct*>(&key);
  for (auto const& entry : entries_) {
    if (entry.name != user) continue;
    for (auto const& mine : entry.keys) {
      if (ssh_key_cmp(mine.get(), offered, SSH_KEY_CMP_PUBLIC) == 0) return true;
    }
  }
  return false;
}

}  // namespace rdssim::ssh
