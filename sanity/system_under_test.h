// SystemUnderTest: the shipped rds-csi-plugin on a unix socket and rds-sim behind real SSH, both as child
// processes, without latency. Shared by all cases of one run, so each case uses volumes of its own.
//
// Threads: one. What cannot be started fails the running test.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "csi/testing/grpc_client.h"
#include "csi/testing/key_files.h"
#include "csi/testing/plugin_process.h"

namespace sanity {

namespace wire = ::csi::v1;
using rdscsi::csi::testing::call_context;
using rdscsi::csi::testing::Client;

inline constexpr std::int64_t kGiB = std::int64_t{1} << 30;
inline constexpr std::int64_t kPoolBytes = 256 * kGiB;

// The nodes of --nodes-file; the driver knows no others.
inline constexpr char kNodeA[] = "node-a";
inline constexpr char kNodeB[] = "node-b";

// An id of the driver's own form, the last one in order. The device executes commands that name it and never
// answers.
inline constexpr char kSilentVolume[] = "pvc-ffffffff-ffff-4fff-bfff-ffffffffdead";

// What an RPC answered. The response means nothing unless the status is OK.
template <typename Response>
struct Answer {
  grpc::Status status;
  Response response;
};

// ask(*client.controller, &wire::Controller::Stub::DeleteVolume, request)
template <typename Stub, typename Request, typename Response>
Answer<Response> ask(Stub& stub,
                     grpc::Status (Stub::*method)(grpc::ClientContext*, Request const&, Response*),
                     Request const& request) {
  Answer<Response> answer;
  answer.status = (stub.*method)(call_context().get(), request, &answer.response);
  return answer;
}

class SystemUnderTest {
 public:
  // `profile`: the RouterOS version rds-sim is.
  explicit SystemUnderTest(std::string const& profile);
  SystemUnderTest(SystemUnderTest const&) = delete;
  SystemUnderTest& operator=(SystemUnderTest const&) = delete;

  wire::Controller::Stub& controller() { return *client_->controller; }
  wire::Identity::Stub& identity() { return *client_->identity; }
  std::shared_ptr<grpc::Channel> channel() { return client_->channel; }

  // The same program, but nobody listens where its RDS should be. Started at the first call.
  Client& without_device();

  // The same program with --snapshots=off. Started at the first call.
  Client& without_snapshots();
  // What ControllerGetCapabilities says of CREATE_DELETE_SNAPSHOT.
  bool makes_snapshots();

  // A name as external-provisioner makes them, which is the volume's id as well. Never the same twice.
  std::string new_name();
  // A request that is served: that name, one mount capability of SINGLE_NODE_WRITER, 1 GiB.
  wire::CreateVolumeRequest new_request();
  // A volume made by that request.
  wire::Volume new_volume();

  std::string file(std::string const& name) const { return files_.file(name); }

 private:
  std::string start_device(std::string const& profile);  // its port
  std::unique_ptr<rdscsi::csi::testing::PluginProcess> start_plugin(std::string const& name,
                                                                    std::string const& port,
                                                                    std::string const& snapshots = "auto");
  void wait_until_ready();
  void remove_again(wire::Volume const& volume);

  // One key serves both sides: it is the device's host key and the driver's login.
  rdscsi::csi::testing::KeyFiles files_;
  std::unique_ptr<rdscsi::csi::testing::PluginProcess> device_, plugin_, lonely_plugin_, plain_plugin_;
  std::unique_ptr<Client> client_, lonely_client_, plain_client_;
  int names_ = 0;
};

}  // namespace sanity
