// Snapshots as the orchestrator sees them: what is checked before the device is asked, what an answer says,
// and how lists are paged. What the device does is tested in rds/.
#include <gtest/gtest.h>

#include "csi/controller.h"
#include "csi/driver.h"
#include "csi/testing/fake_snapshot_store.h"
#include "csi/testing/fake_volume_store.h"
#include "rds/formats.h"

namespace rdscsi::csi {
namespace {

constexpr char const* kVolume = "pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427";
constexpr char const* kSnapshot = "snap-1b4e28ba-2fa1-11d2-883f-0016d3cca427";
constexpr char const* kName = "snapshot-1b4e28ba-2fa1-11d2-883f-0016d3cca427";

std::string code(base::Status const& status) {
  return std::string(grpc_code_name(grpc_code(status)));
}

struct Rig {
  testing::FakeVolumeStore volumes;
  testing::FakeSnapshotStore snapshots;
  OpenNodeDirectory nodes;
  base::Operations operations;
  ControllerService service{{"10.42.68.1", "/storage-pool/metal-csi", "/storage-pool/metal-csi"},
                            volumes,
                            nodes,
                            operations,
                            true,
                            &snapshots};
  base::Context ctx = base::Context::background();

  std::string create(CreateSnapshotRequest const& request) {
    return code(service.create_snapshot(ctx, request).status());
  }
  // The ids of one page, and the token after it.
  std::vector<std::string> page(ListSnapshotsRequest const& request, std::string* next = nullptr) {
    auto const answer = service.list_snapshots(ctx, request);
    EXPECT_TRUE(answer.ok()) << answer.status();
    std::vector<std::string> ids;
    if (!answer.ok()) return ids;
    for (auto const& entry : answer->entries) ids.push_back(entry.snapshot_id);
    if (next != nullptr) *next = answer->next_token;
    return ids;
  }
};

TEST(CreateSnapshot, AnswersWithAllOfIt) {
  Rig rig;
  auto const snapshot = rig.service.create_snapshot(rig.ctx, {kName, kVolume, {}});
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(snapshot->snapshot_id, kSnapshot);
  EXPECT_EQ(snapshot->source_volume_id, kVolume);
  EXPECT_EQ(snapshot->size_bytes, std::int64_t{2} << 30);
  EXPECT_EQ(snapshot->created_s, 1'790'000'000);
  EXPECT_TRUE(snapshot->ready);
}

TEST(CreateSnapshot, MistakesAreAnsweredWithoutAskingTheDevice) {
  Rig rig;
  EXPECT_EQ(rig.create({"", kVolume, {}}), "INVALID_ARGUMENT");
  EXPECT_EQ(rig.create({std::string(129, 'n'), kVolume, {}}), "INVALID_ARGUMENT");
  EXPECT_EQ(rig.create({kName, "", {}}), "INVALID_ARGUMENT");
  EXPECT_EQ(rig.create({kName, "vm-storage-001", {}}), "NOT_FOUND");
  EXPECT_EQ(rig.create({kName, kVolume, {{"volumePaht", "/x"}}}), "INVALID_ARGUMENT");
  EXPECT_EQ(rig.create({kName, kVolume, {{"volumePath", "/elsewhere"}}}), "INVALID_ARGUMENT");
  EXPECT_EQ(rig.create({kName, kVolume, {{"volumePath", "/storage-pool/metal-csi\"]; /system reset"}}}),
            "INVALID_ARGUMENT")
      << "W-80";
  EXPECT_EQ(rig.snapshots.calls, 0);
  EXPECT_EQ(rig.create({kName, kVolume, {{"volumePath", "/storage-pool/metal-csi"}}}), "OK");
}

TEST(CreateSnapshot, AnotherSourceUnderTheNameAlreadyExists) {
  Rig rig;
  EXPECT_EQ(rig.create({kName, kVolume, {}}), "OK");
  EXPECT_EQ(rig.create({kName, "pvc-00000000-0000-0000-0000-000000000001", {}}), "ALREADY_EXISTS");
}

TEST(DeleteSnapshot, W07WhatNeverWasOursIsGoneAndNothingOfItReachesTheDevice) {
  Rig rig;
  for (std::string const id :
       {"x", "storage-pool", "pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427", "a b]; /system"})
    EXPECT_TRUE(rig.service.delete_snapshot(rig.ctx, {id}).ok()) << id;
  EXPECT_EQ(code(rig.service.delete_snapshot(rig.ctx, {""})), "INVALID_ARGUMENT");
  auto const old = rig.service.delete_snapshot(rig.ctx, {std::string(kSnapshot) + "-at-0123456789"});
  EXPECT_EQ(code(old), "FAILED_PRECONDITION") << "the Go driver's are disks; OK would not be true";
  EXPECT_EQ(rig.snapshots.calls, 0);
  EXPECT_TRUE(rig.service.delete_snapshot(rig.ctx, {kSnapshot}).ok());
  EXPECT_EQ(rig.snapshots.calls, 1);
}

TEST(GetSnapshot, IsFoundByIdOnly) {
  Rig rig;
  EXPECT_EQ(code(rig.service.get_snapshot(rig.ctx, {""}).status()), "INVALID_ARGUMENT");
  EXPECT_EQ(code(rig.service.get_snapshot(rig.ctx, {"x"}).status()), "NOT_FOUND");
  EXPECT_EQ(code(rig.service.get_snapshot(rig.ctx, {kSnapshot}).status()), "NOT_FOUND");
  EXPECT_EQ(rig.create({kName, kVolume, {}}), "OK");
  EXPECT_EQ(rig.service.get_snapshot(rig.ctx, {kSnapshot})->source_volume_id, kVolume);
}

TEST(ListSnapshots, PagesFiltersAndForeignIds) {
  Rig rig;
  std::string const other = "pvc-00000000-0000-0000-0000-000000000001";
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(rig.create({"s" + std::to_string(i), i < 3 ? kVolume : other, {}}), "OK");
  std::string next;
  std::vector<std::string> seen;
  ListSnapshotsRequest request{2, "", "", ""};
  do {
    for (auto const& id : rig.page(request, &next)) seen.push_back(id);
    request.starting_token = next;
  } while (!next.empty());
  EXPECT_EQ(seen.size(), 5U);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(rig.page({0, "", kVolume, ""}).size(), 3U);
  EXPECT_EQ(rig.page({0, "", "", seen[1]}), std::vector<std::string>{seen[1]});
  EXPECT_TRUE(rig.page({0, "", "", "x"}).empty());
  EXPECT_TRUE(rig.page({0, "", "x", ""}).empty());
  EXPECT_EQ(code(rig.service.list_snapshots(rig.ctx, {-1, "", "", ""}).status()), "INVALID_ARGUMENT");
  EXPECT_EQ(code(rig.service.list_snapshots(rig.ctx, {0, "made up", "", ""}).status()), "ABORTED");
}

TEST(Snapshots, AdvertisedWhenProvenOnly) {
  Rig rig;
  auto const has = [&](ControllerCapability wanted) {
    auto const all = rig.service.capabilities();
    return std::find(all.begin(), all.end(), wanted) != all.end();
  };
  EXPECT_TRUE(has(ControllerCapability::create_delete_snapshot));
  EXPECT_TRUE(has(ControllerCapability::clone_volume));
  for (bool const settled : {false, true}) {
    rig.snapshots.known.reset();
    if (settled) rig.snapshots.known = rds::SnapshotVerdict{"", "the pool is no btrfs"};
    for (auto const one : {ControllerCapability::create_delete_snapshot, ControllerCapability::list_snapshots,
                           ControllerCapability::get_snapshot, ControllerCapability::clone_volume})
      EXPECT_FALSE(has(one));
  }
  auto const refused = rig.service.create_snapshot(rig.ctx, {"", "", {}}).status();
  EXPECT_EQ(code(refused), "UNIMPLEMENTED") << "as its capability says, whatever else is wrong";
  EXPECT_NE(std::string(refused.message()).find("no btrfs"), std::string::npos) << refused;
}

TEST(Snapshots, OffAnswersUnimplementedAndSaysWhy) {
  Rig rig;
  ControllerService off({"10.42.68.1", "/storage-pool", "/storage-pool"}, rig.volumes, rig.nodes,
                        rig.operations);
  EXPECT_EQ(code(off.create_snapshot(rig.ctx, {kName, kVolume, {}}).status()), "UNIMPLEMENTED");
  EXPECT_EQ(code(off.delete_snapshot(rig.ctx, {kSnapshot})), "UNIMPLEMENTED");
  EXPECT_EQ(code(off.get_snapshot(rig.ctx, {kSnapshot}).status()), "UNIMPLEMENTED");
  EXPECT_EQ(code(off.list_snapshots(rig.ctx, {}).status()), "UNIMPLEMENTED");
}

// --- volumes made from something ---

CreateVolumeRequest from(ContentSource source, std::string id) {
  CreateVolumeRequest request;
  request.name = kVolume;
  request.capabilities = {{MountAccess{"ext4", {}, ""}, AccessMode::single_node_writer}};
  request.source = source;
  request.source_id = std::move(id);
  return request;
}

TEST(CreateVolume, W15TheContentSourceIsAnswered) {
  Rig rig;
  auto const volume = rig.service.create_volume(rig.ctx, from(ContentSource::snapshot, kSnapshot));
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_EQ(volume->source, ContentSource::snapshot);
  EXPECT_EQ(volume->source_id, kSnapshot);
  EXPECT_EQ(rig.volumes.last_spec().origin, rds::Origin::snapshot);
  EXPECT_EQ(rig.volumes.last_spec().origin_id, kSnapshot);
}

TEST(CreateVolume, ASourceNobodyHasIsNotFoundWithoutAskingTheDevice) {
  Rig rig;
  auto const answer = [&](ContentSource source, std::string id) {
    return code(rig.service.create_volume(rig.ctx, from(source, std::move(id))).status());
  };
  EXPECT_EQ(answer(ContentSource::snapshot, ""), "INVALID_ARGUMENT");
  EXPECT_EQ(answer(ContentSource::snapshot, "x"), "NOT_FOUND");
  EXPECT_EQ(answer(ContentSource::volume, ""), "INVALID_ARGUMENT");
  EXPECT_EQ(answer(ContentSource::volume, "vm-storage-001"), "NOT_FOUND");
  EXPECT_EQ(answer(ContentSource::unknown, ""), "INVALID_ARGUMENT");
  EXPECT_EQ(rig.volumes.all_calls(), 0);
}

}  // namespace
}  // namespace rdscsi::csi
