// The vocabulary: every word is explained, faults are exactly the simulator's, and near misses find the right
// word.
#include "scenarios/engine/vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "simulator/faults/fault.h"

namespace scenario {
namespace {

std::vector<std::vector<Field> const*> tables() {
  return {&calls(), &faults(), &world_changes(), &events(), &predicates(), &costs(), &givens()};
}

TEST(Vocabulary, ExplainsEveryWordOnceAndArgumentByArgument) {
  std::size_t words = 0;
  for (auto const* table : tables()) {
    std::set<std::string> seen;
    for (Field const& word : *table) {
      ++words;
      EXPECT_TRUE(seen.insert(word.name).second) << word.name << " stands twice in its table";
      EXPECT_GT(word.meaning.size(), 5u) << word.name;
      for (Field const& argument : word.type.fields)
        EXPECT_FALSE(argument.meaning.empty()) << word.name << "." << argument.name;
    }
  }
  EXPECT_GT(words, 60u);
}

TEST(Vocabulary, FaultsAreExactlyTheSimulators) {
  auto const& theirs = rdssim::faults::fault_vocabulary();
  ASSERT_EQ(faults().size(), theirs.size());
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    EXPECT_EQ(faults()[i].name, theirs[i].name);
    std::size_t beside = 0;  // `for` and `chance` stand beside the fault, not below `with`
    for (auto const& argument : theirs[i].arguments)
      beside += argument.name == "for" || argument.name == "chance" ? 1 : 0;
    EXPECT_EQ(faults()[i].type.fields.size() + beside, theirs[i].arguments.size()) << theirs[i].name;
  }
}

TEST(Vocabulary, NoWordIsBothCallFaultOrWorldChange) {
  std::set<std::string> seen;
  for (auto const* table : {&calls(), &faults(), &world_changes()}) {
    for (Field const& word : *table) EXPECT_TRUE(seen.insert(word.name).second) << word.name;
  }
}

TEST(DidYouMean, FindsTheWordBehindASlip) {
  std::vector<std::string> const words = {"create_volume", "delete_volume", "list_volumes", "probe",
                                          "get_capacity"};
  EXPECT_EQ(did_you_mean("create_volume", words), "create_volume");
  EXPECT_EQ(did_you_mean("creat_volume", words), "create_volume");
  EXPECT_EQ(did_you_mean("CreateVolume", words), "create_volume");
  EXPECT_EQ(did_you_mean("delete-volume", words), "delete_volume");
  EXPECT_EQ(did_you_mean("porbe", words), "probe");
  EXPECT_EQ(did_you_mean("capacity_get", words), "get_capacity");
  EXPECT_EQ(did_you_mean("list_volume", words), "list_volumes");
}

TEST(DidYouMean, SaysNothingWhenNothingIsNear) {
  EXPECT_EQ(did_you_mean("zebra", {"create_volume", "probe"}), "");
  EXPECT_EQ(did_you_mean("", {"create_volume", "probe"}), "");
  EXPECT_EQ(did_you_mean("probe", {}), "");
}

// One letter left out, doubled, replaced or swapped, anywhere in any word of the vocabulary: the word is
// found.
TEST(DidYouMean, FindsEveryWordFromEveryOneLetterSlip) {
  std::size_t slips = 0;
  for (auto const* table : tables()) {
    std::vector<std::string> words;
    for (Field const& word : *table) words.push_back(word.name);
    for (std::string const& word : words) {
      // Their slips are as near to `result` and `publish_volume`.
      if (word == "results" || word == "unpublish_volume") continue;
      for (std::size_t i = 0; i + 1 < word.size() && word.size() > 4; ++i) {
        std::string swapped = word;
        std::swap(swapped[i], swapped[i + 1]);
        std::string const dropped = word.substr(0, i) + word.substr(i + 1);
        slips += 2;
        EXPECT_EQ(did_you_mean(swapped, words), word) << swapped;
        EXPECT_EQ(did_you_mean(dropped, words), word) << dropped;
      }
    }
  }
  EXPECT_GT(slips, 800u);
}

}  // namespace
}  // namespace scenario
