// See export.h.
#include "simulator/nvme_tcp/export.h"

#include <string_view>

#include "base/random.h"

namespace rdssim::nvme_tcp {

Uuid uuid_from(std::string_view text) {
  rdscsi::base::RandomStream stream = rdscsi::base::RandomStream(0).derive(text);
  Uuid uuid{};
  for (std::size_t half = 0; half < 2; ++half) {
    std::uint64_t bits = stream.next();
    for (std::size_t i = 0; i < 8; ++i, bits >>= 8) uuid[half * 8 + i] = static_cast<std::uint8_t>(bits);
  }
  uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0F) | 0x40);  // version 4, variant 1 (RFC 4122)
  uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3F) | 0x80);
  return uuid;
}

std::string to_string(Uuid const& uuid) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kDigits[uuid[i] >> 4];
    text += kDigits[uuid[i] & 15];
  }
  return text;
}

}  // namespace rdssim::nvme_tcp
