// The services over real gRPC: what a sidecar sees. Nothing here measures time; waits end by events.
#include "csi/grpc_server.h"

#include <grpcpp/grpcpp.h>
#include <sys/stat.h>

#include <set>

#include "base/log.h"
#include "base/reasons.h"
#include "base/sync.h"
#include "csi/testing/server_rig.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rdscsi::csi {
namespace {

namespace wire = ::csi::v1;
using testing::call_context;
using testing::Client;
using testing::create_request;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using testing::ServerRig;

constexpr char const* kName = "pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427";

grpc::Status create(Client& client, wire::CreateVolumeRequest const& request,
                    wire::CreateVolumeResponse* response = nullptr) {
  wire::CreateVolumeResponse ignored;
  auto const context = call_context();
  return client.controller->CreateVolume(context.get(), request, response != nullptr ? response : &ignored);
}

grpc::Status list(Client& client, wire::ListVolumesResponse* response = nullptr) {
  wire::ListVolumesResponse ignored;
  auto const context = call_context();
  return client.controller->ListVolumes(context.get(), {}, response != nullptr ? response : &ignored);
}

bool probe(Client& client, bool* ready = nullptr) {
  wire::ProbeResponse response;
  auto const context = call_context();
  bool const ok = client.identity->Probe(context.get(), {}, &response).ok();
  if (ready != nullptr) *ready = response.ready().value();
  return ok && response.has_ready();
}

// Everything logged while it lives, as finished lines.
class LogLines {
 public:
  LogLines() {
    base::configure_logging({base::LogLevel::trace, base::LogFormat::text,
                             [this](base::LogRecord const& record) { lines_.push_back(record.line); }});
  }
  ~LogLines() { base::configure_logging({}); }

  // Only after everything that logs has ended.
  std::string with(std::string_view word) const {
    std::string found;
    for (auto const& line : lines_) {
      if (line.find(word) != std::string::npos) found += line + "\n";
    }
    return found;
  }

 private:
  std::vector<std::string> lines_;
};

// Holds callers until it is opened.
struct Gate {
  base::Mutex mutex;
  base::ConditionVariable changed;
  int inside = 0;
  bool open = false;

  base::Status pass(base::Context const& ctx) {
    base::Lock lock(mutex);
    ++inside;
    changed.notify_all();
    if (changed.wait(ctx, lock, [this] { return open; })) return base::Status();
    return ctx.check();
  }
  void wait_for(int count) {
    base::Lock lock(mutex);
    changed.wait(lock, [&] { return inside >= count; });
  }
  void let_go() {
    base::Guard guard(mutex);
    open = true;
    changed.notify_all();
  }
};

// --- Identity ---

TEST(GrpcIdentity, SaysWhoItIsAndWhetherItIsReady) {
  ServerRig rig;
  ASSERT_TRUE(rig.started.ok()) << rig.started;
  Client client(rig.target);
  wire::GetPluginInfoResponse info;
  ASSERT_TRUE(client.identity->GetPluginInfo(call_context().get(), {}, &info).ok());
  EXPECT_EQ(info.name(), "rds.csi.srvlab.io");
  EXPECT_EQ(info.vendor_version(), "1.2.3");
  bool ready = false;
  EXPECT_TRUE(probe(client, &ready));
  EXPECT_TRUE(ready);
  rig.identity.is_ready = false;
  EXPECT_TRUE(probe(client, &ready)) << "not ready is no error (incident 40)";
  EXPECT_FALSE(ready);
  EXPECT_EQ(rig.store.all_calls(), 0);
}

TEST(GrpcIdentity, W33AdvertisesTheControllerServiceAndGrowingInUseAndNothingElse) {
  ServerRig rig;
  Client client(rig.target);
  wire::GetPluginCapabilitiesResponse response;
  ASSERT_TRUE(client.identity->GetPluginCapabilities(call_context().get(), {}, &response).ok());
  ASSERT_EQ(response.capabilities_size(), 2);
  EXPECT_EQ(response.capabilities(0).service().type(), wire::PluginCapability::Service::CONTROLLER_SERVICE);
  EXPECT_EQ(response.capabilities(1).volume_expansion().type(),
            wire::PluginCapability::VolumeExpansion::ONLINE);
}

// The forms kubelet and sidecars of different ages send on unix sockets (knowledge/anchors 3).
TEST(GrpcIdentity, EveryAuthorityASidecarSendsIsAccepted) {
  ServerRig rig;
  for (auto const* authority :
       {"localhost", "/csi/csi.sock", "%2Fcsi%2Fcsi.sock", "csi.sock", "unix:///csi/csi.sock"}) {
    Client client(rig.target, authority);
    EXPECT_TRUE(probe(client)) << authority;
  }
}

// --- Controller ---

TEST(GrpcController, AVolumeLivesFromCreateToDelete) {
  ServerRig rig;
  Client client(rig.target);
  auto request = create_request(kName);
  request.mutable_capacity_range()->set_required_bytes(3LL << 30);
  wire::CreateVolumeResponse created;
  ASSERT_TRUE(create(client, request, &created).ok());
  EXPECT_EQ(created.volume().volume_id(), kName);
  EXPECT_EQ(created.volume().capacity_bytes(), 3LL << 30);
  EXPECT_EQ(created.volume().volume_context().at("nvmePort"), "4420");

  wire::ListVolumesResponse listed;
  ASSERT_TRUE(list(client, &listed).ok());
  ASSERT_EQ(listed.entries_size(), 1);
  EXPECT_EQ(listed.entries(0).volume().volume_id(), kName);

  wire::ValidateVolumeCapabilitiesRequest validation;
  validation.set_volume_id(kName);
  *validation.mutable_volume_capabilities() = request.volume_capabilities();
  *validation.mutable_volume_context() = created.volume().volume_context();
  wire::ValidateVolumeCapabilitiesResponse verdict;
  ASSERT_TRUE(client.controller->ValidateVolumeCapabilities(call_context().get(), validation, &verdict).ok());
  ASSERT_TRUE(verdict.has_confirmed()) << verdict.message();
  EXPECT_EQ(verdict.confirmed().volume_capabilities_size(), 1);
  EXPECT_EQ(verdict.confirmed().volume_context().size(), created.volume().volume_context().size());

  wire::GetCapacityResponse capacity;
  ASSERT_TRUE(client.controller->GetCapacity(call_context().get(), {}, &capacity).ok());
  EXPECT_EQ(capacity.available_capacity(), 50LL << 30);
  EXPECT_EQ(capacity.minimum_volume_size().value(), 1LL << 30);

  wire::DeleteVolumeRequest deletion;
  deletion.set_volume_id(kName);
  wire::DeleteVolumeResponse deleted;
  ASSERT_TRUE(client.controller->DeleteVolume(call_context().get(), deletion, &deleted).ok());
  ASSERT_TRUE(list(client, &listed).ok());
  EXPECT_EQ(listed.entries_size(), 0);
}

TEST(GrpcController, FailuresCarryCodeAndMessage) {
  ServerRig rig;
  rig.store.before = [](base::Context const&, std::string_view) {
    return base::fail(base::Reason::pool_full, base::Effect::none, "storage-pool: no room");
  };
  Client client(rig.target);
  auto const status = create(client, create_request(kName));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(status.error_message(), "storage-pool: no room");
  EXPECT_EQ(create(client, {}).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST(GrpcController, AdvertisesExactlyWhatItServes) {
  ServerRig rig;
  Client client(rig.target);
  wire::ControllerGetCapabilitiesResponse response;
  ASSERT_TRUE(client.controller->ControllerGetCapabilities(call_context().get(), {}, &response).ok());
  std::set<int> types;
  for (auto const& capability : response.capabilities()) types.insert(capability.rpc().type());
  using Rpc = wire::ControllerServiceCapability::RPC;
  EXPECT_EQ(types, (std::set<int>{Rpc::CREATE_DELETE_VOLUME, Rpc::LIST_VOLUMES, Rpc::GET_CAPACITY,
                                  Rpc::EXPAND_VOLUME, Rpc::PUBLISH_UNPUBLISH_VOLUME, Rpc::VOLUME_CONDITION,
                                  Rpc::GET_VOLUME, Rpc::SINGLE_NODE_MULTI_WRITER}));
}

TEST(GrpcController, WhatIsNotServedSaysSoAndWhere) {
  ServerRig rig;
  Client client(rig.target);
  auto const node = wire::Node::NewStub(client.channel);
  auto const group = wire::GroupController::NewStub(client.channel);
  wire::CreateSnapshotResponse snapshot;
  wire::NodeGetInfoResponse info;
  wire::GroupControllerGetCapabilitiesResponse groups;
  auto const unserved = [](grpc::Status const& status, std::string const& method) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << method;
    EXPECT_THAT(status.error_message(), HasSubstr(method));
    EXPECT_THAT(status.error_message(), HasSubstr("capabilities.md"));
  };
  auto const off = client.controller->CreateSnapshot(call_context().get(), {}, &snapshot);
  EXPECT_EQ(off.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_THAT(off.error_message(), HasSubstr("--snapshots"));
  unserved(node->NodeGetInfo(call_context().get(), {}, &info), "/csi.v1.Node/NodeGetInfo");
  // A service nobody registered.
  unserved(group->GroupControllerGetCapabilities(call_context().get(), {}, &groups),
           "/csi.v1.GroupController/GroupControllerGetCapabilities");
}

// What upstream's conformance suite asks of the node side when it cleans up after a controller's test.
TEST(GrpcNode, WithoutANodeServiceNothingIsPublishedAndNothingIsAdvertised) {
  ServerRig rig;
  Client client(rig.target);
  auto const node = wire::Node::NewStub(client.channel);
  wire::NodeGetCapabilitiesResponse capabilities;
  ASSERT_TRUE(node->NodeGetCapabilities(call_context().get(), {}, &capabilities).ok());
  EXPECT_EQ(capabilities.capabilities_size(), 0);

  auto const unpublish = [&](std::string const& volume, std::string const& target) {
    wire::NodeUnpublishVolumeRequest request;
    request.set_volume_id(volume);
    request.set_target_path(target);
    wire::NodeUnpublishVolumeResponse response;
    return node->NodeUnpublishVolume(call_context().get(), request, &response);
  };
  EXPECT_TRUE(unpublish(kName, rig.folder.file("target")).ok());
  EXPECT_TRUE(unpublish(kName, rig.folder.file("csi.sock/target")).ok()) << "below what is no folder";
  auto const there = unpublish(kName, rig.folder.file("csi.sock"));
  EXPECT_EQ(there.error_code(), grpc::StatusCode::UNIMPLEMENTED) << "OK would mean it is gone";
  EXPECT_THAT(there.error_message(), HasSubstr("csi.sock"));
  EXPECT_EQ(unpublish("", "/target").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(unpublish(kName, "").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(rig.store.all_calls(), 0);
}

// --- Trouble inside ---

TEST(GrpcTrouble, W48AHandlerThatThrowsAnswersInternalWithAReferenceAndTheNextCallIsServed) {
  LogLines log;
  std::string reference;
  {
    std::atomic<int> calls{0};
    ServerRig rig([&](base::Context const&, std::string_view) -> base::Status {
      int const call = ++calls;
      if (call == 1) throw std::runtime_error("planted: password=hunter2");
      if (call == 2) throw 42;  // NOLINT(hicpp-exception-baseclass): also what is no std::exception
      return base::Status();
    });
    Client client(rig.target);
    for (int i = 0; i < 2; ++i) {
      auto const status = list(client);
      EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
      EXPECT_THAT(status.error_message(), MatchesRegex("internal error, reference [0-9a-f]{8}"));
      if (i == 0) reference = status.error_message().substr(status.error_message().size() - 8);
    }
    EXPECT_TRUE(list(client).ok()) << "the process lives on";
  }
  std::string const lines = log.with(reference);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 1) << lines;
  EXPECT_THAT(lines, HasSubstr(" error "));
  EXPECT_THAT(lines, HasSubstr("planted")) << "the reference leads to the cause";
}

TEST(GrpcTrouble, W41ProbeAnswersWhileAllWorkersAreStuck) {
  Gate gate;
  GrpcServerOptions options;
  options.workers = 2;
  options.queue_max = 1;
  ServerRig rig([&](base::Context const& ctx, std::string_view) { return gate.pass(ctx); }, options);
  Client client(rig.target);
  std::vector<base::Thread> callers;
  for (int i = 0; i < 2; ++i) {
    callers.emplace_back("caller", [&] { EXPECT_TRUE(list(client).ok()); });
    gate.wait_for(i + 1);
  }
  EXPECT_TRUE(probe(client));
  wire::ControllerGetCapabilitiesResponse capabilities;
  EXPECT_TRUE(client.controller->ControllerGetCapabilities(call_context().get(), {}, &capabilities).ok());

  // Two are stuck. Of the next, one waits in the queue for ever (its caller gives up), and then there is no
  // room.
  grpc::Status refused;
  for (int tries = 0; tries < 100 && refused.error_code() != grpc::StatusCode::UNAVAILABLE; ++tries) {
    wire::ListVolumesResponse response;
    refused =
        client.controller->ListVolumes(call_context(std::chrono::milliseconds(200)).get(), {}, &response);
  }
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(refused.error_message(), HasSubstr("--rpc-workers"));
  gate.let_go();
}

TEST(GrpcTrouble, W42TheCallersDeadlineReachesTheServiceAndADefaultWhereNoneCame) {
  base::Mutex mutex;
  std::vector<base::Duration> left;
  GrpcServerOptions options;
  options.read_deadline = std::chrono::hours(7);
  ServerRig rig(
      [&](base::Context const& ctx, std::string_view) {
        base::Guard guard(mutex);
        left.push_back(ctx.remaining());
        return base::Status();
      },
      options);
  Client client(rig.target);
  wire::ListVolumesResponse response;
  ASSERT_TRUE(client.controller->ListVolumes(call_context(std::chrono::hours(3)).get(), {}, &response).ok());
  grpc::ClientContext no_deadline;
  ASSERT_TRUE(client.controller->ListVolumes(&no_deadline, {}, &response).ok());
  ASSERT_EQ(left.size(), 2U);
  EXPECT_LE(left[0], std::chrono::hours(4)) << "gRPC sends long timeouts rounded up by some minutes";
  EXPECT_GT(left[0], std::chrono::hours(2));
  EXPECT_LE(left[1], std::chrono::hours(7));
  EXPECT_GT(left[1], std::chrono::hours(6));
}

TEST(GrpcTrouble, ACallerThatCancelsCancelsTheContext) {
  Gate gate;
  base::Mutex mutex;
  base::ConditionVariable changed;
  std::string ended;
  ServerRig rig([&](base::Context const& ctx, std::string_view) {
    auto const status = gate.pass(ctx);
    base::Guard guard(mutex);
    ended = base::slug(base::failure_of(status).reason);
    changed.notify_all();
    return status;
  });
  Client client(rig.target);
  auto const context = call_context();
  base::Thread caller("caller", [&] {
    wire::ListVolumesResponse response;
    EXPECT_EQ(client.controller->ListVolumes(context.get(), {}, &response).error_code(),
              grpc::StatusCode::CANCELLED);
  });
  gate.wait_for(1);
  context->TryCancel();
  caller.join();
  base::Lock lock(mutex);
  changed.wait(lock, [&] { return !ended.empty(); });
  EXPECT_EQ(ended, "cancelled");
}

TEST(GrpcTrouble, MessagesUpTo16MiBAreRead) {
  ServerRig rig;
  Client client(rig.target);
  auto request = create_request(std::string(12 << 20, 'n'));
  auto const read = create(client, request);
  EXPECT_EQ(read.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << "read, and refused by our own rule";
  EXPECT_THAT(read.error_message(), HasSubstr("128 bytes"));
  request.set_name(std::string(17 << 20, 'n'));
  EXPECT_EQ(create(client, request).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED)
      << "gRPC's own answer";
  EXPECT_TRUE(probe(client));
}

TEST(GrpcTrouble, NothingSecretIsLogged) {
  LogLines log;
  {
    ServerRig rig;
    Client client(rig.target);
    auto request = create_request(kName);
    (*request.mutable_secrets())["password"] = "hunter2";
    (*request.mutable_parameters())["nvmePort"] = "4421";
    ASSERT_TRUE(create(client, request).ok());
    request.mutable_capacity_range()->set_required_bytes(-1);
    EXPECT_FALSE(create(client, request).ok());
  }
  EXPECT_EQ(log.with("hunter2"), "");
  EXPECT_EQ(log.with("password"), "");
  EXPECT_THAT(log.with("CreateVolume done"), HasSubstr(" info "));
  EXPECT_THAT(log.with("CreateVolume failed"), HasSubstr("reason=invalid-argument"));
}

// --- Listening and stopping ---

TEST(GrpcListening, TheSocketIsForOwnerAndGroupOnlyAndGoneAfterwards) {
  ServerRig rig;
  std::string const path = rig.folder.file("csi.sock");
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0660U);
  rig.server->shutdown(base::Duration::zero());
  EXPECT_NE(::stat(path.c_str(), &info), 0);
}

TEST(GrpcListening, APathWithABlankAndAPercentSignIsServed) {
  ServerRig rig;
  GrpcServerOptions options;
  options.address.path = rig.folder.file("a b%.sock");
  GrpcServer server(options, rig.identity, rig.controller);
  ASSERT_TRUE(server.start().ok());
  struct stat info {};
  EXPECT_EQ(::stat(options.address.path.c_str(), &info), 0);
  Client client(grpc_target(options.address));
  EXPECT_TRUE(probe(client));
}

TEST(GrpcListening, TcpOnBothFamilies) {
  ServerRig rig;
  for (auto const* text : {"tcp://127.0.0.1:0", "tcp://[::1]:0"}) {
    GrpcServerOptions options;
    options.address = *parse_listen_address(text);
    GrpcServer server(options, rig.identity, rig.controller);
    auto const started = server.start();
    if (!started.ok() && options.address.host == "::1") continue;  // a machine without IPv6
    ASSERT_TRUE(started.ok()) << started;
    options.address.port = static_cast<std::uint16_t>(server.port());
    Client client(grpc_target(options.address));
    EXPECT_TRUE(probe(client)) << text;

    GrpcServer second(options, rig.identity, rig.controller);
    EXPECT_FALSE(second.start().ok()) << "one port, one process";
  }
}

TEST(GrpcListening, ASecondServerLeavesTheFirstOneAlone) {
  ServerRig rig;
  GrpcServerOptions options;
  options.address.path = rig.folder.file("csi.sock");
  {
    GrpcServer second(options, rig.identity, rig.controller);
    auto const status = second.start();
    ASSERT_FALSE(status.ok());
    EXPECT_THAT(std::string(status.message()), HasSubstr("another process serves it"));
  }
  Client client(rig.target);
  EXPECT_TRUE(probe(client)) << "the socket is still the first one's";
}

TEST(GrpcStopping, W48ACallAtWorkIsFinished) {
  Gate gate;
  ServerRig rig([&](base::Context const& ctx, std::string_view) { return gate.pass(ctx); });
  Client client(rig.target);
  base::Thread caller("caller", [&] { EXPECT_TRUE(list(client).ok()); });
  gate.wait_for(1);
  base::Thread stopper("stopper", [&] { rig.server->shutdown(std::chrono::minutes(2)); });
  gate.let_go();
  stopper.join();
}

TEST(GrpcStopping, W48AStuckCallIsToldInsteadOfBeingCutAndNoThreadIsLeft) {
  int const before = base::live_thread_count();
  {
    Gate gate;
    ServerRig rig([&](base::Context const& ctx, std::string_view) { return gate.pass(ctx); });
    Client client(rig.target);
    base::Thread caller("caller", [&] {
      auto const status = list(client);
      EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
      EXPECT_THAT(status.error_message(), HasSubstr("the driver is stopping"));
    });
    gate.wait_for(1);
    rig.server->shutdown(std::chrono::seconds(2));
    caller.join();
  }
  EXPECT_EQ(base::live_thread_count(), before);
}

}  // namespace
}  // namespace rdscsi::csi
