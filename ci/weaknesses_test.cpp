// Every weakness of the Go driver that the issue lists is in the name of a test: who breaks one of these
// tests reads what it was for, and who deletes the last one is told.
#include "ci/weaknesses.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <iterator>

namespace {

// The list as the issue gives it: "W-03, W-07, W-18 to W-22, W-37 to W-42".
std::set<std::string> const kOfTheIssue = {"03", "07", "18", "19", "20", "21", "22",
                                           "37", "38", "39", "40", "41", "42"};

TEST(Weaknesses, EachOneOfTheListIsInTheNameOfATest) {
  std::ifstream stream(RDSCSI_SOURCE_ROOT "/ci/weaknesses.txt");
  auto const list = weaknesses::read_list(std::string(std::istreambuf_iterator<char>(stream), {}));
  int files = 0;
  auto const named = weaknesses::read_tree(RDSCSI_SOURCE_ROOT, files);
  std::set<std::string> listed;
  for (auto const& [number, what] : list) {
    listed.insert(number);
    auto const tests = named.find(number);
    if (tests == named.end()) {
      ADD_FAILURE() << "W-" << number << " (" << what << ") is in the name of no test";
      continue;
    }
    std::printf("W-%s %2zu tests  %s\n", number.c_str(), tests->second.size(),
                tests->second.begin()->c_str());
  }
  for (auto const& number : kOfTheIssue)
    EXPECT_TRUE(listed.contains(number)) << "ci/weaknesses.txt: W-" << number;
  EXPECT_GT(files, 20);
  std::printf("weaknesses: %zu checked in %d test files\n", list.size(), files);
}

TEST(Weaknesses, OnlyNamesOfTestsCount) {
  weaknesses::Named named;
  // Literals, so that no line of this file begins with what they say.
  weaknesses::add_file(
      "// W18 in a comment\n"
      "  // TEST(Suite, W19InAComment) {\n"
      "TEST(Plain, W03SizesAreExact) {}\n"
      "TEST_F(Fixture, W20_W_21_NoAnswerIsNeverNotFound) { auto s = W22; }\n"
      "TEST(Long,\n"
      "     W37OverTwoLines) {}\n"
      "TEST_P(W38, Suite) {}\n"
      "TEST(Other, W390IsAnotherNumberAndW4IsNone) {}\n"
      "helper(W40);\n",
      named);
  std::set<std::string> numbers;
  for (auto const& entry : named) numbers.insert(entry.first);
  EXPECT_EQ(numbers, (std::set<std::string>{"03", "20", "21", "37", "38"}));
  EXPECT_EQ(named["37"], std::set<std::string>{"Long.W37OverTwoLines"});
  EXPECT_EQ(named["20"], named["21"]);
}

TEST(Weaknesses, AListThatCannotBeReadIsRefused) {
  EXPECT_EQ(weaknesses::read_list("# head\n\nW-19 exit status 0\n").at("19"), "exit status 0");
  for (auto const* text : {"W19 no dash\n", "W-1 one digit\n", "W-19\n", "W-19 twice\nW-19 twice\n"}) {
    EXPECT_THROW(weaknesses::read_list(text), std::runtime_error) << text;
  }
}

}  // namespace
