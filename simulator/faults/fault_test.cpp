// Fault declarations: the vocabulary is whole, parsing takes what it names and refuses the rest helpfully.
#include "simulator/faults/fault.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
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
  EXPECT_EQ(names.size(), static_cast<std::size_t>(FaultKind::exit_status) + 1) << "a kind without a row";
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

TEST(FaultVocabulary, TheReadmeNamesEveryKind) {
  std::ifstream file("../README.md");
  std::stringstream readme;
  readme << file.rdbuf();
  for (auto const& spec : fault_vocabulary()) {
    EXPECT_THAT(readme.str(), HasSubstr("| `" + spec.name + "` |"));
  }
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
