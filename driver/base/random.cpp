// xoshiro256** (Blackman and Vigna, public domain algorithm) seeded through splitmix64, and streams derived
// by name.
#include "base/random.h"

#include <sys/random.h>

#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "base/scheduler_hooks.h"

namespace rdscsi::base {
namespace {

__extension__ using Wide = unsigned __int128;

std::uint64_t splitmix(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

// FNV-1a: the same on every platform and for ever, unlike std::hash.
std::uint64_t hash_name(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (char const c : name) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3ULL;
  }
  return hash;
}

std::uint64_t kernel_entropy() {
  std::uint64_t value = 0;
  while (getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value)) {
    if (errno != EINTR) {
      std::perror("getrandom(2) gave no entropy, which no supported kernel does");
      std::abort();
    }
  }
  return value;
}

}  // namespace

RandomStream::RandomStream(std::uint64_t seed) : seed_(seed), state_{} {
  std::uint64_t mixer = seed;
  for (std::uint64_t& word : state_) word = splitmix(mixer);
}

RandomStream RandomStream::derive(std::string_view name) const {
  std::uint64_t mixer = seed_;
  std::uint64_t const mixed_seed = splitmix(mixer);
  mixer = mixed_seed ^ hash_name(name);
  return RandomStream(splitmix(mixer));
}

std::uint64_t RandomStream::next() {
  std::uint64_t const result = std::rotl(state_[1] * 5, 7) * 9;
  std::uint64_t const shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

// Lemire's method: multiply instead of divide, redraw in the few cases that would favour some values.
std::uint64_t RandomStream::below(std::uint64_t bound) {
  Wide product = static_cast<Wide>(next()) * bound;
  if (static_cast<std::uint64_t>(product) < bound) {
    std::uint64_t const threshold = (0 - bound) % bound;
    while (static_cast<std::uint64_t>(product) < threshold) product = static_cast<Wide>(next()) * bound;
  }
  return static_cast<std::uint64_t>(product >> 64);
}

std::int64_t RandomStream::between(std::int64_t low, std::int64_t high) {
  std::uint64_t const span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
  std::uint64_t const offset = span == 0 ? next() : below(span);  // 0: the whole 64-bit range
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + offset);
}

double RandomStream::unit() {
  return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

bool RandomStream::chance(double probability) {
  return unit() < probability;
}

Duration RandomStream::between(Duration low, Duration high) {
  return Duration(between(low.count(), high.count()));
}

std::string RandomStream::hex(int digits) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  std::uint64_t bits = 0;
  for (int i = 0; i < digits; ++i) {
    if (i % 16 == 0) bits = next();
    text += kDigits[bits & 15];
    bits >>= 4;
  }
  return text;
}

RandomStream root_stream(std::string_view name) {
  if (detail::ManagedThread* self = detail::self()) return RandomStream(detail::root_seed(*self, name));
  return RandomStream(kernel_entropy()).derive(name);
}

}  // namespace rdscsi::base
