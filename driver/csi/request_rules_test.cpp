// Field sizes, volume sizes, and exact numbers in text.
#include "csi/request_rules.h"

#include <limits>

#include "base/reasons.h"
#include "csi/driver.h"
#include "csi/text.h"
#include "gtest/gtest.h"
#include "rds/volumes.h"

namespace rdscsi::csi {
namespace {

constexpr std::int64_t kGiB = std::int64_t{1} << 30;
constexpr std::int64_t kTiB = kGiB << 10;

CapacityRange of_size(std::int64_t required, std::int64_t limit = 0) {
  return {required, limit};
}

std::string code_of_size(std::int64_t required, std::int64_t limit = 0) {
  return std::string(grpc_code_name(grpc_code(choose_size(of_size(required, limit)).status())));
}

TEST(Names, ControlCharactersAreRefusedWhereTheyStand) {
  auto const refused = [](std::string_view name) {
    auto const status = check_name("name", name);
    return status.ok() ? std::string() : std::string(status.message().data(), status.message().size());
  };
  for (std::string_view const good :
       {"data-0", "a b", "a\tb\r\nc", "gr\xc3\xb6\xc3\x9f", "\xc2\xa0", "\xe2\x80\x8b"})
    EXPECT_EQ(refused(good), "") << in_quotes(good);
  using namespace std::string_view_literals;
  for (std::string_view const bad : {"ab\0c"sv, "ab\x08"sv, "ab\x0b"sv, "ab\x0c"sv, "ab\x0e"sv, "ab\x1f"sv,
                                     "ab\x7f"sv, "ab\xc2\x80"sv, "ab\xc2\x9f"sv}) {
    EXPECT_NE(refused(bad).find("at byte 2"), std::string::npos) << in_quotes(bad) << ": " << refused(bad);
  }
  EXPECT_NE(refused(""), "");
  EXPECT_NE(refused(std::string(129, 'n')), "");
}

TEST(VolumeSize, W03SizesAreExactAndNeverRoundedBelowWhatWasAsked) {
  EXPECT_EQ(*choose_size(of_size(kTiB + kTiB / 2)), kTiB + kTiB / 2) << "1.5 TiB, once cut to 1T";
  EXPECT_EQ(*choose_size(of_size(1536 * (kGiB >> 10))), kGiB + kGiB / 2) << "1536 MiB, once cut to 1G";
  EXPECT_EQ(*choose_size(of_size(10'000'000'000)), 10'000'000'000)
      << "10 GB, once cut to 9G; it is whole sectors";
  EXPECT_EQ(*choose_size(of_size(kGiB + 1)), kGiB + rds::kSizeUnitBytes) << "up to the next sector";
}

TEST(VolumeSize, SmallOrAbsentRequestsGetTheSmallestVolume) {
  EXPECT_EQ(*choose_size(CapacityRange{}), kGiB);
  EXPECT_EQ(*choose_size(of_size(0)), kGiB);
  EXPECT_EQ(*choose_size(of_size(1)), kGiB);
  EXPECT_EQ(*choose_size(of_size(kGiB)), kGiB);
}

TEST(VolumeSize, TheLimitIsKept) {
  EXPECT_EQ(*choose_size(of_size(0, 5 * kGiB)), kGiB) << "limit only";
  EXPECT_EQ(*choose_size(of_size(5 * kGiB, 5 * kGiB)), 5 * kGiB);
  EXPECT_EQ(code_of_size(2 * kGiB, kGiB), "OUT_OF_RANGE");
  EXPECT_EQ(code_of_size(0, kGiB - 1), "OUT_OF_RANGE") << "below the smallest volume";
  EXPECT_EQ(code_of_size(kGiB + 1, kGiB + 1), "OUT_OF_RANGE") << "no whole sector in between";
  EXPECT_EQ(code_of_size(kGiB + 1, kGiB + 512), "OK");
}

TEST(VolumeSize, TheEndsOfTheScaleNeitherOverflowNorPass) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(*choose_size(of_size(16 * kTiB)), 16 * kTiB);
  EXPECT_EQ(code_of_size(16 * kTiB + 1), "OUT_OF_RANGE");
  EXPECT_EQ(code_of_size(kMax), "OUT_OF_RANGE");
  EXPECT_EQ(code_of_size(kMax, kMax), "OUT_OF_RANGE");
  EXPECT_EQ(code_of_size(0, kMax), "OK");
  EXPECT_EQ(code_of_size(-1), "INVALID_ARGUMENT");
  EXPECT_EQ(code_of_size(kMin, kMin), "INVALID_ARGUMENT");
  EXPECT_EQ(code_of_size(kGiB, -1), "INVALID_ARGUMENT");
}

TEST(FieldSizes, AStringMayHave128BytesAndAMap4KiB) {
  EXPECT_TRUE(check_text("name", std::string(128, 'x')).ok());
  EXPECT_FALSE(check_text("name", std::string(129, 'x')).ok());
  EXPECT_FALSE(check_required_text("name", "").ok());
  EXPECT_TRUE(check_map("parameters", {{"k", std::string(4095, 'x')}}).ok());
  EXPECT_FALSE(check_map("parameters", {{"k", std::string(4095, 'x')}, {"l", ""}}).ok());
}

TEST(Numbers, OnlyWholeExactOnesAreRead) {
  EXPECT_EQ(parse_integer("0"), 0);
  EXPECT_EQ(parse_integer("-1"), -1);
  EXPECT_EQ(parse_integer("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  for (auto const* text :
       {"", "-", "+1", " 1", "1 ", "01", "1.0", "1e3", "44x", "0x10", "9223372036854775808"}) {
    EXPECT_FALSE(parse_integer(text)) << text;
  }
  EXPECT_FALSE(parse_integer(std::string_view("1\0", 2)));
}

TEST(Quoting, NothingInAMessageBreaksALineOrAQuote) {
  EXPECT_EQ(in_quotes("plain"), "'plain'");
  EXPECT_EQ(in_quotes("a'b\n\\"), R"('a\x27b\x0a\x5c')");
  EXPECT_EQ(in_quotes("\xC3\xA4"), R"('\xc3\xa4')");
  EXPECT_NE(in_quotes(std::string(1000, 'x')).find("(1000 bytes)"), std::string::npos);
}

TEST(NearestWord, FindsWhatWasMeant) {
  EXPECT_EQ(nearest_word("nvmeprot", {"volumePath", "nvmePort", "nvmeAddress"}), "nvmePort");
  EXPECT_EQ(nearest_word("", {"b", "aa"}), "b");
  EXPECT_EQ(nearest_word("x", {}), "");
}

TEST(Fields, DifferentListsGiveDifferentTexts) {
  std::string one;
  append_field(one, "a");
  append_field(one, "b:c");
  std::string other;
  append_field(other, "a:b");
  append_field(other, "c");
  EXPECT_NE(one, other);
}

}  // namespace
}  // namespace rdscsi::csi
