// JUnit XML: one testcase per scenario and profile, failures with all one needs, and XML that parses whatever
// the texts.
#include "scenarios/engine/junit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenarios/engine/report_fixture.h"

namespace scenario {
namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t count(std::string const& text, std::string const& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// A small judge of well-formedness: tags nest, attributes are quoted, & and < appear only where XML lets
// them.
std::string broken_at(std::string const& xml) {
  std::vector<std::string> open;
  std::size_t at = xml.find("?>") + 2;
  while (at < xml.size()) {
    if (xml[at] == '&') {
      auto const end = xml.find(';', at);
      if (end == std::string::npos || end - at > 8) return "stray & at " + std::to_string(at);
      at = end + 1;
    } else if (xml[at] != '<') {
      unsigned char const c = static_cast<unsigned char>(xml[at]);
      if (c < 0x20 && c != '\n') return "control character at " + std::to_string(at);
      ++at;
    } else {
      auto const end = xml.find('>', at);
      if (end == std::string::npos) return "open < at " + std::to_string(at);
      std::string const tag = xml.substr(at + 1, end - at - 1);
      if (tag.find('<') != std::string::npos || count(tag, "\"") % 2) return "bad tag " + tag;
      std::string const name =
          tag.substr(tag[0] == '/' ? 1 : 0, tag.find_first_of(" /", 1) - (tag[0] == '/' ? 1 : 0));
      if (tag[0] == '/') {
        if (open.empty() || "/" + open.back() != tag) return "closes nothing: " + tag;
        open.pop_back();
      } else if (tag.back() != '/') {
        open.push_back(name);
      }
      at = end + 1;
    }
  }
  return open.empty() ? "" : "not closed: " + open.back();
}

TEST(JUnit, HasOneTestcasePerScenarioAndProfile) {
  std::string const xml = junit_xml(sample_results());
  EXPECT_EQ(count(xml, "<testcase "), 3u);
  EXPECT_EQ(count(xml, "<failure "), 2u);
  EXPECT_THAT(xml, HasSubstr("<testsuite name=\"rds-scenario\" tests=\"3\" failures=\"2\" errors=\"0\""));
  EXPECT_THAT(xml, HasSubstr("name=\"a [7.16, L1, seeds 1..3]\" time=\"4.500\""));
}

TEST(JUnit, FailureSaysPredicateTimeSeedAndTheLineToPaste) {
  std::string const xml = junit_xml(sample_results());
  EXPECT_THAT(xml, HasSubstr("type=\"finally.disks\" message=\"1 of 3 seeds failed\""));
  EXPECT_THAT(xml, HasSubstr("finally.disks (x.yaml:12:7) at virtual time 61.5s, seed 2: found 2 disks, "
                             "expected 1 &lt;pvc-1 &amp; pvc-2&gt;"));
  EXPECT_THAT(xml, HasSubstr("again: rds-scenario run x.yaml --seed 2 --profile 7.16 --level 1"));
}

TEST(JUnit, IsWellFormedWhateverTheTexts) {
  auto runs = sample_results();
  EXPECT_EQ(broken_at(junit_xml(runs)), "");
  std::string every_byte;
  for (int c = 0; c < 256; ++c) every_byte += static_cast<char>(c);
  runs[1].violations[0].message = every_byte + "]]> --> <a b=\"c\">&#0;";
  runs[1].violations[0].predicate = "x\"><y>";
  EXPECT_EQ(broken_at(junit_xml(runs)), "");
  EXPECT_EQ(broken_at(junit_xml({})), "");
}

TEST(JUnit, TheJudgeOfThisTestSeesBrokenXml) {
  std::string const head = "<?xml?>";
  EXPECT_EQ(broken_at(head + "<a b=\"c\"><d/></a>"), "");
  for (char const* broken :
       {"<a>", "</a>", "<a></b>", "<a>&</a>", "<a b=\"c>\n</a>", "<a <b></a>", "<a>\x01</a>"}) {
    EXPECT_NE(broken_at(head + broken), "") << broken;
  }
}

TEST(JUnit, CountsWhatItDoesNotWriteOut) {
  std::vector<RunResult> runs;
  for (std::uint64_t seed = 1; seed <= 40; ++seed)
    runs.push_back(sample_run("a", "7.16", seed, Verdict::failed));
  std::string const xml = junit_xml(runs);
  EXPECT_EQ(count(xml, "again: "), 10u);
  EXPECT_THAT(xml, HasSubstr("and 30 more"));
  EXPECT_THAT(xml, HasSubstr("40 of 40 seeds failed"));
}

}  // namespace
}  // namespace scenario
