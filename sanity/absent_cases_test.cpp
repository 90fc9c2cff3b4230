// Cases of what this build does not serve: whole services, single RPCs, and a node side without a node.
#include <grpcpp/grpcpp.h>

#include <fstream>

#include "sanity/case_tools.h"

namespace sanity {
namespace {

// `service` and `method` of generated code, called with an empty request.
template <typename Service, typename Request, typename Response>
Case absent(std::string rpc,
            grpc::Status (Service::*method)(grpc::ClientContext*, Request const&, Response*)) {
  return {std::move(rpc), "not-served", [method](SystemUnderTest& sut) {
            Service stub(sut.channel());
            return ask(stub, method, Request()).status;
          }};
}

// Of the controller, with --snapshots=off.
template <typename Request, typename Response>
Case switched_off(std::string rpc,
                  grpc::Status (ControllerStub::*method)(grpc::ClientContext*, Request const&, Response*)) {
  return {std::move(rpc), "not-served", [method](SystemUnderTest& sut) {
            return ask(*sut.without_snapshots().controller, method, Request()).status;
          }};
}

// A call whose answer is a stream.
template <typename Request, typename Response>
Case absent_stream(std::string rpc,
                   std::unique_ptr<grpc::ClientReader<Response>> (wire::SnapshotMetadata::Stub::*method)(
                       grpc::ClientContext*, Request const&)) {
  return {std::move(rpc), "not-served", [method](SystemUnderTest& sut) {
            wire::SnapshotMetadata::Stub stub(sut.channel());
            auto const context = call_context();
            auto const reader = (stub.*method)(context.get(), Request());
            Response response;
            EXPECT_FALSE(reader->Read(&response));
            return reader->Finish();
          }};
}

grpc::Status node_unpublish(SystemUnderTest& sut, std::string const& id, std::string const& path) {
  wire::Node::Stub stub(sut.channel());
  wire::NodeUnpublishVolumeRequest request;
  request.set_volume_id(id);
  request.set_target_path(path);
  return ask(stub, &wire::Node::Stub::NodeUnpublishVolume, request).status;
}

grpc::Status something_is_published(SystemUnderTest& sut) {
  std::string const path = sut.file("target");
  std::ofstream(path) << "somebody's data";
  auto const status = node_unpublish(sut, kNoVolume, path);
  EXPECT_TRUE(std::ifstream(path).good()) << "what cannot be unpublished must stay";
  return status;
}

grpc::Status a_node_that_can_do_nothing(SystemUnderTest& sut) {
  wire::Node::Stub stub(sut.channel());
  auto const answer = ask(stub, &wire::Node::Stub::NodeGetCapabilities, wire::NodeGetCapabilitiesRequest());
  EXPECT_EQ(answer.response.capabilities_size(), 0);
  return answer.status;
}

}  // namespace

Cases absent_cases() {
  using Node = wire::Node::Stub;
  using Group = wire::GroupController::Stub;
  return {
      switched_off("CreateSnapshot", &ControllerStub::CreateSnapshot),
      switched_off("DeleteSnapshot", &ControllerStub::DeleteSnapshot),
      switched_off("ListSnapshots", &ControllerStub::ListSnapshots),
      switched_off("GetSnapshot", &ControllerStub::GetSnapshot),
      absent("ControllerModifyVolume", &ControllerStub::ControllerModifyVolume),
      absent("GroupControllerGetCapabilities", &Group::GroupControllerGetCapabilities),
      absent("CreateVolumeGroupSnapshot", &Group::CreateVolumeGroupSnapshot),
      absent("DeleteVolumeGroupSnapshot", &Group::DeleteVolumeGroupSnapshot),
      absent("GetVolumeGroupSnapshot", &Group::GetVolumeGroupSnapshot),
      absent_stream("GetMetadataAllocated", &wire::SnapshotMetadata::Stub::GetMetadataAllocated),
      absent_stream("GetMetadataDelta", &wire::SnapshotMetadata::Stub::GetMetadataDelta),
      absent("NodeStageVolume", &Node::NodeStageVolume),
      absent("NodeUnstageVolume", &Node::NodeUnstageVolume),
      absent("NodePublishVolume", &Node::NodePublishVolume),
      absent("NodeGetVolumeStats", &Node::NodeGetVolumeStats),
      absent("NodeExpandVolume", &Node::NodeExpandVolume),
      absent("NodeGetInfo", &Node::NodeGetInfo),
      {"NodeGetCapabilities", "answers", a_node_that_can_do_nothing},
      {"NodeUnpublishVolume", "id-missing", [](auto& sut) { return node_unpublish(sut, "", "/target"); }},
      {"NodeUnpublishVolume", "path-missing", [](auto& sut) { return node_unpublish(sut, kNoVolume, ""); }},
      {"NodeUnpublishVolume", "nothing-is-published",
       [](auto& sut) { return node_unpublish(sut, kNoVolume, sut.file("no-such-target")); }},
      {"NodeUnpublishVolume", "something-is-published", something_is_published},
  };
}

}  // namespace sanity
