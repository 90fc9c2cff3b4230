// A device that boots, as its network and its hosts see it, and the condition `while`. On virtual time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulator/faults/testing/bench.h"

namespace rdssim::faults {
namespace {

using namespace test_bench;  // NOLINT(google-build-using-namespace): the bench
using rdscsi::base::now;
using rdscsi::base::Thread;
using routeros::BootStage;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

// The clock's owner: enters every stage that is due until the device is in `wanted`.
void boot_until(FaultyDevice& faulty, BootStage wanted) {
  while (faulty.boot_stage() < wanted) {
    ASSERT_NE(faulty.next_expiry(), rdscsi::base::kNoDeadline);
    rdscsi::base::sleep_for(faulty.next_expiry() - now());
    faulty.expire();
  }
}

std::size_t exports_of(FaultyDevice& faulty) {
  return faulty.with_device([](routeros::Device& device) { return device.exports().size(); });
}

TEST(Boot, SessionsEndAndWhatClientsSeeComesBackInStages) {
  story(1, [] {
    Bench bench;
    auto& faulty = *bench.faulty;
    bench.exec(kAdd);
    bench.exec("/disk set [find slot=pvc-1] nvme-tcp-export=yes");
    ASSERT_EQ(exports_of(faulty), 1u);
    auto const began = now();
    faulty.reboot();
    EXPECT_EQ(faulty.boot_stage(), BootStage::down);
    EXPECT_FALSE(faulty.session_open(bench.session));
    EXPECT_THAT(bench.link.resets, ElementsAre(bench.session));
    EXPECT_THAT(bench.link.listens, ElementsAre(false));
    EXPECT_EQ(exports_of(faulty), 0u);
    EXPECT_EQ(bench.exec(":put 1").reply, Reply::session_dead);
    EXPECT_EQ(faulty.on_connect("early").verdict, ConnectVerdict::refuse);

    boot_until(faulty, BootStage::network);
    EXPECT_EQ(faulty.on_connect("early").verdict, ConnectVerdict::refuse);
    boot_until(faulty, BootStage::ssh);
    EXPECT_EQ(now() - began, 30s);
    EXPECT_THAT(bench.link.listens, ElementsAre(false, true));
    bench.session = bench.log_in();
    EXPECT_THAT(bench.exec(":put [:len [/file find name~\"pvc-1\"]]").output, HasSubstr("0"))
        << "no pool yet";
    boot_until(faulty, BootStage::pools);
    EXPECT_THAT(bench.exec(":put [:len [/file find name~\"pvc-1\"]]").output, HasSubstr("1"));
    EXPECT_EQ(exports_of(faulty), 0u);
    boot_until(faulty, BootStage::up);
    EXPECT_EQ(now() - began, 45s);
    EXPECT_EQ(exports_of(faulty), 1u) << "an export is configuration";
    EXPECT_EQ(faulty.next_expiry(), rdscsi::base::kNoDeadline);
    EXPECT_THAT(bench.events, Contains("boot_stage").Times(5));
  });
}

TEST(Boot, ACommandUnderWayIsGoneAtOnceAndChangesNothingAfterwards) {
  story(2, [] {
    Bench bench;
    auto& faulty = *bench.faulty;
    ExecVerdict verdict;
    Duration ended{};
    auto const began = now();
    Thread client("client", [&] {
      verdict = bench.exec(":delay 60s; " + kAdd);
      ended = now() - began;
    });
    rdscsi::base::sleep_for(1s);
    faulty.reboot();
    client.join();
    EXPECT_EQ(verdict.reply, Reply::session_dead);
    EXPECT_EQ(ended, 1s) << "the device does not wait for it";
    boot_until(faulty, BootStage::up);
    EXPECT_THAT(bench.slots(), Not(Contains("pvc-1")));
  });
}

TEST(Boot, ARefuseFaultOutlivesTheBootAndTheBootOutlivesTheFault) {
  story(3, [] {
    Bench bench;
    auto& faulty = *bench.faulty;
    auto const refuse = bench.inject("refuse");
    faulty.reboot();
    boot_until(faulty, BootStage::up);
    EXPECT_THAT(bench.link.listens, Not(Contains(true)));
    EXPECT_EQ(faulty.on_connect("x").verdict, ConnectVerdict::refuse);
    faulty.heal(refuse);
    EXPECT_TRUE(bench.link.listens.back());
    bench.inject("refuse", {{"for", "1s"}});
    faulty.reboot();
    rdscsi::base::sleep_for(2s);
    faulty.expire();
    EXPECT_FALSE(bench.link.listens.back()) << "healed, but the device is still down";
  });
}

TEST(Boot, WhatIsSwitchedOffStaysDownUntilItIsSwitchedOn) {
  story(4, [] {
    Bench bench;
    auto& faulty = *bench.faulty;
    faulty.switch_off();
    rdscsi::base::sleep_for(1h);
    faulty.expire();
    EXPECT_EQ(faulty.boot_stage(), BootStage::down);
    faulty.switch_on();
    boot_until(faulty, BootStage::up);
    bench.session = bench.log_in();
    EXPECT_EQ(bench.exec(":put 1").output, "1\r\n");
  });
}

TEST(Boot, AHalfOpenSessionHearsNothingOfTheReboot) {
  story(5, [] {
    Bench bench;
    auto const fault = bench.inject("half_open");
    bench.faulty->reboot();
    EXPECT_TRUE(bench.link.resets.empty());
    bench.faulty->heal(fault);
    EXPECT_THAT(bench.link.resets, ElementsAre(bench.session));
  });
}

TEST(ReplaceDevice, SessionsEndAndTheOtherStateIsThere) {
  story(6, [] {
    Bench bench;
    auto& faulty = *bench.faulty;
    std::string const before =
        faulty.with_device([](routeros::Device& device) { return device.save_state(); });
    int told = 0;
    faulty.on_exports_change([&told] { ++told; });
    bench.exec(kAdd);
    auto const full = bench.inject("pool_full");
    ExecVerdict verdict;
    Thread client("client", [&] { verdict = bench.exec(":delay 60s; :put late"); });
    rdscsi::base::sleep_for(1s);
    told = 0;
    faulty.replace_device(*routeros::Device::from_state(before, 1));
    client.join();
    EXPECT_EQ(verdict.reply, Reply::session_dead);
    EXPECT_GE(told, 1);
    EXPECT_EQ(faulty.with_device([](routeros::Device& device) { return device.save_state(); }), before);
    faulty.heal(full);  // healed with the device it struck: nothing to take back
    EXPECT_EQ(faulty.with_device([](routeros::Device& device) { return device.save_state(); }), before);
    bench.session = bench.log_in();
    EXPECT_THAT(bench.slots(), Not(Contains("pvc-1")));
    told = 0;
    bench.exec(kAdd);
    EXPECT_GE(told, 1) << "who listens for exports listens to the new device";
    faulty.reboot();
    boot_until(faulty, BootStage::up);
  });
}

TEST(While, AFaultStrikesOnlyWhileItsConditionHolds) {
  story(7, [] {
    Bench bench;
    auto& faulty = *bench.faulty;
    auto const booting =
        bench.inject("error_text", {{"text", "early"}, {"while", "booting"}, {"times", "0"}});
    auto const full = bench.inject("error_text", {{"text", "full"}, {"while", "pool_full"}, {"times", "0"}});
    EXPECT_EQ(bench.exec(":put 1").output, "1\r\n");
    auto const cause = bench.inject("pool_full");
    EXPECT_EQ(bench.exec(":put 1").output, "full\r\n");
    faulty.heal(cause);
    EXPECT_EQ(bench.exec(":put 1").output, "1\r\n");
    faulty.reboot();
    boot_until(faulty, BootStage::ssh);
    bench.session = bench.log_in();
    EXPECT_EQ(bench.exec(":put 1").output, "early\r\n");
    boot_until(faulty, BootStage::up);
    EXPECT_EQ(bench.exec(":put 1").output, "1\r\n");
    EXPECT_EQ(faulty.fired(booting), 1u);
    EXPECT_EQ(faulty.fired(full), 1u);
  });
}

TEST(While, BusyMeansAnotherCommandIsUnderWay) {
  story(8, [] {
    Bench bench;
    auto const fault = bench.inject("error_text", {{"text", "busy"}, {"while", "busy"}, {"times", "0"}});
    EXPECT_EQ(bench.exec(":put 1").output, "1\r\n");
    Thread other("other", [&] { bench.faulty->exec(bench.log_in(), ":delay 10s"); });
    rdscsi::base::sleep_for(1s);
    EXPECT_EQ(bench.exec(":put 1").output, "busy\r\n");
    other.join();
    EXPECT_EQ(bench.exec(":put 1").output, "1\r\n");
    EXPECT_EQ(bench.faulty->fired(fault), 1u);
  });
}

// Notes what the NVMe/TCP side is told.
struct NotedNvme : NvmeControl {
  void inject(FaultId id, Fault const& fault) override { injected.emplace_back(id, fault.description); }
  void heal(FaultId id) override { healed.push_back(id); }
  std::vector<std::pair<FaultId, std::string>> injected;
  std::vector<FaultId> healed;
};

TEST(NvmeFaults, GoToWhoServesHostsAndAreCountedHere) {
  story(9, [] {
    Bench bench;
    auto& faulty = *bench.faulty;
    EXPECT_FALSE(faulty.serves_nvme());
    NotedNvme nvme;
    faulty.set_nvme_control(&nvme);
    EXPECT_TRUE(faulty.serves_nvme());
    auto const fault = bench.inject("nvme_stall", {{"slot", "pvc-1"}, {"for", "30s"}});
    EXPECT_THAT(nvme.injected, ElementsAre(std::pair(fault, std::string("nvme_stall slot=pvc-1 for=30s"))));
    faulty.nvme_fired(fault);
    EXPECT_EQ(faulty.fired(fault), 1u);
    EXPECT_EQ(bench.exec(":put 1").output, "1\r\n") << "the console is not struck";
    rdscsi::base::sleep_for(30s);
    faulty.expire();
    EXPECT_THAT(nvme.healed, ElementsAre(fault));
    faulty.set_nvme_control(nullptr);
  });
}

}  // namespace
}  // namespace rdssim::faults
