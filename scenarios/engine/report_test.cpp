// The terminal's side of a run: command line, table, progress, and the list of files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "scenarios/engine/command_line.h"
#include "scenarios/engine/progress.h"
#include "scenarios/engine/registry.h"
#include "scenarios/engine/report_fixture.h"
#include "scenarios/engine/summary.h"

namespace scenario {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(Table, HasALinePerScenarioAndProfileAndASummary) {
  auto const results = sample_results();
  std::string const text = table(blocks_of(results), false);
  EXPECT_THAT(text, testing::ContainsRegex("FAIL  a +7.16 +L1 +1..3 +3 m 00 s +42 +6 +15 +" +
                                           sample_trace().digest()));
  EXPECT_THAT(text, testing::ContainsRegex("pass  a +7.21 +L1 +1 "));
  EXPECT_THAT(text, HasSubstr("????  b "));
  EXPECT_TRUE(text.ends_with("1 passed, 2 failed\n"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(table(blocks_of(results), true), HasSubstr("\x1b["));
}

TEST(Table, FailureSaysPredicateTimeSeedValuesAndTheLineToPaste) {
  auto const results = sample_results();
  std::string const text = table(blocks_of(results), false);
  EXPECT_THAT(
      text,
      HasSubstr("finally.disks (x.yaml:12:7) at 61.5s, seed 2: found 2 disks, expected 1 <pvc-1 & pvc-2>\n"));
  EXPECT_THAT(text, HasSubstr("again: rds-scenario run x.yaml --seed 2 --profile 7.16 --level 1\n"));
  EXPECT_THAT(text, HasSubstr("inconclusive, seed 7"));
}

TEST(Table, DescribesOneSeedOfABlockAndNamesTheOthers) {
  std::vector<RunResult> runs;
  for (std::uint64_t seed = 1; seed <= 4; ++seed)
    runs.push_back(sample_run("a", "7.16", seed, Verdict::failed));
  std::string const text = table(blocks_of(runs), false);
  EXPECT_THAT(text, HasSubstr("--seed 1 "));
  EXPECT_THAT(text, Not(HasSubstr("--seed 2 ")));
  EXPECT_THAT(text, HasSubstr("seeds that failed, too: 2 3 4\n"));
}

TEST(Blocks, SayTheirSeedsBriefly) {
  auto const seeds = [](std::vector<std::uint64_t> const& numbers) {
    std::vector<RunResult> runs;
    for (std::uint64_t seed : numbers) runs.push_back(sample_run("a", "7.16", seed, Verdict::passed));
    return blocks_of(runs).front().seeds();
  };
  EXPECT_EQ(seeds({7}), "7");
  EXPECT_EQ(seeds({1, 2, 3}), "1..3");
  EXPECT_EQ(seeds({1, 5, 9}), "1, 5, 9");
}

TEST(ProgressLine, TellsHowFarAndFitsTheTerminal) {
  EXPECT_EQ(progress_line(50, 100, 0, "x seed 1", 80), "[############            ]  50/100  x seed 1");
  EXPECT_EQ(progress_line(100, 100, 2, "x", 80), "[########################] 100/100  2 failed  x");
  EXPECT_EQ(progress_line(0, 0, 0, std::string(200, 'x'), 40).size(), 40u);
}

std::optional<CommandLine> parse(std::vector<char const*> words, std::string* said = nullptr) {
  words.insert(words.begin(), "rds-scenario");
  std::string ignored;
  return parse_command_line(static_cast<int>(words.size()), words.data(), said ? *said : ignored);
}

TEST(CommandLine, TakesWhatTheReadmeShows) {
  auto const one = parse({"run", "incidents/x.yaml", "--seed", "7", "--profile", "7.16"});
  ASSERT_TRUE(one);
  EXPECT_THAT(one->files, ElementsAre("incidents/x.yaml"));
  EXPECT_THAT(one->seeds, ElementsAre(7u));
  EXPECT_THAT(one->profiles, ElementsAre("7.16"));
  auto const many = parse(
      {"run", "--seeds", "3..5", "--jobs", "2", "--report", "out", "--profile", "all", "--no-progress"});
  ASSERT_TRUE(many);
  EXPECT_THAT(many->seeds, ElementsAre(3u, 4u, 5u));
  EXPECT_THAT(many->profiles, ElementsAre());
  EXPECT_EQ(many->report, "out");
  EXPECT_FALSE(many->progress);
  EXPECT_EQ(parse({"run", "--level", "2"})->level, 2);
  EXPECT_TRUE(parse({"lint"}) && parse({"list"}) && parse({"words"}) && parse({"schema"}));
}

TEST(CommandLine, RefusesInOneLineThatNamesWhatIsWrong) {
  struct Bad {
    std::vector<char const*> words;
    char const* says;
  };
  for (Bad const& bad :
       {Bad{{"run", "--seeds", "9..3"}, "`9..3` is not a seed (7) or a range of seeds (1..200)"},
        Bad{{"run", "--seed", "x"}, "`x` is not a seed"},
        Bad{{"run", "--profile", "7.17"}, "`7.17` is no profile: 7.16, 7.16-stock, 7.21, 7.24, first or all"},
        Bad{{"run", "--level", "3"}, "--level"}, Bad{{"run", "--seed", "1", "--seeds", "1..2"}, "--seed"},
        Bad{{"rnu"}, "unknown command `rnu`: did you mean `run`?"}, Bad{{}, "say what to do"},
        Bad{{"run", "--frobnicate"}, "--frobnicate"}}) {
    std::string said;
    EXPECT_FALSE(parse(bad.words, &said));
    EXPECT_TRUE(said.starts_with("rds-scenario: ")) << said;
    EXPECT_THAT(said, HasSubstr(bad.says));
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1);
  }
  std::string said;
  EXPECT_FALSE(parse({"--help"}, &said));
  EXPECT_THAT(said, HasSubstr("lint"));
  EXPECT_FALSE(said.starts_with("rds-scenario: "));
}

class RegistryTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = std::filesystem::temp_directory_path() /
            ("registry-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::remove_all(root_);
    write("incidents/a.yaml");
    write("lifecycle/b.yaml");
    write("mutants/m.yaml");
    write("engine/testdata/t.yaml");
    write("registered.txt", "# a comment\nlifecycle/b.yaml\n\nincidents/a.yaml\n");
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  void write(std::string const& name, std::string const& text = "") {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }
  std::filesystem::path root_;
};

TEST_F(RegistryTest, NamesTheFilesInTheListsOrder) {
  Registry const registry = read_registry(root_.string());
  EXPECT_THAT(registry.problems, ElementsAre());
  EXPECT_THAT(registry.files, ElementsAre(root_ / "lifecycle/b.yaml", root_ / "incidents/a.yaml"));
}

TEST_F(RegistryTest, FindsTheFileNobodyRegistered) {
  write("hardware/c.yaml");
  EXPECT_THAT(read_registry(root_.string()).problems,
              ElementsAre(HasSubstr("hardware/c.yaml is not named in registered.txt")));
}

TEST_F(RegistryTest, FindsTheNameWithoutAFileAndTheDoubleOne) {
  write("registered.txt", "incidents/a.yaml\nlifecycle/b.yaml\nincidents/a.yaml\nincidents/gone.yaml\n");
  EXPECT_THAT(read_registry(root_.string()).problems,
              ElementsAre(HasSubstr("incidents/a.yaml stands there twice"),
                          HasSubstr("incidents/gone.yaml does not exist")));
}

TEST_F(RegistryTest, SaysWhenThereIsNoList) {
  std::filesystem::remove(root_ / "registered.txt");
  EXPECT_THAT(read_registry(root_.string()).problems, ElementsAre(HasSubstr("does not exist")));
}

}  // namespace
}  // namespace scenario
