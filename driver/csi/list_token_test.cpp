// Page tokens come back as what they were, or not at all.
#include "csi/list_token.h"

#include "gtest/gtest.h"

namespace rdscsi::csi {
namespace {

constexpr std::string_view kId = "pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427";

TEST(ListToken, ComesBackAsTheIdItWasMadeFrom) {
  EXPECT_EQ(read_list_token(make_list_token(kId)), kId);
}

TEST(ListToken, ItsBytesAreAFormatThatLivesAcrossVersions) {
  EXPECT_EQ(make_list_token("pvc-a"), "v1.pvc-a.cbddb09a");
}

TEST(ListToken, AnythingElseIsNone) {
  for (auto const* token :
       {"", "0", "1", "invalid-token", "v1.", "v1..00000000", "v2.pvc-a.cbddb09a", "pvc-a"}) {
    EXPECT_FALSE(read_list_token(token)) << token;
  }
}

TEST(ListToken, EveryChangedByteIsSeen) {
  std::string const token = make_list_token(kId);
  int checked = 0;
  for (std::size_t i = 0; i < token.size(); ++i) {
    for (int flip = 1; flip < 256; ++flip) {
      std::string damaged = token;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      EXPECT_FALSE(read_list_token(damaged)) << damaged;
      ++checked;
    }
    EXPECT_FALSE(read_list_token(token.substr(0, i)));
  }
  EXPECT_GT(checked, 10000);
}

}  // namespace
}  // namespace rdscsi::csi
