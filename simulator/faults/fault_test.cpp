// Fault declarations: the vocabulary is whole, parsing takes what it names and refuses the rest helpfully.
#include "simulator/faults/fault.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

namespace rdssim::faults {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

// A value that fits the form.
std::string sample(ArgumentSpec const& argument) {
  switch (argument.form) {
    case ArgumentForm::duration:
      return "1500ms";
    case ArgumentForm::count:
      return "2";
    case ArgumentForm::bytes:
      return "4KiB";
    case ArgumentForm::text:
      return "x";
    case ArgumentForm::chance:
      return "50%";
    case ArgumentForm::blocks:
      return "100-109";
    case ArgumentForm::choice:
      return argument.choices.back();
  }
  return "";
}

Arguments required_arguments(KindSpec const& spec) {
  Arguments arguments;
  for (auto const& argument : spec.arguments) {
    if (argument.required) arguments.emplace_back(argument.name, sample(argument));
  }
  return arguments;
}

std::string error_of(std::string_view kind, Arguments const& arguments) {
  auto const fault = parse_fault(kind, arguments);
  return fault.ok() ? "(accepted)" : std::string(fault.status().message());
}

TEST(FaultVocabulary, EveryKindIsNamedOnceWithItsCause) {
  std::set<std::string> names;
  std::set<FaultKind> kinds;
  for (auto const& spec : fault_vocabulary()) {
    EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
    EXPECT_TRUE(kinds.insert(spec.kind).second) << spec.name;
    EXPECT_EQ(to_string(spec.kind), spec.name);
    EXPECT_FALSE(spec.cause.empty()) << spec.name;
    EXPECT_FALSE(spec.client_sees.empty()) << spec.name;
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(FaultKind::nvme_resize) + 1) << "a kind without a row";
}

TEST(FaultVocabulary, EveryArgumentOfEveryKindIsReadByTheParser) {
  int checked = 0;
  for (auto const& spec : fault_vocabulary()) {
    for (auto const& argument : spec.arguments) {
      auto arguments = required_arguments(spec);
      if (!argument.required) arguments.emplace_back(argument.name, sample(argument));
      auto const fault = parse_fault(spec.name, arguments);
      EXPECT_TRUE(fault.ok()) << fault.status().message();
      ++checked;
    }
  }
  EXPECT_GT(checked, 100);
}

// A row of the README's table of faults: `kind`, whether it is marked *once*, and the words in backquotes of
// its last cell, each up to its colon.
struct ReadmeRow {
  std::string kind;
  bool once = false;
  std::set<std::string> arguments;
};

std::vector<std::string> quoted_words(std::string const& cell) {
  std::vector<std::string> words;
  for (auto at = cell.find('`'); at != std::string::npos;) {
    auto const end = cell.find('`', at + 1);
    if (end == std::string::npos) break;
    std::string const text = cell.substr(at + 1, end - at - 1);
    words.push_back(text.substr(0, text.find(':')));
    at = cell.find('`', end + 1);
  }
  return words;
}

std::vector<ReadmeRow> readme_rows() {
  std::vector<ReadmeRow> rows;
  std::ifstream file("../README.md");
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("| kind |")) inside = true;
    if (!inside || !line.starts_with("| `")) {
      if (inside && !line.starts_with("|")) inside = false;
      continue;
    }
    auto const last = line.rfind(" | ");
    ReadmeRow row;
    row.kind = quoted_words(line).front();
    row.once = line.find("(*once*)") != std::string::npos;
    for (auto const& word : quoted_words(line.substr(last))) row.arguments.insert(word);
    rows.push_back(row);
  }
  return rows;
}

// Words that the text before the table explains once for all kinds.
std::set<std::string> const kMatchWords = {"contains", "menu", "command", "slot", "user", "nth",   "times",
                                           "chance",   "for",  "while",   "nqn",  "host", "queue", "range"};

TEST(FaultVocabulary, TheReadmesTableIsTheVocabulary) {
  auto const rows = readme_rows();
  auto const& kinds = fault_vocabulary();
  ASSERT_EQ(rows.size(), kinds.size());
  std::size_t words = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    KindSpec const& spec = kinds[i];
    EXPECT_EQ(rows[i].kind, spec.name) << "in the order of the vocabulary";
    std::set<std::string> own;
    for (auto const& argument : spec.arguments) {
      bool const explained_once = kMatchWords.contains(argument.name);
      if (!explained_once || spec.kind == FaultKind::auth_refused) own.insert(argument.name);
    }
    if (spec.kind == FaultKind::auth_refused) own = {"user"};
    EXPECT_THAT(rows[i].arguments, testing::ContainerEq(own)) << spec.name;
    bool const strikes = spec.scope == FaultScope::command || spec.scope == FaultScope::nvme;
    EXPECT_EQ(rows[i].once, strikes && spec.default_times == 1) << spec.name;
    words += own.size();
  }
  std::cout << "README: " << rows.size() << " kinds with " << words << " arguments of their own\n";
  EXPECT_GE(words, 30u);
}

TEST(FaultVocabulary, TheReadmeExplainsEveryMatchWord) {
  std::ifstream file("../README.md");
  std::stringstream readme;
  readme << file.rdbuf();
  for (auto const& word : kMatchWords) EXPECT_THAT(readme.str(), HasSubstr("`" + word + "`"));
}

TEST(ParseFault, ALostReplyAfterTheAddOfOneVolume) {
  auto const fault = parse_fault("reply_lost", {{"menu", "/disk"},
                                                {"command", "add"},
                                                {"slot", "pvc-1"},
                                                {"how", "reset"},
                                                {"nth", "2"},
                                                {"chance", "30%"},
                                                {"for", "90s"}});
  ASSERT_TRUE(fault.ok()) << fault.status();
  EXPECT_EQ(fault->kind, FaultKind::reply_lost);
  EXPECT_EQ(fault->how, ReplyHow::reset);
  EXPECT_EQ(fault->match.menu, "/disk");
  EXPECT_EQ(fault->match.command, "add");
  EXPECT_EQ(fault->match.slot, "pvc-1");
  EXPECT_EQ(fault->match.nth, 2);
  EXPECT_EQ(fault->match.times, 1) << "a lost reply happens once unless told otherwise";
  EXPECT_DOUBLE_EQ(fault->match.chance, 0.3);
  EXPECT_EQ(fault->window, 90s);
  EXPECT_THAT(fault->description, HasSubstr("reply_lost menu=/disk command=add slot=pvc-1 how=reset"));
}

TEST(ParseFault, DefaultsFollowTheKind) {
  EXPECT_EQ(parse_fault("slow", {{"busy", "3s"}})->match.times, 0) << "slow until healed";
  EXPECT_EQ(parse_fault("session_dies", {})->after_effect, 1);
  EXPECT_EQ(parse_fault("output_cut", {})->how, ReplyHow::close);
  EXPECT_EQ(parse_fault("reply_lost", {})->how, ReplyHow::hang);
  EXPECT_EQ(parse_fault("connect_rate", {{"limit", "5"}})->within, 1s);
  EXPECT_EQ(parse_fault("reset", {})->at, LinkAt::now);
  EXPECT_EQ(parse_fault("reset", {{"command", "add"}})->at, LinkAt::command) << "something is to be matched";
  EXPECT_EQ(parse_fault("pool_full", {{"left", "10GiB"}})->left, 10LL << 30);
}

TEST(ParseFault, AnNvmeFaultNamesHostsQueuesCommandsAndBlocks) {
  auto const fault = parse_fault("nvme_error", {{"slot", "pvc-1"},
                                                {"host", "nqn.of-node-1"},
                                                {"queue", "2"},
                                                {"command", "write"},
                                                {"range", "100-109"},
                                                {"code", "write_fault"},
                                                {"retry", "forbidden"},
                                                {"nth", "3"}});
  ASSERT_TRUE(fault.ok()) << fault.status();
  EXPECT_EQ(fault->match.slot, "pvc-1");
  EXPECT_EQ(fault->match.nth, 3);
  EXPECT_EQ(fault->match.times, 1);
  EXPECT_EQ(fault->nvme.host, "nqn.of-node-1");
  EXPECT_EQ(fault->nvme.queue, 2);
  EXPECT_EQ(fault->nvme.command, "write");
  EXPECT_EQ(fault->nvme.range->first, 100u);
  EXPECT_EQ(fault->nvme.range->last, 109u);
  EXPECT_EQ(fault->code, 0x280);
  EXPECT_TRUE(fault->retry_forbidden);
  EXPECT_EQ(parse_fault("nvme_error", {})->code, 0x281);
  EXPECT_EQ(parse_fault("nvme_resize", {{"shows", "with_event"}})->news, ResizeNews::with_event);
}

TEST(ParseFault, AMisspeltWordIsAnsweredWithTheRightOne) {
  EXPECT_THAT(error_of("replay_lost", {}),
              HasSubstr("unknown fault `replay_lost`: did you mean `reply_lost`?"));
  EXPECT_THAT(error_of("reply_lost", {{"comand", "add"}}), HasSubstr("did you mean `command`?"));
  EXPECT_THAT(error_of("reply_lost", {{"how", "hangs"}}), HasSubstr("did you mean `hang`?"));
  EXPECT_THAT(error_of("zzzzzzzzzzzz", {}), HasSubstr("it is one of pool_full, "));
}

TEST(ParseFault, BadValuesNameTheFormWanted) {
  EXPECT_THAT(error_of("slow", {{"busy", "3"}}),
              HasSubstr("slow, busy: `3` is not a duration: 150ms, 3s, 2m or 1h"));
  EXPECT_THAT(error_of("slow", {}), HasSubstr("slow: `busy` is missing"));
  EXPECT_THAT(error_of("reset", {{"nth", "0"}}), HasSubstr("counted from 1"));
  EXPECT_THAT(error_of("reset", {{"chance", "130%"}}), HasSubstr("is not a chance"));
  EXPECT_THAT(error_of("reset", {{"nth", "1"}, {"nth", "2"}}), HasSubstr("given twice"));
  EXPECT_THAT(error_of("reset", {{"at", "now"}, {"command", "add"}}), HasSubstr("at=now"));
  EXPECT_THAT(error_of("session_dies", {{"after_effect", "0"}}), HasSubstr("reset at=command"));
  EXPECT_THAT(error_of("refuse", {{"command", "add"}}), HasSubstr("unknown argument of refuse"));
  EXPECT_THAT(error_of("pool_full", {{"left", "4 GB"}}), HasSubstr("is not a size in bytes"));
  EXPECT_THAT(error_of("output_cut", {{"at_byte", "-1"}}), HasSubstr("is not a size"));
  EXPECT_THAT(error_of("trickle", {{"rate", "0"}}), HasSubstr("above 0"));
  EXPECT_THAT(error_of("nvme_error", {{"range", "9-1"}}), HasSubstr("is not a range of blocks"));
  EXPECT_THAT(error_of("nvme_error", {{"range", "-"}}), HasSubstr("is not a range of blocks"));
  EXPECT_THAT(error_of("nvme_error", {{"code", "unrecoverd_read"}}),
              HasSubstr("did you mean `unrecovered_read`?"));
  EXPECT_THAT(error_of("nvme_eror", {}), HasSubstr("did you mean `nvme_error`?"));
  EXPECT_THAT(error_of("nvme_slow", {}), HasSubstr("nvme_slow: `delay` is missing"));
  EXPECT_THAT(error_of("nvme_reset", {{"port", "70000"}}), HasSubstr("is not 1 to 65535"));
  EXPECT_THAT(error_of("nvme_reset", {{"command", "read"}}), HasSubstr("unknown argument of nvme_reset"));
  EXPECT_THAT(error_of("nvme_slow", {{"delay", "1s"}, {"command", "identify"}, {"queue", "1"}}),
              HasSubstr("command=identify comes on queue 0"));
  EXPECT_THAT(error_of("slow", {{"busy", "1s"}, {"while", "bootin"}}), HasSubstr("did you mean `booting`?"));
}

TEST(ParseDuration, TakesUnitsOnly) {
  EXPECT_EQ(*parse_duration("150ms"), 150ms);
  EXPECT_EQ(*parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(*parse_duration("2m"), 2min);
  EXPECT_EQ(*parse_duration("1h"), 1h);
  for (auto const* bad : {"", "s", "1", "1d", "1s ", "-1s", "1.2.3s"})
    EXPECT_FALSE(parse_duration(bad).ok()) << bad;
}

}  // namespace
}  // namespace rdssim::faults
