// A scripted device, a connection to it and a run under the scheduler's virtual time: what the tests of
// rds::Connection share.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/reasons.h"
#include "base/scheduler.h"
#include "base/sync.h"
#include "rds/connection.h"

namespace rdscsi::rds::testing {

using base::Context;
using base::Duration;
using base::Effect;
using base::Reason;
using base::Status;
using base::StatusOr;
using base::TimePoint;
using namespace base;  // NOLINT: the duration literals

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
  std::vector<struct FakeSession*> sessions;

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
    device.set([&] { device.sessions.push_back(this); });
  }
  ~FakeSession() override {
    device.set([&] { std::erase(device.sessions, this); });
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

inline void Device::reset_all() {
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

inline Endpoint endpoint() {
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

inline Reason reason_of(Status const& status) {
  return base::failure_of(status).reason;
}

inline Effect effect_of(Status const& status) {
  return base::failure_of(status).effect;
}

inline std::string message_of(Status const& status) {
  return std::string(status.message().data(), status.message().size());
}

inline Status unreachable() {
  return base::fail(Reason::rds_unreachable, Effect::none, "TCP connect: Connection refused: 10.0.0.1:22");
}

}  // namespace rdscsi::rds::testing
