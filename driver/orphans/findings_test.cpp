// What is an orphan, and what of it may go. Incident 23: an image that a PV still uses was called one; W-04:
// so was every snapshot.
#include "orphans/findings.h"

#include <gtest/gtest.h>

namespace rdscsi::orphans {
namespace {

constexpr char const* kVolume = "pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427";
constexpr char const* kSnapshot = "snap-1b4e28ba-2fa1-11d2-883f-0016d3cca427";

rds::InventoryVolume volume(bool marked = true, bool held = false, bool file_there = true) {
  return {kVolume, kVolume, std::string("/pool/") + kVolume + ".img", marked, held, file_there};
}

rds::Inventory with(rds::InventoryVolume one) {
  rds::Inventory inventory;
  inventory.volumes.push_back(std::move(one));
  return inventory;
}

TEST(Findings, WhatHasAnOwnerIsNone) {
  Ids const owned = {kVolume, kSnapshot};
  auto inventory = with(volume());
  inventory.snapshots.push_back({kSnapshot, "cluster", kVolume, 1, 1});
  EXPECT_TRUE(find_orphans(inventory, &owned).empty());
}

TEST(Findings, W04_WithoutAnyoneToAskVolumesAndSnapshotsAreNone) {
  auto inventory = with(volume());
  inventory.snapshots.push_back({kSnapshot, "cluster", kVolume, 1, 1});
  EXPECT_TRUE(find_orphans(inventory, nullptr).empty());
}

TEST(Findings, AMarkedVolumeThatNobodyOwnsMayGo) {
  Ids const owned = {"another"};
  auto const found = find_orphans(with(volume()), &owned);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].kind, Kind::volume);
  EXPECT_TRUE(found[0].removable()) << found[0].why_stays;
}

TEST(Findings, AnUnmarkedVolumeAndOneThatANodeHasStay) {
  Ids const owned = {"another"};
  for (auto const& one : {volume(false), volume(true, true)}) {
    auto const found = find_orphans(with(one), &owned);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_FALSE(found[0].removable());
  }
}

TEST(Findings, ADiskWithoutItsFileStaysWhileSomebodyMayOwnIt) {
  Ids const owned = {kVolume};
  for (Ids const* owners : {static_cast<Ids const*>(nullptr), &owned}) {
    auto const found = find_orphans(with(volume(true, false, false)), owners);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].kind, Kind::disk_without_file);
    EXPECT_FALSE(found[0].removable());
  }
}

TEST(Findings, FilesAndSubvolumesCarryNoMarkAndStay) {
  rds::Inventory inventory;
  inventory.loose_files = {"/pool/pvc-1.img"};
  inventory.loose_subvolumes = {kVolume};
  inventory.scratch = {"rdscsi-test-uq5d7plmst-0123abcd"};
  auto const found = find_orphans(inventory, nullptr);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_FALSE(found[0].removable());
  EXPECT_FALSE(found[1].removable());
  EXPECT_TRUE(found[2].removable()) << "a scratch subvolume bears this cluster's name";
}

TEST(Findings, EveryKindHasAWordOfItsOwn) {
  std::set<std::string_view> words;
  for (Kind const kind : all_kinds()) words.insert(slug(kind));
  EXPECT_EQ(words.size(), all_kinds().size());
  EXPECT_FALSE(words.contains("unknown"));
}

}  // namespace
}  // namespace rdscsi::orphans
