// A served driver without a device: real gRPC on a unix socket of its own, the real ControllerService, a
// store in memory, and a hook before each call. Used by the tests of the gRPC edge.
#pragma once

#include <atomic>
#include <string>
#include <utility>

#include "base/log.h"
#include "base/testing/temporary_directory.h"
#include "csi/controller.h"
#include "csi/grpc_server.h"
#include "csi/testing/decorated_controller.h"
#include "csi/testing/fake_volume_store.h"
#include "csi/testing/grpc_client.h"

namespace rdscsi::csi::testing {

struct FixedIdentity final : Identity {
  PluginInfo plugin_info() const override { return {"rds.csi.srvlab.io", "1.2.3"}; }
  bool ready() const override { return is_ready; }
  std::atomic<bool> is_ready{true};
};

struct ServerRig {
  explicit ServerRig(DecoratedController::Hook hook = {}, GrpcServerOptions options = {})
      : controller(
            service, hook ? std::move(hook) : [](auto const&...) { return base::Status(); }) {
    options.address.path = folder.file("csi.sock");
    server = std::make_unique<GrpcServer>(options, identity, controller);
    started = server->start();
    target = grpc_target(options.address);
  }

  base::testing::TemporaryDirectory folder;
  FakeVolumeStore store;
  OpenNodeDirectory nodes;
  base::Operations operations;
  ControllerService service{
      {"10.42.68.1", "/storage-pool/metal-csi", "/storage-pool/metal-csi"}, store, nodes, operations};
  FixedIdentity identity;
  DecoratedController controller;
  std::unique_ptr<GrpcServer> server;
  base::Status started;
  std::string target;
};

}  // namespace rdscsi::csi::testing
