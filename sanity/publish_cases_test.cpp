// Cases of ControllerPublishVolume and ControllerUnpublishVolume.
#include <grpcpp/grpcpp.h>

#include "sanity/case_tools.h"

namespace sanity {
namespace {

using Request = wire::ControllerPublishVolumeRequest;

// A request for a new volume and a known node, with one thing changed.
Case changed(std::string condition, std::function<void(Request&)> change) {
  return {"ControllerPublishVolume", std::move(condition),
          [change = std::move(change)](SystemUnderTest& sut) {
            auto request = publish_request(sut.new_volume().volume_id(), kNodeA);
            change(request);
            return publish(sut, request).status;
          }};
}

// No volume is needed to refuse it.
Case refused(std::string condition, Request const& request) {
  return {"ControllerPublishVolume", std::move(condition),
          [request](SystemUnderTest& sut) { return publish(sut, request).status; }};
}

grpc::Status twice(SystemUnderTest& sut) {
  auto const request = publish_request(sut.new_volume().volume_id(), kNodeA);
  auto const first = publish(sut, request);
  EXPECT_TRUE(first.status.ok()) << first.status.error_message();
  EXPECT_GT(first.response.publish_context_size(), 0);
  return publish(sut, request).status;
}

grpc::Status to_another_node(SystemUnderTest& sut) {
  auto const id = sut.new_volume().volume_id();
  EXPECT_TRUE(publish(sut, publish_request(id, kNodeA)).status.ok());
  auto const second = publish(sut, publish_request(id, kNodeB)).status;
  EXPECT_TRUE(mentions(second, kNodeA)) << "who has it? " << second.error_message();
  EXPECT_TRUE(unpublish(sut, id, kNodeA).ok());
  EXPECT_TRUE(publish(sut, publish_request(id, kNodeB)).status.ok()) << "it is free now";
  return second;
}

grpc::Status shared_by_two_nodes(SystemUnderTest& sut) {
  auto request = sut.new_request();
  auto const shared = block_capability(Modes::MULTI_NODE_MULTI_WRITER);
  *request.mutable_volume_capabilities(0) = shared;
  auto const id = create(sut, request).response.volume().volume_id();
  EXPECT_TRUE(publish(sut, publish_request(id, kNodeA, shared)).status.ok());
  return publish(sut, publish_request(id, kNodeB, shared)).status;
}

Case unpublished(std::string condition, std::string const& id, std::string const& node) {
  return {"ControllerUnpublishVolume", std::move(condition),
          [id, node](SystemUnderTest& sut) { return unpublish(sut, id, node); }};
}

// A published volume, unpublished by each of these in turn; the last one's status.
Case taken_back(std::string condition, std::vector<std::string> const& nodes) {
  return {"ControllerUnpublishVolume", std::move(condition), [nodes](SystemUnderTest& sut) {
            auto const id = sut.new_volume().volume_id();
            EXPECT_TRUE(publish(sut, publish_request(id, kNodeA)).status.ok());
            grpc::Status last;
            for (auto const& node : nodes) last = unpublish(sut, id, node);
            EXPECT_TRUE(publish(sut, publish_request(id, kNodeB)).status.ok()) << "it is free now";
            return last;
          }};
}

}  // namespace

Cases publish_cases() {
  Request const known = publish_request(kNoVolume, kNodeA);
  auto const without = [](Request request, auto clear) {
    clear(request);
    return request;
  };
  return {
      refused("id-missing", without(known, [](Request& request) { request.clear_volume_id(); })),
      refused("node-id-missing", without(known, [](Request& request) { request.clear_node_id(); })),
      refused("capability-missing",
              without(known, [](Request& request) { request.clear_volume_capability(); })),
      refused("capability-unsupported",
              publish_request(kNoVolume, kNodeA, mount_capability(Modes::MULTI_NODE_MULTI_WRITER))),
      refused("volume-unknown", known),
      refused("id-of-no-known-form", publish_request(kForeignId, kNodeA)),
      refused("id-of-another-rds", publish_request(kOtherRdsId, kNodeA)),
      changed("node-unknown", [](Request& request) { request.set_node_id("node-z"); }),
      changed("node-id-too-long", [](Request& request) { request.set_node_id(std::string(257, 'n')); }),
      changed("readonly", [](Request& request) { request.set_readonly(true); }),
      changed("answers", [](Request&) {}),
      {"ControllerPublishVolume", "twice", twice},
      {"ControllerPublishVolume", "to-another-node", to_another_node},
      {"ControllerPublishVolume", "shared-by-two-nodes", shared_by_two_nodes},
      {"ControllerPublishVolume", "device-away",
       [known](auto& sut) {
         return ask(*sut.without_device().controller, &ControllerStub::ControllerPublishVolume, known).status;
       }},
      unpublished("id-missing", "", kNodeA),
      unpublished("volume-unknown", kNoVolume, kNodeA),
      unpublished("id-of-no-known-form", kForeignId, kNodeA),
      unpublished("id-of-another-rds", kOtherRdsId, kNodeA),
      taken_back("answers", {kNodeA}),
      taken_back("twice", {kNodeA, kNodeA}),
      taken_back("from-every-node", {""}),
      taken_back("from-a-node-that-is-gone", {kNodeA, "node-z"}),
      {"ControllerUnpublishVolume", "device-away",
       [](auto& sut) {
         wire::ControllerUnpublishVolumeRequest request;
         request.set_volume_id(kNoVolume);
         request.set_node_id(kNodeA);
         return ask(*sut.without_device().controller, &ControllerStub::ControllerUnpublishVolume, request)
             .status;
       }},
  };
}

}  // namespace sanity
