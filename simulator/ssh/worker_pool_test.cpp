// The pool runs everything, on no more threads than it may have, and stops cleanly.
#include "simulator/ssh/worker_pool.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace rdssim::ssh {
namespace {

using rdscsi::base::Guard;
using rdscsi::base::Lock;

TEST(WorkerPool, RunsAllWorkOnABoundedNumberOfThreads) {
  rdscsi::base::Mutex mutex;
  rdscsi::base::ConditionVariable changed;
  int running = 0, peak = 0, done = 0;
  WorkerPool pool(4);
  for (int i = 0; i < 100; ++i) {
    pool.submit([&] {
      Lock lock(mutex);
      peak = std::max(peak, ++running);
      changed.notify_all();
      // The first four wait for each other: there must be four threads.
      changed.wait(lock, [&] { return peak == 4; });
      --running;
      ++done;
      changed.notify_all();
    });
  }
  Lock lock(mutex);
  changed.wait(lock, [&] { return done == 100; });
  EXPECT_EQ(peak, 4);
}

TEST(WorkerPool, StopDropsWhatHasNotBegun) {
  int done = 0;
  rdscsi::base::Mutex mutex;
  WorkerPool pool(1);
  pool.stop();
  pool.submit([&] {
    Guard guard(mutex);
    ++done;
  });
  Guard guard(mutex);
  EXPECT_EQ(done, 0);
}

}  // namespace
}  // namespace rdssim::ssh
