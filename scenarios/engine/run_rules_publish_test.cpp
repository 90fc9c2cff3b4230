// The rules about publishing under test: each is handed the record of a driver that breaks it, and must say
// so; the record of a good run breaks none.
#include <gtest/gtest.h>

#include <algorithm>

#include "scenarios/engine/run_rules.h"

namespace scenario {
namespace {

constexpr char const* kId = "pvc-5f0c1f8e-6f5e-4f57-9c7e-0d1f5b6a7c01";
constexpr std::int64_t kGiB = std::int64_t{1} << 30;

class PublishRules : public ::testing::Test {
 protected:
  PublishRules() {
    auto device = rdssim::routeros::Device::make("7.21", 100 * kGiB, 1);
    rds_ = std::make_unique<rdssim::faults::FaultyDevice>(*std::move(device),
                                                          rdssim::faults::FaultyDeviceOptions{});
    oracle_ = std::make_unique<Oracle>(*rds_);
    input_.nodes = {{"n1", "nqn.n1"}, {"n2", "nqn.n2"}, {"n3", "-"}};
    EXPECT_TRUE(oracle_
                    ->console("/disk add type=file file-path=\"/storage-pool/metal-csi/" + std::string(kId) +
                              ".img\" file-size=1073741824 slot=" + kId + " nvme-tcp-export=yes")
                    .ok());
  }

  void device(bool exported, std::string const& host) {
    ASSERT_TRUE(oracle_
                    ->console("/disk set [find slot=" + std::string(kId) + "] nvme-tcp-export=" +
                              (exported ? "yes" : "no") + " nvme-tcp-server-allow-host-name=\"" + host + "\"")
                    .ok());
  }

  void publish(std::string const& node, bool shared = false, bool first_format = false) {
    csi::PublishVolumeRequest request{kId, node, csi::VolumeCapability{}, false, {}};
    request.capability->mode =
        shared ? csi::AccessMode::multi_node_multi_writer : csi::AccessMode::single_node_writer;
    add("publish_volume", request);
    input_.attempts.back().answer.publish_context["firstFormat"] = first_format ? "allowed" : "denied";
  }
  void unpublish(std::string const& node) { add("unpublish_volume", csi::UnpublishVolumeRequest{kId, node}); }

  void made_from_a_snapshot() {
    csi::CreateVolumeRequest request;
    request.name = kId;
    request.source = csi::ContentSource::snapshot;
    add("create_volume", request);
    input_.attempts.back().answer.volume.volume_id = kId;
  }

  std::vector<std::string> broken() {
    std::vector<std::string> names;
    for (Violation const& violation : check_publishing(input_, *oracle_))
      names.push_back(violation.predicate);
    return names;
  }

  using Names = std::vector<std::string>;
  RulesInput input_;

 private:
  void add(std::string const& verb, Request request) {
    Attempt made;
    made.call = made.verb = verb;
    made.request = std::move(request);
    made.start = std::chrono::seconds(10 * static_cast<int>(input_.attempts.size() + 1));
    made.end = made.start + std::chrono::seconds(1);
    made.answered = true;
    made.answer.code = "OK";
    made.look = oracle_->look();
    input_.attempts.push_back(std::move(made));
  }

  std::unique_ptr<rdssim::faults::FaultyDevice> rds_;
  std::unique_ptr<Oracle> oracle_;
};

TEST_F(PublishRules, AGoodRunBreaksNone) {
  device(true, "nqn.n1");
  publish("n1", false, true);
  publish("n1");
  device(false, "");
  unpublish("n1");
  device(true, "nqn.n2");
  publish("n2");
  device(false, "");
  unpublish("");
  device(true, "");
  publish("n3");  // announced no host: anybody's is let in
  EXPECT_EQ(broken(), Names{});
}

// As a scenario's steps follow each other: the next call is made in the instant the last one was answered.
TEST_F(PublishRules, AnExportThatStaysAfterTheLastUnpublish) {
  device(true, "nqn.n1");
  publish("n1");
  unpublish("n1");
  input_.attempts[1].start = input_.attempts[0].end;
  EXPECT_EQ(broken(), Names{"rule-4-ok-means-done"});
}

TEST_F(PublishRules, AVolumeMadeFromASnapshotThatANodeMayFormat) {
  made_from_a_snapshot();
  device(true, "nqn.n1");
  publish("n1", false, true);
  EXPECT_EQ(broken(), Names{"rule-1-first-format"});
}

TEST_F(PublishRules, TwoNodesAtOnce) {
  device(true, "nqn.n1");
  publish("n1");
  device(true, "nqn.n2");
  publish("n2");
  EXPECT_EQ(broken(), Names{"rule-2-one-writer"});
}

TEST_F(PublishRules, ASharedVolumeMayBeOnTwoNodesButNotOnThree) {
  device(true, "");
  publish("n1", true);
  publish("n2", true);
  EXPECT_EQ(broken(), Names{});
  publish("n3", true);
  EXPECT_NE(broken(), Names{});
}

TEST_F(PublishRules, AHostThatIsNotLetIn) {
  device(true, "nqn.somebody-else");
  publish("n1");
  EXPECT_EQ(broken(), Names{"published-means-let-in"});
}

TEST_F(PublishRules, AnotherHostThatIsLetIn) {
  device(true, "");
  publish("n1");
  EXPECT_EQ(broken(), Names{"published-means-fenced"});
  input_.fencing = false;
  EXPECT_EQ(broken(), Names{});
}

TEST_F(PublishRules, UnpublishSaidOkWhileTheExportWasOn) {
  device(true, "nqn.n1");
  publish("n1");
  unpublish("n1");
  EXPECT_EQ(broken(), Names{"rule-4-ok-means-done"});
}

TEST_F(PublishRules, AFirstFormatIsAllowedOnce) {
  device(true, "nqn.n1");
  publish("n1", false, true);
  publish("n1", false, true);
  EXPECT_EQ(broken(), Names{"rule-1-first-format"});
}

// Found by the explorer: a call that joins an equal one gets its answer.
TEST_F(PublishRules, EqualCallsAtTheSameTimeShareAFirstFormat) {
  device(true, "nqn.n1");
  publish("n1", false, true);
  publish("n1", false, true);
  input_.attempts[1].start = input_.attempts[0].start;
  input_.attempts[1].end = input_.attempts[0].end;
  EXPECT_EQ(broken(), Names{});
}

}  // namespace
}  // namespace scenario
