// Two RDSes behind the shipped driver, each over its own SSH session: a StorageClass chooses, the volume's id
// remembers, and one that is away harms no volume of the other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>

#include "base/testing/temporary_directory.h"
#include "scenarios/engine/csi_client.h"
#include "scenarios/engine/plugin_process.h"
#include "scenarios/engine/scrape.h"
#include "simulator/faults/faulty_device.h"
#include "simulator/routeros/device.h"
#include "simulator/ssh/keys.h"
#include "simulator/ssh/server.h"

namespace scenario {
namespace {

using ::testing::ElementsAre;
using namespace std::chrono_literals;

constexpr char const* kHere = "pvc-f1ee0000-2fa1-41d2-883f-0016d3cca421";
constexpr char const* kThere = "pvc-f1ee0000-2fa1-41d2-883f-0016d3cca422";

// A simulated RDS of a profile, with its SSH server.
struct Rds {
  Rds(std::string const& profile, std::string const& folder, std::string const& name,
      ssh_key_struct const& client) {
    rdssim::faults::FaultyDeviceOptions options;
    options.latency.off = true;
    device = std::make_unique<rdssim::faults::FaultyDevice>(
        *rdssim::routeros::Device::make(profile, std::int64_t{1} << 40, 1), options);
    rdssim::ssh::ServerOptions serving;
    serving.host_key_type = rdssim::ssh::HostKeyType::ed25519;
    serving.host_key_file = folder + "/" + name;
    serving.users.push_back({"csi", "", {rdssim::ssh::public_line(client)}});
    auto started = rdssim::ssh::Server::start(*device, serving);
    EXPECT_TRUE(started.ok()) << started.status();
    server = *std::move(started);
    std::ofstream(folder + "/" + name + ".pub") << server->host_key() << "\n";
  }
  std::string console(std::string const& line) {
    return device->with_device([&](auto& router) { return router.execute({}, line, {}).output; });
  }

  std::unique_ptr<rdssim::faults::FaultyDevice> device;
  std::unique_ptr<rdssim::ssh::Server> server;
};

class TwoRdses : public ::testing::Test {
 protected:
  void SetUp() override {
    auto key = rdssim::ssh::load_host_key(folder_.file("client"), rdssim::ssh::HostKeyType::ed25519);
    ASSERT_TRUE(key.ok()) << key.status();
    here_ = std::make_unique<Rds>("7.21", folder_.path(), "here", **key);
    there_ = std::make_unique<Rds>("7.24", folder_.path(), "there", **key);
    std::ofstream(folder_.file("rdses.yaml"))
        << "rds:\n  - name: default\n    address: 127.0.0.1\n    port: " << here_->server->port()
        << "\n    host-key: " << folder_.file("here.pub")
        << "\n    volume-base-path: /storage-pool/metal-csi\n  - name: rack7\n    address: 127.0.0.1\n    "
           "port: "
        << there_->server->port() << "\n    host-key: " << folder_.file("there.pub")
        << "\n    nvme-address: 10.43.7.1\n    volume-base-path: /storage-pool/metal-csi\n";
    PluginSpec spec;
    spec.program = plugin_path();
    spec.socket_path = folder_.file("csi.sock");
    spec.arguments = {"-controller",
                      "-rds-config=" + folder_.file("rdses.yaml"),
                      "-rds-user=csi",
                      "-rds-key-file=" + folder_.file("client"),
                      "-endpoint=unix://" + spec.socket_path,
                      "-metrics-address=",
                      "-rds-heartbeat=1s"};
    spec.on_line = [](std::string const&) {};
    auto started = PluginProcess::start(spec);
    ASSERT_TRUE(started.ok()) << started.status();
    plugin_ = *std::move(started);
    ASSERT_TRUE(plugin_->wait_until_serving(30s).ok());
    client_ = std::make_unique<CsiClient>(spec.socket_path);
    while (!call(ProbeRequest{}).ready) rdscsi::base::sleep_for(20ms);  // ctest's time limit ends a hang
  }
  void TearDown() override {
    if (plugin_) {
      EXPECT_TRUE(plugin_->stop(35s).clean());
    }
    if (here_) here_->server->stop();
    if (there_) there_->server->stop();
  }

  Answer call(Request const& request) { return client_->call(request, 20s); }
  Answer create(std::string const& name, csi::StringMap parameters = {}) {
    csi::CreateVolumeRequest request;
    request.name = name;
    request.capacity_range = csi::CapacityRange{std::int64_t{1} << 30, 0};
    request.capabilities = {{csi::BlockAccess{}, csi::AccessMode::single_node_writer}};
    request.parameters = std::move(parameters);
    return call(request);
  }
  std::vector<std::string> listed() {
    std::vector<std::string> ids;
    for (auto const& volume : call(csi::ListVolumesRequest{}).listed) ids.push_back(volume.volume_id);
    return ids;
  }

  rdscsi::base::testing::TemporaryDirectory folder_;
  std::unique_ptr<Rds> here_, there_;
  std::unique_ptr<PluginProcess> plugin_;
  std::unique_ptr<CsiClient> client_;
};

TEST_F(TwoRdses, EachVolumeLiesWhereItsStorageClassSays) {
  Answer const here = create(kHere);
  Answer const there = create(kThere, {{"rds", "rack7"}});
  EXPECT_EQ(here.volume.volume_id, kHere) << here.message;
  EXPECT_EQ(there.volume.volume_id, std::string("rack7.") + kThere) << there.message;
  EXPECT_EQ(there.volume.context.at("nvmeAddress"), "10.43.7.1");
  EXPECT_THAT(listed(), ElementsAre(kHere, std::string("rack7.") + kThere));
  EXPECT_EQ(here_->console(":put [:len [/disk find type=file]]"), "1\r\n");
  EXPECT_EQ(there_->console(":put [:len [/disk find type=file]]"), "1\r\n");

  csi::CreateSnapshotRequest cut{
      "snapshot-f1ee0000-2fa1-41d2-883f-0016d3cca423", std::string("rack7.") + kThere, {}};
  EXPECT_EQ(call(cut).volume.volume_id, "rack7.snap-f1ee0000-2fa1-41d2-883f-0016d3cca423");
  EXPECT_EQ(call(csi::ListSnapshotsRequest{}).listed.size(), 1U);
  EXPECT_TRUE(call(csi::DeleteSnapshotRequest{"rack7.snap-f1ee0000-2fa1-41d2-883f-0016d3cca423"}).ok());
  EXPECT_TRUE(call(csi::DeleteVolumeRequest{std::string("rack7.") + kThere}).ok());
  EXPECT_THAT(listed(), ElementsAre(kHere));
  EXPECT_EQ(there_->console(":put [:len [/disk find type=file]]"), "0\r\n");
}

TEST_F(TwoRdses, OneThatIsAwayHarmsNoVolumeOfTheOther) {
  ASSERT_TRUE(create(kHere).ok());
  there_->server->set_power(false);
  while (call(csi::ListVolumesRequest{}).ok()) rdscsi::base::sleep_for(50ms);
  EXPECT_TRUE(call(csi::GetVolumeRequest{kHere}).ok());
  EXPECT_TRUE(call(ProbeRequest{}).ready);
  Answer const away = create(kThere, {{"rds", "rack7"}});
  EXPECT_EQ(away.code, "UNAVAILABLE") << away.message;
  EXPECT_TRUE(call(csi::DeleteVolumeRequest{kHere}).ok());
  there_->server->set_power(true);
  while (!create(kThere, {{"rds", "rack7"}}).ok()) rdscsi::base::sleep_for(100ms);
  EXPECT_THAT(listed(), ElementsAre(std::string("rack7.") + kThere));
}

}  // namespace
}  // namespace scenario
