// Shorthands for the cases: one function an RPC, and the requests they vary. Used by the *_cases_test.cpp
// files.
#pragma once

#include <string>

#include "gtest/gtest.h"
#include "sanity/cases.h"

namespace sanity {

using Mode = wire::VolumeCapability::AccessMode::Mode;
using Modes = wire::VolumeCapability::AccessMode;
using ControllerStub = wire::Controller::Stub;

inline auto create(SystemUnderTest& sut, wire::CreateVolumeRequest const& request) {
  return ask(sut.controller(), &ControllerStub::CreateVolume, request);
}

inline auto remove(SystemUnderTest& sut, std::string const& volume_id) {
  wire::DeleteVolumeRequest request;
  request.set_volume_id(volume_id);
  return ask(sut.controller(), &ControllerStub::DeleteVolume, request).status;
}

inline auto list(SystemUnderTest& sut, std::string const& token = "", int max_entries = 0) {
  wire::ListVolumesRequest request;
  request.set_starting_token(token);
  request.set_max_entries(max_entries);
  return ask(sut.controller(), &ControllerStub::ListVolumes, request);
}

// How often ListVolumes shows this volume.
inline int times_listed(SystemUnderTest& sut, std::string const& volume_id) {
  auto const answer = list(sut);
  EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
  int times = 0;
  for (auto const& entry : answer.response.entries())
    times += entry.volume().volume_id() == volume_id ? 1 : 0;
  return times;
}

inline wire::VolumeCapability mount_capability(Mode mode, std::string const& filesystem = "") {
  wire::VolumeCapability capability;
  capability.mutable_mount()->set_fs_type(filesystem);
  capability.mutable_access_mode()->set_mode(mode);
  return capability;
}

inline wire::VolumeCapability block_capability(Mode mode) {
  wire::VolumeCapability capability;
  capability.mutable_block();
  capability.mutable_access_mode()->set_mode(mode);
  return capability;
}

inline wire::ControllerPublishVolumeRequest publish_request(
    std::string const& volume_id, std::string const& node,
    wire::VolumeCapability const& capability = mount_capability(Modes::SINGLE_NODE_WRITER)) {
  wire::ControllerPublishVolumeRequest request;
  request.set_volume_id(volume_id);
  request.set_node_id(node);
  *request.mutable_volume_capability() = capability;
  return request;
}

inline auto publish(SystemUnderTest& sut, wire::ControllerPublishVolumeRequest const& request) {
  return ask(sut.controller(), &ControllerStub::ControllerPublishVolume, request);
}

inline grpc::Status unpublish(SystemUnderTest& sut, std::string const& volume_id, std::string const& node) {
  wire::ControllerUnpublishVolumeRequest request;
  request.set_volume_id(volume_id);
  request.set_node_id(node);
  return ask(sut.controller(), &ControllerStub::ControllerUnpublishVolume, request).status;
}

// Of the driver's own form, and no volume's.
inline constexpr char kNoVolume[] = "pvc-00000000-0000-4000-8000-000000000404";
inline constexpr char kNoSnapshot[] = "snap-00000000-0000-4000-8000-000000000404";
// Ids that this driver hands out nowhere, or that name an RDS it was not told of.
inline constexpr char kForeignId[] = "vol-0123456789";
inline constexpr char kOtherRdsId[] = "rack7.pvc-1b4e28ba-2fa1-41d2-883f-0016d3cca427";

inline bool mentions(grpc::Status const& status, std::string const& text) {
  return status.error_message().find(text) != std::string::npos;
}

}  // namespace sanity
