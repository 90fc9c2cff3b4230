// From /ip/ssh to libssh's options.
#include "simulator/ssh/offers.h"

#include <libssh/libssh.h>
#include <libssh/server.h>

#include <algorithm>
#include <utility>

namespace rdssim::ssh {
namespace {

// What a 7.x device offers, as far as known (FACTS 5.2, inferred for 7.16), within what libssh has.
// EVIDENCE(inferred): Key exchange methods of 7.x. [FACTS 5.2; FACTS 9.5]
constexpr char kKeyExchange[] =
    "curve25519-sha256,curve25519-sha256@libssh.org,diffie-hellman-group-exchange-sha256,"
    "diffie-hellman-group14-sha256";
// EVIDENCE(inferred): strong-crypto=yes leaves out what hashes with SHA-1. [FACTS 5.2; FACTS 9.5]
constexpr char kWeakKeyExchange[] = ",diffie-hellman-group14-sha1";
// EVIDENCE(inferred): Message authentication codes of 7.x. [FACTS 5.2]
constexpr char kMacs[] = "hmac-sha2-256";
constexpr char kWeakMacs[] = ",hmac-sha1";
// EVIDENCE(documented): The setting ciphers of 7.17 and later names groups; null is not offered here: libssh
// has no cipher none. [FACTS 5.2]
constexpr std::pair<char const*, char const*> kCipherGroups[] = {
    {"aes-gcm", "aes256-gcm@openssh.com,aes128-gcm@openssh.com"},
    {"aes-ctr", "aes256-ctr,aes192-ctr,aes128-ctr"},
    {"aes-cbc", "aes256-cbc,aes192-cbc,aes128-cbc"},
    {"3des-cbc", "3des-cbc"}};
constexpr char kRsaAlgorithms[] = "rsa-sha2-256,rsa-sha2-512";
// EVIDENCE(confirmed): The banner is SSH-2.0-ROSSSH. [FACTS 5.1]
constexpr char kBanner[] = "ROSSSH";  // libssh puts SSH-2.0- in front (FACTS 5.1)

std::string ciphers_of(std::vector<std::string> const& groups) {
  auto const named = [&](std::string_view name) {
    return std::find(groups.begin(), groups.end(), name) != groups.end();
  };
  // EVIDENCE(inferred): Ciphers, when not chosen: AES in GCM and CTR modes, no ChaCha20. [FACTS 5.2]
  bool const automatic = groups.empty() || named("auto");
  std::string all;
  for (auto const& [name, ciphers] : kCipherGroups) {
    bool const usual = std::string_view(name) == "aes-gcm" || std::string_view(name) == "aes-ctr";
    if (!named(name) && !(automatic && usual)) continue;
    all += (all.empty() ? "" : ",") + std::string(ciphers);
  }
  return all;
}

}  // namespace

void BindDeleter::operator()(ssh_bind_struct* bind) const {
  ssh_bind_free(bind);
}

Offer offer_of(routeros::Device::SshRules const& rules) {
  Offer offer;
  offer.host_key = rules.host_key_type == "ed25519" ? HostKeyType::ed25519 : HostKeyType::rsa;
  offer.key_exchange = kKeyExchange;
  offer.macs = kMacs;
  if (!rules.strong_crypto) {
    offer.key_exchange += kWeakKeyExchange;
    offer.macs += kWeakMacs;
  }
  offer.ciphers = ciphers_of(rules.ciphers);
  return offer;
}

Bind make_bind(Offer const& offer, ssh_key_struct const& key) {
  ssh_key const copy = ssh_key_dup(const_cast<ssh_key_struct*>(&key));  // libssh reads only
  if (offer.ciphers.empty() || copy == nullptr) {
    ssh_key_free(copy);
    return nullptr;
  }
  Bind bind(ssh_bind_new());
  bool taken = true;
  auto const set = [&](ssh_bind_options_e option, void const* value) {
    taken &= ssh_bind_options_set(bind.get(), option, value) == SSH_OK;
  };
  bool const no = false;
  set(SSH_BIND_OPTIONS_PROCESS_CONFIG, &no);  // the machine's sshd_config is not ours
  set(SSH_BIND_OPTIONS_BANNER, kBanner);
  set(SSH_BIND_OPTIONS_KEY_EXCHANGE, offer.key_exchange.c_str());
  set(SSH_BIND_OPTIONS_CIPHERS_C_S, offer.ciphers.c_str());
  set(SSH_BIND_OPTIONS_CIPHERS_S_C, offer.ciphers.c_str());
  set(SSH_BIND_OPTIONS_HMAC_C_S, offer.macs.c_str());
  set(SSH_BIND_OPTIONS_HMAC_S_C, offer.macs.c_str());
  if (ssh_key_type(copy) == SSH_KEYTYPE_RSA) set(SSH_BIND_OPTIONS_HOSTKEY_ALGORITHMS, kRsaAlgorithms);
  set(SSH_BIND_OPTIONS_IMPORT_KEY, copy);
  return taken ? std::move(bind) : nullptr;
}

}  // namespace rdssim::ssh
