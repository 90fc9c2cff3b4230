// See peer.h.
#include "simulator/ssh/peer.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "simulator/faults/text.h"

namespace rdssim::ssh {
namespace {

struct Bits {
  std::array<std::uint8_t, 16> bytes{};
  unsigned count = 0;  // 32 or 128
};

std::optional<Bits> bits_of(std::string_view text) {
  constexpr std::string_view kMapped = "::ffff:";
  if (text.starts_with(kMapped) && text.find('.') != std::string_view::npos)
    text.remove_prefix(kMapped.size());
  std::string const plain(text);
  Bits bits;
  if (inet_pton(AF_INET, plain.c_str(), bits.bytes.data()) == 1) {
    bits.count = 32;
  } else if (inet_pton(AF_INET6, plain.c_str(), bits.bytes.data()) == 1) {
    bits.count = 128;
  } else {
    return std::nullopt;
  }
  return bits;
}

bool is_within(Bits const& address, std::string_view prefix) {
  auto const slash = prefix.find('/');
  auto const net = bits_of(prefix.substr(0, slash));
  if (!net || net->count != address.count) return false;
  unsigned length = net->count;
  if (slash != std::string_view::npos &&
      (!faults::parse_number(prefix.substr(slash + 1), &length) || length > net->count))
    return false;
  for (unsigned bit = 0; bit < length; ++bit) {
    unsigned const mask = 0x80U >> (bit % 8);
    if ((net->bytes[bit / 8] & mask) != (address.bytes[bit / 8] & mask)) return false;
  }
  return true;
}

}  // namespace

bool comes_from(std::string_view address, std::vector<std::string> const& from) {
  if (from.empty()) return true;
  auto const bits = bits_of(address);
  return bits &&
         std::any_of(from.begin(), from.end(), [&](auto const& one) { return is_within(*bits, one); });
}

}  // namespace rdssim::ssh
