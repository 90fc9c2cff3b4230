// Go-style arguments, durations and booleans.
#include "csi/arguments.h"

#include "gtest/gtest.h"

namespace rdscsi::csi {
namespace {

FlagForm form_of(std::string_view name) {
  if (name == "b") return FlagForm::boolean;
  return name == "v" || name == "name" ? FlagForm::valued : FlagForm::unknown;
}

std::vector<std::string> plain(std::vector<std::string> const& arguments) {
  auto const result = normalise_arguments(arguments, form_of);
  return result.ok() ? *result : std::vector<std::string>{"refused"};
}
using Words = std::vector<std::string>;

TEST(Arguments, AllFormsOfGoMeanTheSame) {
  EXPECT_EQ(plain({"-name=x"}), Words{"--name=x"});
  EXPECT_EQ(plain({"--name=x"}), Words{"--name=x"});
  EXPECT_EQ(plain({"-name", "x"}), Words{"--name=x"});
  EXPECT_EQ(plain({"--name", "x"}), Words{"--name=x"});
  EXPECT_EQ(plain({"-v=5"}), Words{"--v=5"});
  EXPECT_EQ(plain({"-b"}), Words{"--b=true"});
  EXPECT_EQ(plain({"-b=false"}), Words{"--b=false"});
  EXPECT_EQ(plain({"-name="}), Words{"--name="});
  EXPECT_EQ(plain({"-name=a=b"}), Words{"--name=a=b"});
}

TEST(Arguments, AValueMayLookLikeAFlagAsInGo) {
  EXPECT_EQ(plain({"-name", "-b", "-b"}), (Words{"--name=-b", "--b=true"}));
  EXPECT_EQ(plain({"-name", ""}), Words{"--name="});
}

TEST(Arguments, UnknownOnesPassThroughForTheirOwnMessage) {
  EXPECT_EQ(plain({"-other", "-b"}), (Words{"--other", "--b=true"}));
}

TEST(Arguments, WhatIsNoFlagIsRefused) {
  for (auto const* word : {"x", "", "-", "--", "---b", "-=x", "--=x"})
    EXPECT_EQ(plain({word}), Words{"refused"}) << word;
  EXPECT_EQ(plain({"-b", "true"}), Words{"refused"}) << "as in Go, a boolean's value needs the =";
  EXPECT_EQ(plain({"-name"}), Words{"refused"}) << "nothing follows";
}

TEST(Durations, AreReadAsGoReadsThem) {
  using std::chrono::hours;
  using std::chrono::milliseconds;
  using std::chrono::minutes;
  using std::chrono::seconds;
  EXPECT_EQ(parse_go_duration("0"), base::Duration::zero());
  EXPECT_EQ(parse_go_duration("5m"), minutes(5));
  EXPECT_EQ(parse_go_duration("1h30m"), hours(1) + minutes(30));
  EXPECT_EQ(parse_go_duration("1.5s"), milliseconds(1500));
  EXPECT_EQ(parse_go_duration(".5s"), milliseconds(500));
  EXPECT_EQ(parse_go_duration("1.s"), seconds(1));
  EXPECT_EQ(parse_go_duration("250ms"), milliseconds(250));
  EXPECT_EQ(parse_go_duration("1us"), base::Duration(1000));
  EXPECT_EQ(parse_go_duration("1\xC2\xB5s"), base::Duration(1000));
  EXPECT_EQ(parse_go_duration("2562047h47m16.854775807s"), base::Duration::max());
  for (auto const* text :
       {"", "5", "m", ".s", "5 m", "-5m", "+5m", "5x", "1e3s", "9999999999h", "5m3", "."}) {
    EXPECT_FALSE(parse_go_duration(text)) << text;
  }
}

TEST(Booleans, AreReadAsGoReadsThem) {
  for (auto const* text : {"1", "t", "T", "true", "TRUE", "True"}) EXPECT_EQ(parse_go_bool(text), true);
  for (auto const* text : {"0", "f", "F", "false", "FALSE", "False"}) EXPECT_EQ(parse_go_bool(text), false);
  for (auto const* text : {"", "yes", "no", "2", "tRUE"}) EXPECT_FALSE(parse_go_bool(text)) << text;
}

}  // namespace
}  // namespace rdscsi::csi
