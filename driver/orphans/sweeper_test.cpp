// The sweeper on a device made of plain values, in virtual time. Each story is one way in which a sweep has
// deleted something that somebody needed (incidents 23, 24; W-05), and what it deletes all the same.
#include "orphans/sweeper.h"

#include <gtest/gtest.h>

#include "base/reasons.h"
#include "base/scheduler.h"

namespace rdscsi::orphans {
namespace {

using base::Context;
using base::Duration;
using base::Effect;
using base::Reason;
using base::Status;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr char const* kVolume = "pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427";
constexpr char const* kOther = "pvc-00000000-0000-4000-8000-000000000001";

class FakeDevice : public Device {
 public:
  rds::ConnectionStatus connection() const override { return status; }
  base::StatusOr<rds::Inventory> inventory(Context const&) override {
    ++looks;
    if (!inventory_status.ok()) return inventory_status;
    if (on_inventory) on_inventory();
    return all;
  }
  Status remove_volume(Context const&, std::string const& id) override { return gone(id); }
  Status remove_snapshot(Context const&, std::string const& id) override { return gone(id); }
  Status remove_scratch(Context const&, std::string const& leaf) override { return gone(leaf); }

  void add(std::string const& id) {
    all.volumes.push_back({id, id, "/pool/" + id + ".img", true, false, true});
  }

  rds::ConnectionStatus status;
  rds::Inventory all;
  Status inventory_status;
  Status removal;
  std::function<void()> on_inventory;
  std::vector<std::string> removed;
  int looks = 0;

 private:
  Status gone(std::string const& name) {
    if (!removal.ok()) return removal;
    removed.push_back(name);
    std::erase_if(all.volumes, [&](auto const& one) { return one.volume_id == name; });
    std::erase(all.scratch, name);
    return removal;
  }
};

class FakeOwners : public Owners {
 public:
  base::StatusOr<Ids> list(Context const&) override {
    if (!failure.ok()) return failure;
    return ids;
  }
  base::StatusOr<bool> owns(Context const&, std::string const& id) override {
    return ids.contains(id) || late.contains(id);
  }

  Ids ids = {kOther};
  Ids late;  // not in the list, which is older
  Status failure;
};

struct Story {
  FakeDevice device;
  FakeOwners owners;
  base::Operations operations;
  Sweeper sweeper{device, operations, &owners, {minutes(1), minutes(5), false}};

  Story() {
    device.status.state = rds::ConnectionState::up;
    device.status.connects = 1;
    device.status.up_since = base::now();
    device.add(kVolume);
    device.add(kOther);
    static_cast<void>(base::sleep_for(Context::background(), minutes(2)));
  }
  Duration round() { return sweeper.round(Context::background()); }
  void rounds(int count) {
    for (int i = 0; i < count; ++i) {
      round();
      static_cast<void>(base::sleep_for(Context::background(), minutes(1)));
    }
  }
};

void tell(std::function<void(Story&)> const& body) {
  base::Scheduler scheduler(base::SchedulerOptions{});
  auto const report = scheduler.run([&] {
    Story story;
    body(story);
  });
  EXPECT_EQ(report.end, base::RunEnd::finished) << report.explanation;
}

TEST(Sweeper, RemovesWhatNobodyOwnsAfterTheGraceAndNothingElse) {
  tell([](Story& story) {
    story.rounds(5);
    EXPECT_TRUE(story.device.removed.empty()) << "seen for four minutes only";
    story.rounds(1);
    EXPECT_EQ(story.device.removed, (std::vector<std::string>{kVolume}));
    EXPECT_EQ(story.sweeper.status().cleaned, 1U);
    story.rounds(10);
    EXPECT_EQ(story.device.removed.size(), 1U);
  });
}

TEST(Sweeper, W05_OneLookIsNeverEnough) {
  tell([](Story& story) {
    story.round();
    static_cast<void>(base::sleep_for(Context::background(), minutes(60)));
    EXPECT_TRUE(story.device.removed.empty());
    story.device.all.volumes.clear();  // it was not there in between
    story.round();
    story.device.add(kVolume);
    story.round();
    EXPECT_TRUE(story.device.removed.empty());
  });
}

TEST(Sweeper, ADryRunReportsAndKeeps) {
  tell([](Story& story) {
    Sweeper dry(story.device, story.operations, &story.owners, {minutes(1), minutes(0), true});
    dry.round(Context::background());
    EXPECT_EQ(dry.status().orphans->at(Kind::volume), 0U);
    dry.round(Context::background());
    EXPECT_EQ(dry.status().orphans->at(Kind::volume), 1U);
    EXPECT_TRUE(story.device.removed.empty());
  });
}

TEST(Sweeper, WithoutOwnersOnlyScratchOfAKilledSelfTestGoes) {
  tell([](Story& story) {
    story.device.all.scratch = {"rdscsi-test-uq5d7plmst-0123abcd"};
    Sweeper alone(story.device, story.operations, nullptr, {minutes(1), minutes(0), false});
    alone.round(Context::background());
    alone.round(Context::background());
    EXPECT_EQ(story.device.removed, (std::vector<std::string>{"rdscsi-test-uq5d7plmst-0123abcd"}));
  });
}

TEST(Sweeper, OnAnRdsWithANameOwnersAndOperationsKnowVolumesByTheirHandles) {
  tell([](Story& story) {
    story.owners.ids = {std::string("rack7.") + kVolume, kOther};  // the latter lies on another RDS
    SweeperOptions options{minutes(1), minutes(0), false};
    options.handle = [](std::string const& id) { return "rack7." + id; };
    Sweeper sweeper(story.device, story.operations, &story.owners, options);
    sweeper.round(Context::background());
    sweeper.round(Context::background());
    EXPECT_EQ(story.device.removed, (std::vector<std::string>{kOther})) << "nobody owns rack7." << kOther;
    sweeper.stop();
  });
}

TEST(Sweeper, Incident24_AnEmptyOrMissingListOfOwnersIsNotBelieved) {
  tell([](Story& story) {
    story.owners.ids.clear();
    story.rounds(10);
    story.owners.failure = base::fail(Reason::rds_timeout, Effect::none, "410 Gone");
    story.rounds(10);
    EXPECT_TRUE(story.device.removed.empty());
    auto const status = story.sweeper.status();
    EXPECT_EQ(status.aborted.at("owners-empty"), 10U);
    EXPECT_EQ(status.aborted.at("owners-unknown"), 10U);
    EXPECT_FALSE(status.orphans.has_value()) << "nothing is known";
  });
}

TEST(Sweeper, Incident24_WhoIsInNoListYetIsAskedForOnceMore) {
  tell([](Story& story) {
    story.owners.late = {kVolume};
    story.rounds(10);
    EXPECT_TRUE(story.device.removed.empty());
  });
}

TEST(Sweeper, Incident24_WhatAnOperationWorksOnOrWasAskedForIsNotSeen) {
  tell([](Story& story) {
    for (int i = 0; i < 20; ++i) {
      story.rounds(3);
      story.sweeper.wished(kVolume, "create");
    }
    EXPECT_TRUE(story.device.removed.empty());
  });
}

TEST(Sweeper, Incident24_AskedForBetweenTheLookAndTheRemovalItStays) {
  tell([](Story& story) {
    story.rounds(5);
    // The newest list of owners is old already when a claim asks again.
    bool asked = false;
    story.device.on_inventory = [&] {
      asked = true;
      story.sweeper.wished(kVolume, "create");
    };
    story.rounds(1);
    EXPECT_TRUE(asked);
    EXPECT_TRUE(story.device.removed.empty());
  });
}

TEST(Sweeper, NeverInTheSameMinuteAsAReconnect) {
  tell([](Story& story) {
    story.rounds(5);
    int const before = story.device.looks;
    story.device.status.up_since = base::now();
    ++story.device.status.connects;
    EXPECT_EQ(story.round(), minutes(1));
    static_cast<void>(base::sleep_for(Context::background(), seconds(59)));
    EXPECT_EQ(story.round(), seconds(1));
    EXPECT_EQ(story.device.looks, before) << "not even a look";
    story.device.status.state = rds::ConnectionState::down;
    story.round();
    EXPECT_TRUE(story.device.removed.empty());
  });
}

TEST(Sweeper, AReconnectDuringTheLookEndsIt) {
  tell([](Story& story) {
    story.device.on_inventory = [&] { ++story.device.status.connects; };
    story.rounds(10);
    EXPECT_TRUE(story.device.removed.empty());
    EXPECT_EQ(story.sweeper.status().aborted.at("reconnect"), 10U);
  });
}

TEST(Sweeper, WithoutThePoolNothingIsSeenAndNothingForgotten) {
  tell([](Story& story) {
    story.rounds(3);
    story.device.inventory_status = base::fail(Reason::pool_not_visible, Effect::none, "no pool");
    story.rounds(10);
    EXPECT_TRUE(story.device.removed.empty());
    EXPECT_EQ(story.sweeper.status().aborted.at("pool-not-visible"), 10U);
    story.device.inventory_status = Status();
    story.rounds(1);
    EXPECT_EQ(story.device.removed.size(), 1U);
  });
}

TEST(Sweeper, Incident24_ALookThatWouldRemoveMostOfItIsNotBelieved) {
  tell([](Story& story) {
    for (int i = 10; i < 30; ++i)
      story.device.add("pvc-00000000-0000-4000-8000-0000000000" + std::to_string(i));
    story.rounds(10);
    EXPECT_TRUE(story.device.removed.empty());
    EXPECT_GT(story.sweeper.status().aborted.at("too-many"), 0U);
    EXPECT_EQ(story.sweeper.status().orphans->at(Kind::volume), 21U) << "but reported";
  });
}

TEST(Sweeper, WhatCannotBeRemovedIsTriedAgainAtTheNextLook) {
  tell([](Story& story) {
    story.device.removal = base::fail(Reason::rds_command_failed, Effect::partial, "in use");
    story.rounds(8);
    EXPECT_EQ(story.sweeper.status().cleaned, 0U);
    EXPECT_EQ(story.sweeper.status().orphans->at(Kind::volume), 1U);
    story.device.removal = Status();
    story.rounds(1);
    EXPECT_EQ(story.device.removed.size(), 1U);
  });
}

TEST(Sweeper, StopsWhileItWaits) {
  tell([](Story& story) {
    story.sweeper.start();
    static_cast<void>(base::sleep_for(Context::background(), minutes(30)));
    story.sweeper.stop();
    EXPECT_EQ(story.device.removed, (std::vector<std::string>{kVolume}));
    EXPECT_GE(story.sweeper.status().rounds, 6U);
  });
}

}  // namespace
}  // namespace rdscsi::orphans
