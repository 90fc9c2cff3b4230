// Implementation of driver/docs/formats.md: ids, slots, paths and hashes. Used through rds/formats.h.
#include "rds/formats.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace rdscsi::rds {
namespace {

constexpr std::string_view kIdPrefix = "pvc-";
constexpr std::string_view kSnapshotPrefix = "snap-";
constexpr std::string_view kSnapshotterPrefix = "snapshot-";
constexpr std::size_t kUuidBytes = 16;
constexpr std::size_t kUuidCharacters = 36;
constexpr std::size_t kCompactCharacters = 26;  // base32 of 16 bytes
constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::string_view kHex = "0123456789abcdef";

bool is_dash_position(std::size_t index) {
  return index == 8 || index == 13 || index == 18 || index == 23;
}

bool is_uuid(std::string_view text) {
  if (text.size() != kUuidCharacters) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_dash_position(i) ? text[i] != '-' : kHex.find(text[i]) == std::string_view::npos) return false;
  }
  return true;
}

std::string uuid_bytes(std::string_view uuid) {
  std::string bytes;
  int high = -1;
  for (char const c : uuid) {
    if (c == '-') continue;
    int const digit = static_cast<int>(kHex.find(c));
    if (high < 0) {
      high = digit;
    } else {
      bytes.push_back(static_cast<char>(high * 16 + digit));
      high = -1;
    }
  }
  return bytes;
}

std::string uuid_text(std::string_view bytes) {
  std::string text;
  for (char const c : bytes) {
    auto const value = static_cast<unsigned char>(c);
    if (is_dash_position(text.size())) text.push_back('-');
    text.push_back(kHex[value / 16]);
    text.push_back(kHex[value % 16]);
  }
  return text;
}

// The 16 bytes behind 26 base32 characters; nothing when a character or the two spare bits are wrong, so that
// every slot has one spelling only.
std::optional<std::string> compact_bytes(std::string_view text) {
  if (text.size() != kCompactCharacters) return std::nullopt;
  std::string bytes;
  unsigned buffer = 0;
  int bits = 0;
  for (char const c : text) {
    auto const digit = kBase32.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    buffer = (buffer << 5U) | static_cast<unsigned>(digit);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<char>((buffer >> static_cast<unsigned>(bits)) & 0xffU));
    }
    buffer &= 0xffU;
  }
  if ((buffer & ((1U << static_cast<unsigned>(bits)) - 1U)) != 0) return std::nullopt;
  return bytes;
}

std::string hash(std::string_view kind, std::string_view text, std::size_t characters) {
  return base32(sha256("rdscsi1:" + std::string(kind) + ":" + std::string(text))).substr(0, characters);
}

// RFC 9562: version 8 (custom) and the variant bits 10.
std::string hashed_uuid(std::string_view kind, std::string_view name) {
  std::string bytes = sha256("rdscsi1:" + std::string(kind) + ":" + std::string(name)).substr(0, kUuidBytes);
  bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0fU) | 0x80U);
  bytes[8] = static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3fU) | 0x80U);
  return uuid_text(bytes);
}

}  // namespace

bool is_volume_id(std::string_view text) {
  return text.starts_with(kIdPrefix) && is_uuid(text.substr(kIdPrefix.size()));
}

std::string volume_id_for_name(std::string_view csi_name) {
  if (is_volume_id(csi_name)) return std::string(csi_name);
  return std::string(kIdPrefix) + hashed_uuid("volume", csi_name);
}

std::string full_slot(std::string_view volume_id) {
  return std::string(volume_id);
}

std::string compact_slot(std::string_view volume_id) {
  return std::string(kIdPrefix) + base32(uuid_bytes(volume_id.substr(kIdPrefix.size())));
}

std::optional<std::string> volume_id_of_slot(std::string_view slot) {
  if (is_volume_id(slot)) return std::string(slot);
  if (!slot.starts_with(kIdPrefix)) return std::nullopt;
  auto const bytes = compact_bytes(slot.substr(kIdPrefix.size()));
  if (!bytes) return std::nullopt;
  return std::string(kIdPrefix) + uuid_text(*bytes);
}

std::string backing_file(std::string_view directory, std::string_view volume_id) {
  return std::string(directory) + "/" + std::string(volume_id) + ".img";
}

std::string backing_file_in_subvolume(std::string_view directory, std::string_view volume_id) {
  return std::string(directory) + "/" + std::string(volume_id) + "/disk.img";
}

bool is_in_own_subvolume(std::string_view path, std::string_view volume_id) {
  return path.ends_with("/" + std::string(volume_id) + "/disk.img");
}

bool is_backing_file(std::string_view path, std::string_view directory, std::string_view volume_id) {
  bool const named =
      path.ends_with("/" + std::string(volume_id) + ".img") || is_in_own_subvolume(path, volume_id);
  return named && is_below(path, directory);
}

std::optional<std::string> volume_id_of_file(std::string_view path, std::string_view directory) {
  std::string_view stem = path;
  for (std::string_view const ending : {"/disk.img", ".img"}) {
    if (!stem.ends_with(ending)) continue;
    stem.remove_suffix(ending.size());
    break;
  }
  std::string id(stem.substr(stem.rfind('/') + 1));
  if (!is_volume_id(id) || !is_backing_file(path, directory, id)) return std::nullopt;
  return id;
}

bool is_snapshot_id(std::string_view text) {
  return text.starts_with(kSnapshotPrefix) && is_uuid(text.substr(kSnapshotPrefix.size()));
}

std::string snapshot_id_for_name(std::string_view csi_name) {
  if (is_snapshot_id(csi_name)) return std::string(csi_name);
  bool const of_snapshotter =
      csi_name.starts_with(kSnapshotterPrefix) && is_uuid(csi_name.substr(kSnapshotterPrefix.size()));
  return std::string(kSnapshotPrefix) + (of_snapshotter
                                             ? std::string(csi_name.substr(kSnapshotterPrefix.size()))
                                             : hashed_uuid("snapshot", csi_name));
}

std::string compact_uuid(std::string_view id) {
  return base32(uuid_bytes(id.substr(id.find('-') + 1)));
}

std::optional<std::string> uuid_of_compact(std::string_view text) {
  auto const bytes = compact_bytes(text);
  if (!bytes) return std::nullopt;
  return uuid_text(*bytes);
}

std::string_view file_menu_name(std::string_view path) {
  return path.starts_with('/') ? path.substr(1) : path;
}

std::string nqn_of(std::string_view volume_id) {
  return "nqn.2000-02.com.mikrotik:" + std::string(volume_id);
}

bool is_clean_path(std::string_view path) {
  if (path.size() < 2 || path.front() != '/') return false;
  auto const is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(path.begin(), path.end(), is_control)) return false;
  std::size_t start = 1;
  while (start <= path.size()) {
    std::size_t const end = std::min(path.find('/', start), path.size());
    std::string_view const component = path.substr(start, end - start);
    if (component.empty() || component.front() == '.') return false;
    start = end + 1;
  }
  return true;
}

bool is_below(std::string_view path, std::string_view directory) {
  return is_clean_path(path) && is_clean_path(directory) && path.size() > directory.size() &&
         path.starts_with(directory) && path[directory.size()] == '/';
}

std::string first_component(std::string_view path) {
  std::string_view const name = file_menu_name(path);
  return std::string(name.substr(0, name.find('/')));
}

std::string cluster_hash(std::string_view cluster_id) {
  return hash("cluster", cluster_id, 10);
}
std::string name_hash(std::string_view csi_name) {
  return hash("name", csi_name, 16);
}

std::string node_hash(std::string_view node_id) {
  return hash("node", node_id, kNodeHashCharacters);
}

std::string content_fingerprint(std::string_view canonical_text) {
  return base32(sha256(canonical_text)).substr(0, 8);
}

std::string base32(std::string_view bytes) {
  std::string text;
  unsigned buffer = 0;
  int bits = 0;
  for (char const c : bytes) {
    buffer = ((buffer & 0xffU) << 8U) | static_cast<unsigned char>(c);
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text.push_back(kBase32[(buffer >> static_cast<unsigned>(bits)) & 31U]);
    }
  }
  if (bits > 0) text.push_back(kBase32[(buffer << static_cast<unsigned>(5 - bits)) & 31U]);
  return text;
}

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 is not available from this machine's OpenSSL");
  }
  return {reinterpret_cast<char const*>(digest.data()), length};
}

}  // namespace rdscsi::rds
