// rds-load-bench: every controller RPC with 1, 8 and 50 calls in flight, beside the floor that the device
// sets: one command each, eight at a time; lists of 1 000 and 10 000 volumes; and what 10 000 volumes' lives
// leave in the controller's memory. The shipped program over real gRPC and real SSH, 200 ms of latency, and
// the Go driver's 500/300 ms for /disk add and remove. Run by ci/bench.sh; exits 1 when an RPC takes more
// than one command, or does less than a part of what its floor allows.
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/sync.h"
#include "base/time.h"
#include "e2e/bench/rig.h"

namespace {

namespace wire = csi::v1;
using rdscsi::base::Duration;
using rdscsi::bench::demand;
using rdscsi::bench::milliseconds;
using rdscsi::bench::Rig;
using rdscsi::bench::RigOptions;
using rdscsi::csi::testing::call_context;
using rdscsi::csi::testing::Client;

constexpr Duration kLatency = std::chrono::milliseconds(200);
constexpr Duration kAdd = std::chrono::milliseconds(500), kRemove = std::chrono::milliseconds(300);
constexpr int kChannels = 8;              // --rds-channels
constexpr double kCommandsMax = 1.05;     // a call: its own, and heartbeats
constexpr double kThroughputMin = 0.6;    // of what the floor allows
constexpr double kSharedWaitMax = 6;      // commands that a shared read waits for, itself included
constexpr double kMemoryGrowthMax = 8.0;  // MiB
constexpr int kLives = 10'000;

// One RPC as the benchmark calls it: number -> request, answered OK or thrown.
struct Rpc {
  char const* name;
  Duration device;                         // what the device needs for its command besides the latency
  bool shared;                             // equal calls that wait at the same time share a command
  std::function<void(Client&, int)> call;  // for the volume of that number
};

std::string snapshot_name(int number) {
  return "snapshot" + Rig::volume_name(number).substr(3);
}
std::string snapshot_id(int number) {
  return "snap" + Rig::volume_name(number).substr(3);
}

constexpr int kRestoredFrom = 500'000;  // numbers of restored volumes begin here

template <typename Request>
void fill_capability(Request& capability) {
  capability.mutable_mount()->set_fs_type("ext4");
  capability.mutable_access_mode()->set_mode(wire::VolumeCapability::AccessMode::SINGLE_NODE_WRITER);
}

// One call, answered OK.
template <typename Request, typename Response>
void ask(Client& client,
         grpc::Status (wire::Controller::Stub::*rpc)(grpc::ClientContext*, Request const&, Response*),
         Request const& request, char const* name) {
  Response response;
  demand((client.controller.get()->*rpc)(call_context().get(), request, &response), name);
}

void create(Client& client, int number) {
  auto const request = rdscsi::csi::testing::create_request(Rig::volume_name(number));
  ask(client, &wire::Controller::Stub::CreateVolume, request, "CreateVolume");
}

void publish(Client& client, int number) {
  wire::ControllerPublishVolumeRequest request;
  request.set_volume_id(Rig::volume_name(number));
  request.set_node_id("worker-1");
  fill_capability(*request.mutable_volume_capability());
  ask(client, &wire::Controller::Stub::ControllerPublishVolume, request, "publish");
}

void get(Client& client, int number) {
  wire::ControllerGetVolumeRequest request;
  request.set_volume_id(Rig::volume_name(number));
  ask(client, &wire::Controller::Stub::ControllerGetVolume, request, "get");
}

void expand(Client& client, int number) {
  wire::ControllerExpandVolumeRequest request;
  request.set_volume_id(Rig::volume_name(number));
  request.mutable_capacity_range()->set_required_bytes(std::int64_t{2} << 30);
  ask(client, &wire::Controller::Stub::ControllerExpandVolume, request, "expand");
}

void list(Client& client, int) {
  ask(client, &wire::Controller::Stub::ListVolumes, wire::ListVolumesRequest(), "ListVolumes");
}

void capacity(Client& client, int) {
  ask(client, &wire::Controller::Stub::GetCapacity, wire::GetCapacityRequest(), "GetCapacity");
}

void snapshot(Client& client, int number) {
  wire::CreateSnapshotRequest request;
  request.set_name(snapshot_name(number));
  request.set_source_volume_id(Rig::volume_name(number));
  ask(client, &wire::Controller::Stub::CreateSnapshot, request, "CreateSnapshot");
}

void restore(Client& client, int number) {
  auto request = rdscsi::csi::testing::create_request(Rig::volume_name(kRestoredFrom + number));
  request.mutable_volume_content_source()->mutable_snapshot()->set_snapshot_id(snapshot_id(number));
  request.mutable_capacity_range()->set_required_bytes(std::int64_t{2} << 30);
  ask(client, &wire::Controller::Stub::CreateVolume, request, "restore");
}

void delete_snapshot(Client& client, int number) {
  wire::DeleteSnapshotRequest request;
  request.set_snapshot_id(snapshot_id(number));
  ask(client, &wire::Controller::Stub::DeleteSnapshot, request, "DeleteSnapshot");
}

void unpublish(Client& client, int number) {
  wire::ControllerUnpublishVolumeRequest request;
  request.set_volume_id(Rig::volume_name(number));
  request.set_node_id("worker-1");
  ask(client, &wire::Controller::Stub::ControllerUnpublishVolume, request, "unpublish");
}

void remove(Client& client, int number) {
  wire::DeleteVolumeRequest request;
  request.set_volume_id(Rig::volume_name(number));
  ask(client, &wire::Controller::Stub::DeleteVolume, request, "DeleteVolume");
}

// In the order in which a volume lives.
std::vector<Rpc> const& life() {
  static std::vector<Rpc> const rpcs = {{"CreateVolume", kAdd, false, create},
                                        {"ControllerPublishVolume", {}, false, publish},
                                        {"ControllerGetVolume", {}, false, get},
                                        {"ControllerExpandVolume", {}, false, expand},
                                        {"ListVolumes", {}, true, list},
                                        {"GetCapacity", {}, true, capacity},
                                        {"CreateSnapshot", {}, false, snapshot},
                                        {"CreateVolume from snapshot", kAdd, false, restore},
                                        {"DeleteSnapshot", kRemove, false, delete_snapshot},
                                        {"ControllerUnpublishVolume", {}, false, unpublish},
                                        {"DeleteVolume", 2 * kRemove, false, remove}};
  return rpcs;
}

struct Measured {
  std::vector<Duration> took;  // sorted
  Duration all{};
  double commands = 0;  // a call

  Duration percentile(double part) const {
    auto const at = static_cast<std::size_t>(std::lround(part * static_cast<double>(took.size() - 1)));
    return took[at];
  }
};

// `calls` calls by `in_flight` callers, each of which takes the next number when its last call was answered.
Measured measure(Rig& rig, std::function<void(Client&, int)> const& call, int in_flight, int calls) {
  std::vector<std::vector<Duration>> by_caller(static_cast<std::size_t>(in_flight));
  std::atomic<int> next{0};
  rdscsi::base::Mutex mutex;
  std::string failure;  // under mutex
  auto const commands = rig.commands();
  auto const began = rdscsi::base::now();
  {
    std::vector<rdscsi::base::Thread> callers;
    for (auto& took : by_caller) {
      callers.emplace_back("caller", [&] {
        try {
          for (int number = next++; number < calls; number = next++) {
            auto const start = rdscsi::base::now();
            call(rig.client(), number);
            took.push_back(rdscsi::base::now() - start);
          }
        } catch (std::exception const& error) {
          rdscsi::base::Guard guard(mutex);
          failure = error.what();
        }
      });
    }
  }
  if (!failure.empty()) throw std::runtime_error(failure);
  Measured measured;
  measured.all = rdscsi::base::now() - began;
  measured.commands = static_cast<double>(rig.commands() - commands) / calls;
  for (auto const& took : by_caller) measured.took.insert(measured.took.end(), took.begin(), took.end());
  std::sort(measured.took.begin(), measured.took.end());
  return measured;
}

bool report(Rpc const& rpc, int in_flight, Measured const& measured) {
  double const one = milliseconds(kLatency + rpc.device);
  int const lanes = std::min(in_flight, kChannels);
  double const floor = one * in_flight / lanes;  // what a caller must wait while all lanes are in use
  double const per_second = static_cast<double>(measured.took.size()) * 1000 / milliseconds(measured.all);
  double const possible = lanes * 1000 / one;
  // A read joins only a command that is sent after it came: it waits for few, however many wait with it.
  bool const fast = rpc.shared ? milliseconds(measured.percentile(0.5)) <= kSharedWaitMax * one
                               : per_second >= kThroughputMin * possible;
  bool const good = measured.commands <= kCommandsMax && fast;
  std::printf("  %-27s %3d  %8.0f %8.0f %8.0f  %8.1f  %6.2f  %6.2f  %6.2f%s\n", rpc.name, in_flight,
              milliseconds(measured.percentile(0.5)), milliseconds(measured.percentile(0.9)),
              milliseconds(measured.percentile(0.99)), per_second, measured.commands,
              milliseconds(measured.percentile(0.5)) / floor, per_second / possible,
              good ? "" : "  TOO MUCH OR TOO SLOW");
  return good;
}

bool measure_rpcs(RigOptions options) {
  options.profile = "7.21";
  options.latency = kLatency;
  options.busy.disk_add = kAdd;
  options.busy.disk_remove = kRemove;
  std::printf(
      "RPCs, 200 ms per command, 500 ms for /disk add, 300 ms for /disk remove; RouterOS 7.21\n"
      "  %-27s %3s  %8s %8s %8s  %8s  %6s  %6s  %6s\n",
      "", "in", "p50 ms", "p90 ms", "p99 ms", "calls/s", "cmds", "p50 /", "rate /");
  std::printf("  %-27s %3s  %8s %8s %8s  %8s  %6s  %6s  %6s\n", "RPC", "fl.", "", "", "", "", "/call",
              "floor", "floor");
  bool good = true;
  for (int const in_flight : {1, 8, 50}) {
    Rig rig(options);
    rig.create_volume(900'000);  // the first call of a session also asks the device what it can do
    int const calls = in_flight == 1 ? 10 : in_flight * 4;
    for (auto const& rpc : life())
      good = report(rpc, in_flight, measure(rig, rpc.call, in_flight, calls)) && good;
  }
  return good;
}

// All pages of the list; how many entries there were.
int whole_list(Rig& rig, int& pages) {
  std::string token;
  int entries = 0;
  pages = 0;
  do {
    wire::ListVolumesRequest request;
    request.set_starting_token(token);
    wire::ListVolumesResponse response;
    demand(rig.client().controller->ListVolumes(call_context().get(), request, &response), "ListVolumes");
    entries += response.entries_size();
    token = response.next_token();
    ++pages;
  } while (!token.empty());
  return entries;
}

void measure_lists(RigOptions options) {
  options.latency = kLatency;
  std::printf("\nListVolumes, everything, 200 ms per command\n");
  double before = 0;
  for (int const volumes : {1'000, 10'000}) {
    options.planted = volumes;
    Rig rig(options);
    std::vector<Duration> took;
    int pages = 0;
    for (int i = 0; i < 5; ++i) {
      auto const start = rdscsi::base::now();
      if (whole_list(rig, pages) != volumes) throw std::runtime_error("ListVolumes: volumes are missing");
      took.push_back(rdscsi::base::now() - start);
    }
    std::sort(took.begin(), took.end());
    double const p50 = milliseconds(took[took.size() / 2]);
    std::printf("  %6d volumes  p50 %8.0f ms  worst %8.0f ms  %d pages  %.1f us a volume", volumes, p50,
                milliseconds(took.back()), pages, (p50 - milliseconds(kLatency) * pages) * 1000 / volumes);
    if (before > 0) std::printf("  %.1f times as long as a tenth of them", p50 / before);
    std::printf("\n");
    before = p50;
  }
}

bool measure_memory(RigOptions const& options) {
  Rig rig(options);
  auto const live = [](Client& client, int number) {
    create(client, number);
    publish(client, number);
    unpublish(client, number);
    remove(client, number);
  };
  measure(rig, live, 8, 200);  // what grows once has grown
  double const before = rig.plugin_memory_mib();
  auto const measured = measure(rig, live, 8, kLives);
  double const after = rig.plugin_memory_mib();
  bool const good = after - before <= kMemoryGrowthMax;
  std::printf(
      "\nmemory of the controller around %d volumes' lives (create, publish, unpublish, delete; no latency)\n"
      "  anonymous resident memory  %.1f MiB before, %.1f MiB after  %s (limit: %.0f MiB more)\n"
      "  %.0f lives a second, %.2f commands each\n",
      kLives, before, after, good ? "" : "GROWS", kMemoryGrowthMax,
      kLives * 1000 / milliseconds(measured.all), measured.commands);
  return good;
}

// `part`: "rpcs", "lists" or "memory"; empty: all of them.
int run(std::string const& part) {
  RigOptions options;
  options.plugin = rdscsi::bench::plugin_beside_this_program();
  bool good = true;
  if (part.empty() || part == "rpcs") good = measure_rpcs(options);
  if (part.empty() || part == "lists") measure_lists(options);
  if (part.empty() || part == "memory") good = measure_memory(options) && good;
  return good ? 0 : 1;
}

}  // namespace

// rds-load-bench [rpcs | lists | memory]
int main(int argc, char** argv) {
  std::string const part = argc == 2 ? argv[1] : "";
  if (argc > 2 || !(part.empty() || part == "rpcs" || part == "lists" || part == "memory")) {
    std::fprintf(stderr, "usage: rds-load-bench [rpcs | lists | memory], default all\n");
    return 2;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  try {
    return run(part);
  } catch (std::exception const& error) {
    std::fprintf(stderr, "rds-load-bench: %s\n", error.what());
    return 1;
  }
}
