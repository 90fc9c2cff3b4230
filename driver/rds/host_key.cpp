// Parsing and comparing host keys; see host_key.h.
#include "rds/host_key.h"

#include <libssh/libssh.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/reasons.h"
#include "rds/key_file.h"

namespace rdscsi::rds {
namespace {

using base::Effect;
using base::Reason;
using base::Status;
using base::StatusOr;

using KeyHandle = std::unique_ptr<ssh_key_struct, decltype(&ssh_key_free)>;

// RSA without SHA-1: every RouterOS that knows rsa-sha2 offers it.
struct KeyType {
  std::string_view name;
  std::string_view algorithms;
};
constexpr std::array kKeyTypes{
    KeyType{"ssh-ed25519", "ssh-ed25519"},
    KeyType{"ssh-rsa", "rsa-sha2-512,rsa-sha2-256"},
    KeyType{"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"},
    KeyType{"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384"},
    KeyType{"ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521"},
};

KeyType const* find_type(std::string_view name) {
  auto const* const found = std::find_if(kKeyTypes.begin(), kKeyTypes.end(),
                                         [&](KeyType const& type) { return type.name == name; });
  return found == kKeyTypes.end() ? nullptr : found;
}

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while ((at = line.find_first_not_of(" \t\r", at)) != std::string_view::npos) {
    std::size_t const end = std::min(line.find_first_of(" \t\r", at), line.size());
    words.emplace_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

Status refused(std::string const& file, std::string const& what) {
  return base::fail(
      Reason::rds_host_key, Effect::none,
      "host key file " + file + ": " + what +
          "; expected lines of the form 'ssh-ed25519 AAAA...', as ssh-keyscan or a .pub file has them");
}

StatusOr<PublicKey> parse_words(std::vector<std::string> const& words, std::string const& file,
                                std::string const& where) {
  if (words.front().starts_with('@'))
    return refused(file, where + "the marker " + words.front() + " is not supported");
  auto const type =
      std::find_if(words.begin(), words.end(), [](auto const& word) { return find_type(word); });
  if (type == words.end() || type + 1 == words.end()) return refused(file, where + "no public key found");
  ssh_key raw = nullptr;
  if (ssh_pki_import_pubkey_base64((type + 1)->c_str(), ssh_key_type_from_name(type->c_str()), &raw) !=
      SSH_OK) {
    return refused(file, where + "the key after '" + *type + "' is damaged");
  }
  KeyHandle const key(raw, ssh_key_free);
  StatusOr<PublicKey> described = describe_key(key.get());
  if (described.ok() && described->type != *type) {
    return refused(file, where + "the key after '" + *type + "' is a " + described->type + " key");
  }
  return described;
}

}  // namespace

StatusOr<PublicKey> describe_key(ssh_key_struct* key) {
  Status const failure = base::fail(Reason::internal, Effect::none, "libssh cannot encode a public key");
  char* base64 = nullptr;
  if (ssh_pki_export_pubkey_base64(key, &base64) != SSH_OK) return failure;
  PublicKey result;
  result.base64 = base64;
  ssh_string_free_char(base64);
  // For ECDSA the curve is part of the name on the wire.
  char const* const name = ssh_key_type_to_char(ssh_key_type(key));
  result.type = name == nullptr ? "unknown" : name;
  unsigned char* hash = nullptr;
  std::size_t length = 0;
  if (ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &length) != SSH_OK) return failure;
  char* const fingerprint = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, length);
  ssh_clean_pubkey_hash(&hash);
  if (fingerprint == nullptr) return failure;
  result.fingerprint = fingerprint;
  ssh_string_free_char(fingerprint);
  return result;
}

StatusOr<HostKeys> HostKeys::load(std::string const& file) {
  if (file.empty()) {
    return base::fail(Reason::rds_host_key, Effect::none,
                      "no host key file is set; expected a file with the RDS's public host key");
  }
  StatusOr<std::string> const text = read_small_file(file);
  if (!text.ok())
    return refused(file, std::string(text.status().message().data(), text.status().message().size()));
  return parse(*text, file);
}

StatusOr<HostKeys> HostKeys::parse(std::string_view text, std::string const& file) {
  HostKeys keys;
  keys.file_ = file;
  int line_number = 0;
  while (!text.empty()) {
    std::size_t const end = std::min(text.find('\n'), text.size());
    std::vector<std::string> const words = words_of(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++line_number;
    if (words.empty() || words.front().starts_with('#')) continue;
    StatusOr<PublicKey> key = parse_words(words, file, "line " + std::to_string(line_number) + ": ");
    if (!key.ok()) return key.status();
    keys.keys_.push_back(*std::move(key));
  }
  if (keys.keys_.empty()) return refused(file, "it holds no key");
  return keys;
}

bool HostKeys::contains(PublicKey const& key) const {
  return std::any_of(keys_.begin(), keys_.end(), [&](PublicKey const& known) {
    return known.type == key.type && known.base64 == key.base64;
  });
}

std::string HostKeys::algorithms() const {
  std::string list;
  for (KeyType const& type : kKeyTypes) {
    bool const used =
        std::any_of(keys_.begin(), keys_.end(), [&](auto const& key) { return key.type == type.name; });
    if (!used) continue;
    if (!list.empty()) list += ',';
    list += type.algorithms;
  }
  return list;
}

std::string HostKeys::text() const {
  std::string list;
  for (PublicKey const& key : keys_) {
    if (!list.empty()) list += ", ";
    list += key.text();
  }
  return list;
}

}  // namespace rdscsi::rds
