// Page tokens: "v1.<volume id>.<8 hex of FNV-1a>". The sum tells a token from a guess; it is no secret.
#include "csi/list_token.h"

#include <cstdint>

namespace rdscsi::csi {
namespace {

constexpr std::string_view kVersion = "v1.";
constexpr std::size_t kSumDigits = 8;

std::string sum_of(std::string_view text) {
  std::uint32_t hash = 2166136261U;
  for (char const c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  std::string digits(kSumDigits, '0');
  for (std::size_t i = kSumDigits; i-- > 0; hash >>= 4U) digits[i] = "0123456789abcdef"[hash & 15U];
  return digits;
}

}  // namespace

std::string make_list_token(std::string_view last_volume_id) {
  std::string token(kVersion);
  token.append(last_volume_id).append(".").append(sum_of(last_volume_id));
  return token;
}

std::optional<std::string> read_list_token(std::string_view token) {
  if (!token.starts_with(kVersion) || token.size() <= kVersion.size() + kSumDigits + 1) return std::nullopt;
  std::string_view const id = token.substr(kVersion.size(), token.size() - kVersion.size() - kSumDigits - 1);
  if (token != make_list_token(id)) return std::nullopt;
  return std::string(id);
}

}  // namespace rdscsi::csi
