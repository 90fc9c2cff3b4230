// The SSH server without faults, as libssh clients see it.
#include "simulator/ssh/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "simulator/ssh/testing/bench.h"

namespace rdssim::ssh {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using namespace std::chrono_literals;

TEST(Server, ShowsTheDevicesBannerAndItsHostKey) {
  Bench bench;
  auto const client = bench.client();
  EXPECT_EQ(client->banner(), "SSH-2.0-ROSSSH");
  EXPECT_EQ(client->host_key(), bench.server->host_key());
}

TEST(Server, OffersAnRsaKeyByDefault) {
  auto device =
      faults::FaultyDevice(*routeros::Device::make("7.21", 100LL << 30, 1), Bench::without_latency());
  ServerOptions options;
  options.users.push_back({"admin", "secret", {}});
  auto server = *Server::start(device, options);
  TestClient client(server->port());
  ASSERT_TRUE(client.connect()) << client.error();
  EXPECT_THAT(client.host_key(), testing::StartsWith("ssh-rsa "));
  EXPECT_EQ(client.host_key(), server->host_key());
  EXPECT_TRUE(client.log_in("admin", "secret")) << client.error();
}

TEST(Server, AnExecGetsItsBytesItsStatusAndItsEnd) {
  Bench bench;
  auto const client = bench.client();
  auto const answer = client->exec(":put \"one\"; :put \"two\"");
  EXPECT_EQ(answer.output, "one\r\ntwo\r\n");
  EXPECT_EQ(answer.errors, "");
  EXPECT_EQ(answer.exit_status, 0);
  EXPECT_TRUE(answer.ended);
  auto const error = client->exec("/no-such-menu print");
  EXPECT_NE(error.output, "") << "errors are text on standard output";
  EXPECT_EQ(error.errors, "");
  EXPECT_EQ(error.exit_status, 0);
}

TEST(Server, OnlyTheFirstLineIsACommand) {
  Bench bench;
  EXPECT_EQ(bench.client()->exec(":put 1\r\n:put 2\n").output, "1\r\n");
}

TEST(Server, ALongOutputArrivesWhole) {
  Bench bench;
  auto const client = bench.client();
  std::string expected;
  for (int i = 0; i < 500; ++i) expected += std::string(100, 'x') + "\r\n";
  auto const answer =
      client->exec(":for i from=1 to=500 do={:put \"" + std::string(100, 'x') + "\"}", 30'000);
  EXPECT_EQ(answer.output.size(), expected.size());
  EXPECT_TRUE(answer.output == expected);
}

TEST(Server, AStateChangeIsSeenByTheNextSession) {
  Bench bench;
  EXPECT_EQ(bench.client()->exec(add_line("pvc-1")).output, "");
  EXPECT_THAT(bench.client()->exec("/disk print detail where slot=pvc-1").output, HasSubstr("pvc-1"));
  EXPECT_THAT(bench.slots(), ElementsAre("pvc-1"));
}

TEST(Server, LoginsThatFit) {
  Bench bench;
  TestClient password(bench.server->port());
  ASSERT_TRUE(password.connect());
  EXPECT_TRUE(password.log_in("admin", "secret"));
  TestClient modifiers(bench.server->port());
  ASSERT_TRUE(modifiers.connect());
  EXPECT_TRUE(modifiers.log_in("admin+cte240w", "secret"));
  EXPECT_EQ(modifiers.exec(":put 1").output, "1\r\n");
  EXPECT_EQ(bench.device->history().at(0).user, "admin");
}

TEST(Server, LoginsThatDoNotFit) {
  Bench bench;
  auto const stranger = *load_host_key("", HostKeyType::ed25519);
  TestClient client(bench.server->port());
  ASSERT_TRUE(client.connect());
  EXPECT_FALSE(client.log_in("csi", stranger.get())) << "another key";
  EXPECT_FALSE(client.log_in("admin", bench.key.get())) << "a user without keys";
  EXPECT_FALSE(client.log_in("csi", "secret")) << "a user with a key has no password";
  EXPECT_FALSE(client.exec(":put 1").opened);
}

TEST(Server, TheThirdFailureEndsTheConnection) {
  Bench bench;
  TestClient client(bench.server->port());
  ASSERT_TRUE(client.connect());
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(client.log_in("admin", "wrong"));
  EXPECT_FALSE(client.log_in("admin", "secret"));
  EXPECT_FALSE(client.connected());
  EXPECT_TRUE(bench.nothing_held());
}

TEST(Server, RefusesFilesAndForwarding) {
  Bench bench;
  auto const client = bench.client();
  EXPECT_FALSE(client->open_subsystem("sftp"));
  EXPECT_FALSE(client->open_forward("127.0.0.1", 80));
  EXPECT_EQ(client->exec(":put 1").output, "1\r\n");
}

TEST(Server, ALatencyIsWaitedForAndChannelsOfOneSessionOverlap) {
  auto options = Bench::without_latency();
  options.latency = {200ms, 200ms, false};
  Bench bench(options);
  auto const client = bench.client();
  auto const start = rdscsi::base::now();
  std::vector<std::size_t> channels;
  for (int i = 0; i < 10; ++i) channels.push_back(client->begin(":put " + std::to_string(i)));
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(client->end(channels[static_cast<std::size_t>(i)]).output, std::to_string(i) + "\r\n");
  EXPECT_GE(rdscsi::base::now() - start, 200ms);
  EXPECT_EQ(bench.device->counters().channels_per_session_peak, 10u);
}

TEST(Server, TwoHundredSessionsOnOneLoop) {
  Bench bench;
  constexpr std::size_t kSessions = 200;
  std::vector<std::unique_ptr<TestClient>> clients;
  std::vector<std::size_t> channels;
  for (std::size_t i = 0; i < kSessions; ++i) clients.push_back(bench.client());
  EXPECT_EQ(bench.device->counters().sessions, kSessions);
  bench.inject("slow", {{"busy", "300ms"}, {"contains", "mine"}});
  for (std::size_t i = 0; i < kSessions; ++i) {
    channels.push_back(clients[i]->begin(":put \"mine " + std::to_string(i) + "\""));
  }
  for (std::size_t i = 0; i < kSessions; ++i) {
    EXPECT_EQ(clients[i]->end(channels[i]).output, "mine " + std::to_string(i) + "\r\n");
  }
  clients.clear();
  EXPECT_TRUE(bench.nothing_held());
  std::cout << "sessions at once: " << bench.device->counters().sessions_peak << "\n";
}

TEST(Server, AClientThatLeavesDoesNotStopItsCommand) {
  Bench bench;
  bench.inject("slow", {{"busy", "300ms"}, {"command", "add"}});
  {
    auto const client = bench.client();
    client->begin(add_line("pvc-1"));
  }
  EXPECT_TRUE(Bench::eventually([&] { return bench.slots().size() == 1; }));
  EXPECT_TRUE(bench.nothing_held());
}

TEST(Server, StopsWhileCommandsAreUnderWay) {
  Bench bench;
  bench.inject("slow", {{"busy", "1h"}});
  auto const client = bench.client();
  auto const channel = client->begin(":put 1");
  ASSERT_TRUE(Bench::eventually([&] { return bench.device->counters().running == 1; }));
  bench.server->stop();
  EXPECT_EQ(client->end(channel).exit_status, -1);
  EXPECT_EQ(bench.device->counters().running, 0u);
}

TEST(Server, AnAddressInUseIsNamed) {
  Bench bench;
  ServerOptions options;
  options.host_key_type = HostKeyType::ed25519;
  options.port = bench.server->port();
  auto const second = Server::start(*bench.device, options);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("port " + std::to_string(options.port)));
  options.address = "localhost";
  EXPECT_THAT(std::string(Server::start(*bench.device, options).status().message()),
              HasSubstr("not numeric"));
}

// --- the interactive shell ---

constexpr char kPrompt[] = "[csi@MikroTik-RDS] > ";

TEST(Shell, PromptsEchoesAndRunsLines) {
  Bench bench;
  auto const client = bench.client();
  ASSERT_TRUE(client->open_shell());
  EXPECT_THAT(client->read_until(kPrompt), EndsWith(kPrompt));
  client->type(":put 4711\r");
  EXPECT_EQ(client->read_until(kPrompt), std::string(":put 4711\r\n4711\r\n") + kPrompt);
  client->type("\r");
  EXPECT_EQ(client->read_until(kPrompt), std::string("\r\n") + kPrompt);
  client->type("/quit\r");
  client->read_until("");
  EXPECT_TRUE(Bench::eventually([&] { return bench.device->counters().channels == 0; }));
}

TEST(Shell, StaysInTheMenuThatALineNames) {
  Bench bench;
  auto const client = bench.client();
  ASSERT_TRUE(client->open_shell());
  client->read_until(kPrompt);
  constexpr char kInDisk[] = "[csi@MikroTik-RDS] /disk> ";
  client->type("/disk\r");
  EXPECT_EQ(client->read_until(kInDisk), std::string("/disk\r\n") + kInDisk);
  client->type("print count-only\r");
  EXPECT_EQ(client->read_until(kInDisk), std::string("print count-only\r\n1\r\n") + kInDisk);
  client->type("bogus\r");
  EXPECT_EQ(client->read_until(kInDisk),
            std::string("bogus\r\nbad command name bogus (line 1 column 1)\r\n") + kInDisk);
  client->type("..\r");
  EXPECT_THAT(client->read_until(kPrompt), EndsWith(kPrompt));
}

TEST(Shell, CtrlCInterruptsWhatRuns) {
  Bench bench;
  auto const client = bench.client();
  ASSERT_TRUE(client->open_shell());
  client->read_until(kPrompt);
  client->type(":delay 1000s\r");
  ASSERT_TRUE(Bench::eventually([&] { return bench.device->counters().running == 1; }));
  client->type("\x03");
  EXPECT_THAT(client->read_until(kPrompt), EndsWith(std::string("interrupted\r\n") + kPrompt));
  client->type(":put still-here\r");
  EXPECT_THAT(client->read_until(kPrompt), HasSubstr("still-here\r\n"));
  EXPECT_TRUE(Bench::eventually([&] { return bench.device->counters().running == 0; }));
}

}  // namespace
}  // namespace rdssim::ssh
