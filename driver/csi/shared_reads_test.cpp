// SharedReads: how many commands a crowd of readers costs, and that sharing never shows anybody the past.
#include "csi/shared_reads.h"

#include <gtest/gtest.h>

#include <atomic>

#include "base/reasons.h"
#include "base/scheduler.h"
#include "csi/testing/fake_volume_store.h"

namespace rdscsi::csi {
namespace {

using base::Effect;
using base::Reason;
using testing::FakeVolumeStore;
using namespace std::chrono_literals;

constexpr char const* kId = "pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427";

// Each read takes 200 ms of virtual time.
struct Rig {
  Rig() {
    inner.before = [this](base::Context const& ctx, std::string_view) -> base::Status {
      base::sleep_for(200ms);
      if (auto status = ctx.check(); !status.ok()) return status;
      return failure;
    };
  }
  void make_volume() {
    rds::VolumeSpec spec;
    spec.volume_id = kId;
    EXPECT_TRUE(inner.create(base::Context::background(), spec).ok());
  }
  FakeVolumeStore inner;
  SharedReads shared{inner};
  base::Status failure;
};

// Plays `story` under the scheduler with several seeds.
void play(std::function<void(Rig&)> const& story) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    base::SchedulerOptions options;
    options.seed = seed;
    base::Scheduler scheduler(options);
    auto const report = scheduler.run([&] {
      Rig rig;
      story(rig);
    });
    ASSERT_EQ(report.end, base::RunEnd::finished) << "seed " << seed << ": " << report.explanation;
  }
}

void crowd(int count, std::function<void(int)> const& body) {
  std::vector<base::Thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back("reader", [&body, i] { body(i); });
  for (auto& thread : threads) thread.join();
}

TEST(SharedReads, FiftyAtOnceTakeTwoCommands) {
  play([](Rig& rig) {
    rig.make_volume();
    std::atomic<int> found{0};
    crowd(50, [&](int) {
      auto const list = rig.shared.list(base::Context::background());
      if (list.ok() && list->size() == 1) ++found;
    });
    EXPECT_EQ(found, 50);
    EXPECT_LE(rig.inner.calls("list"), 2);
  });
}

TEST(SharedReads, DifferentQuestionsAreNotShared) {
  play([](Rig& rig) {
    rig.make_volume();
    base::Context const ctx = base::Context::background();
    std::function<bool()> const questions[] = {[&] { return rig.shared.get(ctx, kId).ok(); },
                                               [&] { return !rig.shared.get(ctx, "another").ok(); },
                                               [&] { return rig.shared.pool(ctx).ok(); }};
    crowd(3, [&](int i) { EXPECT_TRUE(questions[i]()) << i; });
    EXPECT_EQ(rig.inner.calls("get"), 2);
    EXPECT_EQ(rig.inner.calls("pool"), 1);
  });
}

TEST(SharedReads, WhoAsksAfterAChangeSeesIt) {
  play([](Rig& rig) {
    base::Thread early("early", [&] { EXPECT_TRUE(rig.shared.list(base::Context::background()).ok()); });
    base::sleep_for(50ms);  // that list is under way, and does not know of the volume
    rig.make_volume();
    auto const list = rig.shared.list(base::Context::background());
    ASSERT_TRUE(list.ok());
    EXPECT_EQ(list->size(), 1U);
    early.join();
  });
}

TEST(SharedReads, OneReadersDeadlineIsNobodyElses) {
  play([](Rig& rig) {
    rig.make_volume();
    std::atomic<int> ok{0}, late{0};
    crowd(10, [&](int i) {
      auto const ctx =
          i % 2 == 0 ? base::Context::background().with_timeout(100ms) : base::Context::background();
      auto const list = rig.shared.list(ctx);
      if (list.ok()) {
        ++ok;
      } else {
        EXPECT_EQ(base::failure_of(list.status()).reason, Reason::deadline);
        EXPECT_EQ(base::failure_of(list.status()).effect, Effect::none);
        ++late;
      }
    });
    EXPECT_EQ(ok, 5);
    EXPECT_EQ(late, 5);
  });
}

TEST(SharedReads, AFailureOfTheDeviceIsSharedToo) {
  play([](Rig& rig) {
    rig.failure = base::fail(Reason::rds_unreachable, Effect::none, "planted");
    std::atomic<int> failed{0};
    crowd(20, [&](int) {
      if (!rig.shared.pool(base::Context::background()).ok()) ++failed;
    });
    EXPECT_EQ(failed, 20);
    EXPECT_LE(rig.inner.calls("pool"), 2);
  });
}

}  // namespace
}  // namespace rdscsi::csi
