// The client against a server of its own: what a caller can tell apart, and that every field arrives.
#include "scenarios/engine/csi_client.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/sync.h"
#include "proto/csi.grpc.pb.h"

namespace scenario {
namespace {

namespace wire = ::csi::v1;
using testing::StartsWith;

constexpr Duration kLong = std::chrono::seconds(60);

// Answers as the test says, and keeps what it was asked.
struct Plugin final : wire::Controller::Service {
  grpc::Status CreateVolume(grpc::ServerContext*, wire::CreateVolumeRequest const* request,
                            wire::CreateVolumeResponse* response) override {
    asked = *request;
    *response->mutable_volume() = volume;
    return status;
  }
  // Never answers a caller who is still there.
  grpc::Status DeleteVolume(grpc::ServerContext* context, wire::DeleteVolumeRequest const*,
                            wire::DeleteVolumeResponse*) override {
    entered.store(true);
    while (!context->IsCancelled() && !leave.load()) rdscsi::base::sleep_for(std::chrono::milliseconds(5));
    return status;
  }
  grpc::Status ListVolumes(grpc::ServerContext*, wire::ListVolumesRequest const* request,
                           wire::ListVolumesResponse* response) override {
    for (int i = 0; i < request->max_entries(); ++i) {
      *response->add_entries()->mutable_volume() = volume;
    }
    response->set_next_token("after " + request->starting_token());
    return status;
  }
  grpc::Status ValidateVolumeCapabilities(grpc::ServerContext*,
                                          wire::ValidateVolumeCapabilitiesRequest const* request,
                                          wire::ValidateVolumeCapabilitiesResponse* response) override {
    if (request->volume_context().empty()) {
      response->set_message("no context");
    } else {
      response->mutable_confirmed();
    }
    return status;
  }

  grpc::Status status;
  wire::Volume volume;
  wire::CreateVolumeRequest asked;
  std::atomic<bool> entered = false, leave = false;
};

struct Probed final : wire::Identity::Service {
  grpc::Status Probe(grpc::ServerContext*, wire::ProbeRequest const*,
                     wire::ProbeResponse* response) override {
    if (says) response->mutable_ready()->set_value(ready);
    return {};
  }
  bool says = true, ready = true;
};

class CsiClientTest : public testing::Test {
 protected:
  CsiClientTest() {
    std::filesystem::create_directories(folder_);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("unix:" + socket_, grpc::InsecureServerCredentials());
    builder.RegisterService(&plugin_);
    builder.RegisterService(&probed_);
    server_ = builder.BuildAndStart();
    client_ = std::make_unique<CsiClient>(socket_);
  }
  ~CsiClientTest() override {
    client_.reset();
    if (server_ != nullptr) server_->Shutdown();
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string const folder_ = testing::TempDir() + "csi-client-" + std::to_string(getpid());
  std::string const socket_ = folder_ + "/csi.sock";
  Plugin plugin_;
  Probed probed_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<CsiClient> client_;
};

TEST_F(CsiClientTest, SendsEveryFieldOfACreation) {
  csi::CreateVolumeRequest request;
  request.name = "claim";
  request.capacity_range = {5, 9};
  request.capabilities = {{csi::MountAccess{"xfs", {"noatime"}, "7"}, csi::AccessMode::single_node_writer},
                          {csi::BlockAccess{}, csi::AccessMode::multi_node_multi_writer}};
  request.parameters = {{"storagePool", "storage-pool"}};
  request.mutable_parameters = {{"weight", "1"}};
  request.source = csi::ContentSource::snapshot;
  request.source_id = "snap-1";
  plugin_.volume.set_volume_id("pvc-1");
  plugin_.volume.set_capacity_bytes(512);
  (*plugin_.volume.mutable_volume_context())["nqn"] = "nqn.x";

  Answer const answer = client_->call(request, kLong);

  EXPECT_EQ(answer.code, "OK");
  EXPECT_EQ(answer.volume.volume_id, "pvc-1");
  EXPECT_EQ(answer.volume.capacity_bytes, 512);
  EXPECT_EQ(answer.volume.context, (csi::StringMap{{"nqn", "nqn.x"}}));
  EXPECT_EQ(
      plugin_.asked.ShortDebugString(),
      "name: \"claim\" capacity_range { required_bytes: 5 limit_bytes: 9 } "
      "volume_capabilities { mount { fs_type: \"xfs\" mount_flags: \"noatime\" volume_mount_group: \"7\" } "
      "access_mode { mode: SINGLE_NODE_WRITER } } "
      "volume_capabilities { block { } access_mode { mode: MULTI_NODE_MULTI_WRITER } } "
      "parameters { key: \"storagePool\" value: \"storage-pool\" } "
      "volume_content_source { snapshot { snapshot_id: \"snap-1\" } } "
      "mutable_parameters { key: \"weight\" value: \"1\" }");
}

TEST_F(CsiClientTest, AFailureKeepsItsCodeAndItsWords) {
  plugin_.status = {grpc::StatusCode::RESOURCE_EXHAUSTED, "the pool is full"};
  Answer const answer = client_->call(csi::CreateVolumeRequest{}, kLong);
  EXPECT_EQ(answer.code, "RESOURCE_EXHAUSTED");
  EXPECT_EQ(answer.message, "the pool is full");
}

TEST_F(CsiClientTest, APagesEntriesAndItsToken) {
  plugin_.volume.set_volume_id("pvc-1");
  Answer const answer = client_->call(csi::ListVolumesRequest{2, "here"}, kLong);
  ASSERT_EQ(answer.listed.size(), 2U);
  EXPECT_EQ(answer.listed[1].volume_id, "pvc-1");
  EXPECT_EQ(answer.next_token, "after here");
}

TEST_F(CsiClientTest, ConfirmedOrNotAndWhy) {
  csi::ValidateVolumeCapabilitiesRequest request;
  EXPECT_FALSE(client_->call(request, kLong).confirmed);
  EXPECT_EQ(client_->call(request, kLong).message, "no context");
  request.context["a"] = "b";
  EXPECT_TRUE(client_->call(request, kLong).confirmed);
}

TEST_F(CsiClientTest, AProbeThatDoesNotSayIsReady) {
  EXPECT_EQ(client_->call(StatusRequest{}, kLong).connection, "up");
  probed_.ready = false;
  EXPECT_FALSE(client_->call(ProbeRequest{}, kLong).ready);
  EXPECT_EQ(client_->call(StatusRequest{}, kLong).connection, "down");
  probed_.says = false;
  EXPECT_TRUE(client_->call(ProbeRequest{}, kLong).ready);
}

TEST_F(CsiClientTest, TellsItsOwnDeadlineFromThePlugins) {
  Answer const own = client_->call(csi::DeleteVolumeRequest{"v"}, std::chrono::milliseconds(50));
  EXPECT_EQ(own.code, "DEADLINE_EXCEEDED");
  EXPECT_THAT(own.message, StartsWith("client: "));

  plugin_.status = {grpc::StatusCode::DEADLINE_EXCEEDED, "the RDS took too long"};
  Answer const said = client_->call(csi::CreateVolumeRequest{}, kLong);
  EXPECT_EQ(said.code, "DEADLINE_EXCEEDED");
  EXPECT_EQ(said.message, "the RDS took too long");
}

TEST_F(CsiClientTest, NobodyThereIsUnavailable) {
  CsiClient const nobody(folder_ + "/other.sock");
  EXPECT_EQ(nobody.call(ProbeRequest{}, kLong).code, "UNAVAILABLE");
}

TEST_F(CsiClientTest, AConnectionLostUnderACallIsUnavailable) {
  Answer answer;
  rdscsi::base::Thread caller("caller",
                              [&] { answer = client_->call(csi::DeleteVolumeRequest{"v"}, kLong); });
  while (!plugin_.entered) rdscsi::base::sleep_for(std::chrono::milliseconds(1));
  server_->Shutdown(gpr_time_0(GPR_CLOCK_REALTIME));
  plugin_.leave = true;
  caller.join();
  EXPECT_EQ(answer.code, "UNAVAILABLE") << answer.message;
}

}  // namespace
}  // namespace scenario
