// Operations: mutations keyed by volume, detached from the RPC that started them. The RPC waits until shortly
// before its deadline; the operation goes on; a retry with equal arguments joins it; anything else is told
// who holds the volume. Used by the controller's and the node's mutating RPCs. Source: DESIGN "Context,
// effects, operations" and Rule 6; W-42, W-43 (one operation per volume), W-46 (maps that never shrink), W-48
// (drain, and an exception must not end the process).
//
// Threads: every function may be called from any thread of the domain that made it. Bodies run on the
// object's own bounded pool of base::Threads, which are started as they are needed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <typeindex>
#include <utility>
#include <vector>

#include "base/context.h"
#include "base/status.h"

namespace rdscsi::base {

struct OperationsOptions {
  int workers = 16;      // operations running at the same time
  int queue_max = 1000;  // operations waiting for a worker; one more is `overloaded`
  Duration operation_time_max = std::chrono::minutes(5);  // the deadline of a body, from the moment it starts
  // Told of every wish that comes in, before anything is done for it: somebody cares for `key`. Called on the
  // caller's thread without a lock; null: nobody listens.
  std::function<void(std::string const& key, std::string const& kind)> wished = {};
};

class Operations;

// What a body may say about itself. Valid while the body runs.
class OperationHandle {
 public:
  // What the operation does now, in words for whoever is refused meanwhile: "waiting for the RDS".
  void step(std::string_view what);
  // 8 hex digits; also the `operation` field of the body's Context.
  std::string const& id() const;

 private:
  friend class Operations;
  struct Operation;
  OperationHandle(Operations& owner, std::shared_ptr<Operation> operation);
  Operations& owner_;
  std::shared_ptr<Operation> operation_;
};

struct OperationInfo {
  std::string key;
  std::string kind;
  std::string id;
  std::string step;
  Duration age{};        // since it was accepted
  bool running = false;  // false: waits for a worker
};

class Operations {
 public:
  explicit Operations(OperationsOptions options = {});
  // Refuses new operations, drops queued ones, cancels what runs (reason shutting_down), and waits for the
  // bodies to return and for whoever waits in run() to get its answer. Nobody may call anything from then on.
  ~Operations();
  Operations(Operations const&) = delete;
  Operations& operator=(Operations const&) = delete;

  // Runs `body` as the only operation for `key`, or joins the one that runs when `kind` and `fingerprint` are
  // equal. `fingerprint` stands for all arguments that matter; equal fingerprints must mean the same wish.
  //
  // The body may outlive this call: it owns everything it captured. Its Context carries ctx's fields, the
  // time limit of the options, and none of ctx's deadline or cancellation.
  //
  // Failures of its own, besides the body's result:
  //   in_progress, none      another operation holds the key; the message names kind, step and age
  //   overloaded, none       no worker and no room in the queue
  //   shutting_down, none    drain() or the destructor has begun
  //   deadline, unknown      ctx's time is nearly up: its deadline minus min(500 ms, a tenth of what was left
  //   at
  //                          entry). The operation goes on; with effect none it never started, and is dropped
  //   ctx's reason, likewise when ctx was cancelled
  //   internal, unknown      the body threw; the message and one log line carry a reference (8 hex digits)
  template <typename T>
  StatusOr<T> run(Context const& ctx, std::string const& key, std::string const& kind,
                  std::string const& fingerprint,
                  std::function<StatusOr<T>(OperationHandle&, Context const&)> body) {
    ErasedBody erased = [body = std::move(body)](OperationHandle& handle,
                                                 Context const& op_ctx) -> StatusOr<Erased> {
      StatusOr<T> result = body(handle, op_ctx);
      if (!result.ok()) return result.status();
      return Erased(std::make_shared<T const>(*std::move(result)));
    };
    StatusOr<Erased> result = run_erased(ctx, Wish{key, kind, fingerprint, typeid(T)}, std::move(erased));
    if (!result.ok()) return result.status();
    return *static_cast<T const*>(result->get());
  }

  // From now on new operations are refused. Waits until none is left: OK, or at `deadline` a failure (reason
  // deadline) that names those still running. Queued operations still run.
  Status drain(TimePoint deadline);

  // Accepted and not finished, in order of their keys. For metrics and tests.
  std::vector<OperationInfo> list() const;
  std::size_t size() const;

 private:
  friend class OperationHandle;
  using Erased = std::shared_ptr<void const>;
  using ErasedBody = std::function<StatusOr<Erased>(OperationHandle&, Context const&)>;
  struct Wish {
    std::string key;
    std::string kind;
    std::string fingerprint;
    std::type_index type;
  };
  struct State;

  StatusOr<Erased> run_erased(Context const& ctx, Wish wish, ErasedBody body);

  std::unique_ptr<State> state_;
};

}  // namespace rdscsi::base
