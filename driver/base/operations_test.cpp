// Operations: one per volume, detached from its caller, joined by the retry, and always an honest answer.
// Times are virtual (L1), so they are exact.
#include "base/operations.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "base/reasons.h"
#include "base/scheduler.h"
#include "base/sync.h"

namespace rdscsi::base {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

Context const kCtx = Context::background();

Failure failure(StatusOr<int> const& result) {
  return failure_of(result.status());
}
std::string message(StatusOr<int> const& result) {
  return std::string(result.status().message());
}

// Runs `body` at L1 under each of `seeds` seeds; no thread may be left.
void at_l1(int seeds, std::function<void()> const& body) {
  for (int seed = 1; seed <= seeds; ++seed) {
    SchedulerOptions options;
    options.seed = static_cast<std::uint64_t>(seed);
    RunReport const report = Scheduler(options).run(body);
    ASSERT_EQ(report.end, RunEnd::finished) << "seed " << seed << ": " << report.explanation;
    if (::testing::Test::HasFailure()) FAIL() << "first failing seed: " << seed;
  }
}

// A body that takes `time` and answers `answer`.
std::function<StatusOr<int>(OperationHandle&, Context const&)> taking(Duration time, int answer,
                                                                      int* runs = nullptr) {
  return [=](OperationHandle& handle, Context const& ctx) -> StatusOr<int> {
    if (runs != nullptr) ++*runs;
    handle.step("working");
    if (Status ended = sleep_for(ctx, time); !ended.ok()) return ended;
    return answer;
  };
}

TEST(Operations, TheAnswerOfTheBodyComesBack) {
  at_l1(20, [] {
    Operations operations;
    EXPECT_EQ(*operations.run<int>(kCtx, "pvc-1", "Create", "a", taking(seconds(1), 7)), 7);
    auto const text = operations.run<std::string>(kCtx, "pvc-1", "Create", "a",
                                                  [](OperationHandle&, Context const&) { return "text"; });
    EXPECT_EQ(*text, "text");
    auto const failed =
        operations.run<int>(kCtx, "pvc-1", "Create", "a", [](OperationHandle&, Context const&) {
          return fail(Reason::pool_full, Effect::none, "3 GiB free", seconds(30));
        });
    EXPECT_EQ(failure(failed).reason, Reason::pool_full);
    EXPECT_EQ(failure(failed).retry_after, Duration(seconds(30)));
    EXPECT_EQ(operations.size(), 0U);
  });
}

TEST(Operations, ARetryWithEqualArgumentsJoinsAndGetsTheSameAnswer) {
  at_l1(100, [] {
    Operations operations;
    int runs = 0;
    std::vector<Thread> callers;
    for (int number = 0; number < 3; ++number) {
      callers.emplace_back("caller", [&] {
        EXPECT_EQ(*operations.run<int>(kCtx, "pvc-1", "Create", "10GiB", taking(seconds(5), 7, &runs)), 7);
      });
    }
    callers.clear();
    EXPECT_EQ(runs, 1);
  });
}

TEST(Operations, W42_TheCallerIsAnsweredBeforeItsDeadlineAndTheOperationGoesOn) {
  at_l1(50, [] {
    Operations operations;
    int runs = 0;
    TimePoint const start = now();
    auto const first = operations.run<int>(kCtx.with_timeout(seconds(10)), "pvc-1", "Create", "a",
                                           taking(seconds(25), 7, &runs));
    EXPECT_EQ(now() - start, milliseconds(9'500)) << "half a second before the deadline";
    EXPECT_EQ(failure(first).reason, Reason::deadline);
    EXPECT_EQ(failure(first).effect, Effect::unknown);
    EXPECT_EQ(message(first),
              "no answer within the time of this call: Create of pvc-1, 9.5s old, step \"working\" (goes on; "
              "ask again)");
    auto const second = operations.run<int>(kCtx.with_timeout(seconds(1)), "pvc-1", "Create", "a",
                                            taking(seconds(25), 8, &runs));
    EXPECT_EQ(now() - start, milliseconds(10'400)) << "a tenth of a short time-out";
    EXPECT_EQ(failure(second).reason, Reason::deadline);
    EXPECT_EQ(*operations.run<int>(kCtx.with_timeout(minutes(1)), "pvc-1", "Create", "a",
                                   taking(seconds(9), 9, &runs)),
              7)
        << "the third attempt gets what the first one started";
    EXPECT_EQ(now() - start, seconds(25));
    EXPECT_EQ(runs, 1);
  });
}

TEST(Operations, W43_AnotherWishForTheSameVolumeIsToldWhoHoldsIt) {
  at_l1(50, [] {
    Operations operations;
    Thread holder("holder", [&] {
      EXPECT_TRUE(operations.run<int>(kCtx, "pvc-1", "CreateVolume", "10GiB", taking(seconds(30), 1)).ok());
    });
    sleep_for(milliseconds(12'300));
    int runs = 0;
    for (auto const& [kind, fingerprint] :
         {std::pair{"DeleteVolume", "10GiB"}, std::pair{"CreateVolume", "20GiB"}}) {
      auto const refused =
          operations.run<int>(kCtx, "pvc-1", kind, fingerprint, taking(seconds(1), 2, &runs));
      EXPECT_EQ(failure(refused).reason, Reason::in_progress);
      EXPECT_EQ(failure(refused).effect, Effect::none);
      EXPECT_EQ(message(refused), std::string(kind) +
                                      " of pvc-1 has to wait: held by CreateVolume of pvc-1, 12.3s old, "
                                      "step \"working\"");
    }
    EXPECT_EQ(runs, 0);
    EXPECT_EQ(*operations.run<int>(kCtx, "pvc-2", "DeleteVolume", "", taking(seconds(1), 3)), 3)
        << "another volume is not held up";
    holder.join();
    EXPECT_EQ(*operations.run<int>(kCtx, "pvc-1", "DeleteVolume", "", taking(seconds(1), 4)), 4);
  });
}

TEST(Operations, TheSameWordsForAnotherTypeOfAnswerDoNotJoin) {
  at_l1(20, [] {
    Operations operations;
    Thread holder("holder",
                  [&] { (void)operations.run<int>(kCtx, "k", "Create", "a", taking(seconds(5), 1)); });
    sleep_for(seconds(1));
    auto const other = operations.run<std::string>(kCtx, "k", "Create", "a",
                                                   [](OperationHandle&, Context const&) { return "x"; });
    EXPECT_EQ(failure_of(other.status()).reason, Reason::in_progress);
  });
}

TEST(Operations, OperationsOfDifferentVolumesRunAtTheSameTime) {
  at_l1(50, [] {
    Operations operations;
    TimePoint const start = now();
    std::vector<Thread> callers;
    for (int number = 0; number < 10; ++number) {
      callers.emplace_back("caller", [&operations, number] {
        EXPECT_TRUE(
            operations.run<int>(kCtx, std::to_string(number), "Create", "", taking(seconds(5), 1)).ok());
      });
    }
    callers.clear();
    EXPECT_EQ(now() - start, seconds(5));
  });
}

TEST(Operations, ThePoolIsBoundedAndSaysSo) {
  at_l1(50, [] {
    Operations operations({.workers = 2, .queue_max = 3});
    TimePoint const start = now();
    std::vector<Thread> callers;
    std::atomic<int> good = 0;
    for (int number = 0; number < 5; ++number) {
      callers.emplace_back("caller", [&operations, &good, number] {
        if (operations.run<int>(kCtx, std::to_string(number), "Create", "", taking(seconds(10), 1)).ok())
          ++good;
      });
    }
    sleep_for(seconds(1));
    EXPECT_EQ(operations.size(), 5U);
    auto const refused = operations.run<int>(kCtx, "sixth", "Create", "", taking(seconds(1), 1));
    EXPECT_EQ(failure(refused).reason, Reason::overloaded);
    EXPECT_EQ(failure(refused).effect, Effect::none);
    EXPECT_EQ(message(refused), "Create of sixth not started: 2 operations are running and 3 are waiting");
    callers.clear();
    EXPECT_EQ(good, 5);
    EXPECT_EQ(now() - start, seconds(30)) << "two at a time";
  });
}

TEST(Operations, AQueuedOperationNobodyWaitsForIsDroppedWithoutEffect) {
  at_l1(50, [] {
    Operations operations({.workers = 1});
    Thread holder("holder",
                  [&] { (void)operations.run<int>(kCtx, "one", "Create", "", taking(minutes(1), 1)); });
    sleep_for(seconds(1));
    int runs = 0;
    auto const left =
        operations.run<int>(kCtx.with_timeout(seconds(5)), "two", "Create", "", taking(seconds(1), 2, &runs));
    EXPECT_EQ(failure(left).reason, Reason::deadline);
    EXPECT_EQ(failure(left).effect, Effect::none) << "never started: may be repeated blindly";
    EXPECT_EQ(operations.size(), 1U);
    holder.join();
    EXPECT_TRUE(operations.drain(kNoDeadline).ok());
    EXPECT_EQ(runs, 0);
  });
}

TEST(Operations, TheCallersCancellationDoesNotReachTheOperation) {
  at_l1(50, [] {
    Operations operations;
    CancelSource client;
    bool finished = false;
    Thread hangs_up("client", [&] {
      sleep_for(seconds(2));
      client.cancel(Reason::cancelled, "the client hung up");
    });
    TimePoint const start = now();
    auto const left =
        operations.run<int>(kCtx.with_cancel(client).with_field("rpc", "CreateVolume"), "k", "Create", "",
                            [&](OperationHandle& handle, Context const& ctx) -> StatusOr<int> {
                              EXPECT_EQ(ctx.fields().at("rpc"), "CreateVolume");
                              EXPECT_EQ(ctx.fields().at("operation"), handle.id());
                              EXPECT_TRUE(sleep_for(ctx, seconds(20)).ok());
                              finished = true;
                              return 1;
                            });
    EXPECT_EQ(now() - start, seconds(2));
    EXPECT_EQ(failure(left).reason, Reason::cancelled);
    EXPECT_EQ(failure(left).effect, Effect::unknown);
    EXPECT_TRUE(operations.drain(now() + minutes(1)).ok());
    EXPECT_TRUE(finished);
    EXPECT_EQ(now() - start, seconds(20));
  });
}

TEST(Operations, AnEndedContextStartsNothing) {
  at_l1(20, [] {
    Operations operations;
    int runs = 0;
    auto const late =
        operations.run<int>(kCtx.with_timeout(-seconds(1)), "k", "Create", "", taking(seconds(1), 1, &runs));
    EXPECT_EQ(failure(late).reason, Reason::deadline);
    EXPECT_EQ(failure(late).effect, Effect::none);
    EXPECT_EQ(runs, 0);
  });
}

TEST(Operations, AnOperationHasATimeLimitOfItsOwn) {
  at_l1(20, [] {
    Operations operations;
    TimePoint const start = now();
    auto const stuck = operations.run<int>(kCtx, "k", "Create", "", taking(minutes(60), 1));
    EXPECT_EQ(failure(stuck).reason, Reason::deadline);
    EXPECT_EQ(now() - start, minutes(5));
    EXPECT_EQ(operations.size(), 0U);
  });
}

TEST(Operations, W46_NothingIsKeptOfWhatHasEnded) {
  at_l1(1, [] {
    Operations operations;
    auto const captured = std::make_shared<int>(0);
    for (int number = 0; number < 3000; ++number) {
      auto const result =
          operations.run<int>(kCtx, std::to_string(number), "Create", "",
                              [captured](OperationHandle&, Context const&) { return ++*captured; });
      ASSERT_EQ(*result, number + 1);
      ASSERT_EQ(captured.use_count(), 1) << "the body is gone before its caller goes on";
      ASSERT_EQ(operations.size(), 0U);
    }
    EXPECT_LE(live_thread_count(), 3) << "one caller at a time needs one worker";
  });
}

TEST(Operations, AFinishedOperationIsForgottenSoThatTheNextCallReadsTheWorldAgain) {
  at_l1(20, [] {
    Operations operations;
    EXPECT_EQ(*operations.run<int>(kCtx, "k", "Create", "a", taking(seconds(1), 1)), 1);
    EXPECT_EQ(*operations.run<int>(kCtx, "k", "Create", "a", taking(seconds(1), 2)), 2);
  });
}

TEST(Operations, W48_AnExceptionBecomesAnAnswerWithAReferenceThatTheLogKnows) {
  std::vector<LogRecord> lines;
  configure_logging({.sink = [&](LogRecord const& record) { lines.push_back(record); }});
  at_l1(10, [&] {
    lines.clear();
    Operations operations;
    auto const thrown = operations.run<int>(
        kCtx.with_field("rpc", "Create"), "pvc-1", "Create", "",
        [](OperationHandle&, Context const&) -> StatusOr<int> { throw std::runtime_error("map::at"); });
    EXPECT_EQ(failure(thrown).reason, Reason::internal);
    EXPECT_EQ(failure(thrown).effect, Effect::unknown);
    ASSERT_EQ(lines.size(), 1U);
    std::string const reference = lines[0].fields.at("reference");
    EXPECT_EQ(reference.size(), 8U);
    EXPECT_EQ(reference.find_first_not_of("0123456789abcdef"), std::string::npos) << reference;
    EXPECT_EQ(message(thrown), "Create of pvc-1: internal error, reference " + reference);
    EXPECT_EQ(lines[0].fields.at("error"), "map::at");
    EXPECT_EQ(lines[0].fields.at("rpc"), "Create");
    EXPECT_EQ(*operations.run<int>(kCtx, "pvc-1", "Create", "", taking(seconds(1), 5)), 5)
        << "the next one is served";
    auto const odd = operations.run<int>(kCtx, "k", "Create", "",
                                         [](OperationHandle&, Context const&) -> StatusOr<int> { throw 42; });
    EXPECT_EQ(failure(odd).reason, Reason::internal);
  });
  configure_logging({});
}

TEST(Operations, TheListSaysWhatRunsAndWhatWaits) {
  at_l1(50, [] {
    Operations operations({.workers = 1});
    Thread one("one", [&] { (void)operations.run<int>(kCtx, "b", "Create", "", taking(seconds(10), 1)); });
    sleep_for(seconds(1));
    Thread two("two", [&] { (void)operations.run<int>(kCtx, "a", "Delete", "", taking(seconds(10), 1)); });
    sleep_for(seconds(2));
    auto const list = operations.list();
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0].key, "a");
    EXPECT_EQ(list[0].kind, "Delete");
    EXPECT_FALSE(list[0].running);
    EXPECT_EQ(list[0].age, seconds(2));
    EXPECT_EQ(list[1].key, "b");
    EXPECT_TRUE(list[1].running);
    EXPECT_EQ(list[1].step, "working");
    EXPECT_EQ(list[1].age, seconds(3));
  });
}

// --- The end of a process ---

TEST(Operations, W48_DrainRefusesNewWorkLetsARetryJoinAndWaitsForTheRest) {
  at_l1(100, [] {
    Operations operations({.workers = 1});
    std::vector<Thread> callers;
    for (char const* key : {"one", "two"}) {
      callers.emplace_back("caller", [&operations, key] {
        EXPECT_EQ(*operations.run<int>(kCtx, key, "Create", "", taking(seconds(10), 1)), 1)
            << "queued ones run too";
      });
    }
    sleep_for(seconds(1));
    Status const early = operations.drain(now() + seconds(3));
    EXPECT_EQ(failure_of(early).reason, Reason::deadline);
    EXPECT_NE(early.message().find("Create of one, 4s old"), std::string::npos) << early;
    EXPECT_NE(early.message().find("Create of two, 4s old"), std::string::npos) << early;
    auto const refused = operations.run<int>(kCtx, "three", "Create", "", taking(seconds(1), 1));
    EXPECT_EQ(failure(refused).reason, Reason::shutting_down);
    EXPECT_EQ(failure(refused).effect, Effect::none);
    EXPECT_EQ(*operations.run<int>(kCtx, "one", "Create", "", taking(seconds(1), 9)), 1);
    EXPECT_TRUE(operations.drain(now() + minutes(1)).ok());
    EXPECT_EQ(operations.size(), 0U);
  });
}

TEST(Operations, TheDestructorCancelsWhatRunsDropsWhatWaitsAndEverybodyGetsAnAnswer) {
  at_l1(100, [] {
    auto operations = std::make_unique<Operations>(OperationsOptions{.workers = 1});
    Thread running("running", [&target = *operations] {
      auto const cut = target.run<int>(kCtx, "one", "Create", "", taking(minutes(1), 1));
      EXPECT_EQ(failure(cut).reason, Reason::shutting_down);
    });
    sleep_for(seconds(1));
    Thread queued("queued", [&target = *operations] {
      auto const dropped = target.run<int>(kCtx, "two", "Create", "", taking(minutes(1), 1));
      EXPECT_EQ(failure(dropped).reason, Reason::shutting_down);
      EXPECT_EQ(failure(dropped).effect, Effect::none);
    });
    sleep_for(seconds(1));
    TimePoint const start = now();
    operations.reset();
    EXPECT_EQ(now(), start);
  });
}

// --- Everything at once ---

// What one seed of the mix counts, over all seeds: a case that never happened was not tested.
struct Tally {
  std::atomic<int> answers = 0, joined = 0, in_progress = 0, left = 0, dropped = 0, overloaded = 0;
};

// How many bodies of each key run now; atomic, so that counting does not order the threads.
using Running = std::map<std::string, std::atomic<int>>;

// One caller's attempt with random key, arguments, patience and length.
void attempt(Operations& operations, RandomStream& random, Running& running, Tally& tally) {
  std::string const key(1, static_cast<char>('a' + random.below(4)));
  std::string const fingerprint = std::to_string(random.below(2));
  auto const started = std::make_shared<std::atomic<bool>>(false);
  Duration const time = random.between(Duration(0), Duration(seconds(20)));
  Context const ctx = kCtx.with_timeout(random.between(Duration(milliseconds(1)), Duration(seconds(20))));
  auto const result = operations.run<std::string>(
      ctx, key, "Create", fingerprint,
      [&running, key, fingerprint, started, time](OperationHandle& handle,
                                                  Context const& op_ctx) -> StatusOr<std::string> {
        *started = true;
        EXPECT_EQ(++running.at(key), 1) << "two operations of one volume at the same time";
        handle.step("working");
        Status const slept = sleep_for(op_ctx, time);
        --running.at(key);
        if (!slept.ok()) return slept;
        return key + fingerprint;
      });
  EXPECT_LT(now(), ctx.deadline()) << "answered too late";
  if (result.ok()) {
    EXPECT_EQ(*result, key + fingerprint) << "somebody else's answer";
    ++tally.answers;
    if (!*started) ++tally.joined;
    return;
  }
  Failure const why = failure_of(result.status());
  if (why.effect == Effect::none) {
    EXPECT_FALSE(*started) << "claims to have done nothing: " << result.status();
  }
  if (why.reason == Reason::in_progress) ++tally.in_progress;
  if (why.reason == Reason::overloaded) ++tally.overloaded;
  if (why.reason == Reason::deadline) ++(why.effect == Effect::none ? tally.dropped : tally.left);
}

TEST(Operations, UnderAnyScheduleOneOperationPerVolumeAndAnHonestAnswerInTime) {
  Tally tally;
  at_l1(300, [&] {
    Running running;
    for (char const* key : {"a", "b", "c", "d"}) running[key] = 0;
    Operations operations({.workers = 2, .queue_max = 1});
    RandomStream const random = root_stream("mix");
    std::vector<Thread> callers;
    for (int number = 0; number < 5; ++number) {
      callers.emplace_back("caller", [&, number] {
        RandomStream mine = random.derive(std::to_string(number));
        for (int round = 0; round < 6; ++round) attempt(operations, mine, running, tally);
      });
    }
    callers.clear();
    EXPECT_TRUE(operations.drain(kNoDeadline).ok());
    EXPECT_EQ(operations.size(), 0U);
  });
  EXPECT_GT(tally.answers, 0);
  EXPECT_GT(tally.joined, 0);
  EXPECT_GT(tally.in_progress, 0);
  EXPECT_GT(tally.left, 0);
  EXPECT_GT(tally.dropped, 0);
  EXPECT_GT(tally.overloaded, 0);
  std::printf("answers %d (joined %d), in progress %d, left early %d, dropped %d, overloaded %d\n",
              tally.answers.load(), tally.joined.load(), tally.in_progress.load(), tally.left.load(),
              tally.dropped.load(), tally.overloaded.load());
}

TEST(Operations, RealThreadsKeepTheSamePromises) {
  std::atomic<int> running = 0;
  std::atomic<int> wrong = 0;
  std::atomic<int> answers = 0;
  {
    Operations operations({.workers = 4});
    std::vector<Thread> callers;
    for (int number = 0; number < 8; ++number) {
      callers.emplace_back("caller", [&] {
        for (int round = 0; round < 100; ++round) {
          auto const result = operations.run<int>(kCtx, "k", "Create", "",
                                                  [&, round](OperationHandle& handle, Context const&) {
                                                    if (++running != 1) ++wrong;
                                                    handle.step("working");
                                                    --running;
                                                    return round;
                                                  });
          if (result.ok()) ++answers;
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(answers, 800) << "equal wishes always join or run";
}

}  // namespace
}  // namespace rdscsi::base
