// The fuzzers' committed seeds and all their prefixes, run in every build.
#include <gtest/gtest.h>

#include "base/testing/fuzz_seeds.h"
#include "rds/fuzz/rds_input.h"

namespace rdscsi::rds::fuzz {
namespace {

TEST(RdsFuzzers, EatTheirSeedsAndPrefixes) {
  int const inputs = base::testing::feed_seeds(5, [&](std::string const& text, bool) {
    feed_reply(text);
    for (char const kind :
         {'\0', '\1', '\2', '\3', '\4', '\5', '\6', '\7', '\10', '\11', '\12', '\13', '\14', '\15'})
      feed_script(kind + text);
  });
  EXPECT_GT(inputs, 60);
}

}  // namespace
}  // namespace rdscsi::rds::fuzz
