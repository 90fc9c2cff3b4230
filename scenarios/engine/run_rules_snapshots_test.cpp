// The rules about snapshots under test: each is handed the record of a driver that breaks it, and must say
// so; the record of a good run breaks none.
#include <gtest/gtest.h>

#include "scenarios/engine/run_rules.h"

namespace scenario {
namespace {

constexpr char const* kVolume = "pvc-5f0c1f8e-6f5e-4f57-9c7e-0d1f5b6a7c01";
constexpr char const* kId = "snap-5f0c1f8e-6f5e-4f57-9c7e-0d1f5b6a7d01";
constexpr std::int64_t kGiB = std::int64_t{1} << 30;

class SnapshotRules : public ::testing::Test {
 protected:
  SnapshotRules() {
    auto device = rdssim::routeros::Device::make("7.21", 100 * kGiB, 1);
    rds_ = std::make_unique<rdssim::faults::FaultyDevice>(*std::move(device),
                                                          rdssim::faults::FaultyDeviceOptions{});
    oracle_ = std::make_unique<Oracle>(*rds_);
    run("/disk btrfs subvolume add fs=storage-pool name=metal-csi/" + std::string(kVolume));
    run("/disk add type=file file-path=\"/storage-pool/metal-csi/" + std::string(kVolume) +
        "/disk.img\" file-size=1073741824 slot=" + kVolume);
  }

  void run(std::string const& line) {
    auto const done = oracle_->console(line);
    EXPECT_TRUE(done.ok()) << done;
  }
  void make(std::string const& more) {
    run("/disk btrfs subvolume add fs=storage-pool name=\"metal-csi/" + std::string(kId) +
        ".uq5d7plmst.dnhcrorpuei5fcb7aalnhtfee4.1790000000.1073741824\"" + more);
  }
  void drop() { run("/disk btrfs subvolume remove [find where name~\"^snap-\"]"); }

  void create(std::string const& code = "OK") {
    Attempt& attempt =
        add("create_snapshot", csi::CreateSnapshotRequest{"snapshot-" + std::string(kId + 5), kVolume, {}});
    attempt.answer.code = code;
    attempt.answer.volume.volume_id = kId;
  }
  void remove(std::string const& code = "OK") {
    add("delete_snapshot", csi::DeleteSnapshotRequest{kId}).answer.code = code;
  }

  std::vector<std::string> broken() {
    input_.end = oracle_->look();
    std::vector<std::string> names;
    for (Violation const& violation : check_snapshots(input_)) names.push_back(violation.predicate);
    return names;
  }

  using Names = std::vector<std::string>;
  RulesInput input_;

 private:
  Attempt& add(std::string const& verb, Request request) {
    Attempt made;
    made.call = made.verb = verb;
    made.request = std::move(request);
    made.start = std::chrono::seconds(10 * static_cast<int>(input_.attempts.size() + 1));
    made.end = made.start + std::chrono::seconds(1);
    made.answered = true;
    made.look = oracle_->look();
    input_.attempts.push_back(std::move(made));
    return input_.attempts.back();
  }

  std::unique_ptr<rdssim::faults::FaultyDevice> rds_;
  std::unique_ptr<Oracle> oracle_;
};

std::string parent() {
  return " parent=metal-csi/" + std::string(kVolume) + " read-only=yes";
}

TEST_F(SnapshotRules, AGoodRunBreaksNone) {
  make(parent());
  create();
  create();
  drop();
  remove();
  remove();
  EXPECT_EQ(broken(), Names{});
}

TEST_F(SnapshotRules, OkWithoutASnapshot) {
  create();
  EXPECT_EQ(broken(), Names{"snapshot-means-there"});
}

TEST_F(SnapshotRules, ASubvolumeOfNothingIsNoSnapshot) {
  make(" read-only=yes");
  create();
  EXPECT_EQ(broken(), Names{"snapshot-means-there"});
}

TEST_F(SnapshotRules, OneThatCanBeWrittenIsNone) {
  make(" parent=metal-csi/" + std::string(kVolume));
  create();
  EXPECT_EQ(broken(), Names{"snapshot-means-there"});
}

TEST_F(SnapshotRules, OkToADeletionThatLeftIt) {
  make(parent());
  remove();
  EXPECT_EQ(broken(), Names{"rule-4-ok-means-done"});
}

TEST_F(SnapshotRules, WhatWasUnknownMayStillBeAtWork) {
  create("UNAVAILABLE");
  remove();
  make(parent());
  EXPECT_EQ(broken(), Names{});
}

TEST_F(SnapshotRules, ASubvolumeOutsideTheBasePath) {
  input_.effects.push_back({1, "/disk/btrfs/subvolume", "remove", "virtual-machines", "", "csi"});
  EXPECT_EQ(broken(), Names{"rule-3-not-ours"});
}

TEST_F(SnapshotRules, WhatTheSelfTestLeft) {
  run("/disk btrfs subvolume add fs=storage-pool name=metal-csi/rdscsi-test-uq5d7plmst-01234567");
  EXPECT_EQ(broken(), Names{"rule-7-no-debris"});
}

}  // namespace
}  // namespace scenario
