// Tests of kill and revive: a domain dies in the middle of a lock, of a wait, of an exec; nothing of it runs
// again and nobody else notices more than a real machine would. Each story runs in a process of its own that
// ends with leave_process(), as every run with a kill must.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "base/mailbox.h"
#include "base/random.h"
#include "base/scheduler.h"
#include "base/sync.h"

namespace rdscsi::base {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Tells `story` under seeds 1..`seeds` and exits 0 when every run finished and no expectation failed.
[[noreturn]] void tell(std::function<void()> const& story, std::uint64_t seeds = 20) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    SchedulerOptions options;
    options.seed = seed;
    Scheduler scheduler(options);
    RunReport const report = scheduler.run(story);
    EXPECT_EQ(report.end, RunEnd::finished) << report.explanation;
    EXPECT_FALSE(report.killed.empty());
    if (::testing::Test::HasFailure()) {
      std::fprintf(stderr, "seed %llu fails\n", static_cast<unsigned long long>(seed));
      leave_process(1);
    }
  }
  std::fprintf(stderr, "the story ends well\n");
  leave_process(0);
}

class SchedulerKillDeathTest : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

#define EXPECT_STORY(story) EXPECT_EXIT(tell(story), ::testing::ExitedWithCode(0), "the story ends well")

// What a story's threads share lives on the heap: a parked thread refers to it for ever.
struct World {
  Mutex mutex;
  ConditionVariable changed;
  Mailbox<std::string> log;  // what threads of several domains note must be shared as domains share
  bool reached = false;
  Mailbox<std::string> requests;
  Mailbox<std::string> replies;
};

// What has been noted since the last call.
std::vector<std::string> lines(World& world) {
  std::vector<std::string> all;
  while (world.log.size() > 0) {
    StatusOr<std::string> line = world.log.receive(Context::background());
    if (!line.ok()) break;
    all.push_back(*std::move(line));
  }
  return all;
}

TEST_F(SchedulerKillDeathTest, InTheMiddleOfALock) {
  EXPECT_STORY([] {
    auto* const world = new World;
    auto* const entered = new Mailbox<int>;
    Scheduler& scheduler = *Scheduler::current();
    scheduler.spawn("node", "holder", [=] {
      Guard guard(world->mutex);
      entered->send(1);
      sleep_for(1h);
      world->log.send("never");
    });
    ASSERT_TRUE(entered->receive(Context::background()).ok());
    scheduler.spawn("node", "waiter", [=] {
      Guard guard(world->mutex);
      world->log.send("never");
    });
    sleep_for(1s);
    scheduler.kill("node");
    EXPECT_TRUE(scheduler.killed("node"));
    sleep_for(2h);
    EXPECT_EQ(world->log.size(), 0u);
  });
}

TEST_F(SchedulerKillDeathTest, InTheMiddleOfAWait) {
  EXPECT_STORY([] {
    auto* const world = new World;
    Scheduler& scheduler = *Scheduler::current();
    scheduler.spawn("node", "waiter", [=] {
      Lock lock(world->mutex);
      world->changed.wait_until(lock, now() + 10s, [=] { return world->reached; });
      world->log.send("never");
    });
    sleep_for(1s);
    scheduler.kill("node");
    sleep_for(1min);
    // The wait had let go of the lock, and neither its time nor a notification wakes the dead.
    Lock lock(world->mutex);
    world->reached = true;
    world->changed.notify_all();
    lock.unlock();
    sleep_for(1min);
    EXPECT_EQ(world->log.size(), 0u);
  });
}

TEST_F(SchedulerKillDeathTest, InTheMiddleOfAnExecTheDevicesHalfGoesOn) {
  EXPECT_STORY([] {
    auto* const world = new World;
    Scheduler& scheduler = *Scheduler::current();
    scheduler.spawn("rds", "console", [=] {
      while (true) {
        StatusOr<std::string> const request = world->requests.receive(Context::background());
        if (!request.ok()) return;
        sleep_for(200ms);
        world->log.send("done: " + *request);
        world->replies.send("ok", now() + 1ms);
      }
    });
    scheduler.spawn("controller", "rpc", [=] {
      world->requests.send("/disk add", now() + 1ms);
      StatusOr<std::string> const reply = world->replies.receive(Context::background());
      world->log.send("never");
    });
    sleep_for(100ms);
    scheduler.kill("controller");
    sleep_for(1s);
    EXPECT_THAT(lines(*world), ElementsAre("done: /disk add"));
    // Its mailboxes are whole: the controller's next life picks up where the device stands.
    scheduler.revive("controller");
    EXPECT_FALSE(scheduler.killed("controller"));
    EXPECT_EQ(world->replies.size(), 1u);
    scheduler.spawn("controller", "rpc", [=] {
      EXPECT_TRUE(world->replies.receive(Context::background()).ok());
      world->requests.send("/disk print");
      EXPECT_TRUE(world->replies.receive(Context::background()).ok());
      world->requests.close();
    });
  });
}

TEST_F(SchedulerKillDeathTest, AtAnyMomentMailboxesStayUsableForTheOthers) {
  auto const story = [] {
    auto* const world = new World;
    Scheduler& scheduler = *Scheduler::current();
    for (int i = 0; i < 3; ++i) {
      scheduler.spawn("node", "chatter", [=] {
        while (true) {
          world->requests.send("x", now() + 1us);
          StatusOr<std::string> const reply = world->replies.receive(Context::background());
          if (!reply.ok()) return;
        }
      });
    }
    scheduler.spawn("rds", "echo", [=] {
      while (true) {
        StatusOr<std::string> request = world->requests.receive(Context::background().with_timeout(1s));
        if (!request.ok()) break;
        world->replies.send(*std::move(request), now() + 1us);
      }
      world->log.send("the node went silent");
      EXPECT_TRUE(world->requests.send("still usable"));
      world->replies.abort();
    });
    RandomStream random = root_stream("moment of the kill");
    sleep_for(1us * random.between(0, 50));  // the very moments at which messages arrive
    for (std::uint64_t i = random.below(50); i > 0; --i) yield();
    scheduler.kill("node");
    sleep_for(1min);
    EXPECT_THAT(lines(*world), ElementsAre("the node went silent"));
  };
  // More seeds than elsewhere: few kill in the moments that matter. Without detail::Quiet the second one
  // fails.
  EXPECT_EXIT(tell(story, 100), ::testing::ExitedWithCode(0), "the story ends well");
}

TEST_F(SchedulerKillDeathTest, HooksRunOnceOnTheKillersThreadAndSeeWhatTheDeadDid) {
  EXPECT_STORY([] {
    auto* const world = new World;
    auto* const unguarded = new int(0);
    Scheduler& scheduler = *Scheduler::current();
    scheduler.on_kill("node",
                      [=] { world->log.send("socket reset by " + Scheduler::current()->current_domain()); });
    scheduler.on_kill("node", [=] { world->log.send("unsynced " + std::to_string(*unguarded)); });
    scheduler.spawn("node", "writer", [=] {
      *unguarded = 3;
      sleep_for(1h);
    });
    sleep_for(1s);
    scheduler.kill("node");
    scheduler.kill("node");
    EXPECT_THAT(lines(*world), ElementsAre("socket reset by main", "unsynced 3"));
    scheduler.revive("node");
    scheduler.kill("node");
    EXPECT_THAT(lines(*world), IsEmpty());
  });
}

TEST_F(SchedulerKillDeathTest, NothingStartsInADeadDomainUntilItIsRevived) {
  EXPECT_STORY([] {
    auto* const world = new World;
    Scheduler& scheduler = *Scheduler::current();
    auto* const nonces = new Mailbox<std::uint64_t>;
    scheduler.spawn("node", "first", [=] { nonces->send(root_stream("nonce").next()); });
    sleep_for(1s);
    scheduler.kill("node");
    scheduler.spawn("node", "ghost", [=] { world->log.send("never"); });
    sleep_for(1s);
    EXPECT_EQ(world->log.size(), 0u);
    scheduler.revive("node");
    scheduler.spawn("node", "second", [=] { nonces->send(root_stream("nonce").next()); });
    sleep_for(1s);
    StatusOr<std::uint64_t> const first = nonces->receive(Context::background());
    StatusOr<std::uint64_t> const second = nonces->receive(Context::background());
    EXPECT_NE(first.value(), second.value()) << "a machine that comes back must not repeat its nonces";
  });
}

TEST_F(SchedulerKillDeathTest, KillingOnesOwnDomainDoesNotReturn) {
  EXPECT_STORY([] {
    auto* const world = new World;
    Scheduler& scheduler = *Scheduler::current();
    scheduler.on_kill("node", [=] { world->log.send("hook"); });
    scheduler.spawn("node", "suicide", [=] {
      Scheduler::current()->kill("node");
      world->log.send("never");
    });
    sleep_for(1s);
    EXPECT_THAT(lines(*world), ElementsAre("hook"));
  });
}

TEST_F(SchedulerKillDeathTest, TheRunEndsWhenOnlyTheDeadAreLeft) {
  EXPECT_STORY([] {
    Scheduler& scheduler = *Scheduler::current();
    scheduler.spawn("orchestrator", "killer", [] {
      sleep_for(1s);
      Scheduler::current()->kill("main");
    });
    sleep_for(1h);
    ADD_FAILURE() << "main was killed";
  });
}

TEST_F(SchedulerKillDeathTest, WantingTheMutexOfADeadThreadFromOutsideIsReported) {
  auto const story = [] {
    SchedulerOptions options;
    options.seed = 23;
    Scheduler scheduler(options);
    RunReport const report = scheduler.run([] {
      auto* const mutex = new Mutex;
      Scheduler::current()->spawn("node", "holder", [mutex] {
        Guard guard(*mutex);
        sleep_for(1h);
      });
      sleep_for(1s);
      Scheduler::current()->kill("node");
      mutex->lock();
    });
    std::fprintf(stderr, "%s\n", report.explanation.c_str());
    leave_process(report.end == RunEnd::deadlock ? 0 : 1);
  };
  EXPECT_EXIT(story(), ::testing::ExitedWithCode(0), "held by node/holder, which was killed");
}

}  // namespace
}  // namespace rdscsi::base
