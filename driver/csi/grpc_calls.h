// GrpcEdge: what happens to one RPC between gRPC and a service: worker, deadline, cancellation, conversion,
// status, log line. Private to the gRPC edge (grpc_server.cpp); needs no gRPC header to include.
#pragma once

#include <memory>
#include <vector>

#include "base/context.h"
#include "csi/services.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace rdscsi::csi {

struct GrpcServerOptions;

class GrpcEdge {
 public:
  GrpcEdge(GrpcServerOptions const& options, Identity& identity, Controller& controller);
  ~GrpcEdge();

  std::vector<grpc::Service*> services();
  // Cancelling it cancels every call at work.
  base::CancelSource root() const;
  // Joins the workers. Only after gRPC's own shutdown: no call may come in any more. Idempotent.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rdscsi::csi
