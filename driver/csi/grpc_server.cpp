// GrpcServer: listening, message limits, shutdown. The calls themselves are in grpc_calls.cpp.
#include "csi/grpc_server.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <grpcpp/grpcpp.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/reasons.h"
#include "base/sync.h"
#include "csi/grpc_calls.h"
#include "csi/grpc_unserved.h"
#include "csi/text.h"

namespace rdscsi::csi {
namespace {

constexpr int kMessageBytesMax = 16 << 20;  // as the Go driver (go-driver 3)
constexpr mode_t kSocketMode = 0660;

// gRPC's own lines (bind errors, keepalive chatter) become debug lines of ours instead of unstructured
// stderr.
void forward_grpc_log(gpr_log_func_args* line) {
  base::log(base::LogLevel::debug, base::Context::background(), "grpc: " + std::string(line->message));
}

// Cancels `root` when `deadline` passes, unless dismissed before.
class CancelLater {
 public:
  CancelLater(base::CancelSource root, base::TimePoint deadline)
      : thread_("rpc-shutdown", [this, root, deadline]() mutable {
          {
            base::Lock lock(mutex_);
            if (changed_.wait_until(lock, deadline, [this] { return dismissed_; })) return;
          }
          root.cancel(base::Reason::shutting_down, "the driver is stopping");
        }) {}
  ~CancelLater() {
    {
      base::Guard guard(mutex_);
      dismissed_ = true;
      changed_.notify_all();
    }
    thread_.join();
  }

 private:
  base::Mutex mutex_;
  base::ConditionVariable changed_;
  bool dismissed_ = false;
  base::Thread thread_;  // last: it uses the others
};

// Protobuf's too: a caller's broken UTF-8 is worth no line of another format.
void forward_protobuf_log(google::protobuf::LogLevel /*level*/, char const* /*file*/, int /*line*/,
                          std::string const& message) {
  base::log(base::LogLevel::debug, base::Context::background(), "protobuf: " + message);
}

gpr_timespec grpc_deadline_in(base::Duration duration) {
  return gpr_time_add(gpr_now(GPR_CLOCK_REALTIME), gpr_time_from_nanos(duration.count(), GPR_TIMESPAN));
}

}  // namespace

struct GrpcServer::Impl {
  Impl(GrpcServerOptions server_options, Identity& identity, Controller& controller)
      : options(std::move(server_options)), edge(options, identity, controller) {}

  base::Status refuse(std::string const& problem) const {
    return base::fail(base::Reason::internal, base::Effect::none,
                      "endpoint " + in_quotes(grpc_target(options.address)) + ": " + problem);
  }

  GrpcServerOptions const options;
  GrpcEdge edge;
  UnservedCalls unserved;
  std::unique_ptr<grpc::Server> server;
  int port = 0;
};

GrpcServer::GrpcServer(GrpcServerOptions options, Identity& identity, Controller& controller)
    : impl_(std::make_unique<Impl>(std::move(options), identity, controller)) {}

GrpcServer::~GrpcServer() {
  shutdown(base::Duration::zero());
}

base::Status GrpcServer::start() {
  auto const& address = impl_->options.address;
  bool const on_unix = address.kind == ListenAddress::Kind::unix_socket;
  gpr_set_log_function(forward_grpc_log);
  google::protobuf::SetLogHandler(forward_protobuf_log);
  if (on_unix) {
    if (auto status = free_socket_path(address.path); !status.ok()) return status;
  }
  grpc::ServerBuilder builder;
  builder.AddListeningPort(grpc_target(address), grpc::InsecureServerCredentials(), &impl_->port);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // a second process on one tcp port must fail
  builder.SetMaxReceiveMessageSize(kMessageBytesMax);
  builder.SetMaxSendMessageSize(kMessageBytesMax);
  for (auto* service : impl_->edge.services()) builder.RegisterService(service);
  impl_->unserved.add_to(builder);
  impl_->server = builder.BuildAndStart();
  if (!impl_->server) return impl_->refuse("cannot listen; is it in use, or not an address of this machine?");
  if (!on_unix) return base::Status();
  impl_->port = 0;
  if (::chmod(address.path.c_str(), kSocketMode) != 0) return impl_->refuse("cannot set mode 0660");
  return base::Status();
}

int GrpcServer::port() const {
  return impl_->port;
}

void GrpcServer::shutdown(base::Duration grace) {
  if (impl_->server) {
    base::Duration const last_words = std::min<base::Duration>(std::chrono::seconds(2), grace / 4);
    CancelLater const cancel_later(impl_->edge.root(), base::now() + grace - last_words);
    impl_->server->Shutdown(grpc_deadline_in(grace));
    impl_->server->Wait();
    impl_->server.reset();
  }
  impl_->edge.stop();
}

}  // namespace rdscsi::csi
