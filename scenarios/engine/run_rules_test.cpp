// Rules under test: each built-in rule is handed the record of a driver that breaks it, and must say so; the
// record of a good run breaks none. Method: a real simulated device for the oracle, attempts made by hand.
#include "scenarios/engine/run_rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "base/log.h"

namespace scenario {
namespace {

constexpr char const* kId = "pvc-5f0c1f8e-6f5e-4f57-9c7e-0d1f5b6a7c01";
constexpr std::int64_t kGiB = std::int64_t{1} << 30;

class Rules : public ::testing::Test {
 protected:
  Rules() {
    auto device = rdssim::routeros::Device::make("7.21", 100 * kGiB, 1);
    rds_ = std::make_unique<rdssim::faults::FaultyDevice>(*std::move(device),
                                                          rdssim::faults::FaultyDeviceOptions{});
    oracle_ = std::make_unique<Oracle>(*rds_);
    EXPECT_TRUE(oracle_->plant_neighbours("7.21").ok());
    input_.now = std::chrono::seconds(60);
  }

  // A volume as a good driver makes it.
  void make_volume(std::string const& more = "") {
    ASSERT_EQ(
        oracle_->console("/disk add type=file file-path=\"/storage-pool/metal-csi/" + std::string(kId) +
                         ".img\" file-size=1073741824 slot=" + kId +
                         " mount-filesystem=no nvme-tcp-export=yes nvme-tcp-server-nqn=\"nqn.2000-02.com."
                         "mikrotik:" +
                         kId + "\" comment=\"rdscsi1 c=a v=b p=c fmt=never src=-\"" + more),
        absl::OkStatus());
  }

  Attempt attempt(std::string const& verb, std::string const& code, int start_s, int end_s) {
    Attempt made;
    made.call = made.verb = verb;
    if (verb == "create_volume") {
      csi::CreateVolumeRequest request;
      request.name = kId;
      request.capacity_range = {kGiB, 0};
      made.request = request;
      made.answer.volume = {kId, kGiB, {}};
    } else if (verb == "expand_volume") {
      made.request = csi::ExpandVolumeRequest{kId, csi::CapacityRange{2 * kGiB, 0}, std::nullopt};
      made.answer.capacity_bytes = 2 * kGiB;
    } else {
      made.request = csi::DeleteVolumeRequest{kId};
    }
    made.start = std::chrono::seconds(start_s);
    made.end = std::chrono::seconds(end_s);
    made.deadline = made.start + std::chrono::seconds(10);
    made.answered = true;
    made.answer.code = code;
    made.execs = 1;
    made.look = oracle_->look();
    return made;
  }

  std::vector<std::string> broken() {
    input_.end = oracle_->look();
    std::vector<std::string> names;
    for (Violation const& violation : check_rules(input_, *oracle_)) names.push_back(violation.predicate);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
  }

  using Names = std::vector<std::string>;
  std::unique_ptr<rdssim::faults::FaultyDevice> rds_;
  std::unique_ptr<Oracle> oracle_;
  RulesInput input_;
};

TEST_F(Rules, AGoodRunBreaksNone) {
  make_volume();
  input_.attempts = {attempt("create_volume", "OK", 1, 2)};
  EXPECT_EQ(broken(), Names{});
}

TEST_F(Rules, AForeignDiskThatVanishedIsNotOurs) {
  ASSERT_EQ(oracle_->console("/disk remove [find slot=vm-store]"), absl::OkStatus());
  EXPECT_EQ(broken(), Names{"rule-3-not-ours"});
}

TEST_F(Rules, AForeignDiskThatChangedIsNotOurs) {
  ASSERT_EQ(oracle_->console("/disk set [find slot=vm-store] comment=mine"), absl::OkStatus());
  EXPECT_EQ(broken(), Names{"rule-3-not-ours"});
}

TEST_F(Rules, ThePoolsOwnEntryIsNotOurs) {
  ASSERT_EQ(oracle_->console("/disk remove [find slot=storage-pool]"), absl::OkStatus());
  EXPECT_EQ(broken(), Names{"rule-3-not-ours"});
}

TEST_F(Rules, NotFoundIsHonestOnlyWhileThePoolIsThere) {
  auto const boot = [&](int at_s, char const* stage) {
    Event note;
    note.name = kBootNote;
    note.start = note.end = std::chrono::seconds(at_s);
    note.result = stage;
    input_.notes.push_back(note);
  };
  boot(10, "down");
  boot(20, "ssh");
  boot(30, "pools");
  boot(31, "up");
  // When it went or came meanwhile, the device may have been asked while it was there.
  for (auto const& [start, end, honest] : {std::tuple{5, 9, true},
                                           {5, 11, true},
                                           {11, 12, false},
                                           {15, 20, false},
                                           {21, 22, false},
                                           {25, 35, true},
                                           {31, 40, true}}) {
    input_.attempts = {attempt("delete_volume", "NOT_FOUND", start, end)};
    EXPECT_EQ(broken(), honest ? Names{} : Names{"rule-5-honest-codes"}) << start << " to " << end;
  }
}

TEST_F(Rules, AnUnknownDeleteThatALaterOneSettledExcusesNothing) {
  input_.attempts = {attempt("create_volume", "UNAVAILABLE", 1, 2), attempt("create_volume", "OK", 3, 4),
                     attempt("delete_volume", "OK", 5, 6)};
  make_volume();
  input_.attempts[1].look = input_.attempts[2].look = oracle_->look();
  EXPECT_EQ(broken(), (Names{"rule-4-ok-means-done", "rule-7-no-debris"}));
}

TEST_F(Rules, AFileOutsideTheBasePathIsNotOurs) {
  input_.effects = {{1, "/file", "remove", "storage-pool/metal-csi-evil/x.img", "", "csi"}};
  EXPECT_EQ(broken(), Names{"rule-3-not-ours"});
}

TEST_F(Rules, DeleteSaidOkWhileTheFileWasThere) {
  make_volume();
  ASSERT_EQ(oracle_->console(std::string("/disk remove [find slot=") + kId + "]"), absl::OkStatus());
  input_.attempts = {attempt("delete_volume", "OK", 1, 2)};
  EXPECT_EQ(broken(), (Names{"rule-4-ok-means-done", "rule-7-no-debris"}));
}

TEST_F(Rules, CreateSaidOkWithoutADisk) {
  input_.attempts = {attempt("create_volume", "OK", 1, 2)};
  EXPECT_EQ(broken(), (Names{"created-means-there", "rule-7-no-debris"}));
}

TEST_F(Rules, CreateSaidMoreBytesThanTheDeviceHas) {
  make_volume();
  input_.attempts = {attempt("create_volume", "OK", 1, 2)};
  input_.attempts[0].answer.volume.capacity_bytes = 2 * kGiB;
  EXPECT_EQ(broken(), Names{"created-means-there"});
}

TEST_F(Rules, ExpandSaidMoreBytesThanTheDeviceHas) {
  make_volume();
  input_.attempts = {attempt("create_volume", "OK", 1, 2), attempt("expand_volume", "OK", 3, 4)};
  EXPECT_EQ(broken(), Names{"grown-means-grown"});
  ASSERT_EQ(oracle_->console(std::string("/disk set [find slot=") + kId + "] file-size=2147483648"),
            absl::OkStatus());
  input_.attempts[1].look = oracle_->look();
  EXPECT_EQ(broken(), Names{});
}

TEST_F(Rules, InternalIsNeverAnHonestCode) {
  input_.attempts = {attempt("create_volume", "INTERNAL", 1, 2)};
  EXPECT_EQ(broken(), Names{"rule-5-honest-codes"});
}

TEST_F(Rules, NotFoundWhileThePoolWasGone) {
  Event gone;
  gone.start = std::chrono::seconds(1);
  gone.name = kBootNote;
  gone.result = "down";
  input_.notes = {gone};
  input_.attempts = {attempt("delete_volume", "NOT_FOUND", 2, 3)};
  EXPECT_EQ(broken(), Names{"rule-5-honest-codes"});
}

TEST_F(Rules, AnAnswerAfterTheDeadline) {
  make_volume();
  input_.attempts = {attempt("create_volume", "OK", 1, 12)};
  EXPECT_EQ(broken(), Names{"rule-6-in-time"});
}

TEST_F(Rules, DebrisOfACallThatFailed) {
  make_volume();
  input_.attempts = {attempt("create_volume", "INVALID_ARGUMENT", 1, 2)};
  EXPECT_EQ(broken(), Names{"rule-7-no-debris"});
}

TEST_F(Rules, AnUnknownOutcomeMayHaveLeftSomething) {
  make_volume();
  input_.attempts = {attempt("create_volume", "UNAVAILABLE", 1, 2)};
  EXPECT_EQ(broken(), Names{});
}

TEST_F(Rules, MoreWarningsThanFailures) {
  LogLine line;
  line.level = static_cast<int>(rdscsi::base::LogLevel::warn);
  input_.logs = {line};
  EXPECT_EQ(broken(), Names{"rule-8-one-line"});
}

TEST_F(Rules, TwoExecsWhereOneIsEnough) {
  make_volume();
  input_.attempts = {attempt("create_volume", "OK", 1, 2)};
  input_.attempts[0].execs = 2;
  EXPECT_EQ(broken(), Names{"rule-10-round-trips"});
}

TEST_F(Rules, ThreeExecsEvenInRecovery) {
  make_volume();
  input_.disturbed = true;
  input_.attempts = {attempt("create_volume", "OK", 1, 2)};
  input_.attempts[0].execs = 3;
  EXPECT_EQ(broken(), Names{"rule-10-round-trips"});
}

TEST_F(Rules, ADiskTheDeviceMayMountItself) {
  make_volume();
  ASSERT_EQ(oracle_->console(std::string("/disk set [find slot=") + kId + "] mount-filesystem=yes"),
            absl::OkStatus());
  input_.attempts = {attempt("create_volume", "OK", 1, 2)};
  EXPECT_EQ(broken(), Names{"managed-disks"});
}

TEST_F(Rules, AFaultThatNeverFired) {
  rdssim::faults::FaultRecord record;
  record.fault.kind = rdssim::faults::FaultKind::reply_lost;
  input_.faults = {record};
  EXPECT_EQ(broken(), Names{"fault-never-fired"});
}

TEST_F(Rules, ARealSleepAtLevelOne) {
  input_.real_sleeps = 1;
  EXPECT_EQ(broken(), Names{"no-real-sleep"});
}

TEST(ProvisionerName, IsPvcAndALowerCaseUuid) {
  EXPECT_TRUE(is_provisioner_name(kId));
  EXPECT_FALSE(is_provisioner_name("pvc-5F0C1F8E-6f5e-4f57-9c7e-0d1f5b6a7c01"));
  EXPECT_FALSE(is_provisioner_name("claim-1"));
  EXPECT_FALSE(is_provisioner_name(std::string(kId) + "x"));
}

}  // namespace
}  // namespace scenario
