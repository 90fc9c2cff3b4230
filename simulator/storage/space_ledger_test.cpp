// Who pays for which bytes: writers, snapshots that share, and the one that goes last. The last test plays
// random lives of files and adds everything up anew after each step.
#include "simulator/storage/space_ledger.h"

#include <gtest/gtest.h>

#include <iostream>

#include "base/random.h"

namespace rdssim::storage {
namespace {

constexpr std::int64_t kMiB = 1 << 20;

class SpaceLedgerTest : public ::testing::Test {
 protected:
  SpaceLedgerTest() {
    ledger.set_limit(1, 10 * kMiB);
    ledger.add_file(1, 1);
  }
  SpaceLedger ledger;
};

TEST_F(SpaceLedgerTest, AByteWrittenTwiceIsPaidOnce) {
  EXPECT_TRUE(ledger.allocate_blocks(1, 100, 1, kMiB));
  EXPECT_EQ(ledger.used(1), 4096) << "a whole block";
  EXPECT_TRUE(ledger.allocate_blocks(1, 4000, 200, kMiB));
  EXPECT_EQ(ledger.used(1), 8192);
  EXPECT_EQ(ledger.extents(1).size(), 1U) << "neighbours are one piece";
  EXPECT_TRUE(ledger.allocate_blocks(1, kMiB - 1, 1, kMiB));
  EXPECT_EQ(ledger.used(1), 3 * 4096);
}

TEST_F(SpaceLedgerTest, AFullPoolTakesNothingOfAWriteThatDoesNotFit) {
  EXPECT_TRUE(ledger.allocate(1, 0, 10 * kMiB - 4096));
  EXPECT_FALSE(ledger.allocate(1, 10 * kMiB - 8192, 10 * kMiB + 4096));
  EXPECT_EQ(ledger.free(1), 4096);
  EXPECT_TRUE(ledger.allocate(1, 0, 4096)) << "what is there may be overwritten";
  ledger.set_limit(1, kMiB);
  EXPECT_EQ(ledger.free(1), 0) << "never negative";
  EXPECT_TRUE(ledger.allocate(1, 0, 4096)) << "also when somebody else took the rest";
}

TEST_F(SpaceLedgerTest, OnlyWholeBlocksComeBack) {
  ASSERT_TRUE(ledger.allocate(1, 0, 10'000));
  ledger.release_blocks(1, 1, 5000, 10'000);
  EXPECT_EQ(ledger.used(1), 10'000) << "no whole block lies in there";
  ledger.release_blocks(1, 4096, 5904, 10'000);
  EXPECT_EQ(ledger.used(1), 4096) << "the last, short block is whole";
}

TEST_F(SpaceLedgerTest, ASnapshotCostsNothingUntilOneOfTheTwoWrites) {
  ASSERT_TRUE(ledger.allocate(1, 0, 4 * kMiB));
  ledger.add_file(2, 1);
  ledger.share(1, 2);
  EXPECT_EQ(ledger.used(1), 4 * kMiB);
  EXPECT_EQ(ledger.exclusive(1), 0);
  ASSERT_TRUE(ledger.allocate(1, 0, kMiB));
  EXPECT_EQ(ledger.used(1), 5 * kMiB) << "the writer's copy";
  EXPECT_EQ(ledger.exclusive(2), kMiB) << "and the snapshot's, now its own";
  ledger.drop(1);
  EXPECT_EQ(ledger.used(1), 4 * kMiB);
  ledger.drop(2);
  EXPECT_EQ(ledger.used(1), 0);
}

TEST_F(SpaceLedgerTest, InAFullPoolASharedByteCannotBeOverwritten) {
  ASSERT_TRUE(ledger.allocate(1, 0, 10 * kMiB));
  ledger.add_file(2, 1);
  ledger.share(1, 2);
  EXPECT_FALSE(ledger.allocate(1, 0, 4096));
  ledger.drop(2);
  EXPECT_TRUE(ledger.allocate(1, 0, 4096));
}

TEST_F(SpaceLedgerTest, SavedExtentsShareAgainWhenTheyAreLoaded) {
  ASSERT_TRUE(ledger.allocate(1, 0, 2 * kMiB));
  ledger.add_file(2, 1);
  ledger.share(1, 2);
  ASSERT_TRUE(ledger.allocate(2, kMiB, 3 * kMiB));
  SpaceLedger loaded;
  loaded.set_limit(1, 100 * kMiB);
  for (auto const& extent : ledger.extents(2)) loaded.reserve_generation(extent.generation);
  // Plain files in front, whose own generations must not be taken for the saved ones.
  for (std::uint64_t file = 10; file < 20; ++file) {
    loaded.add_file(file, 2);
    loaded.load_extents(file, {{0, kMiB, 0}});
  }
  for (std::uint64_t file : {2U, 1U}) {
    loaded.add_file(file, 1);
    loaded.load_extents(file, ledger.extents(file));
  }
  EXPECT_EQ(loaded.used(1), ledger.used(1));
  EXPECT_EQ(loaded.exclusive(1), ledger.exclusive(1));
  ASSERT_TRUE(loaded.allocate(1, 0, 4096));
  EXPECT_EQ(loaded.used(1), 4 * kMiB + 4096);
  EXPECT_EQ(loaded.recount(1), loaded.used(1));
  EXPECT_EQ(loaded.used(2), 10 * kMiB);
  EXPECT_EQ(loaded.exclusive(10), kMiB);
}

TEST(SpaceLedgerLives, EveryRandomLifeAddsUp) {
  int steps = 0, refused = 0, shared = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    rdscsi::base::RandomStream random(seed);
    SpaceLedger ledger;
    std::int64_t const limit = 4 * kMiB;
    ledger.set_limit(1, limit);
    std::vector<std::uint64_t> files;
    std::uint64_t next = 1;
    for (int step = 0; step < 250; ++step, ++steps) {
      auto const pick = random.next() % 10;
      auto const file = files.empty() ? 0 : files[random.next() % files.size()];
      std::int64_t const from = static_cast<std::int64_t>(random.next() % (kMiB - 1));
      std::int64_t const length =
          static_cast<std::int64_t>(random.next() % (kMiB - static_cast<std::uint64_t>(from))) + 1;
      if (files.empty() || pick == 0) {
        ledger.add_file(next, 1);
        files.push_back(next++);
      } else if (pick == 1) {
        ledger.add_file(next, 1);
        ledger.share(file, next);
        files.push_back(next++);
        ++shared;
      } else if (pick == 2) {
        ledger.drop(file);
        std::erase(files, file);
      } else if (pick < 5) {
        ledger.release_blocks(file, from, length, kMiB);
      } else {
        refused += ledger.allocate_blocks(file, from, length, kMiB) ? 0 : 1;
      }
      ASSERT_EQ(ledger.used(1), ledger.recount(1)) << "step " << step;
      ASSERT_EQ(ledger.used(1) + ledger.free(1), limit) << "step " << step;
    }
    for (auto const file : files) ledger.drop(file);
    ASSERT_EQ(ledger.used(1), 0);
  }
  std::cout << "ledger: " << steps << " steps of seeds 1..40, " << shared << " snapshots, " << refused
            << " writes refused\n";
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace rdssim::storage
