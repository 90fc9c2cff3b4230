// A device without latency, with a link that notes what it is told, and a session already logged in. Shared
// by the tests of FaultyDevice.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/scheduler.h"
#include "base/sync.h"
#include "simulator/faults/faulty_device.h"

namespace rdssim::faults::test_bench {

constexpr std::int64_t kPool = 100LL << 30;

inline std::string add_line(std::string const& slot) {
  return "/disk add type=file slot=" + slot + " file-path=/storage-pool/metal-csi/" + slot +
         ".img file-size=1G";
}
inline std::string const kAdd = add_line("pvc-1");
inline std::string const kRemove = "/disk remove [find slot=pvc-1]";

// Notes what a front is told to do to its connections.
struct NotedLink : LinkControl {
  void reset(SessionId session) override { resets.push_back(session); }
  void half_open(SessionId session) override { half_opens.push_back(session); }
  void listen(bool accepting) override { listens.push_back(accepting); }
  std::vector<SessionId> resets, half_opens;
  std::vector<bool> listens;
};

// One device without latency, one link, and a session already logged in.
struct Bench {
  explicit Bench(FaultyDeviceOptions options = {}) {
    options.latency.off = true;
    faulty = std::make_unique<FaultyDevice>(*routeros::Device::make("7.21", kPool, 1), options);
    // Outside of stories time is real: no device time there.
    if (rdscsi::base::Scheduler::current() == nullptr) {
      faulty->with_device([](routeros::Device& device) { device.set_timing({}); });
    }
    faulty->set_link_control(&link);
    faulty->subscribe([this](Event const& event) {
      rdscsi::base::Guard const guard(events_mutex);
      events.emplace_back(to_string(event.kind));
    });
    session = log_in();
  }
  SessionId log_in(std::string const& user = "csi") {
    auto const connection = faulty->on_connect("test");
    EXPECT_EQ(connection.verdict, ConnectVerdict::accept);
    EXPECT_EQ(faulty->on_login(connection.id, user), LoginVerdict::accept);
    return connection.id;
  }
  FaultId inject(std::string_view kind, Arguments const& arguments = {}) {
    auto fault = parse_fault(kind, arguments);
    EXPECT_TRUE(fault.ok()) << fault.status();
    return faulty->inject(*fault);
  }
  ExecVerdict exec(std::string const& line) { return faulty->exec(session, line); }
  std::vector<std::string> slots() {
    return faulty->with_device([](routeros::Device& device) {
      std::vector<std::string> found;
      for (auto const& disk : device.disks()) {
        if (disk.type != "raid" && disk.slot.rfind("pvc-", 0) == 0) found.push_back(disk.slot);
      }
      return found;
    });
  }
  std::int64_t free_bytes() {
    return faulty->with_device([](routeros::Device& device) { return device.pools().at(0).free_bytes; });
  }

  NotedLink link;
  std::unique_ptr<FaultyDevice> faulty;
  SessionId session = 0;
  rdscsi::base::Mutex events_mutex;  // events: several sessions report at once
  std::vector<std::string> events;
};

// Runs the story on virtual time; the scheduler must come to its end.
inline void story(std::uint64_t seed, std::function<void()> const& body) {
  rdscsi::base::SchedulerOptions options;
  options.seed = seed;
  auto const report = rdscsi::base::Scheduler(options).run(body);
  ASSERT_EQ(report.end, rdscsi::base::RunEnd::finished) << report.explanation;
}

}  // namespace rdssim::faults::test_bench
