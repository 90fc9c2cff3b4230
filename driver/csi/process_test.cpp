// The shipped program from start to stop, without an RDS: it serves, says that it is not ready, and leaves in
// order.
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "csi/testing/grpc_client.h"
#include "csi/testing/key_files.h"
#include "csi/testing/plugin_process.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "metrics/http_get_for_test.h"

namespace rdscsi::csi {
namespace {

namespace wire = ::csi::v1;
using testing::call_context;
using testing::Client;
using ::testing::HasSubstr;
using testing::PluginProcess;

class Process : public ::testing::Test {
 protected:
  // Nobody listens on port 1 of this machine.
  PluginProcess start(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"-controller",
                                          "-rds-address=127.0.0.1",
                                          "-rds-port=1",
                                          "-rds-key-file=" + keys_.file("key"),
                                          "-rds-host-key=" + keys_.file("key.pub"),
                                          "-rds-volume-base-path=/storage-pool/metal-csi",
                                          "-metrics-address=127.0.0.1:0",
                                          "-endpoint=unix://" + socket()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return {RDS_CSI_PLUGIN, std::move(arguments), keys_.file("log" + std::to_string(++logs_))};
  }
  std::string socket() const { return keys_.file("csi.sock"); }
  bool socket_exists() const {
    struct stat info {};
    return ::lstat(socket().c_str(), &info) == 0;
  }
  Client client() const { return Client("unix:" + socket()); }

  // Waits until the program serves; it does once this returns.
  static wire::ProbeResponse probe(Client const& client) {
    wire::ProbeResponse response;
    auto const status = client.identity->Probe(call_context().get(), {}, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  testing::KeyFiles keys_;
  int logs_ = 0;
};

TEST_F(Process, W40ItServesWhileTheRdsIsAwayAndSaysThatItIsNotReady) {
  auto plugin = start();
  auto const caller = client();
  auto const answer = probe(caller);
  EXPECT_TRUE(answer.has_ready());
  EXPECT_FALSE(answer.ready().value());
  wire::CreateVolumeResponse response;
  auto const status = caller.controller->CreateVolume(
      call_context().get(), testing::create_request("pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427"), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
  EXPECT_THAT(status.error_message(), HasSubstr("127.0.0.1"));
  plugin.signal(SIGTERM);
  EXPECT_EQ(plugin.wait(), 0);
  EXPECT_FALSE(socket_exists());
  EXPECT_THAT(plugin.log(), HasSubstr("\"stopped\" took="));
}

TEST_F(Process, ItShowsItsMetricsAndWhyItIsNotReady) {
  auto plugin = start();
  probe(client());
  constexpr std::string_view kField = "metrics_port=";
  std::string log;
  while (log.find(kField) == std::string::npos) {  // ctest's time limit ends a hang
    base::sleep_for(std::chrono::milliseconds(10));
    log = plugin.log();
  }
  auto const port = static_cast<std::uint16_t>(std::stoi(log.substr(log.find(kField) + kField.size())));
  using metrics::testing::get;
  EXPECT_THAT(get(port, "/healthz"), HasSubstr("200 OK"));
  EXPECT_THAT(get(port, "/readyz"), HasSubstr("default 127.0.0.1: the connection to the RDS is"));
  auto const page = get(port, "/metrics");
  EXPECT_THAT(page, HasSubstr("rds_csi_rds_connection_state{address=\"127.0.0.1\",rds=\"default\"} 0"));
  EXPECT_THAT(page, HasSubstr("rds_csi_rpcs_total{code=\"OK\",rpc=\"Probe\"} 1"));
  EXPECT_THAT(get(port, "/debug/volumes"), HasSubstr("could not be looked at yet"));
  plugin.signal(SIGTERM);
  EXPECT_EQ(plugin.wait(), 0);
}

TEST_F(Process, SigintStopsItAsWell) {
  auto plugin = start();
  probe(client());
  plugin.signal(SIGINT);
  EXPECT_EQ(plugin.wait(), 0);
}

TEST_F(Process, AfterAKillItTakesOverItsStaleSocket) {
  auto killed = start();
  probe(client());
  killed.signal(SIGKILL);
  EXPECT_EQ(killed.wait(), 128 + SIGKILL);
  EXPECT_TRUE(socket_exists());
  auto plugin = start();
  probe(client());
  plugin.signal(SIGTERM);
  EXPECT_EQ(plugin.wait(), 0);
}

TEST_F(Process, ASecondOneLeavesTheFirstOneItsSocket) {
  auto first = start();
  probe(client());
  auto second = start();
  EXPECT_EQ(second.wait(), 1);
  std::string const log = second.log();
  EXPECT_THAT(log, HasSubstr("another process serves it"));
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
  probe(client());
  first.signal(SIGTERM);
  EXPECT_EQ(first.wait(), 0);
}

TEST_F(Process, AFileAtTheSocketsPathIsLeftAlone) {
  std::ofstream(socket()) << "precious";
  auto plugin = start();
  EXPECT_EQ(plugin.wait(), 1);
  EXPECT_THAT(plugin.log(), HasSubstr("is not a socket"));
  std::string content;
  std::ifstream(socket()) >> content;
  EXPECT_EQ(content, "precious");
}

}  // namespace
}  // namespace rdscsi::csi
