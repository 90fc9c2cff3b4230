// Tests of RandomStream. The golden numbers were computed by a separate program from the published algorithms
// (splitmix64, xoshiro256**, FNV-1a, Lemire's bounded draw); a change here breaks every recorded seed.
#include "base/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <vector>

namespace rdscsi::base {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::MatchesRegex;

std::vector<std::uint64_t> first_four(RandomStream stream) {
  return {stream.next(), stream.next(), stream.next(), stream.next()};
}

TEST(Random, GoldenValues) {
  EXPECT_THAT(first_four(RandomStream(0)),
              ElementsAre(0x99ec5f36cb75f2b4, 0xbf6e1f784956452a, 0x1a5f849d4933e6e0, 0x6aa594f1262d2d2c));
  EXPECT_THAT(first_four(RandomStream(1)),
              ElementsAre(0xb3f2af6d0fc710c5, 0x853b559647364cea, 0x92f89756082a4514, 0x642e1c7bc266a3a7));
  EXPECT_THAT(first_four(RandomStream(42)),
              ElementsAre(0x15780b2e0c2ec716, 0x6104d9866d113a7e, 0xae17533239e499a1, 0xecb8ad4703b360a1));
}

TEST(Random, GoldenDerivedStreamAndBoundedDraws) {
  RandomStream latency = RandomStream(42).derive("latency");
  EXPECT_EQ(latency.seed(), 0x130f9c42a231d3e3u);
  EXPECT_EQ(latency.next(), 0x274dbd5a1ee8f314u);
  EXPECT_EQ(latency.next(), 0xaa29e7fb66e25f9cu);
  RandomStream dice(7);
  std::vector<std::uint64_t> draws(10);
  std::generate(draws.begin(), draws.end(), [&] { return dice.below(10); });
  EXPECT_THAT(draws, ElementsAre(7, 2, 8, 9, 9, 8, 0, 1, 4, 1));
}

TEST(Random, DerivedStreamsDependOnSeedAndNameOnly) {
  RandomStream fresh(5);
  RandomStream drawn(5);
  for (int i = 0; i < 100; ++i) drawn.next();
  EXPECT_EQ(first_four(fresh.derive("a")), first_four(drawn.derive("a")));
  EXPECT_NE(first_four(fresh.derive("a")), first_four(fresh.derive("b")));
  EXPECT_NE(first_four(fresh.derive("a")), first_four(RandomStream(6).derive("a")));
  EXPECT_NE(first_four(fresh.derive("a").derive("b")), first_four(fresh.derive("b").derive("a")));
  EXPECT_NE(first_four(fresh.derive("")), first_four(fresh));
}

TEST(Random, DrawsStayInTheirBoundsAndReachThem) {
  RandomStream stream(3);
  std::set<std::uint64_t> below;
  std::set<std::int64_t> between;
  std::set<Duration> durations;
  for (int i = 0; i < 2000; ++i) {
    below.insert(stream.below(3));
    between.insert(stream.between(-2, 2));
    durations.insert(stream.between(Duration(10ns), Duration(12ns)));
    EXPECT_EQ(stream.below(1), 0u);
    EXPECT_EQ(stream.between(9, 9), 9);
    double const unit = stream.unit();
    EXPECT_GE(unit, 0.0);
    EXPECT_LT(unit, 1.0);
  }
  EXPECT_THAT(below, ElementsAre(0, 1, 2));
  EXPECT_THAT(between, ElementsAre(-2, -1, 0, 1, 2));
  EXPECT_THAT(durations, ElementsAre(10ns, 11ns, 12ns));
}

TEST(Random, TheWholeRangeIsARange) {
  RandomStream stream(3);
  RandomStream twin(3);
  constexpr std::int64_t kLow = std::numeric_limits<std::int64_t>::min();
  std::int64_t const drawn = stream.between(kLow, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(static_cast<std::uint64_t>(drawn), static_cast<std::uint64_t>(kLow) + twin.next());
}

TEST(Random, BoundedDrawsAreEven) {
  RandomStream stream(11);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70'000; ++i) ++counts[stream.below(7)];
  // Five standard deviations around 10 000; the stream is fixed, so this cannot fail by chance.
  EXPECT_THAT(counts, Each(::testing::AllOf(::testing::Gt(9'537), ::testing::Lt(10'463))));
}

TEST(Random, ChanceIsAlwaysOneDraw) {
  RandomStream stream(12);
  RandomStream twin(12);
  EXPECT_FALSE(stream.chance(0));
  EXPECT_TRUE(stream.chance(1));
  twin.next();
  twin.next();
  EXPECT_EQ(stream.next(), twin.next());
  int hits = 0;
  for (int i = 0; i < 10'000; ++i) hits += stream.chance(0.25) ? 1 : 0;
  EXPECT_GT(hits, 2'283);
  EXPECT_LT(hits, 2'717);
}

TEST(Random, HexHasTheDigitsAskedFor) {
  RandomStream stream(13);
  EXPECT_EQ(stream.hex(0), "");
  EXPECT_THAT(stream.hex(40), MatchesRegex("[0-9a-f]{40}"));
  EXPECT_NE(stream.hex(16), stream.hex(16));
}

TEST(Random, RootStreamsOfARealProcessDiffer) {
  EXPECT_NE(root_stream("a").next(), root_stream("a").next());
}

}  // namespace
}  // namespace rdscsi::base
