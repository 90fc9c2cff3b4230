// HandlerPool: a bounded number of threads that run RPC handlers, with a bounded queue in front. gRPC's own
// threads only hand work over here, so a stuck device can hold these threads and nothing else (gRPC's sync
// server grew a thread per stuck handler). Used by grpc_server.cpp: one pool for the controller, one small
// one for Identity.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace rdscsi::csi {

struct HandlerPoolOptions {
  std::string name = "rpc";  // of its threads
  int threads = 32;          // started as they are needed
  int queue_max = 256;       // handlers waiting for a thread
};

// Thread-safe.
class HandlerPool {
 public:
  explicit HandlerPool(HandlerPoolOptions options);
  ~HandlerPool();  // as stop()

  // False when threads and queue are full, or after stop(): `work` will not run. `work` must not throw.
  [[nodiscard]] bool post(std::function<void()> work);

  // Refuses new work, runs what is queued, and joins the threads. Once.
  void stop();

  int thread_count() const;  // started so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rdscsi::csi
