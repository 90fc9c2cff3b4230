// How many commands a device gets at once, in virtual time under many schedules, against a scripted device.
// Incident 38.
#include "rds/channel_slots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rds/scripted_device_for_test.h"

namespace rdscsi::rds {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the scripted device and its run
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(AtL1, AHundredCallsUseEightChannels) {
  run([] {
    Rig rig;
    rig.start_and_come_up();
    std::vector<base::Thread> callers;
    for (int i = 0; i < 100; ++i) {
      callers.emplace_back("caller", [&, i] {
        std::string const line = "command " + std::to_string(i);
        auto const reply = rig.exec(line);
        ASSERT_TRUE(reply.ok()) << reply.status();
        EXPECT_EQ(reply->output, "answer to " + line);
      });
    }
    callers.clear();
    EXPECT_EQ(rig.device.running_peak, 8);
    EXPECT_EQ(rig.device.lines.size(), 100U);
  });
}

void exec_at_once(Rig& rig, int commands) {
  std::vector<base::Thread> callers;
  for (int i = 0; i < commands; ++i) {
    callers.emplace_back("caller", [&, i] {
      auto const reply = rig.exec("command " + std::to_string(i));
      EXPECT_TRUE(reply.ok()) << reply.status();
    });
  }
}

TEST_F(AtL1, ARefusedChannelLowersTheBoundForAsLongAsTheSessionLasts) {
  run(
      [] {
        Rig rig;
        rig.device.channels_borne = 4;
        rig.start_and_come_up();
        exec_at_once(rig, 30);
        int const first_wave = rig.device.get([&] { return rig.device.refused; });
        EXPECT_GE(first_wave, 1);
        EXPECT_LE(first_wave, 4) << "eight were sent, four borne";
        for (int round = 0; round < 60; ++round) {
          exec_at_once(rig, 30);
          base::sleep_for(1min);
        }
        EXPECT_EQ(rig.device.refused, first_wave) << "none in an hour";
        EXPECT_EQ(rig.device.running_peak, 4);
        EXPECT_EQ(rig.device.lines.size(), 61U * 30) << "every command ran, once";
        auto const status = rig.connection.status();
        EXPECT_EQ(status.channels_limit, 4);
        EXPECT_EQ(status.channel_refusals, static_cast<std::uint64_t>(first_wave));
        EXPECT_GT(status.queue_waits, 0U);
        EXPECT_GT(status.queue_waited, Duration::zero());
        EXPECT_EQ(status.connects, 1U);
      },
      5);
}

TEST_F(AtL1, ANewSessionMayBearMore) {
  run([] {
    Rig rig;
    rig.device.channels_borne = 2;
    rig.start_and_come_up();
    exec_at_once(rig, 8);
    EXPECT_EQ(rig.connection.status().channels_limit, 2);
    rig.device.set([&] { rig.device.channels_borne = 0; });
    rig.device.reset_all();
    EXPECT_FALSE(rig.exec("noticed").ok());
    while (!rig.connection.up()) base::sleep_for(100ms);
    exec_at_once(rig, 8);
    EXPECT_EQ(rig.device.running_peak, 8);
    EXPECT_EQ(rig.connection.status().channels_limit, 8);
  });
}

TEST_F(AtL1, WhoWasRefusedComesBeforeWhoWasNotSent) {
  run([] {
    ChannelSlots slots(2);
    ASSERT_TRUE(slots.try_acquire());
    ASSERT_TRUE(slots.try_acquire());
    std::vector<std::string> order;
    base::Mutex mutex;
    auto const note = [&](std::string const& who) {
      {
        base::Guard const guard(mutex);
        order.push_back(who);
      }
      slots.release();
    };
    base::Thread waiting("waiting", [&] {
      ASSERT_TRUE(slots.acquire(Context::background()).ok());
      note("waiting");
    });
    base::sleep_for(1s);
    base::Thread refused("refused", [&] {
      EXPECT_EQ(slots.release_refused(), 1);
      ASSERT_TRUE(slots.acquire_again(Context::background()).ok());
      note("refused");
    });
    base::sleep_for(1s);
    EXPECT_THAT(order, ::testing::IsEmpty()) << "one is in use, and one is borne";
    slots.release();
    waiting.join();
    refused.join();
    EXPECT_THAT(order, ElementsAre("refused", "waiting"));
    EXPECT_EQ(slots.in_use(), 0);
  });
}

TEST_F(AtL1, SlotsGoToWhoeverWaitsLongest) {
  run([] {
    ChannelSlots slots(1);
    ASSERT_TRUE(slots.try_acquire());
    EXPECT_FALSE(slots.try_acquire());
    std::vector<int> order;
    base::Mutex mutex;
    std::vector<base::Thread> waiters;
    for (int i = 0; i < 5; ++i) {
      waiters.emplace_back("waiter", [&, i] {
        base::sleep_for(i * 1s + 1s);
        ASSERT_TRUE(slots.acquire(Context::background()).ok());
        {
          base::Guard const guard(mutex);
          order.push_back(i);
        }
        slots.release();
      });
    }
    base::sleep_for(100s);
    slots.release();
    waiters.clear();
    EXPECT_THAT(order, ElementsAre(0, 1, 2, 3, 4));
    EXPECT_EQ(slots.in_use(), 0);
  });
}

TEST_F(AtL1, ACallWhoseTimeEndsInTheQueueHasSentNothing) {
  run([] {
    ConnectionOptions options;
    options.channels_max = 1;
    Rig rig(options);
    rig.start_and_come_up();
    base::Thread slow("slow", [&] { EXPECT_FALSE(rig.exec("stuck").ok()); });
    base::sleep_for(1s);
    TimePoint const asked = base::now();
    auto const reply = rig.exec("late", 2s);
    EXPECT_EQ(base::now() - asked, 2s);
    EXPECT_EQ(reason_of(reply.status()), Reason::deadline);
    EXPECT_EQ(effect_of(reply.status()), Effect::none);
    EXPECT_THAT(message_of(reply.status()), HasSubstr("waiting for one of 1 channels to 10.0.0.1:22"));
    slow.join();
    EXPECT_THAT(rig.device.lines, ElementsAre("stuck"));
    EXPECT_TRUE(rig.exec("next").ok()) << "the slot was not lost";
  });
}

}  // namespace
}  // namespace rdscsi::rds
