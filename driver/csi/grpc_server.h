// GrpcServer: the services on a unix or tcp socket. gRPC's callback API hands every call to a bounded pool of
// our own threads; Identity has a lane of its own, so that Probe answers while all workers are stuck. Used by
// main.cpp and by tests. No gRPC header is needed to include this.
#pragma once

#include <functional>
#include <memory>

#include "base/context.h"
#include "base/status.h"
#include "base/time.h"
#include "csi/call_log.h"
#include "csi/endpoint.h"
#include "csi/services.h"

namespace rdscsi::csi {

struct GrpcServerOptions {
  ListenAddress address;
  int workers = 32;      // --rpc-workers: controller calls at work at the same time
  int queue_max = 256;   // controller calls waiting for a worker; one more is UNAVAILABLE
  int fast_workers = 2;  // the lane of Identity and ControllerGetCapabilities, which never wait for anything
  // When the caller sent no deadline. Sidecars always send one.
  base::Duration change_deadline = std::chrono::seconds(60);
  base::Duration read_deadline = std::chrono::seconds(30);
  base::Duration fast_deadline = std::chrono::seconds(5);
  // Told of every answered call, on the thread that answered it; must not block. Null: nobody.
  std::function<void(base::Context const&, CallRecord const&)> answered;
};

// `identity` and `controller` must outlive it. A handler that throws answers INTERNAL with a reference id of
// 8 hex digits that also stands in the one log line; the next call is served as usual (W-48).
class GrpcServer {
 public:
  GrpcServer(GrpcServerOptions options, Identity& identity, Controller& controller);
  ~GrpcServer();  // shutdown() without grace, if it was not called

  // Binds and serves. A stale unix socket is removed only when nobody accepts on it (csi/endpoint.h).
  // The socket gets mode 0660. Failures: the message names the endpoint.
  base::Status start();

  // The tcp port in use (for port 0); 0 on a unix socket.
  int port() const;

  // Stops accepting and waits for calls at work. Shortly before `grace` has passed, what is left is cancelled
  // with reason shutting_down, so that it answers UNAVAILABLE instead of being cut. Returns when all threads
  // ended; later than `grace` only if a handler does not obey. Removes the unix socket. Idempotent.
  void shutdown(base::Duration grace);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rdscsi::csi
