// ControllerService on a store in memory: what it refuses before asking the device, what it asks, and how it
// answers when the device does not. Stories about time and concurrency run on the scheduler's virtual clock.
#include "csi/controller.h"

#include <optional>

#include "base/scheduler.h"
#include "base/sync.h"
#include "csi/driver.h"
#include "csi/testing/fake_volume_store.h"
#include "gtest/gtest.h"

namespace rdscsi::csi {
namespace {

using base::Effect;
using base::Reason;
using testing::FakeVolumeStore;
using testing::simple_create;

constexpr std::int64_t kGiB = std::int64_t{1} << 30;
constexpr std::int64_t kTiB = kGiB << 10;
constexpr char const* kName = "pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427";
constexpr char const* kOther = "pvc-2b4e28ba-2fa1-11d2-883f-0016d3cca427";
ParameterDefaults const kDefaults{"10.42.68.1", "/storage-pool/metal-csi", "/storage-pool/metal-csi"};

std::string code(base::Status const& status) {
  return std::string(grpc_code_name(grpc_code(status)));
}
template <typename T>
std::string code(base::StatusOr<T> const& result) {
  return code(result.status());
}
std::string message(base::Status const& status) {
  return {status.message().data(), status.message().size()};
}

struct Rig {
  FakeVolumeStore store;
  OpenNodeDirectory nodes;
  base::Operations operations;
  ControllerService service{kDefaults, store, nodes, operations};
  base::Context ctx = base::Context::background();

  void fail_with(Reason reason, Effect effect) {
    store.before = [=](base::Context const&, std::string_view) {
      return base::fail(reason, effect, "as told");
    };
  }
};

// Runs a story on virtual time and says how it ended.
void on_virtual_time(std::function<void()> const& story) {
  base::SchedulerOptions options;
  options.seed = 20260205;
  base::Scheduler scheduler(options);
  auto const report = scheduler.run(story);
  ASSERT_EQ(report.end, base::RunEnd::finished) << report.explanation;
}

// --- CreateVolume ---

TEST(CreateVolume, AnswersWithWhatTheDeviceHas) {
  Rig rig;
  auto request = simple_create(kName);
  request.capacity_range = {5 * kGiB + 1, 0};
  auto const volume = rig.service.create_volume(rig.ctx, request);
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_EQ(volume->volume_id, kName);
  EXPECT_EQ(volume->capacity_bytes, 5 * kGiB + 512);
  EXPECT_EQ(volume->context.at("nqn"), std::string("nqn.2000-02.com.mikrotik:") + kName);
  EXPECT_EQ(volume->context.at("volumePath"), std::string("/storage-pool/metal-csi/") + kName + ".img");
  EXPECT_EQ(volume->context.at("nvmeAddress"), "10.42.68.1");
  EXPECT_EQ(rig.store.last_spec().required_bytes, 5 * kGiB + 1);
  EXPECT_EQ(rig.store.calls("create"), 1) << "one question to the device in the good case (rule 10)";
}

TEST(CreateVolume, TheSameRequestAgainGetsTheSameAnswer) {
  Rig rig;
  auto const first = rig.service.create_volume(rig.ctx, simple_create(kName));
  auto const second = rig.service.create_volume(rig.ctx, simple_create(kName));
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->volume_id, second->volume_id);
  EXPECT_EQ(first->capacity_bytes, second->capacity_bytes);
  EXPECT_EQ(first->context, second->context);
}

TEST(CreateVolume, TheSameNameWithOtherContentAlreadyExists) {
  Rig rig;
  ASSERT_TRUE(rig.service.create_volume(rig.ctx, simple_create(kName)).ok());
  auto larger = simple_create(kName);
  larger.capacity_range = {2 * kGiB, 0};
  EXPECT_EQ(code(rig.service.create_volume(rig.ctx, larger)), "ALREADY_EXISTS");
  auto other_port = simple_create(kName);
  other_port.parameters["nvmePort"] = "4421";
  EXPECT_EQ(code(rig.service.create_volume(rig.ctx, other_port)), "ALREADY_EXISTS");
  auto as_block = simple_create(kName);
  as_block.capabilities = {{BlockAccess{}, AccessMode::single_node_writer}};
  EXPECT_EQ(code(rig.service.create_volume(rig.ctx, as_block)), "ALREADY_EXISTS");
}

TEST(CreateVolume, MistakesAreAnsweredWithoutAskingTheDevice) {
  Rig rig;
  auto const refused = [&](auto&& spoil) {
    auto request = simple_create(kName);
    spoil(request);
    auto const result = rig.service.create_volume(rig.ctx, request);
    return code(result) == "INVALID_ARGUMENT" ? message(result.status()) : code(result);
  };
  EXPECT_NE(refused([](auto& r) { r.name = ""; }).find("name: is empty"), std::string::npos);
  EXPECT_NE(refused([](auto& r) { r.name = std::string(129, 'n'); }).find("128 bytes"), std::string::npos);
  EXPECT_NE(refused([](auto& r) { r.capabilities.clear(); }).find("volume_capabilities"), std::string::npos);
  EXPECT_NE(refused([](auto& r) {
              r.capabilities[0].mode = AccessMode::multi_node_multi_writer;
            }).find("volumeMode: Block"),
            std::string::npos);
  EXPECT_NE(refused([](auto& r) { r.mutable_parameters["iops"] = "5"; }).find("'iops'"), std::string::npos);
  EXPECT_NE(refused([](auto& r) { r.parameters["volumePath"] = "/elsewhere"; }).find("volumePath"),
            std::string::npos);
  EXPECT_EQ(refused([](auto& r) { r.capacity_range = {17 * kTiB, 0}; }), "OUT_OF_RANGE");
  EXPECT_EQ(rig.store.all_calls(), 0);
}

TEST(CreateVolume, W07AForeignNameBecomesAnIdOfOurOwnAndNeverASlot) {
  Rig rig;
  std::vector<std::string> const names = {"x",  "vm-storage-001", "pvc-not-a-uuid",     "a b]; /system reset",
                                          "..", "$x\n\"'",        std::string(128, 'n')};
  for (std::string const& name : names) {
    auto const volume = rig.service.create_volume(rig.ctx, simple_create(name));
    ASSERT_TRUE(volume.ok()) << name;
    EXPECT_TRUE(rds::is_volume_id(volume->volume_id)) << name;
    EXPECT_EQ(volume->volume_id, rig.service.create_volume(rig.ctx, simple_create(name))->volume_id);
  }
}

TEST(CreateVolume, W21ALookUpThatFailsIsNeverTakenForAbsence) {
  for (auto const reason : {Reason::rds_unreachable, Reason::rds_session_lost, Reason::rds_timeout,
                            Reason::rds_reply_damaged, Reason::pool_not_visible}) {
    Rig rig;
    rig.fail_with(reason, Effect::none);
    EXPECT_EQ(code(rig.service.create_volume(rig.ctx, simple_create(kName))), "UNAVAILABLE")
        << base::slug(reason);
    EXPECT_EQ(rig.store.calls("create"), 1) << "nothing is tried behind the caller's back";
  }
}

TEST(CreateVolume, W18AFullPoolIsSaidAsSuch) {
  Rig rig;
  rig.fail_with(Reason::pool_full, Effect::none);
  EXPECT_EQ(code(rig.service.create_volume(rig.ctx, simple_create(kName))), "RESOURCE_EXHAUSTED");
}

TEST(CreateVolume, W42TheCallerIsAnsweredBeforeItsDeadlineAndTheRetryFindsTheResult) {
  on_virtual_time([] {
    Rig rig;
    rig.store.before = [](base::Context const&, std::string_view) {
      base::sleep_for(std::chrono::seconds(60));  // a device that takes longer than the caller waits
      return base::Status();
    };
    base::TimePoint const start = base::now();
    auto const ctx = rig.ctx.with_timeout(std::chrono::seconds(10));
    EXPECT_EQ(code(rig.service.create_volume(ctx, simple_create(kName))), "DEADLINE_EXCEEDED");
    EXPECT_LE(base::now() - start, std::chrono::milliseconds(9500)) << "rule 6: 500 ms before the deadline";

    auto const retry = rig.ctx.with_timeout(std::chrono::seconds(120));
    EXPECT_EQ(code(rig.service.create_volume(retry, simple_create(kName))), "OK");
    EXPECT_EQ(rig.store.calls("create"), 1) << "the retry joined the running operation";
    EXPECT_LT(base::now() - start, std::chrono::seconds(61));
  });
}

TEST(CreateVolume, FiftyAtOnceMakeOneVolume) {
  on_virtual_time([] {
    Rig rig;
    rig.store.before = [](base::Context const&, std::string_view) {
      base::sleep_for(std::chrono::seconds(1));
      return base::Status();
    };
    base::Mutex mutex;
    int done = 0;
    {
      std::vector<base::Thread> callers;
      for (int i = 0; i < 50; ++i) {
        callers.emplace_back("caller", [&] {
          auto const volume = rig.service.create_volume(rig.ctx, simple_create(kName));
          EXPECT_TRUE(volume.ok()) << volume.status();
          base::Guard guard(mutex);
          ++done;
        });
      }
    }
    EXPECT_EQ(done, 50);
    EXPECT_EQ(rig.store.calls("create"), 1) << "all others joined the first";
    EXPECT_EQ(rig.store.list(rig.ctx)->size(), 1U);
  });
}

TEST(CreateVolume, ADeleteMeanwhileIsToldWhoHoldsTheVolume) {
  on_virtual_time([] {
    Rig rig;
    base::Mutex mutex;
    base::ConditionVariable changed;
    bool inside = false;
    bool go_on = false;
    rig.store.before = [&](base::Context const&, std::string_view call) {
      base::Lock lock(mutex);
      if (call != "create") return base::Status();
      inside = true;
      changed.notify_all();
      changed.wait(lock, [&] { return go_on; });
      return base::Status();
    };
    base::Thread creator("creator",
                         [&] { EXPECT_TRUE(rig.service.create_volume(rig.ctx, simple_create(kName)).ok()); });
    {
      base::Lock lock(mutex);
      changed.wait(lock, [&] { return inside; });
    }
    auto const refused = rig.service.delete_volume(rig.ctx, {kName});
    EXPECT_EQ(code(refused), "ABORTED");
    EXPECT_NE(message(refused).find("CreateVolume"), std::string::npos) << message(refused);
    EXPECT_NE(message(refused).find("creating the volume on the RDS"), std::string::npos) << message(refused);
    EXPECT_TRUE(rig.service.delete_volume(rig.ctx, {kOther}).ok()) << "another volume is not in the way";
    {
      base::Guard guard(mutex);
      go_on = true;
      changed.notify_all();
    }
    creator.join();
  });
}

// --- DeleteVolume ---

TEST(DeleteVolume, TwiceIsOk) {
  Rig rig;
  ASSERT_TRUE(rig.service.create_volume(rig.ctx, simple_create(kName)).ok());
  EXPECT_EQ(code(rig.service.delete_volume(rig.ctx, {kName})), "OK");
  EXPECT_EQ(code(rig.service.delete_volume(rig.ctx, {kName})), "OK");
  EXPECT_EQ(rig.store.calls("remove"), 2) << "OK only after the device was asked";
}

TEST(DeleteVolume, W07AnIdThatNeverWasOursNeverReachesTheDevice) {
  Rig rig;
  for (auto const* id :
       {"nvme1", "raid10", "vm-storage-001", "pvc-x", "*1", "a;b", "PVC-1B4E28BA-2FA1-11D2-883F-0016D3CCA427",
        "pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427 "}) {
    EXPECT_EQ(code(rig.service.delete_volume(rig.ctx, {id})), "OK") << id;
  }
  EXPECT_EQ(code(rig.service.delete_volume(rig.ctx, {std::string(5000, 'x')})), "OK");
  EXPECT_EQ(rig.store.all_calls(), 0);
}

TEST(DeleteVolume, AVolumeOfAnotherRdsIsNotSaidToBeGone) {
  Rig rig;
  EXPECT_EQ(code(rig.service.delete_volume(rig.ctx, {std::string("rack7.") + kName})), "FAILED_PRECONDITION");
  EXPECT_EQ(rig.store.all_calls(), 0);
}

TEST(DeleteVolume, NoIdIsTheCallersMistake) {
  Rig rig;
  EXPECT_EQ(code(rig.service.delete_volume(rig.ctx, {""})), "INVALID_ARGUMENT");
}

TEST(DeleteVolume, W20WhatTheDeviceDoesNotConfirmIsNotOk) {
  Rig rig;
  rig.fail_with(Reason::rds_session_lost, Effect::unknown);
  EXPECT_EQ(code(rig.service.delete_volume(rig.ctx, {kName})), "UNAVAILABLE");
  rig.fail_with(Reason::pool_not_visible, Effect::none);
  EXPECT_EQ(code(rig.service.delete_volume(rig.ctx, {kName})), "UNAVAILABLE");
}

TEST(DeleteVolume, W19ACommandThatFailedIsNotOk) {
  Rig rig;
  rig.fail_with(Reason::rds_command_failed, Effect::partial);
  EXPECT_EQ(code(rig.service.delete_volume(rig.ctx, {kName})), "UNAVAILABLE");
}

// --- ControllerExpandVolume ---

ExpandVolumeRequest grow_to(std::int64_t required, std::int64_t limit = 0) {
  return {kName, CapacityRange{required, limit}, std::nullopt};
}

TEST(ExpandVolume, AnswersWithWhatTheDeviceHasAndWantsTheNodeToFollow) {
  Rig rig;
  ASSERT_TRUE(rig.service.create_volume(rig.ctx, simple_create(kName)).ok());
  auto const grown = rig.service.expand_volume(rig.ctx, grow_to(3 * kGiB + 1));
  ASSERT_TRUE(grown.ok()) << grown.status();
  EXPECT_EQ(grown->capacity_bytes, 3 * kGiB + 512);
  EXPECT_TRUE(grown->node_expansion_required);
  EXPECT_EQ(rig.service.expand_volume(rig.ctx, grow_to(2 * kGiB))->capacity_bytes, 3 * kGiB + 512)
      << "never smaller";
  EXPECT_EQ(code(rig.service.expand_volume(rig.ctx, grow_to(0, 2 * kGiB))), "OUT_OF_RANGE");
  EXPECT_EQ(rig.store.calls("expand"), 3) << "one question to the device each (rule 10)";
}

TEST(ExpandVolume, MistakesAreAnsweredWithoutAskingTheDevice) {
  Rig rig;
  auto request = grow_to(2 * kGiB);
  request.volume_id = "";
  EXPECT_EQ(code(rig.service.expand_volume(rig.ctx, request)), "INVALID_ARGUMENT");
  request.volume_id = "nvme1";
  EXPECT_EQ(code(rig.service.expand_volume(rig.ctx, request)), "NOT_FOUND");
  request.volume_id = std::string("rack7.") + kName;
  EXPECT_EQ(code(rig.service.expand_volume(rig.ctx, request)), "FAILED_PRECONDITION");
  EXPECT_EQ(code(rig.service.expand_volume(rig.ctx, {kName, std::nullopt, std::nullopt})),
            "INVALID_ARGUMENT");
  EXPECT_EQ(code(rig.service.expand_volume(rig.ctx, grow_to(0))), "INVALID_ARGUMENT");
  EXPECT_EQ(code(rig.service.expand_volume(rig.ctx, grow_to(-1))), "INVALID_ARGUMENT");
  EXPECT_EQ(code(rig.service.expand_volume(rig.ctx, grow_to(17 * kTiB))), "OUT_OF_RANGE");
  EXPECT_EQ(code(rig.service.expand_volume(rig.ctx, grow_to(3 * kGiB, 2 * kGiB))), "OUT_OF_RANGE");
  request = grow_to(2 * kGiB);
  request.capability = VolumeCapability{MountAccess{}, AccessMode::multi_node_multi_writer};
  EXPECT_EQ(code(rig.service.expand_volume(rig.ctx, request)), "INVALID_ARGUMENT");
  EXPECT_EQ(rig.store.all_calls(), 0);
}

TEST(ExpandVolume, AnotherSizeMeanwhileIsToldWhatHoldsTheVolume) {
  on_virtual_time([] {
    Rig rig;
    ASSERT_TRUE(rig.service.create_volume(rig.ctx, simple_create(kName)).ok());
    rig.store.before = [](base::Context const&, std::string_view) {
      base::sleep_for(std::chrono::seconds(60));
      return base::Status();
    };
    auto const hurried = [&] { return rig.ctx.with_timeout(std::chrono::seconds(5)); };
    EXPECT_EQ(code(rig.service.expand_volume(hurried(), grow_to(2 * kGiB))), "DEADLINE_EXCEEDED");
    auto const other = rig.service.expand_volume(hurried(), grow_to(4 * kGiB));
    EXPECT_EQ(code(other), "ABORTED");
    EXPECT_NE(message(other.status()).find("ControllerExpandVolume"), std::string::npos) << other.status();
  });
}

// --- ValidateVolumeCapabilities ---

ValidateVolumeCapabilitiesRequest validation_of(std::string id) {
  ValidateVolumeCapabilitiesRequest request;
  request.volume_id = std::move(id);
  request.capabilities = simple_create("").capabilities;
  return request;
}

TEST(ValidateVolumeCapabilities, ConfirmsWhatItServes) {
  Rig rig;
  auto const volume = *rig.service.create_volume(rig.ctx, simple_create(kName));
  auto request = validation_of(kName);
  request.context = volume.context;
  auto const verdict = rig.service.validate_volume_capabilities(rig.ctx, request);
  ASSERT_TRUE(verdict.ok());
  EXPECT_TRUE(verdict->confirmed) << verdict->message;
}

TEST(ValidateVolumeCapabilities, SaysWhyNot) {
  Rig rig;
  ASSERT_TRUE(rig.service.create_volume(rig.ctx, simple_create(kName)).ok());
  auto const why = [&](auto&& spoil) {
    auto request = validation_of(kName);
    spoil(request);
    auto const verdict = rig.service.validate_volume_capabilities(rig.ctx, request);
    EXPECT_TRUE(verdict.ok()) << verdict.status();
    EXPECT_FALSE(verdict->confirmed);
    return verdict->message;
  };
  EXPECT_NE(
      why([](auto& r) { r.capabilities[0].mode = AccessMode::multi_node_reader_only; }).find("READER_ONLY"),
      std::string::npos);
  EXPECT_NE(why([](auto& r) { r.parameters["nope"] = "1"; }).find("'nope'"), std::string::npos);
  EXPECT_NE(why([](auto& r) { r.mutable_parameters["iops"] = "1"; }).find("'iops'"), std::string::npos);
  EXPECT_NE(why([](auto& r) { r.context["nqn"] = "nqn.forged"; }).find("nqn.forged"), std::string::npos);
  EXPECT_NE(why([](auto& r) { r.context["volumePath"] = "/etc/passwd"; }).find("volumePath"),
            std::string::npos);
}

TEST(ValidateVolumeCapabilities, W22OnlyAProvenAbsenceIsNotFound) {
  Rig rig;
  EXPECT_EQ(code(rig.service.validate_volume_capabilities(rig.ctx, validation_of(kName))), "NOT_FOUND");
  EXPECT_EQ(code(rig.service.validate_volume_capabilities(rig.ctx, validation_of("nvme1"))), "NOT_FOUND");
  rig.fail_with(Reason::rds_unreachable, Effect::none);
  EXPECT_EQ(code(rig.service.validate_volume_capabilities(rig.ctx, validation_of(kName))), "UNAVAILABLE");
  rig.fail_with(Reason::pool_not_visible, Effect::none);
  EXPECT_EQ(code(rig.service.validate_volume_capabilities(rig.ctx, validation_of(kName))), "UNAVAILABLE");
}

TEST(ValidateVolumeCapabilities, MissingFieldsAreTheCallersMistake) {
  Rig rig;
  EXPECT_EQ(code(rig.service.validate_volume_capabilities(rig.ctx, validation_of(""))), "INVALID_ARGUMENT");
  auto none = validation_of(kName);
  none.capabilities.clear();
  EXPECT_EQ(code(rig.service.validate_volume_capabilities(rig.ctx, none)), "INVALID_ARGUMENT");
}

// --- ListVolumes ---

std::string numbered(int i) {
  std::string const digits = std::to_string(1000 + i);
  return "pvc-1b4e28ba-2fa1-11d2-883f-00000000" + digits;
}

TEST(ListVolumes, PagesMeetEveryVolumeOnceInOrder) {
  Rig rig;
  for (int i = 0; i < 25; ++i)
    ASSERT_TRUE(rig.service.create_volume(rig.ctx, simple_create(numbered(i))).ok());
  ListVolumesRequest request;
  request.max_entries = 10;
  std::vector<std::string> ids;
  std::vector<std::size_t> page_sizes;
  do {
    auto const page = rig.service.list_volumes(rig.ctx, request);
    ASSERT_TRUE(page.ok()) << page.status();
    page_sizes.push_back(page->entries.size());
    for (auto const& entry : page->entries) ids.push_back(entry.volume.volume_id);
    request.starting_token = page->next_token;
  } while (!request.starting_token.empty());
  EXPECT_EQ(page_sizes, (std::vector<std::size_t>{10, 10, 5}));
  for (int i = 0; i < 25; ++i) EXPECT_EQ(ids.at(static_cast<std::size_t>(i)), numbered(i));
}

TEST(ListVolumes, AVolumeDeletedBetweenPagesHidesNoOther) {
  Rig rig;
  for (int i = 0; i < 4; ++i)
    ASSERT_TRUE(rig.service.create_volume(rig.ctx, simple_create(numbered(i))).ok());
  auto const first = *rig.service.list_volumes(rig.ctx, {2, ""});
  ASSERT_TRUE(rig.service.delete_volume(rig.ctx, {numbered(1)}).ok());
  auto const second = *rig.service.list_volumes(rig.ctx, {2, first.next_token});
  ASSERT_EQ(second.entries.size(), 2U);
  EXPECT_EQ(second.entries[0].volume.volume_id, numbered(2));
  EXPECT_EQ(second.next_token, "") << "a full last page is the last one";
}

TEST(ListVolumes, GarbageIsRefusedWithoutAskingTheDevice) {
  Rig rig;
  EXPECT_EQ(code(rig.service.list_volumes(rig.ctx, {0, "invalid-token"})), "ABORTED");
  EXPECT_EQ(code(rig.service.list_volumes(rig.ctx, {-1, ""})), "INVALID_ARGUMENT");
  EXPECT_EQ(rig.store.all_calls(), 0);
}

TEST(ListVolumes, W21AListThatCannotBeReadIsNeverAnEmptyOne) {
  Rig rig;
  rig.fail_with(Reason::rds_reply_damaged, Effect::none);
  EXPECT_EQ(code(rig.service.list_volumes(rig.ctx, {})), "UNAVAILABLE");
}

TEST(ListVolumes, W42TheCallersOwnDeadlineIsNamedAsSuch) {
  on_virtual_time([] {
    Rig rig;
    rig.store.before = [](base::Context const& ctx, std::string_view) {
      (void)base::sleep_for(
          ctx, std::chrono::hours(1));  // a device that never answers; the session gives up with ctx
      return base::fail(Reason::rds_timeout, Effect::unknown, "no answer in time");
    };
    base::TimePoint const start = base::now();
    auto const result = rig.service.list_volumes(rig.ctx.with_timeout(std::chrono::seconds(2)), {});
    EXPECT_EQ(code(result), "DEADLINE_EXCEEDED");
    EXPECT_EQ(base::now() - start, std::chrono::milliseconds(1800)) << "rule 6: a tenth before the deadline";
  });
}

// --- GetCapacity ---

TEST(GetCapacity, IsWhatThePoolHasFree) {
  Rig rig;
  rig.store.pool_value = {100 * kGiB, 50 * kGiB + 100};
  auto const capacity = *rig.service.get_capacity(rig.ctx, {});
  EXPECT_EQ(capacity.available_bytes, 50 * kGiB + 100);
  EXPECT_EQ(capacity.maximum_volume_bytes, 50 * kGiB) << "whole sectors";
  EXPECT_EQ(capacity.minimum_volume_bytes, kGiB);
}

TEST(GetCapacity, TheLargestVolumeHasItsLimitAndAFullPoolTakesNone) {
  Rig rig;
  rig.store.pool_value = {64 * kTiB, 32 * kTiB};
  EXPECT_EQ(rig.service.get_capacity(rig.ctx, {})->maximum_volume_bytes, 16 * kTiB);
  rig.store.pool_value = {64 * kGiB, kGiB - 1};
  EXPECT_EQ(rig.service.get_capacity(rig.ctx, {})->maximum_volume_bytes, 0);
}

TEST(GetCapacity, CapabilitiesNobodyCanHaveFindNoRoom) {
  Rig rig;
  GetCapacityRequest request;
  request.capabilities = {{MountAccess{}, AccessMode::multi_node_multi_writer}};
  EXPECT_EQ(rig.service.get_capacity(rig.ctx, request)->available_bytes, 0);
  request.capabilities = simple_create("").capabilities;
  EXPECT_EQ(rig.service.get_capacity(rig.ctx, request)->available_bytes, 50 * kGiB);
}

TEST(GetCapacity, AMistakeInTheStorageClassIsTold) {
  Rig rig;
  GetCapacityRequest request;
  request.parameters["volumePath"] = "/elsewhere";
  EXPECT_EQ(code(rig.service.get_capacity(rig.ctx, request)), "INVALID_ARGUMENT");
}

TEST(GetCapacity, W20AnUnreachableDeviceHasNoCapacityToReport) {
  Rig rig;
  rig.fail_with(Reason::pool_not_visible, Effect::none);
  EXPECT_EQ(code(rig.service.get_capacity(rig.ctx, {})), "UNAVAILABLE") << "not 0 (incident 19)";
}

TEST(Capabilities, W33AreExactlyWhatIsServed) {
  Rig rig;
  EXPECT_EQ(
      rig.service.capabilities(),
      (std::vector{ControllerCapability::create_delete_volume, ControllerCapability::publish_unpublish_volume,
                   ControllerCapability::list_volumes, ControllerCapability::get_capacity,
                   ControllerCapability::expand_volume, ControllerCapability::volume_condition,
                   ControllerCapability::get_volume, ControllerCapability::single_node_multi_writer}));
}

}  // namespace
}  // namespace rdscsi::csi
