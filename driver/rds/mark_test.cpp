// Marks: round trip, the golden example of docs/formats.md, and comments that pretend.
#include "rds/mark.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "rds/formats.h"

namespace rdscsi::rds {
namespace {

constexpr char const* kExample = "rdscsi1 c=uq5d7plmst v=zz6awvkx3npnzgqs p=2rzgkgai fmt=never src=-";

TEST(Mark, GoldenExample) {
  Mark const mark{cluster_hash("0b7f9c0e-6d0a-4c8e-9c3e-2f1d5a7b9e10"), name_hash("data-0"),
                  content_fingerprint("fsType=ext4")};
  EXPECT_EQ(format_mark(mark), kExample);
  EXPECT_EQ(read_mark(kExample).kind, MarkKind::known);
  EXPECT_EQ(read_mark(kExample).mark, mark);
}

TEST(Mark, EveryMarkOfOursReadsBackAndFits) {
  base::RandomStream random(3);
  for (int i = 0; i < 5000; ++i) {
    Mark mark{cluster_hash(random.hex(8)), name_hash(random.hex(8)), content_fingerprint(random.hex(8))};
    int const holders = static_cast<int>(random.below(4)) - 1;
    if (holders == 0) mark.format = "offered:free";
    if (holders >= 1) mark.format = "offered:" + node_hash(random.hex(4));
    if (holders == 2) mark.format += ":" + node_hash(random.hex(4));
    std::string const text = format_mark(mark);
    ASSERT_LE(text.size(), kMarkCharactersMax);
    MarkReading const reading = read_mark(text);
    ASSERT_EQ(reading.kind, MarkKind::known) << text;
    ASSERT_EQ(reading.mark, mark);
    ASSERT_EQ(holders_of(reading.mark).size(), static_cast<std::size_t>(std::max(holders, 0)));
    ASSERT_EQ(text.find(mark.format), kFormatOffset);
  }
}

TEST(Mark, HoldersStandBetweenColons) {
  std::string const head = "rdscsi1 c=uq5d7plmst v=zz6awvkx3npnzgqs p=2rzgkgai fmt=";
  auto const holders = [&](std::string const& format) {
    auto const reading = read_mark(head + format + " src=-");
    EXPECT_EQ(reading.kind, MarkKind::known) << format;
    return holders_of(reading.mark);
  };
  using Holders = std::vector<std::string>;
  EXPECT_EQ(holders("never"), Holders{});
  EXPECT_EQ(holders("offered:free"), Holders{});
  EXPECT_EQ(holders("offered:aaaaaaaaaa"), Holders{"aaaaaaaaaa"});
  EXPECT_EQ(holders("offered:aaaaaaaaaa:bbbbbbbbbb"), (Holders{"aaaaaaaaaa", "bbbbbbbbbb"}));
  for (char const* format :
       {"offered", "offered:", "offered:aaaa", "offered:aaaaaaaaaa:", "offered:free:aaaaaaaaaa",
        "offered:aaaaaaaaaa:bbbbbbbbbb:cccccccccc", "offered:aaaaaaaaa1"}) {
    EXPECT_EQ(read_mark(head + format + " src=-").kind, MarkKind::unknown_version) << format;
  }
}

TEST(Mark, OtherCommentsAreNoMarks) {
  for (char const* comment : {"", "managed by hand", "RDSCSI1 c=x", " rdscsi1 c=uq5d7plmst", "rdscs",
                              "alpha;name=INJECTED;.id=*999", "kubernetes: rdscsi1"}) {
    EXPECT_EQ(read_mark(comment).kind, MarkKind::unmarked) << comment;
  }
}

TEST(Mark, AnythingThatBeginsLikeOneButIsNotExactlyOneIsOfAnUnknownVersion) {
  std::string const example = kExample;
  for (std::string const& comment :
       {std::string("rdscsi"), std::string("rdscsi1"), std::string("rdscsi2 c=uq5d7plmst"), example + " ",
        example + " x=1", example + "\n", "rdscsi1  " + example.substr(8),
        example.substr(0, example.size() - 1),
        std::string("rdscsi1 v=zz6awvkx3npnzgqs c=uq5d7plmst p=2rzgkgai fmt=never src=-"),
        std::string("rdscsi1 c=uq5d7plmst v=zz6awvkx3npnzgqs p=2rzgkgai fmt=often src=-"),
        std::string("rdscsi1 c=uq5d7plmst v=zz6awvkx3npnzgqs p=2rzgkgai fmt=offered: src=-"),
        std::string("rdscsi1 c=uq5d7plmst v=zz6awvkx3npnzgqs p=2rzgkgai fmt=never src="),
        std::string("rdscsi1 c=uq5d7plms v=zz6awvkx3npnzgqs p=2rzgkgai fmt=never src=-"),
        std::string("rdscsi1 c=UQ5D7PLMST v=zz6awvkx3npnzgqs p=2rzgkgai fmt=never src=-"),
        std::string("rdscsi12 c=uq5d7plmst v=zz6awvkx3npnzgqs p=2rzgkgai fmt=never src=-"),
        example + std::string(kMarkCharactersMax, 'a')}) {
    EXPECT_EQ(read_mark(comment).kind, MarkKind::unknown_version) << comment;
  }
}

TEST(Mark, EveryOneCharacterChangeOfAMarkIsAnotherMarkOrNone) {
  Mark const original = read_mark(kExample).mark;
  int checked = 0;
  for (std::size_t at = 0; at < std::string_view(kExample).size(); ++at) {
    for (int byte = 1; byte < 128; ++byte) {
      std::string changed = kExample;
      if (changed[at] == static_cast<char>(byte)) continue;
      changed[at] = static_cast<char>(byte);
      MarkReading const reading = read_mark(changed);
      ASSERT_FALSE(reading.kind == MarkKind::known && reading.mark == original) << changed;
      ++checked;
    }
  }
  EXPECT_GT(checked, 8000);
}

TEST(Mark, PatternNamesTheClusterAndTheForm) {
  EXPECT_EQ(mark_pattern("uq5d7plmst", "[a-z2-7:]+"),
            "^rdscsi1 c=uq5d7plmst v=[a-z2-7]+ p=[a-z2-7]+ fmt=[a-z2-7:]+ src=[a-z0-9.:-]+$");
}

}  // namespace
}  // namespace rdscsi::rds
