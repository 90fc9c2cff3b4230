// Reading public keys of users: a line of authorized_keys, its base64 and the parts in it (RFC 4253, 6.6).
#include <absl/strings/escaping.h>

#include <algorithm>

#include "simulator/routeros/permissions.h"

namespace rdssim::routeros {
namespace {

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t number = 0;
  for (char c : bytes.substr(0, 4)) number = (number << 8) | static_cast<unsigned char>(c);
  return number;
}

}  // namespace

std::optional<UserKey> read_public_key(std::string_view text) {
  auto const first = text.find(' ');
  if (first == std::string_view::npos) return std::nullopt;
  auto const second = std::min(text.find(' ', first + 1), text.size());
  auto const type = text.substr(0, first);
  auto const encoded = text.substr(first + 1, second - first - 1);
  auto owner = text.substr(std::min(second + 1, text.size()));
  while (!owner.empty() && (owner.back() == '\n' || owner.back() == '\r')) owner.remove_suffix(1);
  std::string blob;
  if (!absl::Base64Unescape({encoded.data(), encoded.size()}, &blob)) return std::nullopt;
  std::vector<std::string> parts;
  for (std::string_view rest = blob; rest.size() >= 4;) {
    auto const length = big_endian(rest);
    if (length > rest.size() - 4) return std::nullopt;
    parts.emplace_back(rest.substr(4, length));
    rest.remove_prefix(4 + length);
  }
  UserKey key;
  key.owner = owner;
  key.line = std::string(type) + " " + std::string(encoded);
  if (type == "ssh-ed25519" && parts.size() == 2 && parts[0] == type && parts[1].size() == 32) {
    key.type = "ed25519";
    key.bits = 256;
    return key;
  }
  if (type != "ssh-rsa" || parts.size() != 3 || parts[0] != type) return std::nullopt;
  auto modulus = std::string_view(parts[2]);
  while (!modulus.empty() && modulus.front() == 0) modulus.remove_prefix(1);
  key.type = "rsa";
  key.bits = static_cast<std::int64_t>(modulus.size()) * 8;
  return modulus.empty() ? std::nullopt : std::optional(key);
}

}  // namespace rdssim::routeros
