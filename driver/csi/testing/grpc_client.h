// A CSI caller for tests: channels to a unix or tcp endpoint, and contexts with deadlines. Used by the tests
// of the gRPC edge and of the program.
#pragma once

#include <memory>
#include <string>

#include "base/time.h"
#include "proto/csi.grpc.pb.h"

namespace rdscsi::csi::testing {

struct Client {
  // `target` as gRPC writes it (csi/endpoint.h).
  explicit Client(std::string const& target, std::string const& authority = "localhost");

  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<::csi::v1::Identity::Stub> identity;
  std::unique_ptr<::csi::v1::Controller::Stub> controller;
};

// A client context that waits for the server to be there; generous, so that only a hang ever reaches it.
std::unique_ptr<grpc::ClientContext> call_context(base::Duration timeout = std::chrono::seconds(60));

// A request that is served: one mount capability, nothing else.
::csi::v1::CreateVolumeRequest create_request(std::string const& name);

}  // namespace rdscsi::csi::testing
