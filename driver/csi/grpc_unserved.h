// UnservedCalls: what a call gets that this build does not serve. gRPC answers UNIMPLEMENTED without a word;
// CSI 1.12
// ("Error Scheme") wants a message with every failure, and an operator wants to know where to look. Private
// to the gRPC edge (grpc_server.cpp); needs no gRPC header to include.
#pragma once

#include <memory>

namespace grpc {
class ServerBuilder;
}  // namespace grpc

namespace rdscsi::csi {

// Thread-safe. Must outlive the server that is built.
class UnservedCalls {
 public:
  UnservedCalls();
  ~UnservedCalls();

  // Of services that are registered and of all others. Once, before the server is built.
  void add_to(grpc::ServerBuilder& builder);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rdscsi::csi
