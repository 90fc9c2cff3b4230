// Stories of people who misspell, misplace and forget things in scenario files, and of one who does not.
#include "scenarios/engine/loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace scenario {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""min;
using testing::ElementsAre;
using testing::HasSubstr;

// Line numbers in the table below count from here: `format` is line 1.
std::string const kGood = R"(format: 1
id: sample
title: A sample
why: It shows every block of the format once.
origin: {kind: incident, incident: 20, evidence: documented}
levels: [1, 2]
profiles: ["7.16"]
seeds: {from: 5, count: 3}
world:
  rds: {pool: {size: 1TiB, used: 25%}, latency: none}
  driver: {flags: {rds-channels: 4}}
given:
  - foreign_disk: {slot: alien}
timeline:
  - fault: reply_lost
    as: loss
    with: {menu: /disk, command: add}
  - at: 2s
    call: create_volume
    as: first
    with: {name: pvc-1, size: 1GiB}
  - when: {rds_effect: {menu: /disk}}
    after: {from: 0ms, to: 80ms}
    world: kill_controller
  - heal: all
  - call: list_volumes
    as: listing
expect:
  always:
    - foreign_untouched: true
  eventually:
    - within: 2m
      that: {volume: {of: first, disk: present}}
  finally:
    - result: {of: first, is: [ok, unknown]}
    - listed: {of: listing, includes: first}
  cost:
    - handshakes: {max: 3}
)";

std::string with_change(std::string const& from, std::string const& to) {
  std::string text = kGood;
  auto const at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

std::vector<std::string> complaints_of(std::string const& text) {
  std::vector<std::string> all;
  for (Complaint const& complaint : load_text(text, "sample.yaml").complaints)
    all.push_back(complaint.to_string());
  return all;
}

TEST(Loader, TakesAGoodFileWithoutAWord) {
  Loaded const loaded = load_text(kGood, "scenarios/incidents/sample.yaml");
  EXPECT_THAT(complaints_of(kGood), ElementsAre());
  ASSERT_TRUE(loaded.ok());
  Scenario const& scenario = *loaded.scenario;
  EXPECT_EQ(scenario.id, "sample");
  EXPECT_EQ(scenario.origin.incident, 20);
  EXPECT_EQ(scenario.origin.evidence, Evidence::documented);
  EXPECT_THAT(scenario.levels, ElementsAre(1, 2));
  EXPECT_EQ(scenario.seed_from, 5u);
  EXPECT_EQ(scenario.seed_count, 3u);
  EXPECT_EQ(scenario.virtual_budget, std::chrono::hours(1));
  Value const* pool = scenario.world.find("rds")->find("pool");
  EXPECT_EQ(pool->find("size")->integer, std::int64_t{1} << 40);
  EXPECT_DOUBLE_EQ(pool->find("used")->number, 0.25);
}

TEST(Loader, KeepsTheTimelineInOrderWithTriggersAndPlaces) {
  Loaded const loaded = load_text(kGood, "sample.yaml");
  ASSERT_TRUE(loaded.ok());
  auto const& timeline = loaded.scenario->timeline;
  ASSERT_EQ(timeline.size(), 5u);
  EXPECT_EQ(timeline[0].kind, Step::Kind::fault);
  EXPECT_EQ(timeline[0].verb, "reply_lost");
  EXPECT_EQ(timeline[0].as, "loss");
  EXPECT_FALSE(timeline[0].trigger.at || timeline[0].trigger.when);
  EXPECT_EQ(timeline[1].trigger.at, 2s);
  EXPECT_EQ(timeline[1].with.find("size")->integer, 1 << 30);
  EXPECT_EQ(timeline[2].kind, Step::Kind::world);
  EXPECT_EQ(timeline[2].trigger.when->map.front().first, "rds_effect");
  EXPECT_EQ(timeline[2].trigger.after_high, 80ms);
  EXPECT_EQ(timeline[3].kind, Step::Kind::heal);
  EXPECT_EQ(timeline[3].verb, "all");
  EXPECT_EQ(timeline[3].place.to_string(), "sample.yaml:25:5");
}

TEST(Loader, KeepsExpectationsWithWhenTheyAreJudged) {
  Loaded const loaded = load_text(kGood, "sample.yaml");
  ASSERT_TRUE(loaded.ok());
  auto const& all = loaded.scenario->expectations;
  ASSERT_EQ(all.size(), 5u);
  EXPECT_EQ(all[0].when, Expectation::When::always);
  EXPECT_EQ(all[1].when, Expectation::When::eventually);
  EXPECT_EQ(all[1].within, 2min);
  EXPECT_EQ(all[1].since, "heal");
  EXPECT_EQ(all[1].predicate, "volume");
  EXPECT_EQ(all[2].predicate, "result");
  EXPECT_EQ(all[4].when, Expectation::When::cost);
  EXPECT_EQ(all[4].arguments.find("max")->integer, 3);
}

struct Mistake {
  char const* what;
  char const* right;     // text of the good file ...
  char const* wrong;     // ... and what somebody wrote instead
  char const* position;  // line:column of the complaint
  char const* says;      // what the complaint must contain
};

void PrintTo(Mistake const& mistake, std::ostream* out) {
  *out << mistake.what;
}

class Mistakes : public testing::TestWithParam<Mistake> {};

TEST_P(Mistakes, AreRefusedAtTheirPlaceWithTheRightWord) {
  Mistake const& mistake = GetParam();
  std::string const text = with_change(mistake.right, mistake.wrong);
  EXPECT_FALSE(load_text(text, "sample.yaml").ok());
  auto const complaints = complaints_of(text);
  ASSERT_FALSE(complaints.empty());
  EXPECT_THAT(complaints.front(), HasSubstr(std::string("sample.yaml:") + mistake.position + ": error: "));
  EXPECT_THAT(complaints.front(), HasSubstr(mistake.says));
}

INSTANTIATE_TEST_SUITE_P(
    Words, Mistakes,
    testing::Values(
        Mistake{"fault", "reply_lost", "reply_lots", "15:12",
                "unknown fault `reply_lots`: did you mean `reply_lost`?"},
        Mistake{"fault in other order", "reply_lost", "lost_reply", "15:12", "did you mean `reply_lost`?"},
        Mistake{"fault with a dash", "reply_lost", "reply-lost", "15:12", "did you mean `reply_lost`?"},
        Mistake{"world change as fault", "fault: reply_lost", "fault: kill_controller", "15:12",
                "write `world: kill_controller`"},
        Mistake{"fault for hosts, of which there are none",
                "reply_lost\n    as: loss\n    with: {menu: /disk, command: add}",
                "nvme_stall\n    as: loss\n    with: {slot: pvc-1}", "15:5",
                "strikes hosts on NVMe/TCP, and no world of the engine has any yet"},
        Mistake{"fault argument", "command: add", "comand: add", "17:25",
                "unknown key `comand`: did you mean `command`? (in fault `reply_lost`)"},
        Mistake{"key of the entry as an argument", "command: add", "chance: 30%", "17:25",
                "`chance` stands beside call, fault or world, not below `with`"},
        Mistake{"top-level key", "title:", "tilte:", "3:1", "unknown key `tilte`: did you mean `title`?"},
        Mistake{"renamed block", "expect:", "expects:", "28:1", "did you mean `expect`?"},
        Mistake{"expectation block", "finally:", "finaly:", "34:3", "did you mean `finally`?"},
        Mistake{"predicate", "- result:", "- resutl:", "35:7",
                "unknown predicate `resutl`: did you mean `result`?"},
        Mistake{"predicate argument", "includes: first", "include: first", "36:29",
                "did you mean `includes`?"},
        Mistake{"cost", "handshakes:", "handshake:", "38:7",
                "unknown cost `handshake`: did you mean `handshakes`?"},
        Mistake{"predicate as cost", "handshakes: {max: 3}", "orphans: 0", "38:7", "is a predicate"},
        Mistake{"call", "create_volume", "create_volum", "19:11",
                "unknown call `create_volum`: did you mean `create_volume`?"},
        Mistake{"call argument", "size: 1GiB", "sise: 1GiB", "21:25", "did you mean `size`?"},
        Mistake{"event", "rds_effect:", "rds_efect:", "22:12",
                "unknown event `rds_efect`: did you mean `rds_effect`?"},
        Mistake{"world change", "kill_controller", "kill_controler", "24:12",
                "unknown world change `kill_controler`: did you mean `kill_controller`?"},
        Mistake{"given", "foreign_disk:", "foriegn_disk:", "13:5",
                "unknown given `foriegn_disk`: did you mean `foreign_disk`?"},
        Mistake{"step key", "    after:", "    afetr:", "23:5", "did you mean `after`?"},
        Mistake{"result word", "[ok, unknown]", "[ok, unknwon]", "35:36", "did you mean `unknown`?"},
        Mistake{"profile", "[\"7.16\"]", "[\"7.17\"]", "7:12", "did you mean `7.16`?"},
        Mistake{"evidence", "documented", "documentd", "5:50", "did you mean `documented`?"}));

INSTANTIATE_TEST_SUITE_P(
    Values, Mistakes,
    testing::Values(
        Mistake{"duration without unit", "at: 2s", "at: 2", "18:9", "expected a duration such as 250ms"},
        Mistake{"duration with a fraction", "at: 2s", "at: 2.5s", "18:9", "expected a duration"},
        Mistake{"size in a wrong unit", "1GiB", "1GB", "21:31", "expected a size such as 1GiB"},
        Mistake{"percentage without sign", "25%", "25", "10:34", "expected a percentage"},
        Mistake{"negative count", "{max: 3}", "{max: -3}", "38:25", "expected a whole number"},
        Mistake{"text for a number", "incident: 20", "incident: twenty", "5:36", "expected a whole number"},
        Mistake{"unquoted version", "\"7.16\"", "7.16", "7:12", "write \"7.16\""},
        Mistake{"bare yes", "foreign_untouched: true", "foreign_untouched: yes", "30:26",
                "write true, false or \"yes\""},
        Mistake{"bare on as a key", "  driver:", "  on:", "11:3", "bare `on`"},
        Mistake{"another format", "format: 1", "format: 2", "1:9", "expected 1, found `2`"},
        Mistake{"a list for a map", "with: {name: pvc-1, size: 1GiB}", "with: [pvc-1]", "21:11",
                "expected a map"},
        Mistake{"two predicates in one entry", "foreign_untouched: true", "{disks: 1, files: 1}", "30:7",
                "expected one predicate"},
        Mistake{"tabs, so not YAML", "  always:", "\talways:", "29:8", "not YAML"}));

INSTANTIATE_TEST_SUITE_P(
    Rules, Mistakes,
    testing::Values(Mistake{"duplicate key", "title: A sample", "title: A sample\ntitle: B", "4:1",
                            "key `title` stands here twice; first in line 3"},
                    Mistake{"duplicate name", "as: listing", "as: first", "27:9",
                            "name `first` is taken already in line 20"},
                    Mistake{"undefined name", "{of: first, is", "{of: frist, is", "35:20",
                            "nothing is named `frist`: did you mean `first`?"},
                    Mistake{"name of another kind", "{of: listing,", "{of: first,", "36:20",
                            "names a create_volume; wanted is the name of a list_volumes"},
                    Mistake{"id and file name", "id: sample", "id: simple", "1:1",
                            "id `simple` is not the file's name `sample`"},
                    Mistake{"at and when", "- when:", "- at: 3s\n    when:", "23:5",
                            "`when` and `at` exclude each other"},
                    Mistake{"call and fault in one entry", "fault: reply_lost",
                            "fault: reply_lost\n    call: probe", "15:5",
                            "needs exactly one of call, fault, heal, world"},
                    Mistake{"missing argument", "{name: pvc-1, size: 1GiB}", "{size: 1GiB}", "21:11",
                            "call `create_volume` needs `name`"},
                    Mistake{"missing with", "\n    with: {name: pvc-1, size: 1GiB}", "", "19:11",
                            "call `create_volume` needs `name`"},
                    Mistake{"result says nothing", "{of: first, is: [ok, unknown]}", "{of: first}", "35:7",
                            "needs `is`, `code` or both"},
                    Mistake{"bounds upside down", "{from: 0ms, to: 80ms}", "{from: 90ms, to: 80ms}", "22:5",
                            "from is above to"},
                    Mistake{"chance of a call", "as: listing", "as: listing\n    chance: 30%", "28:5",
                            "`chance` belongs to a fault"},
                    Mistake{"incident without number", "incident: 20, ", "", "1:1", "needs `incident`"},
                    Mistake{"delete of nothing", "list_volumes\n    as: listing",
                            "delete_volume\n    as: listing", "26:5", "exactly one of `volume` and `id`"},
                    Mistake{"an alias", "id: sample", "id: *sample", "2:5", "not YAML"},
                    Mistake{"an anchor", "id: sample", "id: &x sample", "2:5", "anchors are not allowed"},
                    Mistake{"a second document", "- handshakes: {max: 3}\n",
                            "- handshakes: 3\n---\nformat: 1\n", "40:1", "one scenario per file"}));

TEST(Loader, ListsEveryMistakeOfAFileInOrder) {
  std::string text = with_change("title:", "tilte:");
  text.replace(text.find("reply_lost"), 10, "reply_lots");
  text.replace(text.find("handshakes"), 10, "handshaeks");
  auto const complaints = complaints_of(text);
  ASSERT_EQ(complaints.size(), 3u);
  EXPECT_THAT(complaints[0], HasSubstr("sample.yaml:3:1: error: unknown key `tilte`"));
  EXPECT_THAT(complaints[1], HasSubstr("unknown fault `reply_lots`"));
  EXPECT_THAT(complaints[2], HasSubstr("unknown cost `handshaeks`"));
}

TEST(Loader, AdvisesAgainstAFaultThatNeverEnds) {
  std::string text = with_change("reply_lost", "refuse");
  text.replace(text.find("    with: {menu: /disk, command: add}\n"), 38, "");
  text.replace(text.find("  - heal: all\n"), 14, "");
  Loaded const loaded = load_text(text, "sample.yaml");
  ASSERT_TRUE(loaded.ok());
  ASSERT_EQ(loaded.complaints.size(), 1u);
  EXPECT_EQ(
      loaded.complaints[0].to_string(),
      "sample.yaml:15:5: warning: fault `refuse` never ends: give it `for:`, `times:` or a later `heal:`");
}

TEST(Loader, AdvisesAgainstFaultsAfterWhichNothingIsDemanded) {
  std::string const text =
      with_change("  eventually:\n    - within: 2m\n      that: {volume: {of: first, disk: present}}\n", "");
  Loaded const loaded = load_text(text, "sample.yaml");
  ASSERT_TRUE(loaded.ok());
  ASSERT_EQ(loaded.complaints.size(), 1u);
  EXPECT_THAT(loaded.complaints[0].to_string(), HasSubstr("warning: faults, but no `eventually`"));
}

TEST(Loader, RefusesAFileThatExpectsNothing) {
  std::string const text = kGood.substr(0, kGood.find("expect:")) + "expect: {}\n";
  EXPECT_THAT(complaints_of(text), testing::Contains(HasSubstr("the scenario cannot fail")));
}

TEST(Loader, SaysThatAFileCannotBeReadOrIsEmpty) {
  Loaded const absent = load_file("testdata/there-is-no-such-file.yaml");
  ASSERT_EQ(absent.complaints.size(), 1u);
  EXPECT_THAT(absent.complaints[0].to_string(), HasSubstr("cannot be read"));
  EXPECT_FALSE(load_text("", "sample.yaml").ok());
  EXPECT_FALSE(load_text("just a text", "sample.yaml").ok());
  EXPECT_FALSE(load_text("- a\n- list\n", "sample.yaml").ok());
}

// A loader that dies on a broken file would take every other scenario's result with it.
TEST(Loader, SurvivesEveryTruncationAndManyDamages) {
  std::uint64_t refused = 0;
  for (std::size_t length = 0; length < kGood.size(); length += 3) {
    refused += load_text(kGood.substr(0, length), "sample.yaml").ok() ? 0 : 1;
  }
  EXPECT_GT(refused, kGood.size() / 3 * 9 / 10);
  for (char const* replacement : {"[", "}", ": ", "\"", "\xff", "- ", "null", "{}"}) {
    for (std::size_t at = 0; at < kGood.size(); at += 17) {
      std::string text = kGood;
      text.replace(at, 2, replacement);
      (void)load_text(text, "sample.yaml");
    }
  }
}

}  // namespace
}  // namespace scenario
