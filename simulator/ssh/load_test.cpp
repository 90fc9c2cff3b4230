// Load, in one run without latency: five hundred sessions get at least half of what fifty get.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>

#include "simulator/ssh/testing/bench.h"

namespace rdssim::ssh {
namespace {

using rdscsi::base::now;
using rdscsi::base::Thread;

constexpr std::size_t kThreads = 4;   // of clients
constexpr std::size_t kExecs = 1000;  // of one measurement
constexpr std::size_t kMeasurements = 7;

struct Load {
  explicit Load(std::size_t sessions) {
    for (std::size_t i = 0; i < sessions; ++i) clients.push_back(bench.client("csi", 60));
  }

  // Execs per second while every session has one under way.
  double run() {
    std::size_t const rounds = kExecs / clients.size();
    auto const start = now();
    {
      std::vector<Thread> threads;
      for (std::size_t thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back("clients", [&, thread] {
          for (std::size_t round = 0; round < rounds; ++round) play(thread);
        });
      }
    }
    double const seconds = std::chrono::duration<double>(now() - start).count();
    return static_cast<double>(rounds * clients.size()) / seconds;
  }
  void play(std::size_t thread) {
    std::vector<std::pair<std::size_t, std::size_t>> open;
    for (std::size_t i = thread; i < clients.size(); i += kThreads)
      open.emplace_back(i, clients[i]->begin(":put " + std::to_string(i)));
    for (auto const& [i, channel] : open) {
      auto const answer = clients[i]->end(channel, 60'000);
      if (answer.output == std::to_string(i) + "\r\n" && answer.exit_status == 0) ++right;
    }
  }

  Bench bench;
  std::vector<std::unique_ptr<TestClient>> clients;
  std::atomic<std::size_t> right = 0;
};

// Both ends of 550 connections are in this process; 1024 files are a usual limit.
void allow_many_files() {
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

// Measured in turns, and the best of each counts: what else this machine does comes and goes.
TEST(Load, FiveHundredSessionsGetAtLeastHalfOfWhatFiftyGet) {
  allow_many_files();
  Load few(50), many(500);
  double best_few = 0, best_many = 0;
  for (std::size_t i = 0; i < kMeasurements; ++i) {
    best_few = std::max(best_few, few.run());
    best_many = std::max(best_many, many.run());
  }
  for (Load* const load : {&few, &many}) {
    EXPECT_EQ(load->right, kExecs * kMeasurements);
    EXPECT_EQ(load->bench.device->counters().execs, kExecs * kMeasurements);
    EXPECT_EQ(load->bench.device->counters().sessions, load->clients.size());
  }
  std::cout << "execs per second: " << static_cast<int>(best_few) << " at 50 sessions, "
            << static_cast<int>(best_many) << " at 500 sessions ("
            << static_cast<int>(100 * best_many / best_few) << " %)\n";
  EXPECT_GE(best_many, best_few / 2);
}

}  // namespace
}  // namespace rdssim::ssh
