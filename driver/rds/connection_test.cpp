// The reconnect loop, the heartbeat and the channel bound, in virtual time under many schedules, against a
// scripted device. Incidents 36, 37, 40.
#include "rds/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <set>

#include "base/log.h"
#include "base/reasons.h"
#include "base/scheduler.h"
#include "base/sync.h"
#include "rds/channel_slots.h"

namespace rdscsi::rds {
namespace {

using base::Context;
using base::Duration;
using base::Effect;
using base::Reason;
using base::Status;
using base::StatusOr;
using base::TimePoint;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace base;  // NOLINT: the duration literals

// --- the scripted device ---

struct Device {
  base::Mutex mutex;
  base::ConditionVariable changed;

  // What it does; change under the mutex or before anybody connects.
  Status connect_result;  // OK: logins succeed
  Duration connect_latency{};
  bool connect_hangs = false;
  Duration latency = 200ms;     // of each command
  bool silent = false;          // half-open: nothing is answered any more, nothing is reset
  bool drops_at_login = false;  // sessions die before they answer anything
  Status refusal;               // not OK: channels are refused with it
  std::string heartbeat_garbage;
  int channels_borne = 0;  // 0: any number; others are refused

  // What it saw.
  int refused = 0;
  std::vector<TimePoint> connects;
  int connecting = 0;
  int connecting_peak = 0;
  std::vector<std::string> lines;  // commands other than heartbeats
  std::vector<TimePoint> heartbeats;
  int running = 0;
  int running_peak = 0;
  std::set<struct FakeSession*> sessions;

  void set(std::function<void()> const& change) {
    base::Guard const guard(mutex);
    change();
    changed.notify_all();
  }
  template <typename Read>
  auto get(Read read) {
    base::Guard const guard(mutex);
    return read();
  }
  void reset_all();
};

struct FakeSession : Session {
  explicit FakeSession(Device& the_device) : device(the_device) {
    device.set([&] { device.sessions.insert(this); });
  }
  ~FakeSession() override {
    device.set([&] { device.sessions.erase(this); });
  }

  StatusOr<ExecReply> exec(Context const& ctx, std::string_view line) override {
    base::Lock lock(device.mutex);
    if (gone) return base::fail(Reason::rds_session_lost, Effect::none, "already gone");
    if (!device.refusal.ok()) return device.refusal;
    if (device.channels_borne > 0 && device.running >= device.channels_borne) {
      ++device.refused;
      return base::fail(Reason::overloaded, Effect::none, "no more channels");
    }
    bool const heartbeat = line.starts_with(":put \"alive-");
    if (heartbeat) {
      device.heartbeats.push_back(base::now());
    } else {
      device.lines.emplace_back(line);
    }
    device.running_peak = std::max(device.running_peak, ++device.running);
    bool const never = device.silent || line.starts_with("stuck");
    TimePoint const due = never ? base::kNoDeadline : base::now() + device.latency;
    device.changed.wait(ctx.with_deadline(due), lock, [&] { return gone; });
    --device.running;
    if (gone) return base::fail(Reason::rds_session_lost, Effect::unknown, "connection reset");
    if (ctx.cancelled()) return base::with_effect(ctx.check(), Effect::unknown);
    // Bytes that were on their way when the line went dead do not arrive.
    if (base::now() < due || device.silent) {
      device.changed.wait(ctx, lock, [&] { return gone; });
      if (gone) return base::fail(Reason::rds_session_lost, Effect::unknown, "connection reset");
      return base::fail(Reason::rds_timeout, Effect::unknown, "no answer");
    }
    if (!heartbeat) return ExecReply{"answer to " + std::string(line), 0};
    if (!device.heartbeat_garbage.empty()) return ExecReply{device.heartbeat_garbage, 0};
    return ExecReply{std::string(line.substr(6, line.size() - 7)) + "\r\n", 0};
  }
  bool dead() const override {
    return device.get([&] { return gone; });
  }
  void close() override {
    device.set([&] { gone = true; });
  }

  Device& device;
  bool gone = false;  // under the device's mutex
};

void Device::reset_all() {
  set([&] {
    for (FakeSession* const session : sessions) session->gone = true;
  });
}

struct FakeConnector : Connector {
  explicit FakeConnector(Device& the_device) : device(the_device) {}
  StatusOr<std::shared_ptr<Session>> connect(Context const& ctx, Endpoint const&) override {
    base::Lock lock(device.mutex);
    device.connects.push_back(base::now());
    device.connecting_peak = std::max(device.connecting_peak, ++device.connecting);
    TimePoint const due = device.connect_hangs ? base::kNoDeadline : base::now() + device.connect_latency;
    device.changed.wait(ctx.with_deadline(due), lock, [] { return false; });
    --device.connecting;
    if (ctx.cancelled()) return ctx.check();
    if (device.connect_hangs)
      return base::fail(Reason::rds_unreachable, Effect::none, "key exchange: no answer");
    if (!device.connect_result.ok()) return device.connect_result;
    bool const drops = device.drops_at_login;
    lock.unlock();
    auto session = std::make_shared<FakeSession>(device);
    if (drops) session->close();
    return session;
  }
  Device& device;
};

// --- a run ---

Endpoint endpoint() {
  Endpoint result;
  result.address = "10.0.0.1";
  return result;
}

struct Rig {
  explicit Rig(ConnectionOptions options = {})
      : connection(std::make_shared<FakeConnector>(device), endpoint(), options) {}

  void start_and_come_up() {
    connection.start();
    while (!connection.up()) base::sleep_for(10ms);
  }
  StatusOr<ExecReply> exec(std::string const& line, Duration timeout = 300s) {
    return connection.exec(Context::background().with_timeout(timeout), line);
  }

  Device device;
  Connection connection;
};

class AtL1 : public ::testing::Test {
 protected:
  void SetUp() override {
    base::LogOptions logging;
    // Counted, not kept: a sink may not lock, and a story reads while other threads log.
    logging.sink = [this](base::LogRecord const& record) {
      ++lines_;
      ++lines_at_[static_cast<std::size_t>(record.level)];
      if (record.message == "session to the RDS is lost") ++losses_;
    };
    base::configure_logging(logging);
  }
  void TearDown() override { base::configure_logging({}); }

  void run(std::function<void()> const& story, std::uint64_t seeds = 20) {
    for (std::uint64_t seed = 1; seed <= seeds && !HasFailure(); ++seed) {
      lines_ = losses_ = 0;
      for (std::atomic<int>& count : lines_at_) count = 0;
      base::SchedulerOptions options;
      options.seed = seed;
      base::Scheduler scheduler(options);
      base::RunReport const report = scheduler.run(story);
      ASSERT_EQ(report.end, base::RunEnd::finished) << report.explanation;
      if (HasFailure()) ADD_FAILURE() << "with seed " << seed;
    }
  }
  int logged(base::LogLevel level) const { return lines_at_[static_cast<std::size_t>(level)]; }

  std::atomic<int> lines_{0};
  std::atomic<int> losses_{0};
  std::array<std::atomic<int>, 5> lines_at_{};
};

Reason reason_of(Status const& status) {
  return base::failure_of(status).reason;
}

Effect effect_of(Status const& status) {
  return base::failure_of(status).effect;
}

std::string message_of(Status const& status) {
  return std::string(status.message().data(), status.message().size());
}

Status unreachable() {
  return base::fail(Reason::rds_unreachable, Effect::none, "TCP connect: Connection refused: 10.0.0.1:22");
}

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
  run([] {
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
  });
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
