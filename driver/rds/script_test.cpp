// Quoting: any string reaches the console as exactly itself or is refused; and lines that are too long say
// why. The unquoter here is written from FACTS 4, not from the quoter.
#include "rds/script.h"

#include <gtest/gtest.h>

#include <optional>

#include "base/random.h"
#include "base/reasons.h"

namespace rdscsi::rds {
namespace {

// What the console makes of one string literal; nothing if the literal ends early, late, or interpolates.
std::optional<std::string> unquote(std::string_view literal) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  if (literal.size() < 2 || literal.front() != '"' || literal.back() != '"') return std::nullopt;
  std::string_view const inner = literal.substr(1, literal.size() - 2);
  std::string value;
  for (std::size_t i = 0; i < inner.size(); ++i) {
    char const c = inner[i];
    if (c == '"' || c == '$' || c == '\n' || c == '\r') return std::nullopt;
    if (c != '\\') {
      value.push_back(c);
      continue;
    }
    if (++i == inner.size()) return std::nullopt;
    switch (inner[i]) {
      case '"':
        value.push_back('"');
        break;
      case '\\':
        value.push_back('\\');
        break;
      case '$':
        value.push_back('$');
        break;
      case '?':
        value.push_back('?');
        break;
      case 'n':
        value.push_back('\n');
        break;
      case 'r':
        value.push_back('\r');
        break;
      case 't':
        value.push_back('\t');
        break;
      case '_':
        value.push_back(' ');
        break;
      case 'a':
        value.push_back('\a');
        break;
      case 'b':
        value.push_back('\b');
        break;
      case 'f':
        value.push_back('\f');
        break;
      case 'v':
        value.push_back('\v');
        break;
      default: {
        if (i + 1 >= inner.size()) return std::nullopt;
        auto const high = kHex.find(inner[i]);
        auto const low = kHex.find(inner[++i]);
        if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
        value.push_back(static_cast<char>(high * 16 + low));
      }
    }
  }
  return value;
}

bool holds_refused(std::string_view text) {
  for (char const c : text) {
    auto const byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7f) return true;
  }
  return false;
}

std::string any_string(base::RandomStream& random) {
  constexpr std::string_view kNasty = "\"\\$?;[](){}=~#\n\r\t *'`/_nrtAF0";
  std::string text;
  for (std::uint64_t n = random.below(24); n > 0; --n) {
    switch (random.below(8)) {
      case 0:
        text.push_back(static_cast<char>(random.below(256)));
        break;
      case 1:
        text.push_back(static_cast<char>(random.between(std::int64_t{0x80}, std::int64_t{0xff})));
        break;
      case 2:
      case 3:
      case 4:
        text.push_back(kNasty[random.below(kNasty.size())]);
        break;
      default:
        text.push_back(static_cast<char>(random.between(std::int64_t{0x20}, std::int64_t{0x7e})));
        break;
    }
  }
  return text;
}

TEST(Quote, AnyStringRoundTripsOrIsRefused) {
  base::RandomStream random(11);
  int carried = 0;
  int refused = 0;
  for (int i = 0; i < 200000; ++i) {
    std::string const text = any_string(random);
    auto const quoted = quote("value", text);
    if (holds_refused(text)) {
      ASSERT_FALSE(quoted.ok());
      ASSERT_EQ(base::failure_of(quoted.status()).reason, base::Reason::invalid_argument);
      ++refused;
      continue;
    }
    ASSERT_TRUE(quoted.ok());
    ASSERT_EQ(unquote(*quoted), text) << *quoted;
    for (char const c : *quoted)
      ASSERT_TRUE(c >= 0x20 && c < 0x7f) << "only printable ASCII leaves: " << *quoted;
    ++carried;
  }
  EXPECT_GT(carried, 100000);
  EXPECT_GT(refused, 1000);
}

TEST(Quote, InjectionStaysAValue) {
  auto const quoted = quote("name", "x\"; /disk remove [find]; :put \"$[/user print]");
  ASSERT_TRUE(quoted.ok());
  EXPECT_EQ(*quoted, R"("x\"; /disk remove [find]; :put \"\$[/user print]")");
}

TEST(Quote, RefusalNamesValueByteAndPlace) {
  auto const quoted = quote("volumePath", std::string_view("/p\0x", 4));
  ASSERT_FALSE(quoted.ok());
  EXPECT_NE(quoted.status().message().find("volumePath holds the control character 0x00 at byte 2"),
            absl::string_view::npos)
      << quoted.status();
}

TEST(Expression, SpecialCharactersMatchThemselves) {
  EXPECT_EQ(expression_for("storage-pool/metal-csi"), "storage-pool/metal-csi");
  EXPECT_EQ(expression_for("a.b+c(d)[e]{f}*^$|?\\"), R"(a\.b\+c\(d\)\[e\]\{f\}\*\^\$\|\?\\)");
}

TEST(Script, PutsTheLineTogether) {
  Script script;
  script.code(":local m ").value("pool", "storage pool").code(";:put ");
  script.joined("file", {Variable{"m"}, std::string("/a$b/"), Variable{"i"}, std::string(".img")})
      .code(";")
      .number(42);
  auto const line = script.finish();
  ASSERT_TRUE(line.ok());
  EXPECT_EQ(*line, R"(:local m "storage pool";:put "$m/a\$b/$i.img";42)");
}

TEST(Script, TextThatWouldLengthenAVariablesNameIsRefused) {
  Script script;
  script.joined("file", {Variable{"m"}, std::string("abc")});
  EXPECT_EQ(base::failure_of(script.finish().status()).reason, base::Reason::internal);
}

TEST(Script, TheFirstBadValueFailsTheLine) {
  Script script;
  script.code(":put ").value("first", "\x01").value("second", "\x02");
  auto const line = script.finish();
  ASSERT_FALSE(line.ok());
  EXPECT_NE(line.status().message().find("first"), absl::string_view::npos);
  EXPECT_EQ(line.status().message().find("second"), absl::string_view::npos);
}

TEST(Script, LineThatIsTooLongNamesItsLongestValue) {
  Script exact;
  exact.value("text", std::string(kLineBytesMax - 2, 'a'));
  EXPECT_TRUE(exact.finish().ok());

  Script script;
  script.value("pool", "p").value("volumePath", std::string(kLineBytesMax - 2, 'a'));
  auto const line = script.finish();
  ASSERT_FALSE(line.ok());
  EXPECT_EQ(base::failure_of(line.status()).reason, base::Reason::invalid_argument);
  EXPECT_NE(line.status().message().find("volumePath with 1023 bytes: shorten it by 3"),
            absl::string_view::npos)
      << line.status();
}

}  // namespace
}  // namespace rdscsi::rds
