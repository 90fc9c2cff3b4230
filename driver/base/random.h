// Seeded random streams: every draw in the project comes from one of these, so a seed repeats a run.
// A stream is a value with its own state; sub-streams are derived by name, so that adding a draw in one place
// never moves the draws of another.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace rdscsi::base {

// xoshiro256** seeded through splitmix64. Not thread-safe: one owner at a time. Not for secrets.
class RandomStream {
 public:
  explicit RandomStream(std::uint64_t seed);

  // A stream that depends on this stream's seed and `name` only, not on how much has been drawn.
  RandomStream derive(std::string_view name) const;

  std::uint64_t next();
  std::uint64_t below(std::uint64_t bound);                   // 0..bound-1; bound > 0
  std::int64_t between(std::int64_t low, std::int64_t high);  // both included
  double unit();                                              // [0, 1)
  bool chance(double probability);                            // always one draw
  Duration between(Duration low, Duration high);              // both included
  std::string hex(int digits);                                // lower-case
  std::uint64_t seed() const { return seed_; }

 private:
  std::uint64_t seed_;
  std::uint64_t state_[4];
};

// Where production code gets its first stream: at L1 derived from the scheduler's seed, the current domain
// and its life (revivals), `name`, and how often this domain has asked for that name (two clients must not
// draw the same nonces); elsewhere from the kernel's entropy.
RandomStream root_stream(std::string_view name);

}  // namespace rdscsi::base
