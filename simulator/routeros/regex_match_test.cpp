// The `~` operator's matcher: the patterns scripts use, and patterns that must not hang or crash the device.
#include "simulator/routeros/regex_match.h"

#include <gtest/gtest.h>

#include <string>

namespace rdssim::routeros {
namespace {

struct Example {
  std::string text, pattern;
  bool matches;
};
std::ostream& operator<<(std::ostream& out, Example const& e) {
  return out << e.text << " ~ " << e.pattern;
}

class RegexExamples : public ::testing::TestWithParam<Example> {};

TEST_P(RegexExamples, AnswersAsPosixDoes) {
  EXPECT_EQ(regex_matches(GetParam().text, GetParam().pattern), GetParam().matches);
}

INSTANTIATE_TEST_SUITE_P(
    All, RegexExamples,
    ::testing::Values(Example{"pvc-1", "^pvc-", true}, Example{"xpvc-1", "^pvc-", false},
                      Example{"storage-pool/x.img", "x\\.img$", true},
                      Example{"storage-pool/xyimg", "x\\.img$", false}, Example{"abc", "", true},
                      Example{"", "^$", true}, Example{"a", "^$", false}, Example{"abc", "a.c", true},
                      Example{"ac", "ab?c", true}, Example{"abbbc", "ab{2,3}c", true},
                      Example{"abc", "ab{2}c", false}, Example{"abbbbc", "ab{2,}c", true},
                      Example{"www-ssl", "www|www-ssl", true}, Example{"ftp", "^(www|www-ssl)$", false},
                      Example{"www-ssl", "^(www|www-ssl)$", true}, Example{"nvme12", "^nvme[0-9]+$", true},
                      Example{"nvmeX", "^nvme[^0-9]$", true}, Example{"a-b", "^[a-z-]+$", true},
                      Example{"]", "^[]]$", true}, Example{"A1", "^[[:upper:]][[:digit:]]$", true},
                      Example{"ababab", "^(ab)*$", true}, Example{"ababa", "^(ab)*$", false},
                      Example{"pool/a/b/x.img", "^pool/([^/.][^/]*/)*x\\.img$", true},
                      Example{"pool/a/.b/x.img", "^pool/([^/.][^/]*/)*x\\.img$", false},
                      Example{"a", "(", false}, Example{"a", "[", false}, Example{"a", "*", false},
                      Example{"a", "a\\", false}, Example{"a", "a{", false}, Example{"a", "a)", false},
                      Example{"caf\xC3\xA9", "^caf..$", true}));

TEST(Regex, NoPatternHangsOrOverflows) {
  EXPECT_FALSE(regex_matches(std::string(60, 'a'), "^(a*)*b$"));
  EXPECT_TRUE(regex_matches(std::string(60'000, 'a'), "^.*a$"));
  EXPECT_FALSE(regex_matches("x", std::string(60'000, '(')));
  EXPECT_FALSE(regex_matches(std::string(60'000, 'a'), "^(a)*b"));
}

}  // namespace
}  // namespace rdssim::routeros
