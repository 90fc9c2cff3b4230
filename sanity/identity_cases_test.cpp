// Cases of the Identity service and of ControllerGetCapabilities.
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <cctype>
#include <map>
#include <set>

#include "sanity/case_tools.h"

namespace sanity {
namespace {

using IdentityStub = wire::Identity::Stub;

grpc::Status plugin_info(SystemUnderTest& sut) {
  auto const answer = ask(sut.identity(), &IdentityStub::GetPluginInfo, wire::GetPluginInfoRequest());
  auto const& name = answer.response.name();
  EXPECT_TRUE(!name.empty() && name.size() <= 63) << name;
  EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-."),
            std::string::npos);
  EXPECT_TRUE(std::isalnum(static_cast<unsigned char>(name.front())) != 0 &&
              std::isalnum(static_cast<unsigned char>(name.back())) != 0);
  EXPECT_FALSE(answer.response.vendor_version().empty());
  return answer.status;
}

std::set<std::string> plugin_capabilities(SystemUnderTest& sut, grpc::Status& status) {
  auto const answer =
      ask(sut.identity(), &IdentityStub::GetPluginCapabilities, wire::GetPluginCapabilitiesRequest());
  status = answer.status;
  std::set<std::string> names;
  for (auto const& one : answer.response.capabilities()) {
    std::string const name =
        one.has_service() ? wire::PluginCapability::Service::Type_Name(one.service().type())
                          : wire::PluginCapability::VolumeExpansion::Type_Name(one.volume_expansion().type());
    EXPECT_TRUE(one.has_service() || one.has_volume_expansion());
    EXPECT_TRUE(!name.empty() && name != "UNKNOWN") << "a type CSI 1.12 does not know";
    EXPECT_TRUE(names.insert(name).second) << name << " twice";
  }
  return names;
}

std::set<std::string> controller_capabilities(SystemUnderTest& sut, grpc::Status& status) {
  auto const answer = ask(sut.controller(), &ControllerStub::ControllerGetCapabilities,
                          wire::ControllerGetCapabilitiesRequest());
  status = answer.status;
  std::set<std::string> names;
  for (auto const& one : answer.response.capabilities()) {
    std::string const name = wire::ControllerServiceCapability::RPC::Type_Name(one.rpc().type());
    EXPECT_TRUE(!name.empty() && name != "UNKNOWN") << "a type CSI 1.12 does not know";
    EXPECT_TRUE(names.insert(name).second) << name << " twice";
  }
  return names;
}

grpc::Status announces_its_services(SystemUnderTest& sut) {
  grpc::Status status, ignored;
  auto const plugin = plugin_capabilities(sut, status);
  EXPECT_TRUE(plugin.contains("CONTROLLER_SERVICE"));
  bool const grows = plugin.contains("ONLINE") || plugin.contains("OFFLINE");
  EXPECT_EQ(grows, controller_capabilities(sut, ignored).contains("EXPAND_VOLUME"));
  return status;
}

grpc::Status probe(IdentityStub& identity, bool expected) {
  auto const answer = ask(identity, &IdentityStub::Probe, wire::ProbeRequest());
  EXPECT_TRUE(answer.response.has_ready());
  EXPECT_EQ(answer.response.ready().value(), expected);
  return answer.status;
}

grpc::Status capabilities_are_known_and_consistent(SystemUnderTest& sut) {
  grpc::Status status;
  auto const names = controller_capabilities(sut, status);
  auto const needs = [&names](std::string const& one, std::string const& other) {
    EXPECT_TRUE(!names.contains(one) || names.contains(other)) << one << " without " << other;
  };
  needs("LIST_VOLUMES_PUBLISHED_NODES", "PUBLISH_UNPUBLISH_VOLUME");
  needs("PUBLISH_READONLY", "PUBLISH_UNPUBLISH_VOLUME");
  needs("CREATE_DELETE_SNAPSHOT", "CREATE_DELETE_VOLUME");
  needs("CLONE_VOLUME", "CREATE_DELETE_VOLUME");
  return status;
}

// `path` with an empty request, whatever its type: most RPCs then miss a required field, which is an answer
// too.
grpc::Status call_empty(SystemUnderTest& sut, std::string const& path) {
  grpc::GenericStub stub(sut.channel());
  grpc::CompletionQueue queue;
  grpc::ByteBuffer request, response;
  {
    grpc::Slice const nothing("");
    request = grpc::ByteBuffer(&nothing, 1);
  }
  auto const context = call_context();
  grpc::Status status;
  auto const call = stub.PrepareUnaryCall(context.get(), path, request, &queue);
  call->StartCall();
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  EXPECT_TRUE(queue.Next(&tag, &ok));
  queue.Shutdown();
  return status;
}

// Which capability an RPC belongs to; empty: every controller has it.
std::map<std::string, std::string> const kCapabilityOf = {
    {"CreateVolume", "CREATE_DELETE_VOLUME"},
    {"DeleteVolume", "CREATE_DELETE_VOLUME"},
    {"ControllerPublishVolume", "PUBLISH_UNPUBLISH_VOLUME"},
    {"ControllerUnpublishVolume", "PUBLISH_UNPUBLISH_VOLUME"},
    {"ValidateVolumeCapabilities", ""},
    {"ListVolumes", "LIST_VOLUMES"},
    {"GetCapacity", "GET_CAPACITY"},
    {"ControllerGetCapabilities", ""},
    {"CreateSnapshot", "CREATE_DELETE_SNAPSHOT"},
    {"DeleteSnapshot", "CREATE_DELETE_SNAPSHOT"},
    {"ListSnapshots", "LIST_SNAPSHOTS"},
    {"GetSnapshot", "GET_SNAPSHOT"},
    {"ControllerExpandVolume", "EXPAND_VOLUME"},
    {"ControllerGetVolume", "GET_VOLUME"},
    {"ControllerModifyVolume", "MODIFY_VOLUME"},
    // Of whole services, which the plugin announces.
    {"GroupControllerGetCapabilities", "GROUP_CONTROLLER_SERVICE"},
    {"CreateVolumeGroupSnapshot", "GROUP_CONTROLLER_SERVICE"},
    {"DeleteVolumeGroupSnapshot", "GROUP_CONTROLLER_SERVICE"},
    {"GetVolumeGroupSnapshot", "GROUP_CONTROLLER_SERVICE"},
    {"GetMetadataAllocated", "SNAPSHOT_METADATA_SERVICE"},
    {"GetMetadataDelta", "SNAPSHOT_METADATA_SERVICE"},
};

grpc::Status an_rpc_is_served_iff_advertised(SystemUnderTest& sut) {
  grpc::Status status;
  auto advertised = plugin_capabilities(sut, status);
  advertised.merge(controller_capabilities(sut, status));
  advertised.insert("");
  auto const* file = wire::ProbeRequest::descriptor()->file();
  int asked = 0;
  for (std::string const service : {"Controller", "GroupController", "SnapshotMetadata"}) {
    auto const* methods = file->FindServiceByName(service);
    for (int i = 0; i < methods->method_count(); ++i) {
      std::string const name = methods->method(i)->name();
      auto const capability = kCapabilityOf.find(name);
      if (capability == kCapabilityOf.end()) {
        ADD_FAILURE() << name << ": which capability is it of?";
        continue;
      }
      auto const answer = call_empty(sut, "/csi.v1." + service + "/" + name);
      EXPECT_EQ(answer.error_code() != grpc::StatusCode::UNIMPLEMENTED,
                advertised.contains(capability->second))
          << name << " answers " << answer.error_code() << " " << answer.error_message();
      ++asked;
    }
  }
  EXPECT_EQ(asked, static_cast<int>(kCapabilityOf.size()));
  return status;
}

// Capabilities that are no RPC of their own but fields and modes of others.
grpc::Status a_field_is_served_iff_advertised(SystemUnderTest& sut) {
  grpc::Status status;
  auto const advertised = controller_capabilities(sut, status);
  auto const volume = sut.new_volume().volume_id();
  auto readonly = publish_request(volume, kNodeA);
  readonly.set_readonly(true);
  EXPECT_EQ(publish(sut, readonly).status.ok(), advertised.contains("PUBLISH_READONLY"));
  EXPECT_EQ(publish(sut, publish_request(volume, kNodeA)).status.ok(),
            advertised.contains("PUBLISH_UNPUBLISH_VOLUME"));
  auto const listed = list(sut);
  for (auto const& entry : listed.response.entries()) {
    if (entry.volume().volume_id() != volume) continue;
    EXPECT_EQ(entry.status().published_node_ids_size() == 1,
              advertised.contains("LIST_VOLUMES_PUBLISHED_NODES"));
    EXPECT_EQ(entry.status().has_volume_condition(), advertised.contains("VOLUME_CONDITION"));
  }
  auto several = sut.new_request();
  *several.mutable_volume_capabilities(0) = mount_capability(Modes::SINGLE_NODE_MULTI_WRITER);
  EXPECT_EQ(create(sut, several).status.ok(), advertised.contains("SINGLE_NODE_MULTI_WRITER"));
  auto clone = sut.new_request();
  clone.mutable_volume_content_source()->mutable_volume()->set_volume_id(volume);
  EXPECT_EQ(create(sut, clone).status.ok(), advertised.contains("CLONE_VOLUME"));
  return status;
}

}  // namespace

Cases identity_cases() {
  return {
      {"GetPluginInfo", "answers", plugin_info},
      {"GetPluginCapabilities", "answers", announces_its_services},
      {"Probe", "device-there", [](auto& sut) { return probe(sut.identity(), true); }},
      {"Probe", "device-away", [](auto& sut) { return probe(*sut.without_device().identity, false); }},
      {"ControllerGetCapabilities", "answers", capabilities_are_known_and_consistent},
      {"ControllerGetCapabilities", "rpc-served-iff-advertised", an_rpc_is_served_iff_advertised},
      {"ControllerGetCapabilities", "field-served-iff-advertised", a_field_is_served_iff_advertised},
  };
}

}  // namespace sanity
