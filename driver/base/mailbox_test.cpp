// Tests of Mailbox: order, delays, closing, cancelling; on plain threads and under the scheduler.
#include "base/mailbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/scheduler.h"

namespace rdscsi::base {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

RunReport run_with(std::uint64_t seed, std::function<void()> body) {
  SchedulerOptions options;
  options.seed = seed;
  Scheduler scheduler(options);
  RunReport report = scheduler.run(std::move(body));
  EXPECT_EQ(report.end, RunEnd::finished) << report.explanation;
  return report;
}

TEST(Mailbox, MessagesArriveInOrderOfVisibilityThenOfSending) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    std::vector<std::string> received;
    std::vector<Duration> moments;
    run_with(seed, [&] {
      Mailbox<std::string> mailbox;
      TimePoint const start = now();
      Thread receiver("receiver", [&] {
        for (int i = 0; i < 4; ++i) {
          StatusOr<std::string> message = mailbox.receive(Context::background());
          ASSERT_TRUE(message.ok());
          received.push_back(*message);
          moments.push_back(now() - start);
        }
      });
      mailbox.send("slow", start + 30ms);
      mailbox.send("fast", start + 10ms);
      mailbox.send("fast too", start + 10ms);
      sleep_for(1ms);
      mailbox.send("at once");
      receiver.join();
    });
    EXPECT_THAT(received, ElementsAre("at once", "fast", "fast too", "slow")) << "seed " << seed;
    EXPECT_THAT(moments, ElementsAre(1ms, 10ms, 10ms, 30ms)) << "seed " << seed;
  }
}

TEST(Mailbox, AnEarlierMessageOvertakesTheOneBeingWaitedFor) {
  run_with(4, [] {
    Mailbox<int> mailbox;
    TimePoint const start = now();
    mailbox.send(2, start + 1h);
    Thread sender("sender", [&] {
      sleep_for(1s);
      mailbox.send(1, start + 2s);
    });
    StatusOr<int> const first = mailbox.receive(Context::background());
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(*first, 1);
    EXPECT_EQ(now() - start, 2s);
  });
}

TEST(Mailbox, ReceiveEndsAtTheDeadlineAlthoughALaterMessageIsQueued) {
  run_with(5, [] {
    Mailbox<int> mailbox;
    TimePoint const start = now();
    mailbox.send(1, start + 1h);
    StatusOr<int> const nothing = mailbox.receive(Context::background().with_timeout(3s));
    ASSERT_FALSE(nothing.ok());
    EXPECT_EQ(failure_of(nothing.status()).reason, Reason::deadline);
    EXPECT_EQ(now() - start, 3s);
    EXPECT_EQ(mailbox.size(), 1u);
  });
}

TEST(Mailbox, ReceiveEndsWhenCancelledWithTheReasonGiven) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    run_with(seed, [] {
      Mailbox<int> mailbox;
      CancelSource source;
      Thread receiver("receiver", [&] {
        StatusOr<int> const nothing = mailbox.receive(Context::background().with_cancel(source));
        ASSERT_FALSE(nothing.ok());
        EXPECT_EQ(failure_of(nothing.status()).reason, Reason::shutting_down);
      });
      source.cancel(Reason::shutting_down, "the process is stopping");
      receiver.join();
    });
  }
}

TEST(Mailbox, AClosedMailboxGivesWhatItHasAndThenEnds) {
  run_with(6, [] {
    Mailbox<int> mailbox;
    mailbox.send(7, now() + 1s);
    mailbox.close();
    EXPECT_FALSE(mailbox.send(8));
    StatusOr<int> const queued = mailbox.receive(Context::background());
    ASSERT_TRUE(queued.ok());
    EXPECT_EQ(*queued, 7);
    StatusOr<int> const ended = mailbox.receive(Context::background());
    ASSERT_FALSE(ended.ok());
    EXPECT_EQ(failure_of(ended.status()).reason, Reason::shutting_down);
    EXPECT_THAT(ended.status().ToString(), HasSubstr("closed"));
  });
}

TEST(Mailbox, AbortDropsWhatIsQueuedAndWakesTheReceiver) {
  run_with(7, [] {
    Mailbox<std::shared_ptr<int>> mailbox;
    auto const payload = std::make_shared<int>(1);
    mailbox.send(payload, now() + 1h);
    Thread receiver("receiver", [&] { EXPECT_FALSE(mailbox.receive(Context::background()).ok()); });
    sleep_for(1s);
    mailbox.abort();
    receiver.join();
    EXPECT_EQ(payload.use_count(), 1);
    EXPECT_EQ(mailbox.size(), 0u);
  });
}

TEST(Mailbox, TwoReceiversShareWhatTwoSendersSend) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    int sum = 0;
    run_with(seed, [&] {
      Mailbox<std::unique_ptr<int>> mailbox;
      Mutex mutex;
      auto const receive = [&] {
        while (true) {
          StatusOr<std::unique_ptr<int>> const message = mailbox.receive(Context::background());
          if (!message.ok()) return;
          Guard guard(mutex);
          sum += **message;
        }
      };
      Thread a("receiver-a", receive);
      Thread b("receiver-b", receive);
      {
        Thread c("sender-c", [&] {
          for (int i = 1; i <= 50; ++i) mailbox.send(std::make_unique<int>(i), now() + 1ms * (i % 7));
        });
        Thread d("sender-d", [&] {
          for (int i = 51; i <= 100; ++i) mailbox.send(std::make_unique<int>(i));
        });
      }
      mailbox.close();
    });
    EXPECT_EQ(sum, 5050) << "seed " << seed;
  }
}

TEST(Mailbox, PlainThreadsSendReceiveAndCancel) {
  Mailbox<int> mailbox;
  CancelSource source;
  std::vector<int> received;
  Thread receiver("receiver", [&] {
    while (true) {
      StatusOr<int> const message = mailbox.receive(Context::background().with_cancel(source));
      if (!message.ok()) return;
      received.push_back(*message);
      if (received.size() == 3) source.cancel(Reason::cancelled, "enough");
    }
  });
  TimePoint const start = now();
  mailbox.send(3, start + 20ms);
  mailbox.send(2, start + 10ms);
  mailbox.send(1);
  receiver.join();
  EXPECT_THAT(received, ElementsAre(1, 2, 3));
  EXPECT_GE(now() - start, 20ms);
}

}  // namespace
}  // namespace rdscsi::base
