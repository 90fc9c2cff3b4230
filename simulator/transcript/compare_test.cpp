// The first differing byte, its line, and what of a capture does not count.
#include "simulator/transcript/compare.h"

#include <gtest/gtest.h>

namespace rdssim::transcript {
namespace {

Entry exec(std::string output, int status = 0, std::string errors = {}) {
  Entry entry;
  entry.output = std::move(output);
  entry.errors = std::move(errors);
  entry.end = Entry::End::exit;
  entry.exit_status = status;
  return entry;
}
Entry shown(std::string output) {
  Entry entry = exec(std::move(output));
  entry.kind = Entry::Kind::shown;
  return entry;
}

TEST(Compare, RecordingsDifferByAByte) {
  EXPECT_FALSE(compare(exec("a\r\n"), exec("a\r\n"), false));
  for (std::string const other : {"a\n", "a\r\n ", "a \r\n", "", "b\r\n"}) {
    EXPECT_TRUE(compare(exec("a\r\n"), exec(other), false)) << other;
  }
  auto const found = compare(exec("one\r\ntwo three\r\n"), exec("one\r\ntwo Three\r\n"), false);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->part, "stdout");
  EXPECT_EQ(found->byte, 10u);
  EXPECT_EQ(found->line, 2);
  EXPECT_EQ(found->column, 5);
  EXPECT_EQ(found->expected, "two three\r\n");
  EXPECT_EQ(found->got, "two Three\r\n");
}

TEST(Compare, StatusAndStderrCount) {
  EXPECT_EQ(compare(exec("", 0), exec("", 1), false)->part, "end");
  EXPECT_EQ(compare(exec("", 0, "x"), exec(""), false)->part, "stderr");
  Entry lost = exec("");
  lost.end = Entry::End::lost;
  EXPECT_EQ(compare(exec(""), lost, false)->got, "lost");
}

TEST(Compare, WhereTheClientLeftOnlyWhatItSawCounts) {
  Entry left = exec("one\r\n");
  left.end = Entry::End::left;
  EXPECT_FALSE(compare(left, exec("one\r\ntwo\r\n"), false));
  EXPECT_TRUE(compare(left, exec("One\r\ntwo\r\n"), false));
  EXPECT_TRUE(compare(left, exec("one"), false));
}

TEST(Compare, OfCapturesTheScreenCounts) {
  EXPECT_FALSE(compare(shown("a\nb"), shown("a\r\nb\r\n\r\n"), false));
  EXPECT_TRUE(compare(shown("a\nb"), shown("a \r\nb\r\n"), false));
  EXPECT_FALSE(compare(shown("a\nb"), shown("a \r\nb  \r\n"), true));
  EXPECT_TRUE(compare(shown("a\nb"), shown("a\r\nB"), true));
  EXPECT_TRUE(compare(shown("a\nb"), shown(" a\r\nb"), true));
}

}  // namespace
}  // namespace rdssim::transcript
