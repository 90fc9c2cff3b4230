// Pages of ListVolumes and ListSnapshots: every item once, in order, and no page that a client cannot take.
#include "csi/controller_rules.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "csi/list_token.h"

namespace rdscsi::csi {
namespace {

struct Page {
  std::vector<std::string> entries;
  std::string next_token;
};

std::vector<std::string> names(int count) {
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) {
    std::string digits = std::to_string(i);
    all.push_back("pvc-00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits);
  }
  return all;
}

std::vector<std::size_t> page_sizes(std::vector<std::string> const& all, std::int32_t max_entries) {
  std::vector<std::size_t> sizes;
  std::vector<std::string> seen;
  std::string after;
  do {
    Page page;
    auto const itself = [](std::string const& name) { return name; };
    fill_page(all, after, max_entries, itself, itself, page);
    sizes.push_back(page.entries.size());
    seen.insert(seen.end(), page.entries.begin(), page.entries.end());
    auto const next = first_after(page.next_token);
    EXPECT_TRUE(next.ok()) << page.next_token;
    after = next.ok() ? *next : "";
  } while (!after.empty() && sizes.size() < 100);
  EXPECT_EQ(seen, all);
  return sizes;
}

using Sizes = std::vector<std::size_t>;

TEST(Pages, HoldAtMostWhatWasAskedForAndNeverMoreThanAClientTakes) {
  EXPECT_EQ(page_sizes(names(0), 0), Sizes({0}));
  EXPECT_EQ(page_sizes(names(5), 2), Sizes({2, 2, 1}));
  EXPECT_EQ(page_sizes(names(4), 2), Sizes({2, 2}));
  EXPECT_EQ(page_sizes(names(10'000), 0), Sizes({10'000}));
  EXPECT_EQ(page_sizes(names(20'001), 0), Sizes({10'000, 10'000, 1}));
  EXPECT_EQ(page_sizes(names(20'001), 2'000'000'000), Sizes({10'000, 10'000, 1}));
}

}  // namespace
}  // namespace rdscsi::csi
