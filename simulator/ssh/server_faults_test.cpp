// Each fault over the wire: what a libssh client sees, that nothing leaks, and that the fault has fired.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulator/ssh/testing/bench.h"

namespace rdssim::ssh {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Wire : public testing::Test {
 protected:
  faults::FaultId inject(std::string const& kind, faults::Arguments const& arguments = {}) {
    return last_ = bench_.inject(kind, arguments);
  }
  void expect_fired(std::uint64_t times = 1) { EXPECT_EQ(bench_.device->fired(last_), times); }

  Bench bench_;
  faults::FaultId last_ = 0;
};

TEST_F(Wire, PoolFull) {
  inject("pool_full", {{"left", "1MiB"}});
  EXPECT_NE(bench_.client()->exec(add_line("pvc-1")).output, "");
  EXPECT_THAT(bench_.slots(), IsEmpty());
  expect_fired();
}

TEST_F(Wire, PoolUnmounted) {
  inject("pool_unmounted");
  EXPECT_NE(bench_.client()->exec(add_line("pvc-1")).output, "");
  EXPECT_THAT(bench_.slots(), IsEmpty());
  expect_fired();
}

TEST_F(Wire, SlowKeepsOneChannelWaitingAndNoOther) {
  inject("slow", {{"busy", "1h"}, {"contains", "slow"}});
  auto const client = bench_.client();
  auto const slow = client->begin(":put slow");
  EXPECT_EQ(client->exec(":put quick").output, "quick\r\n");
  EXPECT_EQ(client->end(slow, 100).output, "");
  expect_fired();
}

TEST_F(Wire, TrickleArrivesWholeInTheEnd) {
  inject("trickle", {{"rate", "100"}});
  auto const answer = bench_.client()->exec(":put \"drop by drop\"");
  EXPECT_EQ(answer.output, "drop by drop\r\n");
  EXPECT_EQ(answer.exit_status, 0);
  expect_fired();
}

TEST_F(Wire, ReplyLostByHanging) {
  inject("reply_lost", {{"command", "add"}});
  auto const client = bench_.client();
  auto const answer = client->exec(add_line("pvc-1"), 300);
  EXPECT_TRUE(answer.accepted);
  EXPECT_FALSE(answer.ended);
  EXPECT_FALSE(answer.lost);
  EXPECT_EQ(answer.exit_status, -1);
  EXPECT_THAT(bench_.slots(), ElementsAre("pvc-1"));
  EXPECT_EQ(client->exec(":put 1").output, "1\r\n") << "the session lives on";
  expect_fired();
}

TEST_F(Wire, ReplyLostByReset) {
  inject("reply_lost", {{"command", "add"}, {"how", "reset"}});
  EXPECT_TRUE(bench_.client()->exec(add_line("pvc-1")).lost);
  EXPECT_THAT(bench_.slots(), ElementsAre("pvc-1"));
  EXPECT_TRUE(bench_.nothing_held());
  expect_fired();
}

TEST_F(Wire, SessionDiesInsideAScriptThatStops) {
  inject("session_dies", {{"script", "stops"}});
  auto const answer = bench_.client()->exec(":put 1; " + add_line("pvc-1") + "; " + add_line("pvc-2"));
  EXPECT_TRUE(answer.lost);
  EXPECT_EQ(answer.output, "");
  EXPECT_THAT(bench_.slots(), ElementsAre("pvc-1"));
  EXPECT_TRUE(bench_.nothing_held());
  expect_fired();
}

TEST_F(Wire, SessionDiesInsideAScriptThatGoesOn) {
  inject("session_dies", {{"script", "goes_on"}});
  EXPECT_TRUE(bench_.client()->exec(add_line("pvc-1") + "; " + add_line("pvc-2")).lost);
  EXPECT_TRUE(Bench::eventually([&] { return bench_.slots().size() == 2; }));
  EXPECT_TRUE(bench_.nothing_held());
}

TEST_F(Wire, ResetCutsAllSessionsAndLeaksNoChannel) {
  std::vector<std::unique_ptr<TestClient>> clients;
  std::vector<std::size_t> channels;
  bench_.inject("slow", {{"busy", "100ms"}});
  for (int i = 0; i < 10; ++i) {
    clients.push_back(bench_.client());
    channels.push_back(clients.back()->begin(":put 1"));
  }
  inject("reset");
  for (std::size_t i = 0; i < clients.size(); ++i) EXPECT_TRUE(clients[i]->end(channels[i]).lost);
  EXPECT_TRUE(bench_.nothing_held());
  expect_fired(10);
  EXPECT_EQ(bench_.client()->exec(":put 1").output, "1\r\n");
}

TEST_F(Wire, ResetBeforeTheCommandIsRead) {
  inject("reset", {{"command", "add"}});
  EXPECT_TRUE(bench_.client()->exec(add_line("pvc-1")).lost);
  EXPECT_THAT(bench_.slots(), IsEmpty());
  expect_fired();
}

TEST_F(Wire, HalfOpenIsSilentUntilHealedAndThenReset) {
  auto const client = bench_.client("csi", 1);
  auto const fault = inject("half_open");
  auto const channel =
      client->begin(":put 1");  // the open is never answered; libssh gives up after its timeout
  EXPECT_FALSE(client->end(channel, 100).accepted);
  EXPECT_TRUE(client->connected()) << "it looks alive";
  EXPECT_EQ(bench_.client()->exec(":put 1").output, "1\r\n") << "new sessions work";
  expect_fired();
  bench_.device->heal(fault);
  client->exec(":put 1");
  EXPECT_FALSE(client->connected());
  EXPECT_TRUE(bench_.nothing_held());
}

TEST_F(Wire, RefuseUntilHealed) {
  auto const before = bench_.client();
  auto const fault = inject("refuse");
  EXPECT_TRUE(Bench::eventually([&] {
    TestClient client(bench_.server->port());
    return !client.connect() && client.error().find("refused") != std::string::npos;
  }));
  EXPECT_EQ(before->exec(":put 1").output, "1\r\n");
  bench_.device->heal(fault);
  EXPECT_TRUE(Bench::eventually([&] { return TestClient(bench_.server->port()).connect(); }));
  expect_fired();
}

TEST_F(Wire, RefuseEndsByItselfWithItsWindow) {
  inject("refuse", {{"for", "300ms"}});
  EXPECT_TRUE(Bench::eventually([&] { return !TestClient(bench_.server->port()).connect(); }));
  EXPECT_TRUE(Bench::eventually([&] { return TestClient(bench_.server->port()).connect(); }));
}

TEST_F(Wire, HangHandshakeHoldsTheConnectionWithoutABanner) {
  inject("hang_handshake", {{"times", "1"}});
  rdscsi::base::Thread client("client", [&] {
    TestClient hung(bench_.server->port(), 1);
    EXPECT_FALSE(hung.connect());
  });
  EXPECT_TRUE(Bench::eventually([&] { return bench_.device->counters().sessions == 1; }));
  expect_fired();
  EXPECT_EQ(bench_.client()->exec(":put 1").output, "1\r\n") << "the next one is served meanwhile";
  client.join();
  EXPECT_TRUE(bench_.nothing_held());
}

TEST_F(Wire, SessionLimit) {
  inject("session_limit", {{"limit", "1"}});
  auto const first = bench_.client();
  EXPECT_FALSE(TestClient(bench_.server->port()).connect());
  expect_fired();
}

TEST_F(Wire, ConnectRate) {
  inject("connect_rate", {{"limit", "1"}, {"within", "1h"}});
  auto const first = bench_.client();
  EXPECT_FALSE(TestClient(bench_.server->port()).connect());
  expect_fired();
}

TEST_F(Wire, ChannelRefused) {
  inject("channel_refused", {{"times", "1"}});
  auto const client = bench_.client();
  EXPECT_FALSE(client->exec(":put 1").opened);
  EXPECT_EQ(client->exec(":put 1").output, "1\r\n");
  expect_fired();
}

TEST_F(Wire, ChannelOpenNeverAnswered) {
  inject("channel_refused", {{"how", "hang"}, {"times", "1"}});
  auto const client = bench_.client("csi", 1);
  EXPECT_FALSE(client->exec(":put 1", 100).opened) << "libssh gives up after its own timeout";
  EXPECT_TRUE(client->connected());
  expect_fired();
}

TEST_F(Wire, HostKeyChanged) {
  inject("host_key_changed", {{"times", "1"}});
  TestClient client(bench_.server->port());
  ASSERT_TRUE(client.connect());
  EXPECT_NE(client.host_key(), bench_.server->host_key());
  EXPECT_EQ(bench_.client()->host_key(), bench_.server->host_key());
  expect_fired();
}

TEST_F(Wire, AuthRefused) {
  inject("auth_refused", {{"times", "1"}});
  TestClient client(bench_.server->port());
  ASSERT_TRUE(client.connect());
  EXPECT_FALSE(client.log_in("csi", bench_.key.get()));
  EXPECT_TRUE(client.log_in("csi", bench_.key.get()));
  expect_fired();
}

TEST_F(Wire, OutputCutCloses) {
  inject("output_cut", {{"at_byte", "3"}});
  auto const answer = bench_.client()->exec(":put 12345");
  EXPECT_EQ(answer.output, "123");
  EXPECT_EQ(answer.exit_status, 0);
  expect_fired();
}

TEST_F(Wire, OutputCutHangsOrResets) {
  inject("output_cut", {{"at_byte", "3"}, {"how", "hang"}});
  auto const client = bench_.client();
  auto const hung = client->exec(":put 12345", 300);
  EXPECT_EQ(hung.output, "123");
  EXPECT_FALSE(hung.ended);
  inject("output_cut", {{"at_byte", "3"}, {"how", "reset"}});
  auto const reset = client->exec(":put 12345");
  EXPECT_EQ(reset.output, "123");
  EXPECT_TRUE(reset.lost);
  EXPECT_TRUE(bench_.nothing_held());
}

TEST_F(Wire, OutputGarbled) {
  inject("output_garbled");
  auto const answer = bench_.client()->exec(":put 12345");
  EXPECT_EQ(answer.output.size(), 7u);
  EXPECT_NE(answer.output, "12345\r\n");
  expect_fired();
}

TEST_F(Wire, LogLine) {
  inject("log_line", {{"line", "2"}, {"text", "echo: x"}});
  EXPECT_EQ(bench_.client()->exec(":put 1; :put 2").output, "1\r\necho: x\r\n2\r\n");
  expect_fired();
}

TEST_F(Wire, ErrorText) {
  inject("error_text", {{"text", "failure: no"}});
  auto const answer = bench_.client()->exec(add_line("pvc-1"));
  EXPECT_EQ(answer.output, "failure: no\r\n");
  EXPECT_EQ(answer.exit_status, 0);
  EXPECT_THAT(bench_.slots(), IsEmpty());
  expect_fired();
}

TEST_F(Wire, ErrorButDone) {
  inject("error_but_done", {{"status", "1"}});
  auto const answer = bench_.client()->exec(add_line("pvc-1"));
  EXPECT_EQ(answer.output, "failure: unknown error\r\n");
  EXPECT_EQ(answer.exit_status, 1);
  EXPECT_THAT(bench_.slots(), ElementsAre("pvc-1"));
  expect_fired();
}

TEST_F(Wire, DoneButError) {
  inject("done_but_error");
  EXPECT_EQ(bench_.client()->exec(add_line("pvc-1") + "; :put done").output, "done\r\n");
  EXPECT_THAT(bench_.slots(), IsEmpty());
  expect_fired();
}

TEST_F(Wire, ExitStatus) {
  inject("exit_status", {{"status", "7"}});
  auto const answer = bench_.client()->exec(":put 1");
  EXPECT_EQ(answer.output, "1\r\n");
  EXPECT_EQ(answer.exit_status, 7);
  expect_fired();
}

// By name: ctest runs each case in a process of its own.
TEST(WireVocabulary, EveryKindHasATestHere) {
  auto const* unit = testing::UnitTest::GetInstance();
  std::string names;
  for (int i = 0; i < unit->total_test_suite_count(); ++i) {
    auto const* suite = unit->GetTestSuite(i);
    if (std::string(suite->name()) != "Wire") continue;
    for (int j = 0; j < suite->total_test_count(); ++j)
      names += std::string(suite->GetTestInfo(j)->name()) + " ";
  }
  for (auto const& spec : faults::fault_vocabulary()) {
    if (spec.scope == faults::FaultScope::nvme) continue;  // hosts see those: program/nvme_faults_test.cpp
    std::string camel;
    bool upper = true;
    for (char const c : spec.name) {
      if (c != '_') camel += upper ? static_cast<char>(std::toupper(c)) : c;
      upper = c == '_';
    }
    EXPECT_THAT(names, HasSubstr(camel)) << spec.name;
  }
}

}  // namespace
}  // namespace rdssim::ssh
