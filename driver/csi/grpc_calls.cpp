// One RPC between gRPC and a service. Every method is one line in an edge class below: its name, its kind,
// and a lambda from request to response; everything else is the same for all and stands once.
#include "csi/grpc_calls.h"

#include <grpcpp/grpcpp.h>

#include <exception>
#include <utility>

#include "base/log.h"
#include "base/random.h"
#include "base/reasons.h"
#include "base/sync.h"
#include "csi/call_log.h"
#include "csi/driver.h"
#include "csi/grpc_convert.h"
#include "csi/grpc_server.h"
#include "csi/handler_pool.h"
#include "csi/no_node.h"
#include "proto/csi.grpc.pb.h"

namespace rdscsi::csi {
namespace {

namespace wire = ::csi::v1;

// gRPC puts the message into a header line, and peers refuse header blocks above 8 KiB.
constexpr std::size_t kMessageBytesMax = 2048;

grpc::Status to_grpc(base::Status const& status) {
  if (status.ok()) return grpc::Status::OK;
  std::string message(status.message().data(), status.message().size());
  if (message.size() > kMessageBytesMax) message = message.substr(0, kMessageBytesMax - 3) + "...";
  return {static_cast<grpc::StatusCode>(grpc_code(status)), message};
}

// What a caller wrote, for a log field: a name of 12 MB must not become a line of 2 KB.
std::string shortened(std::string const& text) {
  constexpr std::size_t kShown = 160;
  return text.size() <= kShown ? text : text.substr(0, kShown) + "...";
}

// Time left until the caller gives up, or `fallback` when it never does. Below zero: it already has.
base::Duration time_left(grpc::CallbackServerContext const& call, base::Duration fallback) {
  gpr_timespec const deadline = call.raw_deadline();
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) return fallback;
  gpr_timespec const left = gpr_convert_clock_type(deadline, GPR_TIMESPAN);
  constexpr std::int64_t kYear = 365LL * 24 * 3600;  // keeps nanoseconds from overflowing
  if (left.tv_sec > kYear) return fallback;
  return std::chrono::seconds(left.tv_sec) + base::Duration(left.tv_nsec);
}

// What the calls of one server share.
struct Shared {
  explicit Shared(GrpcServerOptions const& options)
      : change_deadline(options.change_deadline),
        read_deadline(options.read_deadline),
        fast_deadline(options.fast_deadline),
        answered(options.answered),
        references(base::root_stream("csi.reference")),
        workers({"rpc", options.workers, options.queue_max}),
        fast_lane({"rpc-fast", options.fast_workers, options.queue_max}) {}

  std::string new_reference() {
    base::Guard guard(mutex);
    return references.hex(8);
  }

  base::Duration const change_deadline;
  base::Duration const read_deadline;
  base::Duration const fast_deadline;
  std::function<void(base::Context const&, CallRecord const&)> const answered;
  base::CancelSource root;
  base::Mutex mutex;
  base::RandomStream references;  // under mutex
  // Last, so that they stop before what their work uses is gone.
  HandlerPool workers;
  HandlerPool fast_lane;
};

struct Method {
  std::string_view name;
  CallKind kind;
  HandlerPool* pool;
  base::Duration default_deadline;
};

// A handler may add fields to its context; they end up in the log line.
template <typename Request, typename Response>
using Handler = std::function<base::Status(base::Context& ctx, Request const& request, Response& response)>;

// Lives from the arrival of a call until gRPC is done with it (OnDone). gRPC keeps request and response alive
// as long. After Finish() nothing here may be touched: OnDone may already have run.
template <typename Request, typename Response>
class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  UnaryCall(Shared& shared, Method method, grpc::CallbackServerContext const& call, Request const& request,
            Response& response, Handler<Request, Response> handler)
      : shared_(shared),
        method_(method),
        request_(request),
        response_(response),
        handler_(std::move(handler)),
        arrived_(base::now()),
        ctx_(base::Context::background()
                 .with_field("rpc", std::string(method.name))
                 .with_timeout(time_left(call, method.default_deadline))
                 .with_cancel(shared.root)
                 .with_cancel(caller_)) {}

  void start() {
    if (method_.pool->post([this] { run(); })) return;
    finish(base::fail(base::Reason::overloaded, base::Effect::none,
                      std::string(method_.name) +
                          ": too many calls are waiting for a worker already (--rpc-workers); try again"));
  }

  void OnCancel() override { caller_.cancel(base::Reason::cancelled, "the caller cancelled the call"); }
  void OnDone() override { delete this; }

 private:
  void run() {
    base::Status status = ctx_.check();  // it may have waited for a worker until nobody listens
    if (status.ok()) status = guarded();
    finish(status);
  }

  // An exception must not end the process (W-48); what it says stays in our log, the caller gets the
  // reference.
  base::Status guarded() {
    std::string what;
    try {
      return handler_(ctx_, request_, response_);
    } catch (std::exception const& error) {
      what = error.what();
    } catch (...) {
      what = "an exception of unknown type";
    }
    std::string const reference = shared_.new_reference();
    ctx_ = ctx_.with_field("exception", what).with_field("reference", reference);
    return base::fail(base::Reason::internal, base::Effect::none, "internal error, reference " + reference);
  }

  void finish(base::Status const& status) {
    CallRecord const record{method_.name, method_.kind, status, base::now() - arrived_};
    log_call(ctx_, record);
    if (shared_.answered) shared_.answered(ctx_, record);
    Finish(to_grpc(status));
  }

  Shared& shared_;
  Method const method_;
  Request const& request_;
  Response& response_;
  Handler<Request, Response> handler_;
  base::TimePoint const arrived_;
  base::CancelSource caller_;
  base::Context ctx_;  // written by the worker only
};

template <typename Request, typename Response>
grpc::ServerUnaryReactor* serve(Shared& shared, Method method, grpc::CallbackServerContext* call,
                                Request const* request, Response* response,
                                Handler<Request, Response> handler) {
  auto* reactor =
      new UnaryCall<Request, Response>(shared, method, *call, *request, *response, std::move(handler));
  reactor->start();
  return reactor;
}

Method fast(Shared& shared, std::string_view name) {
  return {name, CallKind::chatter, &shared.fast_lane, shared.fast_deadline};
}

Method read(Shared& shared, std::string_view name) {
  return {name, CallKind::chatter, &shared.workers, shared.read_deadline};
}

Method change(Shared& shared, std::string_view name) {
  return {name, CallKind::change, &shared.workers, shared.change_deadline};
}

// The common ending of a handler: a value becomes the response.
template <typename Value, typename Response>
base::Status answer(base::StatusOr<Value> const& value, Response& response) {
  if (value.ok()) to_wire(*value, response);
  return value.status();
}

using Reactor = grpc::ServerUnaryReactor;
using Call = grpc::CallbackServerContext;

class IdentityEdge final : public wire::Identity::CallbackService {
 public:
  IdentityEdge(Shared& shared, Identity& identity) : shared_(shared), identity_(identity) {}

  Reactor* GetPluginInfo(Call* call, wire::GetPluginInfoRequest const* request,
                         wire::GetPluginInfoResponse* response) override {
    return serve<wire::GetPluginInfoRequest, wire::GetPluginInfoResponse>(
        shared_, fast(shared_, "GetPluginInfo"), call, request, response,
        [this](base::Context&, auto const&, auto& to) {
          to_wire(identity_.plugin_info(), to);
          return base::Status();
        });
  }

  Reactor* GetPluginCapabilities(Call* call, wire::GetPluginCapabilitiesRequest const* request,
                                 wire::GetPluginCapabilitiesResponse* response) override {
    return serve<wire::GetPluginCapabilitiesRequest, wire::GetPluginCapabilitiesResponse>(
        shared_, fast(shared_, "GetPluginCapabilities"), call, request, response,
        [](base::Context&, auto const&, auto& to) {
          plugin_capabilities(to);
          return base::Status();
        });
  }

  Reactor* Probe(Call* call, wire::ProbeRequest const* request, wire::ProbeResponse* response) override {
    return serve<wire::ProbeRequest, wire::ProbeResponse>(
        shared_, fast(shared_, "Probe"), call, request, response,
        [this](base::Context& ctx, auto const&, auto& to) {
          bool const ready = identity_.ready();
          to.mutable_ready()->set_value(ready);
          ctx = ctx.with_field("ready", ready ? "true" : "false");
          return base::Status();
        });
  }

 private:
  Shared& shared_;
  Identity& identity_;
};

class ControllerEdge final : public wire::Controller::CallbackService {
 public:
  ControllerEdge(Shared& shared, Controller& controller) : shared_(shared), controller_(controller) {}

  Reactor* CreateVolume(Call* call, wire::CreateVolumeRequest const* request,
                        wire::CreateVolumeResponse* response) override {
    return serve<wire::CreateVolumeRequest, wire::CreateVolumeResponse>(
        shared_, change(shared_, "CreateVolume"), call, request, response,
        [this](base::Context& ctx, auto const& from, auto& to) {
          ctx = ctx.with_field("name", shortened(from.name()));
          auto const wish = from_wire(from);
          if (!wish.source_id.empty()) ctx = ctx.with_field("source", shortened(wish.source_id));
          auto const volume = controller_.create_volume(ctx, wish);
          if (volume.ok()) {
            ctx = ctx.with_field("volume", volume->volume_id)
                      .with_field("bytes", std::to_string(volume->capacity_bytes));
          }
          return answer(volume, to);
        });
  }

  Reactor* DeleteVolume(Call* call, wire::DeleteVolumeRequest const* request,
                        wire::DeleteVolumeResponse* response) override {
    return serve<wire::DeleteVolumeRequest, wire::DeleteVolumeResponse>(
        shared_, change(shared_, "DeleteVolume"), call, request, response,
        [this](base::Context& ctx, auto const& from, auto&) {
          ctx = ctx.with_field("volume", shortened(from.volume_id()));
          return controller_.delete_volume(ctx, from_wire(from));
        });
  }

  Reactor* ControllerExpandVolume(Call* call, wire::ControllerExpandVolumeRequest const* request,
                                  wire::ControllerExpandVolumeResponse* response) override {
    return serve<wire::ControllerExpandVolumeRequest, wire::ControllerExpandVolumeResponse>(
        shared_, change(shared_, "ControllerExpandVolume"), call, request, response,
        [this](base::Context& ctx, auto const& from, auto& to) {
          ctx = ctx.with_field("volume", shortened(from.volume_id()));
          auto const grown = controller_.expand_volume(ctx, from_wire(from));
          if (grown.ok()) ctx = ctx.with_field("bytes", std::to_string(grown->capacity_bytes));
          return answer(grown, to);
        });
  }

  Reactor* ControllerPublishVolume(Call* call, wire::ControllerPublishVolumeRequest const* request,
                                   wire::ControllerPublishVolumeResponse* response) override {
    return serve<wire::ControllerPublishVolumeRequest, wire::ControllerPublishVolumeResponse>(
        shared_, change(shared_, "ControllerPublishVolume"), call, request, response,
        [this](base::Context& ctx, auto const& from, auto& to) {
          ctx = ctx.with_field("volume", shortened(from.volume_id()))
                    .with_field("node", shortened(from.node_id()));
          return answer(controller_.publish_volume(ctx, from_wire(from)), to);
        });
  }

  Reactor* ControllerUnpublishVolume(Call* call, wire::ControllerUnpublishVolumeRequest const* request,
                                     wire::ControllerUnpublishVolumeResponse* response) override {
    return serve<wire::ControllerUnpublishVolumeRequest, wire::ControllerUnpublishVolumeResponse>(
        shared_, change(shared_, "ControllerUnpublishVolume"), call, request, response,
        [this](base::Context& ctx, auto const& from, auto&) {
          ctx = ctx.with_field("volume", shortened(from.volume_id()))
                    .with_field("node", shortened(from.node_id()));
          return controller_.unpublish_volume(ctx, from_wire(from));
        });
  }

  Reactor* ControllerGetVolume(Call* call, wire::ControllerGetVolumeRequest const* request,
                               wire::ControllerGetVolumeResponse* response) override {
    return serve<wire::ControllerGetVolumeRequest, wire::ControllerGetVolumeResponse>(
        shared_, read(shared_, "ControllerGetVolume"), call, request, response,
        [this](base::Context& ctx, auto const& from, auto& to) {
          ctx = ctx.with_field("volume", shortened(from.volume_id()));
          return answer(controller_.get_volume(ctx, from_wire(from)), to);
        });
  }

  Reactor* ValidateVolumeCapabilities(Call* call, wire::ValidateVolumeCapabilitiesRequest const* request,
                                      wire::ValidateVolumeCapabilitiesResponse* response) override {
    return serve<wire::ValidateVolumeCapabilitiesRequest, wire::ValidateVolumeCapabilitiesResponse>(
        shared_, read(shared_, "ValidateVolumeCapabilities"), call, request, response,
        [this](base::Context& ctx, auto const& from, auto& to) {
          ctx = ctx.with_field("volume", shortened(from.volume_id()));
          auto const verdict = controller_.validate_volume_capabilities(ctx, from_wire(from));
          if (verdict.ok()) to_wire(*verdict, from, to);
          return verdict.status();
        });
  }

  Reactor* ListVolumes(Call* call, wire::ListVolumesRequest const* request,
                       wire::ListVolumesResponse* response) override {
    return serve<wire::ListVolumesRequest, wire::ListVolumesResponse>(
        shared_, read(shared_, "ListVolumes"), call, request, response,
        [this](base::Context& ctx, auto const& from, auto& to) {
          return answer(controller_.list_volumes(ctx, from_wire(from)), to);
        });
  }

  Reactor* CreateSnapshot(Call* call, wire::CreateSnapshotRequest const* request,
                          wire::CreateSnapshotResponse* response) override {
    return serve<wire::CreateSnapshotRequest, wire::CreateSnapshotResponse>(
        shared_, change(shared_, "CreateSnapshot"), call, request, response,
        [this](base::Context& ctx, auto const& from, auto& to) {
          ctx = ctx.with_field("name", shortened(from.name()))
                    .with_field("volume", shortened(from.source_volume_id()));
          return answer(controller_.create_snapshot(ctx, from_wire(from)), to);
        });
  }

  Reactor* DeleteSnapshot(Call* call, wire::DeleteSnapshotRequest const* request,
                          wire::DeleteSnapshotResponse* response) override {
    return serve<wire::DeleteSnapshotRequest, wire::DeleteSnapshotResponse>(
        shared_, change(shared_, "DeleteSnapshot"), call, request, response,
        [this](base::Context& ctx, auto const& from, auto&) {
          ctx = ctx.with_field("snapshot", shortened(from.snapshot_id()));
          return controller_.delete_snapshot(ctx, from_wire(from));
        });
  }

  Reactor* GetSnapshot(Call* call, wire::GetSnapshotRequest const* request,
                       wire::GetSnapshotResponse* response) override {
    return serve<wire::GetSnapshotRequest, wire::GetSnapshotResponse>(
        shared_, read(shared_, "GetSnapshot"), call, request, response,
        [this](base::Context& ctx, auto const& from, auto& to) {
          ctx = ctx.with_field("snapshot", shortened(from.snapshot_id()));
          return answer(controller_.get_snapshot(ctx, from_wire(from)), to);
        });
  }

  Reactor* ListSnapshots(Call* call, wire::ListSnapshotsRequest const* request,
                         wire::ListSnapshotsResponse* response) override {
    return serve<wire::ListSnapshotsRequest, wire::ListSnapshotsResponse>(
        shared_, read(shared_, "ListSnapshots"), call, request, response,
        [this](base::Context& ctx, auto const& from, auto& to) {
          return answer(controller_.list_snapshots(ctx, from_wire(from)), to);
        });
  }

  Reactor* GetCapacity(Call* call, wire::GetCapacityRequest const* request,
                       wire::GetCapacityResponse* response) override {
    return serve<wire::GetCapacityRequest, wire::GetCapacityResponse>(
        shared_, read(shared_, "GetCapacity"), call, request, response,
        [this](base::Context& ctx, auto const& from, auto& to) {
          return answer(controller_.get_capacity(ctx, from_wire(from)), to);
        });
  }

  // From memory like Identity's, so on the same lane.
  Reactor* ControllerGetCapabilities(Call* call, wire::ControllerGetCapabilitiesRequest const* request,
                                     wire::ControllerGetCapabilitiesResponse* response) override {
    return serve<wire::ControllerGetCapabilitiesRequest, wire::ControllerGetCapabilitiesResponse>(
        shared_, fast(shared_, "ControllerGetCapabilities"), call, request, response,
        [this](base::Context&, auto const&, auto& to) {
          to_wire(controller_.capabilities(), to);
          return base::Status();
        });
  }

 private:
  Shared& shared_;
  Controller& controller_;
};

// There is no node service yet; csi/no_node.h says why two of its calls are answered.
class NoNodeEdge final : public wire::Node::CallbackService {
 public:
  explicit NoNodeEdge(Shared& shared) : shared_(shared) {}

  Reactor* NodeGetCapabilities(Call* call, wire::NodeGetCapabilitiesRequest const* request,
                               wire::NodeGetCapabilitiesResponse* response) override {
    return serve<wire::NodeGetCapabilitiesRequest, wire::NodeGetCapabilitiesResponse>(
        shared_, fast(shared_, "NodeGetCapabilities"), call, request, response,
        [](base::Context&, auto const&, auto&) { return base::Status(); });
  }

  Reactor* NodeUnpublishVolume(Call* call, wire::NodeUnpublishVolumeRequest const* request,
                               wire::NodeUnpublishVolumeResponse* response) override {
    return serve<wire::NodeUnpublishVolumeRequest, wire::NodeUnpublishVolumeResponse>(
        shared_, read(shared_, "NodeUnpublishVolume"), call, request, response,
        [](base::Context& ctx, auto const& from, auto&) {
          ctx = ctx.with_field("volume", shortened(from.volume_id()));
          return unpublish_without_node(from.volume_id(), from.target_path());
        });
  }

 private:
  Shared& shared_;
};

}  // namespace

struct GrpcEdge::Impl {
  Impl(GrpcServerOptions const& options, Identity& for_identity, Controller& for_controller)
      : shared(options),
        identity(shared, for_identity),
        controller(shared, for_controller),
        no_node(shared) {}

  Shared shared;
  IdentityEdge identity;
  ControllerEdge controller;
  NoNodeEdge no_node;
};

GrpcEdge::GrpcEdge(GrpcServerOptions const& options, Identity& identity, Controller& controller)
    : impl_(std::make_unique<Impl>(options, identity, controller)) {}

GrpcEdge::~GrpcEdge() = default;

std::vector<grpc::Service*> GrpcEdge::services() {
  return {&impl_->identity, &impl_->controller, &impl_->no_node};
}

base::CancelSource GrpcEdge::root() const {
  return impl_->shared.root;
}

void GrpcEdge::stop() {
  impl_->shared.workers.stop();
  impl_->shared.fast_lane.stop();
}

}  // namespace rdscsi::csi
