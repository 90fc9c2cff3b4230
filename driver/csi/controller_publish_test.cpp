// ControllerService's publishing: what is refused before the device is asked, what becomes of its answers,
// and which names an operator reads. The device's half is rds/volume_publish_test.cpp.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/reasons.h"
#include "csi/controller.h"
#include "csi/driver.h"
#include "csi/testing/fake_volume_store.h"

namespace rdscsi::csi {
namespace {

using testing::FakeVolumeStore;
using testing::simple_create;

constexpr char const* kName = "pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427";
constexpr char const* kNqn = "nqn.2014-08.org.nvmexpress:uuid:11111111-0000-4000-8000-000000000001";

class Publishing : public ::testing::Test {
 protected:
  Publishing() { EXPECT_TRUE(controller_.create_volume(ctx_, simple_create(kName)).ok()); }

  static VolumeCapability alone() { return {MountAccess{}, AccessMode::single_node_writer}; }
  static VolumeCapability shared() { return {BlockAccess{}, AccessMode::multi_node_multi_writer}; }

  base::StatusOr<PublishVolumeResponse> publish(std::string node, VolumeCapability capability = alone()) {
    return controller_.publish_volume(ctx_, {kName, std::move(node), std::move(capability), false, {}});
  }
  static std::string code(base::Status const& status) {
    return std::string(grpc_code_name(grpc_code(status)));
  }
  static std::string said(base::Status const& status) {
    return {status.message().data(), status.message().size()};
  }

  base::Context ctx_ = base::Context::background();
  FakeVolumeStore store_;
  FixedNodeDirectory nodes_{{{"n1", kNqn}, {"n2", ""}}};
  base::Operations operations_;
  ControllerService controller_{{"10.0.0.1", "/p/csi", "/p/csi"}, store_, nodes_, operations_};
};

TEST_F(Publishing, AnswersWhatANodeNeeds) {
  auto const first = publish("n1");
  ASSERT_TRUE(first.ok()) << first.status();
  StringMap const expected = {{"nvme_address", "10.0.0.1"},
                              {"nvme_port", "4420"},
                              {"nvme_nqn", std::string("nqn.2000-02.com.mikrotik:") + kName},
                              {"fs_type", "ext4"},
                              {"firstFormat", "allowed"}};
  EXPECT_EQ(first->publish_context, expected);
  EXPECT_EQ(store_.last_publish().host_nqn, kNqn);
  auto const again = publish("n1");
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->publish_context.at("firstFormat"), "denied");
}

TEST_F(Publishing, TheAddressIsTheVolumesOwn) {
  auto const answer =
      controller_.publish_volume(ctx_, {kName, "n1", alone(), false, {{"nvmeAddress", "10.9.9.9"}}});
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->publish_context.at("nvme_address"), "10.9.9.9");
}

TEST_F(Publishing, AnotherNodeIsToldWhoHasIt) {
  ASSERT_TRUE(publish("n1").ok());
  auto const refused = publish("n2").status();
  EXPECT_EQ(code(refused), "FAILED_PRECONDITION");
  EXPECT_NE(said(refused).find("n1"), std::string::npos) << said(refused);
  EXPECT_TRUE(controller_.unpublish_volume(ctx_, {kName, "n1"}).ok());
  EXPECT_TRUE(publish("n2").ok());
}

TEST_F(Publishing, ABlockVolumeMayBeOnTwoNodesForAWhile) {
  EXPECT_TRUE(publish("n1", shared()).ok());
  EXPECT_TRUE(publish("n2", shared()).ok());
  auto const status = controller_.get_volume(ctx_, {kName});
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(status->status.published_nodes, (std::vector<std::string>{"n1", "n2"}));
  EXPECT_FALSE(status->status.abnormal);
}

TEST_F(Publishing, WhatIsWrongIsRefusedBeforeTheDeviceIsAsked) {
  struct Case {
    PublishVolumeRequest request;
    std::string code, says;
  };
  std::vector<Case> const cases = {
      {{"", "n1", alone(), false, {}}, "INVALID_ARGUMENT", "volume_id"},
      {{kName, "", alone(), false, {}}, "INVALID_ARGUMENT", "node_id"},
      {{kName, std::string(257, 'n'), alone(), false, {}}, "INVALID_ARGUMENT", "256 bytes"},
      {{kName, "n1", std::nullopt, false, {}}, "INVALID_ARGUMENT", "volume_capability"},
      {{kName, "n1", alone(), true, {}}, "INVALID_ARGUMENT", "readonly"},
      {{kName, "n9", alone(), false, {}}, "NOT_FOUND", "n9"},
      {{"not-ours", "n1", alone(), false, {}}, "NOT_FOUND", "not-ours"},
      {{kName, "n1", VolumeCapability{MountAccess{}, AccessMode::multi_node_multi_writer}, false, {}},
       "INVALID_ARGUMENT",
       "volumeMode: Block"},
  };
  for (auto const& [request, expected, says] : cases) {
    auto const status = controller_.publish_volume(ctx_, request).status();
    EXPECT_EQ(code(status), expected) << said(status);
    EXPECT_NE(said(status).find(says), std::string::npos) << said(status);
  }
  EXPECT_EQ(store_.calls("publish"), 0);
}

TEST_F(Publishing, UnpublishNeedsNoNodeThatStillExists) {
  ASSERT_TRUE(publish("n1").ok());
  EXPECT_TRUE(controller_.unpublish_volume(ctx_, {kName, "gone"}).ok());
  EXPECT_TRUE(controller_.unpublish_volume(ctx_, {kName, ""}).ok()) << "every node";
  EXPECT_TRUE(controller_.get_volume(ctx_, {kName})->status.published_nodes.empty());
  EXPECT_TRUE(controller_.unpublish_volume(ctx_, {"never-ours", "n1"}).ok());
  EXPECT_EQ(code(controller_.unpublish_volume(ctx_, {"", "n1"})), "INVALID_ARGUMENT");
}

TEST_F(Publishing, ListsNameTheNodesAndOnlyWhoKnowsAllOfThemPromisesThat) {
  ASSERT_TRUE(publish("n1").ok());
  auto const listed = controller_.list_volumes(ctx_, {});
  ASSERT_TRUE(listed.ok());
  ASSERT_EQ(listed->entries.size(), 1U);
  EXPECT_EQ(listed->entries[0].status.published_nodes, std::vector<std::string>{"n1"});
  auto const promises = [](Controller const& controller) {
    auto const all = controller.capabilities();
    return std::count(all.begin(), all.end(), ControllerCapability::list_volumes_published_nodes) == 1;
  };
  EXPECT_TRUE(promises(controller_));
  OpenNodeDirectory nobody;
  EXPECT_FALSE(promises(ControllerService({"10.0.0.1", "/p/csi", "/p/csi"}, store_, nobody, operations_)));
}

}  // namespace
}  // namespace rdscsi::csi
