// 10^6 random requests through conversion and services, and some thousands of damaged ones through the real
// server: nothing aborts, and every answer keeps the rules. A failure prints the seed that repeats it.
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <map>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "csi/driver.h"
#include "csi/grpc_convert.h"
#include "csi/request_rules.h"
#include "csi/testing/fuzz_messages.h"
#include "csi/testing/server_rig.h"
#include "gtest/gtest.h"
#include "rds/formats.h"

namespace rdscsi::csi {
namespace {

namespace wire = ::csi::v1;
using testing::call_context;
using testing::fuzz_bytes;
using testing::fuzz_message;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kRequests =
    100'000;  // instrumented code is ten times slower; the full number runs in the plain build
#else
constexpr int kRequests = 1'000'000;
#endif
constexpr int kRequestsOverGrpc = 4'000;

using Counts = std::map<std::string, int>;

// The services without gRPC, on a store that holds what gets through. Ids that reach the store are checked
// there.
struct Target {
  Target() {
    store.before = [this](base::Context const&, std::string_view) {
      return ++calls % 2 == 0 ? base::Status()
                              : base::fail(base::Reason::rds_session_lost, base::Effect::unknown, "planted");
    };
  }
  std::atomic<int> calls{0};
  testing::FakeVolumeStore store;
  OpenNodeDirectory nodes;
  base::Operations operations;
  ControllerService service{
      {"10.42.68.1", "/storage-pool/metal-csi", "/storage-pool/metal-csi"}, store, nodes, operations};
  base::Context ctx = base::Context::background();
};

void expect_rules(base::Status const& status, std::string const& request, Counts& counts) {
  std::string const code(grpc_code_name(grpc_code(status)));
  ++counts[code];
  // Nothing a caller sends is a bug of ours, and an unknown outcome is never final.
  ASSERT_NE(code, "INTERNAL") << status << "\n" << request;
  ASSERT_NE(code, "UNKNOWN") << status << "\n" << request;
  ASSERT_EQ(status.ok(), code == "OK");
}

void run_create(Target& target, wire::CreateVolumeRequest const& request, Counts& counts) {
  auto const result = target.service.create_volume(target.ctx, from_wire(request));
  expect_rules(result.status(), request.ShortDebugString(), counts);
  if (!result.ok()) return;
  wire::CreateVolumeResponse response;
  to_wire(*result, response);
  ASSERT_TRUE(rds::is_volume_id(response.volume().volume_id())) << request.ShortDebugString();
  ASSERT_GE(response.volume().capacity_bytes(), request.capacity_range().required_bytes());
  if (request.capacity_range().limit_bytes() > 0) {
    ASSERT_LE(response.volume().capacity_bytes(), request.capacity_range().limit_bytes());
  }
}

void run_validate(Target& target, wire::ValidateVolumeCapabilitiesRequest const& request, Counts& counts) {
  auto const result = target.service.validate_volume_capabilities(target.ctx, from_wire(request));
  expect_rules(result.status(), request.ShortDebugString(), counts);
  if (!result.ok()) return;
  wire::ValidateVolumeCapabilitiesResponse response;
  to_wire(*result, request, response);
  ASSERT_NE(response.has_confirmed(), !response.message().empty()) << "either confirmed, or a reason why not";
}

void run_expand(Target& target, wire::ControllerExpandVolumeRequest const& request, Counts& counts) {
  auto const result = target.service.expand_volume(target.ctx, from_wire(request));
  expect_rules(result.status(), request.ShortDebugString(), counts);
  if (!result.ok()) return;
  wire::ControllerExpandVolumeResponse response;
  to_wire(*result, response);
  ASSERT_GE(response.capacity_bytes(), request.capacity_range().required_bytes());
  if (request.capacity_range().limit_bytes() > 0) {
    ASSERT_LE(response.capacity_bytes(), request.capacity_range().limit_bytes());
  }
}

void run_publish(Target& target, wire::ControllerPublishVolumeRequest const& request, Counts& counts) {
  auto const result = target.service.publish_volume(target.ctx, from_wire(request));
  expect_rules(result.status(), request.ShortDebugString(), counts);
  if (!result.ok()) return;
  wire::ControllerPublishVolumeResponse response;
  to_wire(*result, response);
  ASSERT_EQ(response.publish_context().count("firstFormat"), 1U);
}

void run_list(Target& target, wire::ListVolumesRequest const& request, Counts& counts) {
  auto const result = target.service.list_volumes(target.ctx, from_wire(request));
  expect_rules(result.status(), request.ShortDebugString(), counts);
  if (!result.ok()) return;
  wire::ListVolumesResponse response;
  to_wire(*result, response);
}

template <typename Request>
bool fuzz(Request& request, base::RandomStream& random) {
  fuzz_message(request, random);
  if (!random.chance(0.2)) return true;
  std::string bytes = request.SerializeAsString();
  fuzz_bytes(bytes, random);
  return request.ParseFromString(bytes);
}

// What protobuf itself refuses never gets to us; it is counted on its own.
struct Requests {
  wire::CreateVolumeRequest create;
  wire::DeleteVolumeRequest remove;
  wire::ValidateVolumeCapabilitiesRequest validate;
  wire::ListVolumesRequest list;
  wire::GetCapacityRequest capacity;
  wire::ControllerExpandVolumeRequest expand;
  wire::ControllerPublishVolumeRequest publish;
  wire::ControllerUnpublishVolumeRequest unpublish;
  wire::ControllerGetVolumeRequest get;
};

bool run_one(Target& target, Requests& requests, base::RandomStream& random, Counts& counts) {
  switch (random.below(9)) {
    case 6:
      if (!fuzz(requests.publish, random)) return false;
      run_publish(target, requests.publish, counts);
      return true;
    case 7:
      if (!fuzz(requests.unpublish, random)) return false;
      expect_rules(target.service.unpublish_volume(target.ctx, from_wire(requests.unpublish)),
                   requests.unpublish.ShortDebugString(), counts);
      return true;
    case 8:
      if (!fuzz(requests.get, random)) return false;
      expect_rules(target.service.get_volume(target.ctx, from_wire(requests.get)).status(),
                   requests.get.ShortDebugString(), counts);
      return true;
    case 0:
      if (!fuzz(requests.remove, random)) return false;
      expect_rules(target.service.delete_volume(target.ctx, from_wire(requests.remove)),
                   requests.remove.ShortDebugString(), counts);
      return true;
    case 1:
      if (!fuzz(requests.validate, random)) return false;
      run_validate(target, requests.validate, counts);
      return true;
    case 2:
      if (!fuzz(requests.list, random)) return false;
      run_list(target, requests.list, counts);
      return true;
    case 3:
      if (!fuzz(requests.expand, random)) return false;
      run_expand(target, requests.expand, counts);
      return true;
    case 4: {
      if (!fuzz(requests.capacity, random)) return false;
      auto const result = target.service.get_capacity(target.ctx, from_wire(requests.capacity));
      expect_rules(result.status(), requests.capacity.ShortDebugString(), counts);
      return true;
    }
    default:
      if (!fuzz(requests.create, random)) return false;
      run_create(target, requests.create, counts);
      return true;
  }
}

TEST(Fuzz, AMillionRequestsAbortNothingAndKeepTheRules) {
  google::protobuf::SetLogHandler(nullptr);  // protobuf's own words about damaged UTF-8
  Target target;
  Requests requests;
  Counts counts;
  std::uint64_t const seed = 20260205;
  base::RandomStream random(seed);
  int served = 0;
  int refused_by_protobuf = 0;
  while (served < kRequests) {
    ++(run_one(target, requests, random, counts) ? served : refused_by_protobuf);
    ASSERT_FALSE(HasFatalFailure()) << "seed " << seed << ", request " << served;
  }
  std::printf("fuzzed requests converted and validated: %d (refused by protobuf before: %d)\n", served,
              refused_by_protobuf);
  for (auto const& [code, count] : counts) std::printf("  %-20s %d\n", code.c_str(), count);
  EXPECT_GT(counts["OK"], kRequests / 100) << "too few valid ones to mean anything";
  EXPECT_GT(counts["INVALID_ARGUMENT"], kRequests / 100);
  EXPECT_GT(counts["UNAVAILABLE"], 0);
}

// Sends raw bytes as the request of `method` and waits for the end; false on a transport that never answers.
grpc::Status call_raw(grpc::GenericStub& stub, std::string const& method, std::string const& bytes) {
  auto const context = call_context();
  grpc::Slice const slice(bytes);
  grpc::ByteBuffer const request(&slice, 1);
  grpc::ByteBuffer response;
  grpc::CompletionQueue queue;
  auto const call = stub.PrepareUnaryCall(context.get(), method, request, &queue);
  call->StartCall();
  grpc::Status status;
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  EXPECT_TRUE(queue.Next(&tag, &ok));
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
  return status;
}

TEST(Fuzz, TheServerOutlivesWhateverArrives) {
  base::configure_logging({base::LogLevel::error, base::LogFormat::text, {}});
  {
    testing::ServerRig rig;
    testing::Client client(rig.target);
    grpc::GenericStub stub(client.channel);
    wire::CreateVolumeRequest create;
    wire::DeleteVolumeRequest remove;
    wire::ValidateVolumeCapabilitiesRequest validate;
    wire::ListVolumesRequest list;
    wire::GetCapacityRequest capacity;
    wire::ProbeRequest probe;
    wire::ControllerExpandVolumeRequest expand;
    wire::ControllerPublishVolumeRequest publish;
    wire::ControllerUnpublishVolumeRequest unpublish;
    std::vector<std::pair<char const*, google::protobuf::Message*>> const methods = {
        {"Controller/CreateVolume", &create},
        {"Controller/DeleteVolume", &remove},
        {"Controller/ListVolumes", &list},
        {"Controller/ValidateVolumeCapabilities", &validate},
        {"Controller/GetCapacity", &capacity},
        {"Identity/Probe", &probe},
        {"Controller/ControllerExpandVolume", &expand},
        {"Controller/ControllerPublishVolume", &publish},
        {"Controller/ControllerUnpublishVolume", &unpublish}};
    base::RandomStream random(20260206);
    std::map<int, int> codes;
    for (int i = 0; i < kRequestsOverGrpc; ++i) {
      auto const& [method, request] = methods[random.below(methods.size())];
      fuzz_message(*request, random);
      std::string bytes = request->SerializeAsString();
      if (random.chance(0.3)) fuzz_bytes(bytes, random);  // what does not parse gets gRPC's own UNIMPLEMENTED
      auto const status = call_raw(stub, std::string("/csi.v1.") + method, bytes);
      ++codes[status.error_code()];
    }
    std::printf("fuzzed requests over gRPC: %d\n", kRequestsOverGrpc);
    for (auto const& [code, count] : codes) {
      std::printf("  %-20s %d\n", std::string(grpc_code_name(code)).c_str(), count);
    }
    wire::ProbeResponse response;
    EXPECT_TRUE(client.identity->Probe(call_context().get(), {}, &response).ok());
    EXPECT_GT(codes[0], 0);
    EXPECT_EQ(codes.count(grpc::StatusCode::DEADLINE_EXCEEDED), 0U) << "a call that was never answered";
    EXPECT_EQ(codes.count(grpc::StatusCode::UNAVAILABLE), 0U) << "the server went away";
  }
  base::configure_logging({});
}

}  // namespace
}  // namespace rdscsi::csi
