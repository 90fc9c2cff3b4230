// Threads on demand, a bounded queue, an orderly end.
#include "csi/handler_pool.h"

#include "base/sync.h"
#include "gtest/gtest.h"

namespace rdscsi::csi {
namespace {

// Work that waits until it is let go.
struct Gate {
  base::Mutex mutex;
  base::ConditionVariable changed;
  int inside = 0;
  bool open = false;

  void pass() {
    base::Lock lock(mutex);
    ++inside;
    changed.notify_all();
    changed.wait(lock, [this] { return open; });
  }
  void wait_for(int count) {
    base::Lock lock(mutex);
    changed.wait(lock, [&] { return inside >= count; });
  }
  void let_go() {
    base::Guard guard(mutex);
    open = true;
    changed.notify_all();
  }
};

TEST(HandlerPool, StartsThreadsOnlyAsTheyAreNeeded) {
  HandlerPool pool({"t", 4, 4});
  EXPECT_EQ(pool.thread_count(), 0);
  Gate gate;
  ASSERT_TRUE(pool.post([&] { gate.pass(); }));
  gate.wait_for(1);
  EXPECT_EQ(pool.thread_count(), 1);
  ASSERT_TRUE(pool.post([&] { gate.pass(); }));
  gate.wait_for(2);
  EXPECT_EQ(pool.thread_count(), 2);
  gate.let_go();
}

TEST(HandlerPool, WhatDoesNotFitIsRefusedAtOnce) {
  HandlerPool pool({"t", 2, 3});
  Gate gate;
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(pool.post([&] { gate.pass(); }));
  gate.wait_for(2);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(pool.post([&] { gate.pass(); }));
  EXPECT_FALSE(pool.post([&] { gate.pass(); })) << "two at work, three waiting";
  gate.let_go();
  gate.wait_for(5);
}

TEST(HandlerPool, StopRunsWhatIsQueuedAndRefusesTheRest) {
  HandlerPool pool({"t", 1, 10});
  Gate gate;
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(pool.post([&] { gate.pass(); }));
  gate.let_go();
  pool.stop();
  EXPECT_EQ(gate.inside, 5);
  EXPECT_FALSE(pool.post([] {}));
}

}  // namespace
}  // namespace rdscsi::csi
