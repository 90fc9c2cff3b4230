// The page that teaches the format must not teach something that does not load.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "scenarios/engine/loader.h"
#include "scenarios/engine/vocabulary.h"

namespace scenario {
namespace {

std::string readme() {
  std::ifstream stream("../README.md");
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::string example() {
  std::string const text = readme();
  std::string const opening = "```yaml\n";
  auto const begin = text.find(opening);
  auto const end = text.find("\n```", begin + 1);
  EXPECT_NE(begin, std::string::npos);
  return text.substr(begin + opening.size(), end + 1 - begin - opening.size());
}

TEST(Readme, ExampleLoadsWithoutErrorOrAdvice) {
  Loaded const loaded = load_text(example(), "reply-lost-after-add.yaml");
  for (Complaint const& complaint : loaded.complaints) ADD_FAILURE() << complaint.to_string();
  EXPECT_TRUE(loaded.ok());
}

TEST(Readme, ExampleShowsEveryBlockButLoad) {
  std::string const text = example();
  for (Field const& block : file_shape().fields) {
    if (block.name == "load") continue;  // told in a sentence; the first scenarios have none
    EXPECT_THAT(text, testing::HasSubstr(block.name + ":")) << block.meaning;
  }
}

TEST(Readme, FitsOnAPage) {
  EXPECT_LT(readme().size(), 8000u);
}

}  // namespace
}  // namespace scenario
