// Questions: get, list and pool. Absence is believed only when the pool is visible, and lists are whole or
// unknown.
#include "rds/volumes.h"

#include <gtest/gtest.h>

#include "rds/fake_rds_for_test.h"
#include "rds/formats.h"

namespace rdscsi::rds {
namespace {

using base::Effect;
using base::Reason;
using testing::disk_row;
using testing::effect_of;
using testing::FakeRds;
using testing::pool_row;
using testing::reason_of;
using testing::says;
using testing::Section;

base::Context const kContext = base::Context::background();

class VolumesAsked : public ::testing::Test {
 protected:
  void answer(Section disks) {
    disks.insert(disks.begin(), pool_row());
    rds_.answer({disks});
  }
  FakeRds rds_;
  Volumes volumes_{rds_, testing::territory()};
};

class VolumesGet : public VolumesAsked {};
class VolumesList : public VolumesAsked {};
class VolumesPool : public VolumesAsked {};

TEST_F(VolumesGet, FindsEitherSlotForm) {
  for (char const* slot : {testing::kId, testing::kCompact}) {
    answer({disk_row({{"slot", slot}})});
    auto const volume = volumes_.get(kContext, testing::kId);
    ASSERT_TRUE(volume.ok()) << volume.status();
    EXPECT_EQ(volume->slot, slot);
    EXPECT_EQ(volume->volume_id, testing::kId);
  }
}

TEST_F(VolumesGet, W22_AbsentIsOneReasonWhereverItComesFrom) {
  answer({});
  EXPECT_EQ(reason_of(volumes_.get(kContext, testing::kId).status()), Reason::not_found);
  EXPECT_EQ(reason_of(volumes_.get(kContext, "never-was-ours").status()), Reason::not_found);
  EXPECT_EQ(rds_.lines().size(), 1U) << "an id that never was ours is not asked for";
}

TEST_F(VolumesGet, W20_W21_NoAnswerIsNeverNotFound) {
  rds_.fail(Reason::rds_timeout, Effect::unknown);
  auto status = volumes_.get(kContext, testing::kId).status();
  EXPECT_EQ(reason_of(status), Reason::rds_timeout);
  EXPECT_EQ(effect_of(status), Effect::none) << "asking changes nothing";

  rds_.answer({{}});
  EXPECT_EQ(reason_of(volumes_.get(kContext, testing::kId).status()), Reason::pool_not_visible);

  rds_.answer_raw("no such item\r\n");
  EXPECT_EQ(reason_of(volumes_.get(kContext, testing::kId).status()), Reason::rds_command_failed);

  rds_.answer_raw("x");
  rds_.answer_raw("x");
  status = volumes_.get(kContext, testing::kId).status();
  EXPECT_EQ(reason_of(status), Reason::rds_reply_damaged);
  EXPECT_EQ(effect_of(status), Effect::none);
}

TEST_F(VolumesGet, ForeignMarksAreNotOurs) {
  answer({disk_row({{"comment", testing::kForeignMark}})});
  EXPECT_EQ(reason_of(volumes_.get(kContext, testing::kId).status()), Reason::not_ours);
}

TEST_F(VolumesGet, MarksOfLaterVersionsMayBeRead) {
  answer({disk_row({{"comment", "rdscsi2 something new"}})});
  auto const volume = volumes_.get(kContext, testing::kId);
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_TRUE(volume->unknown_mark);
  EXPECT_FALSE(volume->marked);
}

TEST_F(VolumesGet, ExportThatIsOffNeedsNoPortAndNqn) {
  answer(
      {disk_row({{"nvme-tcp-export", "false"}, {"nvme-tcp-server-nqn", ""}, {"nvme-tcp-server-port", ""}})});
  auto const volume = volumes_.get(kContext, testing::kId);
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_FALSE(volume->exported);
}

TEST_F(VolumesList, IsOrderedAndHoldsOursAndUnmarkedOnly) {
  std::string const other = "pvc-0b4e28ba-2fa1-11d2-883f-0016d3cca427";
  answer({disk_row(),
          disk_row({{"slot", other},
                    {"file-path", backing_file("/storage-pool/metal-csi/gold", other)},
                    {"comment", ""}}),
          disk_row({{"slot", "snap-x"}}),
          disk_row({{"slot", "vm-storage-001"}, {"file-path", "/raid10/vm.img"}}),
          disk_row({{"slot", full_slot("pvc-2b4e28ba-2fa1-11d2-883f-0016d3cca427")},
                    {"comment", testing::kForeignMark}}),
          disk_row({{"slot", full_slot("pvc-3b4e28ba-2fa1-11d2-883f-0016d3cca427")},
                    {"file-path", "/storage-pool/metal-csi-evil/x.img"}})});
  auto const volumes = volumes_.list(kContext);
  ASSERT_TRUE(volumes.ok()) << volumes.status();
  ASSERT_EQ(volumes->size(), 2U);
  EXPECT_EQ((*volumes)[0].volume_id, other);
  EXPECT_FALSE((*volumes)[0].marked);
  EXPECT_EQ((*volumes)[1].volume_id, testing::kId);
  EXPECT_TRUE((*volumes)[1].marked);
}

TEST_F(VolumesList, EmptyIsBelievedOnlyWithThePool) {
  answer({});
  EXPECT_TRUE(volumes_.list(kContext).ok());
  rds_.answer({{}});
  EXPECT_EQ(reason_of(volumes_.list(kContext).status()), Reason::pool_not_visible);
}

TEST_F(VolumesList, RowOfOursThatLacksAFieldMakesTheListUnknown) {
  for (char const* key :
       {"type", "file-path", "size", "nvme-tcp-export", "nvme-tcp-server-port", "nvme-tcp-server-nqn"}) {
    answer({disk_row(), disk_row({{"slot", "pvc-0b4e28ba-2fa1-11d2-883f-0016d3cca427"}, {key, ""}})});
    auto const volumes = volumes_.list(kContext);
    if (std::string_view(key) != "file-path" && std::string_view(key) != "type") {
      rds_.answer({{}});  // not asked again: the reply itself was whole
      EXPECT_EQ(reason_of(volumes_.list(kContext).status()), Reason::pool_not_visible);
    }
    EXPECT_EQ(reason_of(volumes.status()), Reason::rds_reply_damaged) << key;
    EXPECT_TRUE(says(volumes.status(), "pvc-0b4e28ba")) << volumes.status();
  }
}

TEST_F(VolumesList, MalformedFieldMakesTheListUnknown) {
  for (auto const& [key, value] :
       {std::pair{"size", "1 073 741 824"}, std::pair{"size", "1.0GiB"}, std::pair{"size", "-1"},
        std::pair{"nvme-tcp-export", "maybe"}, std::pair{"nvme-tcp-server-port", "44200000"}}) {
    for (int i = 0; i < 2; ++i) answer({disk_row({{key, value}})});
    EXPECT_EQ(reason_of(volumes_.list(kContext).status()), Reason::rds_reply_damaged) << key << "=" << value;
  }
}

TEST_F(VolumesList, TenThousandVolumes) {
  Section disks;
  for (int i = 0; i < 10000; ++i) {
    std::string const id = volume_id_for_name("volume " + std::to_string(i));
    disks.push_back(
        disk_row({{"slot", compact_slot(id)}, {"file-path", backing_file("/storage-pool/metal-csi", id)}}));
  }
  answer(disks);
  auto const volumes = volumes_.list(kContext);
  ASSERT_TRUE(volumes.ok()) << volumes.status();
  EXPECT_EQ(volumes->size(), 10000U);
}

TEST_F(VolumesPool, FiguresAreExactBytes) {
  answer({});
  auto const pool = volumes_.pool(kContext);
  ASSERT_TRUE(pool.ok()) << pool.status();
  EXPECT_EQ(pool->size_bytes, 107374182400);
  EXPECT_EQ(pool->free_bytes, 99000000000);
}

TEST_F(VolumesPool, MissingFreeIsUnknownNotZero) {
  auto row = pool_row();
  std::erase_if(row, [](auto const& pair) { return pair.first == "free"; });
  rds_.answer({{row}});
  EXPECT_EQ(reason_of(volumes_.pool(kContext).status()), Reason::rds_reply_damaged);
  rds_.answer({{}});
  EXPECT_EQ(reason_of(volumes_.pool(kContext).status()), Reason::pool_not_visible);
}

TEST_F(VolumesAsked, BasePathThatIsNoCleanPathIsRefused) {
  for (char const* path : {"", "/", "pool", "/pool/", "/pool/../x", "/pool//x"}) {
    Territory territory = testing::territory();
    territory.base_path = path;
    Volumes volumes(rds_, territory);
    EXPECT_EQ(reason_of(volumes.list(kContext).status()), Reason::invalid_argument) << path;
    EXPECT_EQ(reason_of(volumes.get(kContext, testing::kId).status()), Reason::invalid_argument) << path;
    EXPECT_EQ(reason_of(volumes.remove(kContext, testing::kId)), Reason::invalid_argument) << path;
  }
  EXPECT_TRUE(rds_.lines().empty());
}

}  // namespace
}  // namespace rdscsi::rds
