// A CSI caller for tests.
#include "csi/testing/grpc_client.h"

#include <grpcpp/grpcpp.h>

namespace rdscsi::csi::testing {

Client::Client(std::string const& target, std::string const& authority) {
  grpc::ChannelArguments arguments;
  arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, authority);
  arguments.SetMaxSendMessageSize(-1);
  // A server that is just starting is found soon.
  for (auto const* backoff : {GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, GRPC_ARG_MIN_RECONNECT_BACKOFF_MS,
                              GRPC_ARG_MAX_RECONNECT_BACKOFF_MS}) {
    arguments.SetInt(backoff, 100);
  }
  channel = grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
  identity = ::csi::v1::Identity::NewStub(channel);
  controller = ::csi::v1::Controller::NewStub(channel);
}

std::unique_ptr<grpc::ClientContext> call_context(base::Duration timeout) {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(
      gpr_time_add(gpr_now(GPR_CLOCK_REALTIME), gpr_time_from_nanos(timeout.count(), GPR_TIMESPAN)));
  context->set_wait_for_ready(true);
  return context;
}

::csi::v1::CreateVolumeRequest create_request(std::string const& name) {
  ::csi::v1::CreateVolumeRequest request;
  request.set_name(name);
  auto& capability = *request.add_volume_capabilities();
  capability.mutable_mount();
  capability.mutable_access_mode()->set_mode(::csi::v1::VolumeCapability::AccessMode::SINGLE_NODE_WRITER);
  return request;
}

}  // namespace rdscsi::csi::testing
