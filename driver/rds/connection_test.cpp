// The reconnect loop and the heartbeat, in virtual time under many schedules, against a scripted device.
// Incidents 36, 37, 40.
#include "rds/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rds/scripted_device_for_test.h"

namespace rdscsi::rds {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the scripted device and its run
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// --- connecting ---

TEST_F(AtL1, W40_StartNeedsNoDeviceAndCallsFailFastMeanwhile) {
  run([] {
    Rig rig;
    rig.device.connect_hangs = true;
    TimePoint const started = base::now();
    rig.connection.start();
    auto const early = rig.exec("x");
    EXPECT_EQ(reason_of(early.status()), Reason::rds_unreachable);
    EXPECT_EQ(effect_of(early.status()), Effect::none);
    EXPECT_EQ(base::now(), started) << "neither start() nor exec() may wait for the device";
    EXPECT_EQ(rig.connection.status().state, ConnectionState::connecting);
    EXPECT_THAT(message_of(early.status()),
                HasSubstr("no session to the RDS 10.0.0.1:22: the first attempt"));
  });
}

TEST_F(AtL1, AnUnreachableDeviceIsAskedEver16SecondsForEverAndOneLineIsLoggedPerStep) {
  run([&] {
    Rig rig;
    rig.device.connect_result = unreachable();
    TimePoint const started = base::now();
    rig.connection.start();
    base::sleep_for(10min);
    ConnectionStatus const status = rig.connection.status();
    auto const reply = rig.exec("x");
    rig.connection.stop();

    EXPECT_EQ(status.state, ConnectionState::down);
    EXPECT_EQ(status.last_error, "TCP connect: Connection refused: 10.0.0.1:22");
    EXPECT_EQ(status.execs, 0U);
    EXPECT_EQ(status.attempts, rig.device.connects.size());
    EXPECT_EQ(static_cast<std::size_t>(lines_), rig.device.connects.size()) << "one line per attempt";
    EXPECT_EQ(logged(base::LogLevel::warn), lines_);
    EXPECT_EQ(reason_of(reply.status()), Reason::rds_unreachable);
    EXPECT_LE(*base::failure_of(reply.status()).retry_after, 17'600ms);

    std::vector<TimePoint> const& at = rig.device.connects;
    ASSERT_GE(at.size(), 36U);
    EXPECT_EQ(at[0], started);
    Duration step = 1s;
    for (std::size_t i = 1; i < at.size(); ++i, step = std::min<Duration>(2 * step, 16s)) {
      EXPECT_GE(at[i] - at[i - 1], step * 9 / 10) << i;
      EXPECT_LE(at[i] - at[i - 1], step * 11 / 10) << i;
    }
  });
}

TEST_F(AtL1, ThirtyDriversDoNotComeBackInStep) {
  run([] {
    std::vector<TimePoint> arrivals;
    base::Mutex mutex;
    for (int node = 0; node < 30; ++node) {
      base::Scheduler::current()->spawn("node-" + std::to_string(node), "story", [&] {
        Rig rig;
        rig.device.connect_result = unreachable();
        rig.connection.start();
        base::sleep_for(60s);
        rig.connection.stop();
        base::Guard const guard(mutex);
        arrivals.push_back(rig.device.connects.at(5));
      });
    }
    base::sleep_for(61s);
    base::Guard const guard(mutex);
    ASSERT_EQ(arrivals.size(), 30U);
    std::sort(arrivals.begin(), arrivals.end());
    EXPECT_EQ(std::set<TimePoint>(arrivals.begin(), arrivals.end()).size(), 30U);
    EXPECT_GT(arrivals.back() - arrivals.front(), 1s)
        << "the sixth attempts lie 31 s +- 3.1 s after the start";
    for (std::size_t i = 0; i + 10 < arrivals.size(); ++i) {
      EXPECT_GT(arrivals[i + 10] - arrivals[i], 100ms) << "eleven at once";
    }
  });
}

TEST_F(AtL1, W39_ADeviceThatWasDownAtStartIsFoundWhenItReturns) {
  run([&] {
    Rig rig;
    rig.device.connect_result = unreachable();
    rig.connection.start();
    base::sleep_for(60s);
    rig.device.set([&] { rig.device.connect_result = absl::OkStatus(); });
    base::sleep_for(17'600ms);
    EXPECT_TRUE(rig.connection.up()) << "within one step, without any call";
    EXPECT_EQ(rig.connection.status().last_error, "");
    EXPECT_TRUE(rig.exec("x").ok());
    rig.connection.stop();
    EXPECT_EQ(logged(base::LogLevel::info), 1);
  });
}

TEST_F(AtL1, AWrongHostKeyOrARefusedLoginIsRetriedSlowlyAndLoudly) {
  for (Reason const reason : {Reason::rds_host_key, Reason::rds_auth}) {
    run([&] {
      Rig rig;
      rig.device.connect_result = base::fail(reason, Effect::none, "it is not what it was");
      rig.connection.start();
      base::sleep_for(10min);
      ConnectionStatus const status = rig.connection.status();
      EXPECT_EQ(status.state, ConnectionState::refused);
      EXPECT_EQ(status.execs, 0U);
      EXPECT_GE(status.attempts, 9U);
      EXPECT_LE(status.attempts, 12U) << "a locked account must not be hammered";
      EXPECT_EQ(logged(base::LogLevel::error), static_cast<int>(status.attempts));
      EXPECT_EQ(lines_, static_cast<int>(status.attempts));
      auto const reply = rig.exec("x");
      EXPECT_EQ(reason_of(reply.status()), reason);
      EXPECT_EQ(effect_of(reply.status()), Effect::none);
      rig.device.set([&] { rig.device.connect_result = absl::OkStatus(); });
      base::sleep_for(66s);
      EXPECT_TRUE(rig.connection.up());
    });
  }
}

TEST_F(AtL1, W42_AHangingConnectCostsACallNothingAndEndsAtItsOwnLimit) {
  run([] {
    Rig rig;
    rig.device.connect_hangs = true;
    rig.connection.start();
    base::sleep_for(3s);
    TimePoint const before = base::now();
    EXPECT_EQ(effect_of(rig.exec("x").status()), Effect::none);
    EXPECT_EQ(base::now(), before);
    base::sleep_for(12s);
    EXPECT_GE(rig.connection.status().attempts, 2U) << "connect_timeout is 10 s, then a second's pause";
    EXPECT_EQ(rig.connection.status().state, ConnectionState::down);
  });
}

TEST_F(AtL1, StopEndsARunningConnectAndABackoffAtOnce) {
  for (bool const hangs : {true, false}) {
    run([&] {
      Rig rig;
      rig.device.connect_hangs = hangs;
      rig.device.connect_result = unreachable();
      rig.connection.start();
      base::sleep_for(5s);
      int const lines = lines_;
      TimePoint const before = base::now();
      rig.connection.stop();
      EXPECT_EQ(base::now(), before);
      EXPECT_EQ(lines_, lines) << "stopping is no failure";
      EXPECT_EQ(reason_of(rig.exec("x").status()), Reason::shutting_down);
      rig.connection.stop();
    });
  }
}

TEST_F(AtL1, StopEndsRunningAndWaitingCalls) {
  run([] {
    ConnectionOptions options;
    options.channels_max = 1;
    Rig rig(options);
    rig.start_and_come_up();
    base::Thread running("running", [&] {
      auto const reply = rig.exec("stuck");
      EXPECT_EQ(reason_of(reply.status()), Reason::rds_session_lost);
      EXPECT_EQ(effect_of(reply.status()), Effect::unknown);
    });
    base::sleep_for(1s);
    base::Thread waiting("waiting", [&] {
      auto const reply = rig.exec("waiting");
      EXPECT_EQ(reason_of(reply.status()), Reason::shutting_down);
      EXPECT_EQ(effect_of(reply.status()), Effect::none);
    });
    base::sleep_for(1s);
    TimePoint const before = base::now();
    rig.connection.stop();
    running.join();
    waiting.join();
    EXPECT_EQ(base::now(), before);
    EXPECT_THAT(rig.device.lines, ElementsAre("stuck"));
  });
}

// --- heartbeats ---

TEST_F(AtL1, AQuietHourCosts720Heartbeats) {
  run(
      [] {
        Rig rig;
        rig.start_and_come_up();
        base::sleep_for(1h);
        ConnectionStatus const status = rig.connection.status();
        EXPECT_EQ(status.heartbeats, 720U) << "200 ms of latency must not stretch the period";
        EXPECT_EQ(status.execs, 720U);
        EXPECT_EQ(status.connects, 1U);
        EXPECT_THAT(rig.device.lines, ElementsAre());
      },
      5);
}

TEST_F(AtL1, ABusyConnectionNeedsNoHeartbeat) {
  run(
      [] {
        Rig rig;
        rig.start_and_come_up();
        for (int i = 0; i < 200; ++i) {
          EXPECT_TRUE(rig.exec("x").ok());
          base::sleep_for(4s);
        }
        EXPECT_EQ(rig.connection.status().heartbeats, 0U);
        EXPECT_EQ(rig.connection.status().execs, 200U);
      },
      5);
}

TEST_F(AtL1, W37_AHalfOpenSessionIsEvictedWithinAHeartbeatAndItsTimeout) {
  run([&] {
    Rig rig;
    rig.start_and_come_up();
    EXPECT_TRUE(rig.exec("x").ok());
    rig.device.set([&] {
      rig.device.silent = true;
      rig.device.connect_result = unreachable();
    });
    TimePoint const cut = base::now();
    auto const reply = rig.exec("/disk remove 0");
    EXPECT_LE(base::now() - cut, 10s) << "not command_timeout, and certainly not the kernel's two hours";
    EXPECT_EQ(reason_of(reply.status()), Reason::rds_session_lost);
    EXPECT_EQ(effect_of(reply.status()), Effect::unknown);
    EXPECT_EQ(rig.connection.status().state, ConnectionState::down);
    EXPECT_THAT(rig.connection.status().last_error, HasSubstr("heartbeat"));
    TimePoint const after = base::now();
    EXPECT_EQ(effect_of(rig.exec("y").status()), Effect::none);
    EXPECT_EQ(base::now(), after);
    rig.connection.stop();
    EXPECT_EQ(losses_, 1);
  });
}

TEST_F(AtL1, W37_AHalfOpenSessionIsNoticedThoughEveryChannelIsStuck) {
  run([] {
    Rig rig;
    rig.start_and_come_up();
    rig.device.set([&] { rig.device.silent = true; });
    TimePoint const cut = base::now();
    std::vector<base::Thread> callers;
    for (int i = 0; i < 12; ++i) {
      callers.emplace_back("caller", [&, i] {
        auto const reply = rig.exec("command " + std::to_string(i));
        EXPECT_FALSE(reply.ok());
        EXPECT_LE(base::now() - cut, 10s);
      });
    }
    callers.clear();
    EXPECT_EQ(rig.device.lines.size(), 8U);
    EXPECT_EQ(rig.device.running_peak, 9) << "the heartbeat takes one more channel when all are stuck";
  });
}

TEST_F(AtL1, OneSlowCommandCostsNobodyElseTheSession) {
  run([] {
    Rig rig;
    rig.start_and_come_up();
    TimePoint timed_out;
    base::Thread slow("slow", [&] {
      TimePoint const sent = base::now();
      auto const reply = rig.exec("stuck in a copy");
      EXPECT_EQ(reason_of(reply.status()), Reason::rds_timeout);
      EXPECT_EQ(effect_of(reply.status()), Effect::unknown);
      EXPECT_EQ(base::now() - sent, 30s) << "command_timeout";
      timed_out = base::now();
    });
    for (int i = 0; i < 80; ++i) {
      EXPECT_TRUE(rig.exec("other " + std::to_string(i)).ok());
      base::sleep_for(300ms);
    }
    slow.join();
    EXPECT_EQ(rig.connection.status().connects, 1U);
    EXPECT_TRUE(rig.connection.up());
    EXPECT_THAT(rig.device.get([&] { return rig.device.heartbeats; }), ElementsAre(timed_out))
        << "a time-out asks the device at once whether it is there";
  });
}

TEST_F(AtL1, AnAnswerThatIsNotOursEvictsTheSession) {
  run([] {
    Rig rig;
    rig.device.heartbeat_garbage = "\x1b[mlogin failure for user root\r\n";
    rig.start_and_come_up();
    base::sleep_for(5500ms);
    EXPECT_EQ(rig.connection.status().state, ConnectionState::down);
    EXPECT_EQ(rig.connection.status().last_error,
              "heartbeat: the answer lacks the word sent: '.[mlogin failure for user root..'");
  });
}

TEST_F(AtL1, ADeviceThatRefusesChannelsIsBusyWhileCommandsRunAndUselessOtherwise) {
  run([] {
    Rig rig;
    rig.start_and_come_up();
    base::Thread slow("slow", [&] { EXPECT_FALSE(rig.exec("stuck").ok()); });
    base::sleep_for(1s);
    rig.device.set(
        [&] { rig.device.refusal = base::fail(Reason::overloaded, Effect::none, "no more channels"); });
    base::Thread refused("refused", [&] {
      EXPECT_EQ(reason_of(rig.exec("x").status()), Reason::overloaded) << "once it is alone";
    });
    base::sleep_for(20s);
    EXPECT_TRUE(rig.connection.up()) << "the limit may be ours to fill";
    EXPECT_EQ(rig.connection.status().connects, 1U);
    slow.join();
    refused.join();
    base::sleep_for(8s);  // a heartbeat that is alone and refused, and a second's pause
    EXPECT_GE(rig.connection.status().connects, 2U) << "a session without a single channel is useless";
  });
}

TEST_F(AtL1, ADeviceThatHangsUpEveryTimeTurnsUsAway) {
  run([] {
    Rig rig;
    rig.device.connect_result = base::fail(Reason::rds_turned_away, Effect::none, "took the connection");
    rig.connection.start();
    base::sleep_for(1500ms);  // two attempts
    EXPECT_EQ(rig.connection.status().state, ConnectionState::down) << "its session limit, perhaps";
    base::sleep_for(5s);
    EXPECT_EQ(rig.connection.status().state, ConnectionState::turned_away);
    EXPECT_EQ(reason_of(rig.exec("x").status()), Reason::rds_turned_away);
    rig.device.set([&] { rig.device.connect_result = absl::OkStatus(); });
    base::sleep_for(20s);
    EXPECT_TRUE(rig.connection.up()) << "it is asked again as any device that is away";
  });
}

// --- commands ---

TEST_F(AtL1, W38_EverybodyReconnectsThroughOneLoop) {
  run([&] {
    Rig rig;
    rig.start_and_come_up();
    std::vector<base::Thread> readers;
    std::atomic<int> unknown{0};
    std::atomic<int> none{0};
    for (int i = 0; i < 50; ++i) {
      readers.emplace_back("reader", [&] {
        auto const reply = rig.exec("stuck print");
        ASSERT_FALSE(reply.ok());
        ++(effect_of(reply.status()) == Effect::unknown ? unknown : none);
      });
    }
    base::sleep_for(1s);
    rig.device.reset_all();
    readers.clear();
    EXPECT_EQ(unknown, 8) << "those that were on the wire";
    EXPECT_EQ(none, 42) << "those that waited for a channel";
    while (!rig.connection.up()) base::sleep_for(10ms);
    EXPECT_TRUE(rig.exec("print").ok()) << "reads come back like everything else";
    EXPECT_EQ(rig.device.connects.size(), 2U);
    EXPECT_EQ(rig.device.connecting_peak, 1);
    rig.connection.stop();
    EXPECT_EQ(logged(base::LogLevel::info), 2);
    EXPECT_EQ(logged(base::LogLevel::warn), 1) << "one line for the loss, however many calls saw it";
  });
}

TEST_F(AtL1, ASessionKnownToBeDeadIsNotUsed) {
  run([] {
    Rig rig;
    rig.start_and_come_up();
    rig.device.reset_all();
    auto const reply = rig.exec("x");
    EXPECT_EQ(reason_of(reply.status()), Reason::rds_unreachable);
    EXPECT_EQ(effect_of(reply.status()), Effect::none);
    EXPECT_FALSE(rig.connection.up());
    EXPECT_THAT(rig.device.lines, ElementsAre());
  });
}

TEST_F(AtL1, ACancelledCallIsUnknownOnceSentAndLeavesTheSession) {
  run([] {
    Rig rig;
    rig.start_and_come_up();
    base::CancelSource source;
    base::Thread canceller("canceller", [&] {
      base::sleep_for(1s);
      source.cancel(Reason::cancelled, "gone");
    });
    auto const reply = rig.connection.exec(Context::background().with_cancel(source), "stuck");
    canceller.join();
    EXPECT_EQ(reason_of(reply.status()), Reason::cancelled);
    EXPECT_EQ(effect_of(reply.status()), Effect::unknown);
    EXPECT_TRUE(rig.connection.up());
  });
}

TEST_F(AtL1, BackoffStartsOverOnlyAfterASessionHasAnswered) {
  run([] {
    Rig rig;
    rig.start_and_come_up();
    ASSERT_TRUE(rig.exec("x").ok());
    TimePoint const lost = base::now();
    rig.device.set([&] { rig.device.drops_at_login = true; });
    rig.device.reset_all();
    EXPECT_FALSE(rig.exec("y").ok());
    base::sleep_for(3min);
    std::vector<TimePoint> const at = rig.device.get([&] { return rig.device.connects; });
    ASSERT_GE(at.size(), 4U);
    EXPECT_LE(at[1] - lost, 1100ms) << "after a session that worked: one second";
    EXPECT_LE(at.size(), 20U) << "a device that drops every login is approached ever more slowly";
    rig.device.set([&] { rig.device.drops_at_login = false; });
    base::sleep_for(30s);
    EXPECT_TRUE(rig.exec("z").ok());
  });
}

}  // namespace
}  // namespace rdscsi::rds
