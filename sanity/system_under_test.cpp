// See system_under_test.h.
#include "sanity/system_under_test.h"

#include <grpcpp/grpcpp.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <utility>

#include "base/time.h"

namespace sanity {
namespace {

using rdscsi::csi::testing::PluginProcess;

constexpr auto kStartWithin = std::chrono::seconds(60);  // only a hang ever reaches it
constexpr auto kPoll = std::chrono::milliseconds(10);

// Until `done` or for a minute; false then.
template <typename Condition>
bool wait_until(Condition const& done) {
  auto const until = rdscsi::base::now() + kStartWithin;
  while (!done()) {
    if (rdscsi::base::now() > until) return false;
    rdscsi::base::sleep_for(kPoll);
  }
  return true;
}

std::string first_word(std::string const& path) {
  std::string word;
  std::ifstream(path) >> word;
  return word;
}

}  // namespace

SystemUnderTest::SystemUnderTest(std::string const& profile) {
  std::ofstream(file("nodes")) << kNodeA << " nqn.2014-08.org.nvmexpress:uuid:a\n"
                               << kNodeB << " nqn.2014-08.org.nvmexpress:uuid:b\n";
  std::ofstream(file("faults.yaml")) << "- fault: reply_lost\n  contains: " << kSilentVolume
                                     << "\n  times: 0\n";
  plugin_ = start_plugin("csi", start_device(profile));
  client_ = std::make_unique<Client>("unix:" + file("csi.sock"));
  wait_until_ready();
}

std::string SystemUnderTest::start_device(std::string const& profile) {
  std::vector<std::string> arguments = {
      "--profile",     profile,      "--listen",         "127.0.0.1:0",       "--pool-bytes", "256GiB",
      "--latency",     "off",        "--authorized-key", file("key.pub"),     "--host-key",   file("key"),
      "--port-file",   file("port"), "--faults",         file("faults.yaml"), "--control",    "off",
      "--nvme-listen", "off"};
  device_ = std::make_unique<PluginProcess>(RDS_SIM_PROGRAM, std::move(arguments), file("device.log"));
  EXPECT_TRUE(wait_until([this] { return !first_word(file("port")).empty(); })) << device_->log();
  return first_word(file("port"));
}

std::unique_ptr<PluginProcess> SystemUnderTest::start_plugin(std::string const& name, std::string const& port,
                                                             std::string const& snapshots) {
  std::vector<std::string> arguments = {"-controller",
                                        "-rds-address=127.0.0.1",
                                        "-rds-port=" + port,
                                        "-rds-key-file=" + file("key"),
                                        "-rds-host-key=" + file("key.pub"),
                                        "-rds-volume-base-path=/storage-pool/metal-csi",
                                        "-nodes-file=" + file("nodes"),
                                        "-metrics-address=",
                                        "-snapshots=" + snapshots,
                                        "-endpoint=unix://" + file(name + ".sock")};
  return std::make_unique<PluginProcess>(RDS_CSI_PLUGIN, std::move(arguments), file(name + ".log"));
}

void SystemUnderTest::wait_until_ready() {
  std::string last = "Probe was never answered";
  bool const ready = wait_until([this, &last] {
    auto const answer = ask(identity(), &wire::Identity::Stub::Probe, wire::ProbeRequest());
    last = answer.status.error_message();
    return answer.status.ok() && answer.response.ready().value();
  });
  EXPECT_TRUE(ready) << last << "\n" << plugin_->log();
  // A new volume waits until it is known whether the RDS makes snapshots.
  if (ready) remove_again(new_volume());
}

Client& SystemUnderTest::without_device() {
  if (!lonely_client_) {
    lonely_plugin_ = start_plugin("lonely", "1");
    lonely_client_ = std::make_unique<Client>("unix:" + file("lonely.sock"));
  }
  return *lonely_client_;
}

Client& SystemUnderTest::without_snapshots() {
  if (!plain_client_) {
    plain_plugin_ = start_plugin("plain", first_word(file("port")), "off");
    plain_client_ = std::make_unique<Client>("unix:" + file("plain.sock"));
    EXPECT_TRUE(wait_until([this] {
      auto const answer = ask(*plain_client_->identity, &wire::Identity::Stub::Probe, wire::ProbeRequest());
      return answer.status.ok() && answer.response.ready().value();
    }));
  }
  return *plain_client_;
}

bool SystemUnderTest::makes_snapshots() {
  auto const answer = ask(controller(), &wire::Controller::Stub::ControllerGetCapabilities,
                          wire::ControllerGetCapabilitiesRequest());
  for (auto const& one : answer.response.capabilities()) {
    if (one.rpc().type() == wire::ControllerServiceCapability::RPC::CREATE_DELETE_SNAPSHOT) return true;
  }
  return false;
}

std::string SystemUnderTest::new_name() {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "pvc-1b4e28ba-2fa1-41d2-883f-%012d", ++names_);
  return text.data();
}

wire::CreateVolumeRequest SystemUnderTest::new_request() {
  auto request = rdscsi::csi::testing::create_request(new_name());
  request.mutable_capacity_range()->set_required_bytes(kGiB);
  return request;
}

void SystemUnderTest::remove_again(wire::Volume const& volume) {
  wire::DeleteVolumeRequest request;
  request.set_volume_id(volume.volume_id());
  auto const answer = ask(controller(), &wire::Controller::Stub::DeleteVolume, request);
  EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
}

wire::Volume SystemUnderTest::new_volume() {
  auto const answer = ask(controller(), &wire::Controller::Stub::CreateVolume, new_request());
  EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
  return answer.response.volume();
}

}  // namespace sanity
