// Tests of locks, waits and threads that must hold at both levels: each story is told on plain threads and
// under the scheduler, over several seeds.
#include "base/sync.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/context.h"
#include "base/reasons.h"
#include "base/scheduler.h"

namespace rdscsi::base {
namespace {

// Seed 0 stands for plain threads.
class Sync : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  static void tell(std::function<void()> story) {
    if (GetParam() == 0) {
      story();
      return;
    }
    SchedulerOptions options;
    options.seed = GetParam();
    Scheduler scheduler(options);
    RunReport const report = scheduler.run(std::move(story));
    EXPECT_EQ(report.end, RunEnd::finished) << report.explanation;
  }
};

INSTANTIATE_TEST_SUITE_P(PlainAndSeeds, Sync, ::testing::Range<std::uint64_t>(0, 9), [](auto const& param) {
  return param.param == 0 ? "plain" : "seed" + std::to_string(param.param);
});

TEST_P(Sync, ALockedCounterLosesNothing) {
  tell([] {
    Mutex mutex;
    int counter = 0;
    std::vector<Thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back("adder", [&] {
        for (int i = 0; i < 200; ++i) {
          Guard guard(mutex);
          int const seen = counter;
          yield();
          counter = seen + 1;
        }
      });
    }
    for (Thread& thread : threads) thread.join();
    EXPECT_EQ(counter, 800);
  });
}

TEST_P(Sync, TryLockFailsWhileAnotherThreadHoldsTheLock) {
  tell([] {
    Mutex mutex;
    ASSERT_TRUE(mutex.try_lock());
    bool taken = true;
    Thread other("other", [&] { taken = mutex.try_lock(); });
    other.join();
    EXPECT_FALSE(taken);
    mutex.unlock();
    EXPECT_TRUE(mutex.try_lock());
    mutex.unlock();
  });
}

TEST_P(Sync, AQueueHandsOverEverythingOnce) {
  tell([] {
    Mutex mutex;
    ConditionVariable changed;
    std::vector<int> queue;
    int sum = 0;
    std::vector<Thread> threads;
    for (int c = 0; c < 3; ++c) {
      threads.emplace_back("consumer", [&] {
        for (int i = 0; i < 20; ++i) {
          Lock lock(mutex);
          changed.wait(lock, [&] { return !queue.empty(); });
          sum += queue.back();
          queue.pop_back();
        }
      });
    }
    threads.emplace_back("producer", [&] {
      for (int i = 1; i <= 60; ++i) {
        Guard guard(mutex);
        queue.push_back(i);
        changed.notify_one();
      }
    });
    for (Thread& thread : threads) thread.join();
    EXPECT_EQ(sum, 60 * 61 / 2);
  });
}

TEST_P(Sync, NotifyAllWakesEverybody) {
  tell([] {
    Mutex mutex;
    ConditionVariable changed;
    bool open = false;
    int through = 0;
    std::vector<Thread> threads;
    for (int i = 0; i < 5; ++i) {
      threads.emplace_back("waiter", [&] {
        Lock lock(mutex);
        changed.wait(lock, [&] { return open; });
        ++through;
      });
    }
    yield();
    {
      Guard guard(mutex);
      open = true;
    }
    changed.notify_all();
    threads.clear();  // destroying a thread joins it
    EXPECT_EQ(through, 5);
  });
}

TEST_P(Sync, ATimedWaitGivesUpAndSaysWhatTheConditionWas) {
  tell([] {
    Mutex mutex;
    ConditionVariable changed;
    Lock lock(mutex);
    TimePoint const start = now();
    EXPECT_FALSE(changed.wait_until(lock, start + 5ms, [] { return false; }));
    EXPECT_GE(now() - start, 5ms);
    EXPECT_TRUE(lock.owns_lock());
    EXPECT_TRUE(changed.wait_until(lock, start, [] { return true; }));
  });
}

TEST_P(Sync, AWaitEndsWhenItsContextIsCancelledByAThreadThatHoldsTheLock) {
  tell([] {
    Mutex mutex;
    ConditionVariable changed;
    CancelSource source;
    Context const ctx = Context::background().with_cancel(source);
    bool waiting = false;
    Thread waiter("waiter", [&] {
      Lock lock(mutex);
      waiting = true;
      changed.notify_all();
      EXPECT_FALSE(changed.wait(ctx, lock, [] { return false; }));
      EXPECT_TRUE(lock.owns_lock());
    });
    {
      Lock lock(mutex);
      changed.wait(lock, [&] { return waiting; });
      source.cancel(Reason::cancelled, "the caller went away");
    }
    waiter.join();
  });
}

TEST_P(Sync, AWaitWithAContextSeesTheConditionComeTrue) {
  tell([] {
    Mutex mutex;
    ConditionVariable changed;
    CancelSource source;
    Context const ctx = Context::background().with_cancel(source).with_timeout(1h);
    bool ready = false;
    Thread setter("setter", [&] {
      Guard guard(mutex);
      ready = true;
      changed.notify_one();
    });
    Lock lock(mutex);
    EXPECT_TRUE(changed.wait(ctx, lock, [&] { return ready; }));
    lock.unlock();
    setter.join();
  });
}

TEST_P(Sync, AWaitEndsAtItsContextsDeadlineAndAtOnceWhenItHasPassed) {
  tell([] {
    Mutex mutex;
    ConditionVariable changed;
    Lock lock(mutex);
    TimePoint const start = now();
    Context const ctx = Context::background().with_timeout(5ms);
    EXPECT_FALSE(changed.wait(ctx, lock, [] { return false; }));
    EXPECT_GE(now() - start, 5ms);
    EXPECT_FALSE(changed.wait(ctx, lock, [] { return false; }));
    EXPECT_TRUE(changed.wait(ctx, lock, [] { return true; }));
  });
}

TEST_P(Sync, ThreadsAreCountedWhileTheyLiveAndCanBeMoved) {
  int const before = live_thread_count();
  tell([] {
    int const without = live_thread_count();
    Mutex mutex;
    Lock lock(mutex);
    Thread first("first", [&] { Guard guard(mutex); });
    Thread second = std::move(first);
    EXPECT_FALSE(first.joinable());  // NOLINT(bugprone-use-after-move): moved-from is empty, by contract
    EXPECT_TRUE(second.joinable());
    EXPECT_EQ(live_thread_count(), without + 1);
    lock.unlock();
    Thread third("third", [] {});
    second = std::move(third);  // joins the first body
    second.join();
    EXPECT_FALSE(second.joinable());
    EXPECT_EQ(live_thread_count(), without);
  });
  EXPECT_EQ(live_thread_count(), before);
}

}  // namespace
}  // namespace rdscsi::base
