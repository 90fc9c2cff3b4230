// Tests of the scheduler's order of events: repeatable by seed, virtual time, limits, what a report says.
#include "base/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/sync.h"

namespace rdscsi::base {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

SchedulerOptions with_seed(std::uint64_t seed, double preemption = -1) {
  SchedulerOptions options;
  options.seed = seed;
  options.preemption = preemption;
  return options;
}

// Three threads append to one trace, in the order the seed gives them the lock.
std::vector<std::string> trace_of(SchedulerOptions const& options) {
  std::vector<std::string> trace;
  Scheduler scheduler(options);
  RunReport const report = scheduler.run([&trace] {
    Mutex mutex;
    ConditionVariable changed;
    int turn = 0;
    auto const work = [&](std::string const& name) {
      for (int i = 0; i < 5; ++i) {
        {
          Guard guard(mutex);
          trace.push_back(name + std::to_string(i));
          ++turn;
        }
        changed.notify_one();
        seam_point("between turns");
      }
    };
    Thread a("a", [&] { work("a"); });
    Thread b("b", [&] { work("b"); });
    Thread c("c", [&] {
      Lock lock(mutex);
      changed.wait(lock, [&] { return turn > 3; });
      trace.emplace_back("c");
    });
    a.join();
    b.join();
    c.join();
  });
  EXPECT_EQ(report.end, RunEnd::finished) << report.explanation;
  return trace;
}

TEST(Scheduler, SameSeedGivesTheSameOrderOfEvents) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    EXPECT_EQ(trace_of(with_seed(seed)), trace_of(with_seed(seed))) << "seed " << seed;
  }
}

TEST(Scheduler, DifferentSeedsGiveDifferentOrders) {
  std::vector<std::vector<std::string>> orders;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::vector<std::string> trace = trace_of(with_seed(seed, 0.5));
    if (std::find(orders.begin(), orders.end(), trace) == orders.end()) orders.push_back(trace);
  }
  EXPECT_GT(orders.size(), 15u);
}

TEST(Scheduler, ThreeVirtualHoursNeedNoRealSleep) {
  std::uint64_t const sleeps_before = real_sleep_count();
  TimePoint woken_at{};
  TimePoint started_at{};
  Scheduler scheduler(with_seed(1));
  RunReport const report = scheduler.run([&] {
    started_at = now();
    Mutex mutex;
    ConditionVariable never;
    for (int minute = 0; minute < 120; ++minute) sleep_for(1min);
    Lock lock(mutex);
    never.wait_until(lock, now() + 1h, [] { return false; });
    woken_at = now();
  });
  EXPECT_EQ(report.end, RunEnd::finished) << report.explanation;
  EXPECT_EQ(woken_at - started_at, 3h);
  EXPECT_EQ(report.virtual_time, 3h);
  EXPECT_EQ(real_sleep_count(), sleeps_before);
}

TEST(Scheduler, WallClockStartsAtAFixedDate) {
  std::string text;
  Scheduler scheduler(with_seed(1));
  scheduler.run([&] {
    sleep_for(1500ms);
    text = format_wall_time(wall_now_ns());
  });
  EXPECT_EQ(text, "2026-01-01T00:00:01.500Z");
}

TEST(Scheduler, TimedWaitsEndInTheOrderOfTheirDeadlines) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    std::vector<int> order;
    Scheduler scheduler(with_seed(seed));
    scheduler.run([&] {
      Mutex mutex;
      ConditionVariable never;
      auto const wait_for = [&](int milliseconds) {
        Lock lock(mutex);
        bool const held = never.wait_until(lock, now() + 1ms * milliseconds, [] { return false; });
        EXPECT_FALSE(held);
        order.push_back(milliseconds);
      };
      TimePoint const start = now();
      Thread late("late", [&] { wait_for(30); });
      Thread early("early", [&] { wait_for(10); });
      Thread middle("middle", [&] {
        sleep_for(20ms);
        Guard guard(mutex);
        order.push_back(20);
      });
      late.join();
      early.join();
      middle.join();
      EXPECT_EQ(now() - start, 30ms);
    });
    EXPECT_THAT(order, ElementsAre(10, 20, 30)) << "seed " << seed;
  }
}

TEST(Scheduler, ADeadlineInThePastDoesNotBlock) {
  Scheduler scheduler(with_seed(3));
  RunReport const report = scheduler.run([] {
    Mutex mutex;
    ConditionVariable never;
    Lock lock(mutex);
    EXPECT_FALSE(never.wait_once(lock, now() - 1s));
    EXPECT_FALSE(never.wait_once(lock, now()));
  });
  EXPECT_EQ(report.end, RunEnd::finished) << report.explanation;
  EXPECT_EQ(report.virtual_time, Duration::zero());
}

TEST(Scheduler, ATimeoutThatReachesBeyondAllTimeIsNoTimeout) {
  Scheduler scheduler(with_seed(3));
  RunReport const report = scheduler.run([] { sleep_for(Duration::max()); });
  EXPECT_EQ(report.end, RunEnd::deadlock);
  EXPECT_THAT(report.explanation, HasSubstr("main/main: sleeps"));
}

TEST(Scheduler, AThreadThatSpinsWithoutTimeMovingIsALivelock) {
  SchedulerOptions options = with_seed(5);
  options.steps_without_time_max = 10'000;
  Scheduler scheduler(options);
  RunReport const report = scheduler.run([] {
    while (true) yield();
  });
  EXPECT_EQ(report.end, RunEnd::livelock);
  EXPECT_THAT(report.explanation, HasSubstr("seed 5"));
  EXPECT_THAT(report.explanation, HasSubstr("main/main"));
}

TEST(Scheduler, ARunThatNeverEndsIsCalledTooLong) {
  SchedulerOptions options = with_seed(6);
  options.virtual_time_max = 2h;
  Scheduler scheduler(options);
  RunReport const report = scheduler.run([] {
    while (true) sleep_for(7min);
  });
  EXPECT_EQ(report.end, RunEnd::too_long);
  EXPECT_EQ(report.virtual_time, 2h);
  EXPECT_THAT(report.explanation, HasSubstr("seed 6"));
  EXPECT_THAT(report.explanation, HasSubstr("sleeps"));
}

TEST(Scheduler, SpawnedThreadsBelongToTheirDomainAndAreWaitedFor) {
  std::vector<std::string> seen;
  Scheduler scheduler(with_seed(7));
  RunReport const report = scheduler.run([&] {
    Scheduler* const current = Scheduler::current();
    ASSERT_EQ(current, &scheduler);
    EXPECT_EQ(current->current_domain(), "main");
    EXPECT_EQ(current->current_thread_name(), "main");
    current->spawn("rds", "console", [&seen] {
      Thread child("child", [&seen] {
        sleep_for(1s);
        seen.push_back(Scheduler::current()->current_domain() + "/" +
                       Scheduler::current()->current_thread_name());
      });
      child.join();
      seen.push_back(Scheduler::current()->current_domain());
    });
  });
  EXPECT_EQ(report.end, RunEnd::finished) << report.explanation;
  EXPECT_THAT(seen, ElementsAre("rds/child", "rds"));
  EXPECT_EQ(Scheduler::current(), nullptr);
}

// Two lives of one kernel thread would hide races between them from TSan; elsewhere they cost less.
TEST(Scheduler, AThousandThreadsComeAndGoOnAFewKernelThreads) {
  int const before = live_thread_count();
  int ended = 0;
  std::set<pid_t> kernel_ids;
  Scheduler scheduler(with_seed(8));
  RunReport const report = scheduler.run([&] {
    Mutex mutex;
    for (int i = 0; i < 1000; ++i) {
      Scheduler::current()->spawn("rds", "short", [&] {
        Guard guard(mutex);
        ++ended;
        kernel_ids.insert(gettid());
      });
      sleep_for(1ms);
    }
    sleep_for(1s);
  });
  EXPECT_EQ(report.end, RunEnd::finished) << report.explanation;
  EXPECT_EQ(ended, 1000);
#if defined(__SANITIZE_THREAD__)
  EXPECT_GT(kernel_ids.size(), 500u);
#else
  EXPECT_LT(kernel_ids.size(), 50u);
#endif
  EXPECT_EQ(live_thread_count(), before);
}

TEST(Scheduler, RootStreamsDependOnSeedDomainNameAndCountOnly) {
  auto const draws = [](std::uint64_t seed) {
    std::vector<std::uint64_t> all;
    Scheduler scheduler(with_seed(seed));
    scheduler.run([&] {
      all.push_back(root_stream("backoff").next());
      all.push_back(root_stream("backoff").next());
      all.push_back(root_stream("nonce").next());
      Scheduler::current()->spawn("rds", "t", [&] { all.push_back(root_stream("backoff").next()); });
    });
    return all;
  };
  std::vector<std::uint64_t> const first = draws(1);
  ASSERT_THAT(first, SizeIs(4));
  EXPECT_EQ(first, draws(1));
  std::vector<std::uint64_t> both = first;
  for (std::uint64_t const value : draws(2)) both.push_back(value);
  std::sort(both.begin(), both.end());
  EXPECT_EQ(std::unique(both.begin(), both.end()), both.end()) << "two streams are the same";
}

TEST(Scheduler, SeamPointOnAPlainThreadDoesNothing) {
  seam_point("nobody schedules this");
  EXPECT_EQ(Scheduler::current(), nullptr);
}

// Not a limit, a figure: how fast the baton goes round between two threads that preempt at every point.
TEST(Scheduler, PrintsHowFastItSwitches) {
  Scheduler scheduler(with_seed(9, 1));
  TimePoint const started = now();
  RunReport const report = scheduler.run([] {
    auto const spin = [] {
      for (int i = 0; i < 50'000; ++i) yield();
    };
    Thread a("a", spin);
    Thread b("b", spin);
    a.join();
    b.join();
  });
  std::chrono::duration<double> const took = now() - started;
  std::printf("[ figure ] %.0f switches/s (%.2f us each), %llu switches, %llu steps\n",
              static_cast<double>(report.switches) / took.count(),
              took.count() * 1e6 / static_cast<double>(report.switches),
              static_cast<unsigned long long>(report.switches),
              static_cast<unsigned long long>(report.steps));
  EXPECT_GT(report.switches, 30'000u);
}

TEST(SchedulerDeathTest, AThreadThatKeepsTheBatonEndsTheProcessWithAllStacks) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  auto const hold = [] {
    SchedulerOptions options = with_seed(11);
    options.baton_hold_max = 200ms;
    Scheduler scheduler(options);
    scheduler.run([] {
      Thread waiter("waiter", [] { sleep_for(1s); });
      Thread stuck("stuck", [] {
        for (volatile bool forever = true; forever;) {
        }
      });
      waiter.join();
      stuck.join();
    });
  };
  EXPECT_EXIT(hold(), ::testing::ExitedWithCode(70), "main/stuck has held the baton for 200ms.*seed 11");
}

TEST(SchedulerDeathTest, AnExceptionNobodyCatchesNamesItsThread) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  auto const throwing = [] {
    Scheduler scheduler(with_seed(12));
    scheduler.run([] { Thread t("thrower", [] { throw std::runtime_error("the cable is cut"); }); });
  };
  EXPECT_DEATH(throwing(), "thread \"thrower\" ended by an exception nobody caught: the cable is cut");
}

}  // namespace
}  // namespace rdscsi::base
