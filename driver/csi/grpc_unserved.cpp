// See grpc_unserved.h. An interceptor puts the message into any answer UNIMPLEMENTED that has none; the
// generic service is there so that calls of services nobody registered pass it as well.
#include "csi/grpc_unserved.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/server_interceptor.h>

#include <string>
#include <utility>
#include <vector>

namespace rdscsi::csi {
namespace {

namespace experimental = grpc::experimental;

class Explainer final : public experimental::Interceptor {
 public:
  explicit Explainer(std::string method) : method_(std::move(method)) {}

  void Intercept(experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(experimental::InterceptionHookPoints::PRE_SEND_STATUS)) {
      grpc::Status const status = methods->GetSendStatus();
      if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED && status.error_message().empty()) {
        methods->ModifySendStatus({grpc::StatusCode::UNIMPLEMENTED,
                                   method_ + " is not served by this build, or the request is no message "
                                             "of CSI 1.12; driver/docs/capabilities.md says what is served"});
      }
    }
    methods->Proceed();
  }

 private:
  std::string const method_;
};

class Explainers final : public experimental::ServerInterceptorFactoryInterface {
 public:
  experimental::Interceptor* CreateServerInterceptor(experimental::ServerRpcInfo* info) override {
    return new Explainer(info->method());
  }
};

}  // namespace

struct UnservedCalls::Impl {
  grpc::CallbackGenericService nobody;
};

UnservedCalls::UnservedCalls() : impl_(std::make_unique<Impl>()) {}

UnservedCalls::~UnservedCalls() = default;

void UnservedCalls::add_to(grpc::ServerBuilder& builder) {
  std::vector<std::unique_ptr<experimental::ServerInterceptorFactoryInterface>> factories;
  factories.push_back(std::make_unique<Explainers>());
  builder.experimental().SetInterceptorCreators(std::move(factories));
  builder.RegisterCallbackGenericService(&impl_->nobody);
}

}  // namespace rdscsi::csi
