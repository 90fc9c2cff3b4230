// The timeline page: alone in the world, complete, small enough, and honest about what it leaves out.
#include "scenarios/engine/timeline_html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenarios/engine/html_text.h"
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

std::string page() {
  return timeline_html(sample_run("a", "7.16", 2, Verdict::failed), "Because <of> this.");
}

void expect_self_contained(std::string const& text) {
  for (char const* address : {"http:", "https:", "://", "src=", "url(", "@import", "<link", "<iframe", "<img",
                              "fetch(", "XMLHttp", "import("}) {
    EXPECT_EQ(count(text, address), 0u) << address;
  }
  EXPECT_NE(text.find("default-src 'none'"), std::string::npos);
}

TEST(Timeline, HasNoExternalAddressEvenWhenTheTraceTalksOfSome) {
  std::string const text = page();
  expect_self_contained(text);
  EXPECT_NE(text.find("http&#58;//10.0.0.1/"), std::string::npos) << "still readable as text";
}

TEST(Timeline, HasALanePerKindInOrder) {
  std::string const text = page();
  EXPECT_EQ(count(text, "<div class=\"lane\""), 6u);
  std::size_t at = 0;
  for (char const* lane : {"csi", "routeros", "nvme", "mount", "kubernetes", "connection"}) {
    auto const next = text.find("data-lane=\"" + std::string(lane) + "\"");
    ASSERT_NE(next, std::string::npos) << lane;
    EXPECT_GT(next, at);
    at = next;
  }
  for (char const* title : {"CSI calls", "RouterOS", "NVMe", "Mounts", "Kubernetes", "Connection"})
    EXPECT_THAT(text, HasSubstr(title));
}

TEST(Timeline, DrawsAsManyBandsAsFaultsFired) {
  EXPECT_EQ(count(page(), "<b class=\"band\""), 2u);
  RunResult run = sample_run("a", "7.16", 2, Verdict::passed);
  run.trace.faults.clear();
  EXPECT_EQ(count(timeline_html(run, ""), "<b class=\"band\""), 0u);
  run.trace.faults.assign(300, {"reset", std::chrono::seconds(1), std::chrono::seconds(1), 1});
  EXPECT_EQ(count(timeline_html(run, ""), "<b class=\"band\""), 300u);
}

TEST(Timeline, TellsEverythingOnHover) {
  std::string const text = page();
  EXPECT_THAT(text, HasSubstr("title=\"CreateVolume  -&gt;  unknown\n1s to 6s  (5 s)\nname: pvc-1\""));
  EXPECT_THAT(text, HasSubstr("/disk add comment=&quot;src&#61;x&quot; &lt;b&gt;&amp;\n:put"));
  EXPECT_THAT(text, HasSubstr("title=\"fault half_open\n3s to 9s  (6 s)\nstruck 4 times\""));
  EXPECT_THAT(text, HasSubstr("title=\"finally.disks\nbroken at 61.5s\n"));
}

TEST(Timeline, NamesVerdictSeedDigestAndTheLineToPaste) {
  std::string const text = page();
  for (std::string const& part :
       {std::string("rds-scenario run x.yaml --seed 2 --profile 7.16 --level 1"), sample_trace().digest(),
        std::string("Because &lt;of&gt; this."), std::string("A &lt;sample&gt; &amp; its &quot;title&quot;"),
        std::string("verdict failed"), std::string("x.yaml:12:7"), std::string("<b>14</b>")}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(Timeline, HasADarkSetAndTellsOutcomesByMoreThanColour) {
  std::string const text = page();
  EXPECT_THAT(text, HasSubstr("prefers-color-scheme: dark"));
  EXPECT_THAT(text, HasSubstr(".u { background: repeating-linear-gradient"));
  EXPECT_THAT(text, HasSubstr("outline: 1px solid var(--failed)"));
}

TEST(Timeline, StaysBelowItsLimitAndKeepsWhatTellsMost) {
  RunResult run = sample_run("a", "7.16", 2, Verdict::passed);
  for (int i = 0; i < 30'000; ++i) {
    run.trace.events.push_back(sample_event(i, i + 5, Lane::routeros, "heartbeat", Event::Outcome::ok,
                                            {{"line", ":put heartbeat"}}));
  }
  run.trace.events.push_back(sample_event(59'000, 59'500, Lane::csi, "TheLastCall", Event::Outcome::failed));
  run.trace.faults.assign(1000, {"a_fault_with_a_rather_long_name (loss-of-reply)", std::chrono::seconds(1),
                                 std::chrono::seconds(2), 1});
  std::string const text = timeline_html(run, "");
  EXPECT_LT(text.size(), kTimelineBytesMax);
  EXPECT_GT(text.size(), kTimelineBytesMax / 2) << "the limit is used, not feared";
  EXPECT_THAT(text, HasSubstr("of 30005 events are shown"));
  EXPECT_THAT(text, HasSubstr("TheLastCall"));
  EXPECT_THAT(page(), Not(HasSubstr("events are shown")));
}

TEST(Timeline, TakesARunInWhichNothingHappened) {
  RunResult run = sample_run("a", "7.16", 2, Verdict::passed);
  run.trace = Trace{};
  std::string const text = timeline_html(run, "");
  EXPECT_EQ(count(text, "nothing happened"), 6u);
  EXPECT_THAT(text, Not(HasSubstr("nan")));
}

TEST(Timeline, PutsEventsThatOverlapIntoRowsOfTheirOwn) {
  RunResult run = sample_run("a", "7.16", 2, Verdict::passed);
  run.trace.events = {sample_event(0, 1000, Lane::csi, "one", Event::Outcome::ok),
                      sample_event(500, 1500, Lane::csi, "two", Event::Outcome::ok),
                      sample_event(2000, 2500, Lane::csi, "three", Event::Outcome::ok)};
  std::string const text = timeline_html(run, "");
  EXPECT_THAT(text, testing::ContainsRegex("top:4px[^>]*>one<"));
  EXPECT_THAT(text, testing::ContainsRegex("top:25px[^>]*>two<"));
  EXPECT_THAT(text, testing::ContainsRegex("top:4px[^>]*>three<"));
}

TEST(Index, LinksOnlyPagesThatWereWritten) {
  auto const results = sample_results();
  std::string const text = index_html(blocks_of(results), {timeline_file_name(results[1])});
  expect_self_contained(text);
  EXPECT_EQ(count(text, "<a href="), 1u);
  EXPECT_THAT(text, HasSubstr("<a href=\"a-7.16-l1-seed2.html\">seed 2</a>"));
  EXPECT_THAT(text, HasSubstr("1 passed, 2 failed"));
  EXPECT_EQ(count(text, "<tr>"), 4u);
}

TEST(ShortTime, KeepsTheDigitsThatMatter) {
  using namespace std::chrono_literals;
  EXPECT_EQ(short_time(1250ms), "1.25 s");
  EXPECT_EQ(short_time(350us), "0.35 ms");
  EXPECT_EQ(short_time(125s), "2 m 05 s");
  EXPECT_EQ(short_time(3h), "3 h 00 m");
}

}  // namespace
}  // namespace scenario
