// The reply reader on whole frames and on hand-made damage. Generated damage: reply_damage_test.cpp.
#include "rds/reply.h"

#include <gtest/gtest.h>

#include "rds/frame_for_test.h"

namespace rdscsi::rds {
namespace {

using testing::make_frame;

constexpr char const* kNonce = "0badcafe";

TEST(Reply, RecordsKeepSectionsOrderAndValues) {
  auto const reading = read_reply(make_frame(kNonce, {{{{"e", ""}}},
                                                      {{{".id", "*2"}, {"slot", "storage-pool"}},
                                                       {{".id", "*3"}, {"comment", "a;b=c \"d\" $e"}}},
                                                      {{{"name", "p/x.img"}}}}),
                                  kNonce);
  ASSERT_TRUE(reading.reply.has_value()) << reading.damage;
  auto const& records = reading.reply->records;
  ASSERT_EQ(records.size(), 4U);
  EXPECT_EQ(records[0].get("e"), "");
  EXPECT_EQ(records[1].section, 1);
  EXPECT_EQ(records[1].get("slot"), "storage-pool");
  EXPECT_EQ(records[2].get("comment"), "a;b=c \"d\" $e");
  EXPECT_EQ(records[2].get("slot"), std::nullopt);
  EXPECT_EQ(records[3].get("name"), "p/x.img");
}

TEST(Reply, EmptyFrameIsNoRecordsAndWhole) {
  auto const reading = read_reply("0badcafe\r\n0badcafe 0\r\n", kNonce);
  ASSERT_TRUE(reading.reply.has_value());
  EXPECT_TRUE(reading.reply->records.empty());
}

TEST(Reply, LineEndsMayBeLfAndValuesMayHoldAnything) {
  std::string const hostile = "first\n0badcafe 3\n2 4 a b\r\n\r\n end\r";
  for (char const* line_end : {"\r\n", "\n"}) {
    auto const reading =
        read_reply(make_frame(kNonce, {{{{"comment", hostile}, {"slot", "x"}}}}, line_end), kNonce);
    ASSERT_TRUE(reading.reply.has_value()) << reading.damage;
    EXPECT_EQ(reading.reply->records[0].get("comment"), hostile);
  }
}

TEST(Reply, LfInsideAValueThatTheChannelTurnedIntoCrlfReadsAsLf) {
  auto const frame = make_frame(kNonce, {{{{"comment", "two\nlines\n"}, {"slot", "x"}}}}, "\r\n", "\r\n");
  auto const reading = read_reply(frame, kNonce);
  ASSERT_TRUE(reading.reply.has_value()) << reading.damage;
  EXPECT_EQ(reading.reply->records[0].get("comment"), "two\nlines\n");
}

struct Damage {
  char const* name;
  std::string output;
};

TEST(Reply, DamagedFramesAreUnknown) {
  std::string const whole = "0badcafe\r\n1 8 0 0 a bc 0 0 a bc\r\n2 8 0 0 b cd 0 0 b cd\r\n0badcafe 2\r\n";
  ASSERT_TRUE(read_reply(whole, kNonce).reply.has_value()) << read_reply(whole, kNonce).damage;
  for (Damage const& damage : {
           Damage{"nothing", ""},
           Damage{"another exec's nonce", "0badcaff\r\n0badcaff 0\r\n"},
           Damage{"a banner in front", "Welcome\r\n" + whole},
           Damage{"text behind", whole + "x"},
           Damage{"an empty line behind", whole + "\r\n"},
           Damage{"no last line end", whole.substr(0, whole.size() - 2)},
           Damage{"count too high", "0badcafe\r\n1 8 0 0 a bc 0 0 a bc\r\n0badcafe 2\r\n"},
           Damage{"count too low", "0badcafe\r\n1 8 0 0 a bc 0 0 a bc\r\n0badcafe 0\r\n"},
           Damage{"copies differ", "0badcafe\r\n1 8 0 0 a bc 0 0 a bd\r\n0badcafe 1\r\n"},
           Damage{"length too short", "0badcafe\r\n1 7 0 0 a bc 0 0 a bc\r\n0badcafe 1\r\n"},
           Damage{"length absurd", "0badcafe\r\n1 999999999 0 0 a bc 0 0 a bc\r\n0badcafe 1\r\n"},
           Damage{"length not a number", "0badcafe\r\n1 x 0 0 a bc 0 0 a bc\r\n0badcafe 1\r\n"},
           Damage{"length with a leading zero", "0badcafe\r\n1 08 0 0 a bc 0 0 a bc\r\n0badcafe 1\r\n"},
           Damage{"index from 0", "0badcafe\r\n0 8 0 0 a bc 0 0 a bc\r\n0badcafe 1\r\n"},
           Damage{"key twice",
                  "0badcafe\r\n1 8 0 0 a bc 0 0 a bc\r\n2 8 0 0 a bd 0 0 a bd\r\n0badcafe 2\r\n"},
           Damage{"rows not from 0", "0badcafe\r\n1 8 0 1 a bc 0 1 a bc\r\n0badcafe 1\r\n"},
           Damage{"row skipped",
                  "0badcafe\r\n1 8 0 0 a bc 0 0 a bc\r\n2 8 0 2 a bc 0 2 a bc\r\n0badcafe 2\r\n"},
           Damage{"section falls",
                  "0badcafe\r\n1 8 1 0 a bc 1 0 a bc\r\n2 8 0 0 a bc 0 0 a bc\r\n0badcafe 2\r\n"},
           Damage{"no key", "0badcafe\r\n1 4 0 0  0 0 \r\n0badcafe 1\r\n"},
           Damage{"log line inside",
                  "0badcafe\r\n1 8 0 0 a bc 0 0 a bc\r\n11:22:24 system,info user admin logged in\r\n"
                  "2 8 0 0 b cd 0 0 b cd\r\n0badcafe 2\r\n"},
       }) {
    auto const reading = read_reply(damage.output, kNonce);
    EXPECT_FALSE(reading.reply.has_value()) << damage.name;
    EXPECT_FALSE(reading.damage.empty()) << damage.name;
  }
}

TEST(Reply, AloneStandingErrorLineIsHandedOut) {
  auto const reading = read_reply("expected end of command (line 1 column 29)\r\n", kNonce);
  EXPECT_FALSE(reading.begun);
  EXPECT_EQ(reading.error_line, "expected end of command (line 1 column 29)");
}

TEST(Reply, ErrorLineThatBreaksTheFrameOffIsHandedOutAsSuch) {
  auto const reading = read_reply(
      "0badcafe\r\n1 8 0 0 a bc 0 0 a bc\r\nnot enough permissions (9) (/disk/print; line 1)\r\n", kNonce);
  EXPECT_TRUE(reading.begun);
  EXPECT_EQ(reading.error_line, "not enough permissions (9) (/disk/print; line 1)");
}

TEST(Reply, ErrorLineWithAFrameBehindItIsDamageNotRefusal) {
  auto const reading = read_reply("syntax error (line 1 column 2)\r\n0badcafe\r\n0badcafe 0\r\n", kNonce);
  EXPECT_FALSE(reading.reply.has_value());
  EXPECT_EQ(reading.error_line, "");
}

}  // namespace
}  // namespace rdscsi::rds
