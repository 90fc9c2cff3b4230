// Contexts: deadlines narrow, cancellation reaches everybody who waits, and no wake-up is lost.
#include "base/context.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/reasons.h"
#include "base/scheduler.h"
#include "base/sync.h"

namespace rdscsi::base {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Runs `body` at L1 under each of `seeds` seeds.
void at_l1(int seeds, std::function<void()> const& body) {
  for (int seed = 1; seed <= seeds; ++seed) {
    SchedulerOptions options;
    options.seed = static_cast<std::uint64_t>(seed);
    RunReport const report = Scheduler(options).run(body);
    ASSERT_EQ(report.end, RunEnd::finished) << "seed " << seed << ": " << report.explanation;
    if (::testing::Test::HasFailure()) FAIL() << "first failing seed: " << seed;
  }
}

TEST(Context, TheBackgroundNeverEnds) {
  Context const ctx = Context::background();
  EXPECT_FALSE(ctx.has_deadline());
  EXPECT_EQ(ctx.remaining(), Duration::max());
  EXPECT_FALSE(ctx.cancelled());
  EXPECT_TRUE(ctx.check().ok());
  EXPECT_TRUE(ctx.fields().empty());
}

TEST(Context, TheEarlierDeadlineHolds) {
  TimePoint const soon = now() + seconds(10);
  Context const ctx = Context::background().with_deadline(soon);
  EXPECT_EQ(ctx.with_deadline(soon + hours(1)).deadline(), soon);
  EXPECT_EQ(ctx.with_timeout(hours(1)).deadline(), soon);
  EXPECT_EQ(ctx.with_deadline(soon - seconds(1)).deadline(), soon - seconds(1));
  EXPECT_LE(ctx.remaining(), seconds(10));
  EXPECT_EQ(ctx.deadline(), soon) << "a narrower child leaves its parent as it was";
}

TEST(Context, AnEndlessTimeoutIsNoDeadline) {
  EXPECT_FALSE(Context::background().with_timeout(Duration::max()).has_deadline());
}

TEST(Context, APassedDeadlineIsAFailureWithoutEffect) {
  Context const ctx = Context::background().with_timeout(-seconds(1));
  EXPECT_EQ(ctx.remaining(), Duration::zero());
  EXPECT_EQ(failure_of(ctx.check()).reason, Reason::deadline);
  EXPECT_EQ(failure_of(ctx.check()).effect, Effect::none);
  EXPECT_FALSE(ctx.cancelled());
}

TEST(Context, TheFirstCancellationNamesTheReasonAndOutranksTheDeadline) {
  CancelSource source;
  Context const ctx = Context::background().with_cancel(source).with_timeout(-seconds(1));
  source.cancel(Reason::shutting_down, "the process got SIGTERM");
  source.cancel(Reason::cancelled, "too late");
  EXPECT_TRUE(source.cancelled());
  EXPECT_TRUE(ctx.cancelled());
  EXPECT_EQ(failure_of(ctx.check()).reason, Reason::shutting_down);
  EXPECT_EQ(ctx.check().message(), "the process got SIGTERM");
}

TEST(Context, EitherOfTwoSourcesCancelsTheChildButNotTheParent) {
  CancelSource process;
  CancelSource rpc;
  Context const parent = Context::background().with_cancel(process);
  Context const child = parent.with_cancel(rpc);
  rpc.cancel(Reason::cancelled, "the client hung up");
  EXPECT_TRUE(child.cancelled());
  EXPECT_FALSE(parent.cancelled());
  process.cancel(Reason::shutting_down, "stop");
  EXPECT_TRUE(parent.cancelled());
}

TEST(Context, DetachedKeepsTheFieldsAndNothingElse) {
  CancelSource source;
  Context const ctx =
      Context::background().with_field("rpc", "CreateVolume").with_cancel(source).with_timeout(seconds(1));
  Context const detached = ctx.detached();
  source.cancel(Reason::cancelled, "gone");
  EXPECT_FALSE(detached.cancelled());
  EXPECT_FALSE(detached.has_deadline());
  EXPECT_EQ(detached.fields().at("rpc"), "CreateVolume");
}

TEST(Context, AFieldOfTheChildReplacesItsParents) {
  Context const parent = Context::background().with_field("volume", "a");
  EXPECT_EQ(parent.with_field("volume", "b").fields().at("volume"), "b");
  EXPECT_EQ(parent.fields().at("volume"), "a");
}

TEST(Context, CallbacksRunOnceInOrderOnTheCancellingThread) {
  CancelSource source;
  Context const ctx = Context::background().with_cancel(source);
  std::vector<int> order;
  auto const one = ctx.on_cancel([&] { order.push_back(1); });
  auto const two = ctx.on_cancel([&] { order.push_back(2); });
  source.cancel(Reason::cancelled, "x");
  source.cancel(Reason::cancelled, "x");
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST(Context, ACallbackOfACancelledContextRunsAtOnce) {
  CancelSource source;
  source.cancel(Reason::cancelled, "x");
  int calls = 0;
  auto const registration = Context::background().with_cancel(source).on_cancel([&] { ++calls; });
  EXPECT_EQ(calls, 1);
}

TEST(Context, ACallbackKnownToTwoSourcesRunsOnce) {
  CancelSource a;
  CancelSource b;
  int calls = 0;
  auto const registration = Context::background().with_cancel(a).with_cancel(b).on_cancel([&] { ++calls; });
  a.cancel(Reason::cancelled, "x");
  b.cancel(Reason::cancelled, "x");
  EXPECT_EQ(calls, 1);
}

TEST(Context, AReleasedCallbackNeverRunsAndItsCapturesAreGone) {
  CancelSource source;
  Context const ctx = Context::background().with_cancel(source);
  auto const captured = std::make_shared<int>(0);
  {
    auto const registration = ctx.on_cancel([captured] { ++*captured; });
    EXPECT_EQ(captured.use_count(), 2);
  }
  EXPECT_EQ(captured.use_count(), 1)
      << "W-46: a source must not collect the callbacks of calls that have ended";
  source.cancel(Reason::cancelled, "x");
  EXPECT_EQ(*captured, 0);
}

TEST(Context, ACallbackMayDestroyItsOwnRegistration) {
  CancelSource source;
  auto registration = std::make_unique<Context::Registration>();
  int calls = 0;
  *registration = Context::background().with_cancel(source).on_cancel([&] {
    ++calls;
    registration.reset();
  });
  source.cancel(Reason::cancelled, "x");
  EXPECT_EQ(calls, 1);
}

TEST(Context, AMovedRegistrationStillCounts) {
  CancelSource source;
  int calls = 0;
  Context::Registration kept;
  {
    auto registration = Context::background().with_cancel(source).on_cancel([&] { ++calls; });
    kept = std::move(registration);
  }
  source.cancel(Reason::cancelled, "x");
  EXPECT_EQ(calls, 1);
}

TEST(Context, DestroyingARegistrationWaitsForTheRunningCallback) {
  int waited = 0;
  at_l1(200, [&] {
    CancelSource source;
    std::atomic<bool> running = false;
    std::atomic<bool> done = false;
    int written =
        0;  // no atomic: TSan checks that destroying orders what the callback did before what follows
    auto registration = std::make_unique<Context::Registration>();
    *registration = Context::background().with_cancel(source).on_cancel([&] {
      running = true;
      written = 1;
      yield();
      sleep_for(milliseconds(5));
      done = true;
    });
    Thread canceller("canceller", [&] { source.cancel(Reason::cancelled, "x"); });
    yield();
    bool const seen_running = running && !done;
    registration.reset();
    EXPECT_EQ(written == 1, done) << "destroyed in the middle of its callback";
    if (seen_running) ++waited;
    canceller.join();
  });
  EXPECT_GT(waited, 0) << "no seed met the case this test is about";
}

TEST(Context, NoCancellationIsLostByAWaiter) {
  int while_waiting = 0;
  at_l1(300, [&] {
    CancelSource source;
    Context const ctx = Context::background().with_cancel(source);
    Mutex mutex;
    ConditionVariable changed;
    bool waiting = false;
    Thread waiter("waiter", [&] {
      Lock lock(mutex);
      waiting = true;
      EXPECT_FALSE(changed.wait(ctx, lock, [] { return false; }));
      EXPECT_EQ(failure_of(ctx.check()).reason, Reason::cancelled);
    });
    Thread canceller("canceller", [&] {
      {
        Guard guard(mutex);
        if (waiting) ++while_waiting;
      }
      source.cancel(Reason::cancelled, "x");
    });
  });
  EXPECT_GT(while_waiting, 0);
  EXPECT_LT(while_waiting, 300);
}

TEST(Context, CancellingWithTheWaitersLockHeldDoesNotDeadlock) {
  at_l1(200, [] {
    CancelSource source;
    Context const ctx = Context::background().with_cancel(source);
    Mutex mutex;
    ConditionVariable changed;
    Thread waiter("waiter", [&] {
      Lock lock(mutex);
      changed.wait(ctx, lock, [] { return false; });
    });
    Guard guard(mutex);
    source.cancel(Reason::cancelled, "x");
  });
}

TEST(Context, NoCancellationIsLostOnRealThreads) {
  for (int round = 0; round < 300; ++round) {
    CancelSource source;
    Context const ctx = Context::background().with_cancel(source);
    Mutex mutex;
    ConditionVariable changed;
    Thread waiter("waiter", [&] {
      Lock lock(mutex);
      EXPECT_FALSE(changed.wait(ctx, lock, [] { return false; }));
    });
    source.cancel(Reason::cancelled, "x");
  }
}

TEST(Context, AWaitEndsAtTheDeadlineInVirtualTime) {
  at_l1(20, [] {
    Context const ctx = Context::background().with_timeout(hours(3));
    TimePoint const start = now();
    Mutex mutex;
    ConditionVariable changed;
    Lock lock(mutex);
    EXPECT_FALSE(changed.wait(ctx, lock, [] { return false; }));
    EXPECT_EQ(now() - start, hours(3));
    EXPECT_EQ(failure_of(ctx.check()).reason, Reason::deadline);
  });
}

TEST(Context, ASleepPassesOrEndsWithItsContext) {
  at_l1(50, [] {
    TimePoint const start = now();
    EXPECT_TRUE(sleep_for(Context::background(), seconds(5)).ok());
    EXPECT_EQ(now() - start, seconds(5));
    Status const late = sleep_for(Context::background().with_timeout(seconds(2)), seconds(5));
    EXPECT_EQ(failure_of(late).reason, Reason::deadline);
    EXPECT_EQ(now() - start, seconds(7));
    CancelSource source;
    Thread canceller("canceller", [&] {
      sleep_for(seconds(1));
      source.cancel(Reason::shutting_down, "stop");
    });
    Status const cut = sleep_for(Context::background().with_cancel(source), seconds(5));
    EXPECT_EQ(failure_of(cut).reason, Reason::shutting_down);
    EXPECT_EQ(now() - start, seconds(8));
  });
}

TEST(Context, ASleepOfNothingOnlyAsksTheContext) {
  EXPECT_TRUE(sleep_for(Context::background(), Duration::zero()).ok());
  EXPECT_FALSE(sleep_for(Context::background().with_timeout(-seconds(1)), Duration::zero()).ok());
  EXPECT_TRUE(sleep_for(Context::background().with_timeout(hours(1)), milliseconds(1)).ok());
}

}  // namespace
}  // namespace rdscsi::base
