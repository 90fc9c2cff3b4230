// Results survive the way from a child process to its parent, or are refused as a whole.
#include "scenarios/engine/result_io.h"

#include <gtest/gtest.h>

#include "scenarios/engine/report_fixture.h"

namespace scenario {
namespace {

TEST(ResultIo, RoundTripKeepsEverything) {
  auto const before = sample_results();
  auto const after = results_from_json(results_to_json(before));
  ASSERT_TRUE(after.ok()) << after.status();
  ASSERT_EQ(after->size(), before.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ((*after)[i].trace.canonical_lines(), before[i].trace.canonical_lines());
    EXPECT_EQ((*after)[i].trace.switches, before[i].trace.switches);
    EXPECT_EQ((*after)[i].scenario_id, before[i].scenario_id);
    EXPECT_EQ((*after)[i].title, before[i].title);
    EXPECT_EQ((*after)[i].seed, before[i].seed);
    EXPECT_EQ((*after)[i].profile, before[i].profile);
    EXPECT_EQ((*after)[i].verdict, before[i].verdict);
    EXPECT_EQ((*after)[i].wall_time, before[i].wall_time);
    EXPECT_EQ((*after)[i].repeat_line, before[i].repeat_line);
    ASSERT_EQ((*after)[i].violations.size(), before[i].violations.size());
  }
  EXPECT_EQ((*after)[1].violations[0].message, before[1].violations[0].message);
  EXPECT_EQ((*after)[1].violations[0].place.to_string(), "x.yaml:12:7");
  EXPECT_EQ(results_to_json(*after), results_to_json(before));
}

TEST(ResultIo, SecondRoundTripOfStrayBytesChangesNothing) {
  auto runs = sample_results();
  runs[0].trace.events[0].fields["output"] = std::string("cut \xff\xfe in a word \xc3", 18);
  auto const once = results_from_json(results_to_json(runs));
  ASSERT_TRUE(once.ok());
  EXPECT_EQ(results_to_json(*once), results_to_json(runs));
}

TEST(ResultIo, CutTextIsAnErrorNeverFewerResults) {
  std::string const text = results_to_json(sample_results());
  for (std::size_t length = 0; length < text.size(); length += 7) {
    EXPECT_FALSE(results_from_json(text.substr(0, length)).ok()) << length;
  }
}

TEST(ResultIo, MissingOrStrangeFieldsAreErrors) {
  EXPECT_FALSE(results_from_json("{}").ok());
  EXPECT_FALSE(results_from_json("[{}]").ok());
  std::string text = results_to_json({sample_run("a", "7.16", 1, Verdict::passed)});
  text.replace(text.find("\"verdict\":0"), 11, "\"verdict\":9");
  EXPECT_FALSE(results_from_json(text).ok());
}

}  // namespace
}  // namespace scenario
