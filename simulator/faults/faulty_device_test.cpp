// FaultyDevice as a front sees it: latency, sessions, what each fault does to a client, and the records of it
// all. Time-dependent stories run on virtual time under a scheduler.
#include "simulator/faults/faulty_device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "simulator/faults/testing/bench.h"

namespace rdssim::faults {
namespace {

using rdscsi::base::now;
using rdscsi::base::Thread;
using namespace test_bench;  // NOLINT(google-build-using-namespace): the bench
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

// --- latency ---

std::vector<Duration> latencies(std::uint64_t seed, int count) {
  FaultyDeviceOptions options;
  options.seed = seed;
  FaultyDevice faulty(*routeros::Device::make("7.21", kPool, 1), options);
  std::vector<Duration> draws;
  for (int i = 0; i < count; ++i) {
    auto const latency = faulty.draw_latency();
    EXPECT_LE(latency.reply - latency.request, 1ns) << "half before, half after";
    draws.push_back(latency.request + latency.reply);
  }
  return draws;
}

TEST(Latency, TenThousandDrawsAreUniformBetween150And250Milliseconds) {
  auto const draws = latencies(1, 10'000);
  EXPECT_GE(*std::min_element(draws.begin(), draws.end()), 150ms);
  EXPECT_LE(*std::max_element(draws.begin(), draws.end()), 250ms);
  double const sum = std::accumulate(draws.begin(), draws.end(), 0.0, [](double total, Duration draw) {
    return total + std::chrono::duration<double, std::milli>(draw).count();
  });
  double const mean = sum / static_cast<double>(draws.size());
  std::cout << "latency: 10000 draws, mean " << mean << " ms\n";
  EXPECT_NEAR(mean, 200, 5);
}

TEST(Latency, TheSameSeedGivesTheSameSeries) {
  EXPECT_EQ(latencies(42, 1000), latencies(42, 1000));
  EXPECT_NE(latencies(42, 1000), latencies(43, 1000));
}

TEST(Latency, FaultsDoNotMoveTheSeries) {
  FaultyDeviceOptions options;
  options.seed = 42;
  FaultyDevice faulty(*routeros::Device::make("7.21", kPool, 1), options);
  for (int i = 0; i < 10; ++i) faulty.inject(*parse_fault("output_garbled", {{"chance", "50%"}}));
  auto const session = faulty.on_connect("test").id;
  faulty.on_login(session, "csi");
  faulty.exec(session, ":put 1");
  std::vector<Duration> draws;
  for (int i = 0; i < 20; ++i) {
    auto const latency = faulty.draw_latency();
    draws.push_back(latency.request + latency.reply);
  }
  EXPECT_EQ(draws, latencies(42, 20));
}

// --- without faults ---

TEST(FaultyDevice, ACommandIsAnsweredAndRecorded) {
  story(1, [] {
    Bench bench;
    auto const start = now();
    EXPECT_EQ(bench.exec(kAdd).output, "") << "success is silence";
    EXPECT_EQ(now() - start, 500ms) << "the device's own time for an add";
    EXPECT_EQ(bench.exec(":put \"hello\"").output, "hello\r\n");
    EXPECT_THAT(bench.slots(), ElementsAre("pvc-1"));
    auto const history = bench.faulty->history();
    ASSERT_EQ(history.size(), 2u);
    EXPECT_EQ(history[0].line, kAdd);
    EXPECT_EQ(history[0].user, "csi");
    EXPECT_GT(history[0].effects, 0u);
    EXPECT_EQ(*history[0].finished - history[0].started, 500ms);
    EXPECT_EQ(history[1].output, "hello\r\n");
  });
}

TEST(FaultyDevice, SessionsAreActiveUsersAndCanBeLoggedOut) {
  story(1, [] {
    Bench bench;
    auto const other = bench.log_in();
    EXPECT_EQ(bench.exec("/user active print count-only where name=csi").output, "2\r\n");
    EXPECT_EQ(bench.exec("/user active remove 1").output, "") << "in order of their logins";
    EXPECT_FALSE(bench.faulty->session_open(other));
    EXPECT_TRUE(bench.faulty->session_open(bench.session));
  });
}

TEST(FaultyDevice, EventsComeInTheOrderThingsHappen) {
  story(1, [] {
    Bench bench;
    bench.exec(":put 1");
    bench.faulty->close_session(bench.session);
    EXPECT_THAT(bench.events, ElementsAre("connected", "logged_in", "command_started", "command_finished",
                                          "session_closed"));
  });
}

TEST(FaultyDevice, BusyCommandsOfTwoSessionsOverlap) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    story(seed, [] {
      Bench bench;
      auto const other = bench.log_in();
      auto const start = now();
      Thread first("first", [&] { bench.exec(add_line("pvc-1")); });
      Thread second("second", [&] { bench.faulty->exec(other, add_line("pvc-2")); });
      first.join();
      second.join();
      EXPECT_EQ(now() - start, 500ms);
      EXPECT_THAT(bench.slots(), testing::UnorderedElementsAre("pvc-1", "pvc-2"));
    });
  }
}

TEST(FaultyDevice, TheSameSlotAddedTwiceAtOnceExistsOnce) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    story(seed, [] {
      Bench bench;
      auto const other = bench.log_in();
      std::string of_first, of_second;  // a thread each
      Thread first("first", [&] { of_first = bench.exec(kAdd).output; });
      Thread second("second", [&] { of_second = bench.faulty->exec(other, kAdd).output; });
      first.join();
      second.join();
      EXPECT_THAT(bench.slots(), ElementsAre("pvc-1"));
      EXPECT_NE(of_first + of_second, "") << "the preconditions are looked at again after the busy time";
    });
  }
}

TEST(FaultyDevice, AClosedSessionDoesNotStopItsCommand) {
  story(1, [] {
    Bench bench;
    Thread command("command", [&] { EXPECT_EQ(bench.exec(kAdd).reply, Reply::session_dead); });
    rdscsi::base::sleep_for(100ms);
    bench.faulty->close_session(bench.session);
    command.join();
    EXPECT_THAT(bench.slots(), ElementsAre("pvc-1"));
  });
}

TEST(FaultyDevice, CtrlCEndsABusyCommand) {
  story(1, [] {
    Bench bench;
    auto const start = now();
    Thread command("command", [&] { bench.exec(":delay 100s; " + kAdd); });
    rdscsi::base::sleep_for(1s);
    bench.faulty->interrupt(bench.session);
    command.join();
    EXPECT_LT(now() - start, 3s);
  });
}

TEST(FaultyDevice, WhatKeepsItBusyIsOverAtOnceWhereItIsToldSo) {
  story(1, [] {
    FaultyDeviceOptions options;
    options.busy_passes = false;
    Bench bench(options);
    auto const start = now();
    EXPECT_EQ(bench.exec(":delay 100s; " + kAdd).reply, Reply::answered);
    EXPECT_EQ(now(), start);
    EXPECT_THAT(bench.slots(), ElementsAre("pvc-1"));
  });
}

TEST(FaultyDevice, CountersFollowSessionsAndChannels) {
  Bench bench;
  auto const other = bench.log_in();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bench.faulty->open_channel(bench.session), ChannelVerdict::accept);
  EXPECT_EQ(bench.faulty->open_channel(other), ChannelVerdict::accept);
  bench.faulty->close_channel(bench.session);
  EXPECT_EQ(bench.faulty->counters().channels, 3u);
  EXPECT_EQ(bench.faulty->counters().channels_peak, 4u);
  EXPECT_EQ(bench.faulty->counters().channels_per_session_peak, 3u);
  bench.faulty->close_session(bench.session);
  bench.faulty->close_session(other);
  bench.faulty->close_session(other);
  EXPECT_EQ(bench.faulty->counters().channels, 0u);
  EXPECT_EQ(bench.faulty->counters().sessions, 0u);
  EXPECT_EQ(bench.faulty->counters().sessions_peak, 2u);
  EXPECT_EQ(bench.faulty->counters().handshakes, 2u);
}

TEST(FaultyDevice, TheDevicesOwnSessionLimitIsTwenty) {
  Bench bench;
  for (int i = 1; i < 20; ++i) bench.log_in();
  EXPECT_EQ(bench.faulty->on_connect("one too many").verdict, ConnectVerdict::close);
  bench.faulty->close_session(bench.session);
  EXPECT_EQ(bench.faulty->on_connect("after one left").verdict, ConnectVerdict::accept);
}

TEST(FaultyDevice, LoginModifiersAreTakenOffTheUser) {
  Bench bench;
  auto const session = bench.log_in("admin+cte80w");
  bench.faulty->exec(session, ":put 1");
  EXPECT_EQ(bench.faulty->history().at(0).user, "admin");
}

// --- each fault, as its client sees it ---

TEST(Fault, PoolFullTakesAllSpaceUntilHealed) {
  Bench bench;
  auto const before = bench.free_bytes();
  ASSERT_GT(before, 0);
  auto const fault = bench.inject("pool_full", {{"left", "1MiB"}});
  EXPECT_EQ(bench.faulty->fired(fault), 1u);
  EXPECT_EQ(bench.free_bytes(), 1 << 20);
  EXPECT_NE(bench.exec(kAdd).output, "") << "1 GiB does not fit";
  EXPECT_THAT(bench.slots(), IsEmpty());
  bench.faulty->heal(fault);
  EXPECT_EQ(bench.free_bytes(), before);
  EXPECT_EQ(bench.exec(kAdd).output, "");
}

TEST(Fault, PoolFaultOnAnUnknownPoolNeverFires) {
  Bench bench;
  EXPECT_EQ(bench.faulty->fired(bench.inject("pool_full", {{"pool", "none-such"}})), 0u);
}

TEST(Fault, PoolUnmountedHidesThePoolUntilHealed) {
  Bench bench;
  auto const mounted = [&] {
    return bench.faulty->with_device([](routeros::Device& device) { return device.pools().at(0).mounted; });
  };
  auto const fault = bench.inject("pool_unmounted");
  EXPECT_FALSE(mounted());
  bench.faulty->heal(fault);
  EXPECT_TRUE(mounted());
}

// Found by the explorer: the shorter of two gave the pool back under the longer one.
TEST(Fault, APoolComesBackWithTheLastOfTheFaultsThatTookIt) {
  Bench bench;
  auto const mounted = [&] {
    return bench.faulty->with_device([](routeros::Device& device) { return device.pools().at(0).mounted; });
  };
  auto const first = bench.inject("pool_unmounted"), second = bench.inject("pool_unmounted");
  bench.faulty->heal(second);
  EXPECT_FALSE(mounted());
  bench.faulty->heal(first);
  EXPECT_TRUE(mounted());
}

TEST(Fault, PoolFaultFromAListenerOfAnEffectDoesNotWaitForItself) {
  Bench bench;
  FaultId fault = 0;
  bench.faulty->subscribe([&](Event const& event) {
    if (event.kind == Event::Kind::effect && fault == 0) fault = bench.inject("pool_full");
  });
  bench.exec(kAdd);
  EXPECT_EQ(bench.faulty->fired(fault), 1u);
  EXPECT_EQ(bench.free_bytes(), 0);
}

TEST(Fault, SlowKeepsTheSessionBusyBeforeOrAfterTheEffect) {
  story(1, [] {
    Bench bench;
    auto const before = bench.inject("slow", {{"busy", "3s"}, {"command", "add"}});
    auto const start = now();
    bench.exec(kAdd);
    EXPECT_EQ(now() - start, 3500ms);
    bench.faulty->heal(before);
    bench.inject("slow", {{"busy", "10s"}, {"command", "add"}, {"when", "after"}});
    Thread command("command", [&] { bench.exec(add_line("pvc-2")); });
    rdscsi::base::sleep_for(1s);
    EXPECT_THAT(bench.slots(), ElementsAre("pvc-1", "pvc-2")) << "done, but not yet answered";
    EXPECT_EQ(bench.faulty->counters().running, 1u);
    command.join();
  });
}

TEST(Fault, TrickleTellsTheFrontHowFast) {
  Bench bench;
  auto const fault = bench.inject("trickle", {{"rate", "1"}});
  EXPECT_EQ(bench.exec(":put 1").bytes_per_second, 1);
  EXPECT_EQ(bench.faulty->fired(fault), 1u);
}

TEST(Fault, ReplyLostAfterTheEffectByHanging) {
  Bench bench;
  auto const fault = bench.inject("reply_lost", {{"command", "add"}});
  auto const verdict = bench.exec(kAdd + "; :put \"done\"");
  EXPECT_EQ(verdict.reply, Reply::never);
  EXPECT_EQ(verdict.output, "");
  EXPECT_THAT(bench.slots(), ElementsAre("pvc-1"));
  EXPECT_TRUE(bench.faulty->session_open(bench.session));
  EXPECT_EQ(bench.faulty->fired(fault), 1u);
  EXPECT_EQ(bench.exec(add_line("pvc-2")).reply, Reply::answered) << "once, by default";
}

TEST(Fault, ReplyLostAfterTheEffectByReset) {
  Bench bench;
  bench.inject("reply_lost", {{"command", "add"}, {"how", "reset"}});
  EXPECT_EQ(bench.exec(kAdd).reply, Reply::session_dead);
  EXPECT_THAT(bench.slots(), ElementsAre("pvc-1"));
  EXPECT_THAT(bench.link.resets, ElementsAre(bench.session));
  EXPECT_FALSE(bench.faulty->session_open(bench.session));
}

TEST(Fault, SessionDiesInsideAScriptThatStopsOrGoesOn) {
  for (bool const stops : {true, false}) {
    Bench bench;
    auto const fault = bench.inject("session_dies", {{"script", stops ? "stops" : "goes_on"}});
    EXPECT_EQ(bench.exec(add_line("pvc-1") + "; " + add_line("pvc-2")).reply, Reply::session_dead);
    EXPECT_THAT(bench.link.resets, ElementsAre(bench.session));
    EXPECT_EQ(bench.faulty->fired(fault), 1u);
    if (stops) {
      EXPECT_THAT(bench.slots(), ElementsAre("pvc-1"));
    } else {
      EXPECT_THAT(bench.slots(), ElementsAre("pvc-1", "pvc-2"));
    }
  }
}

TEST(Fault, SessionDiesWithASeededScriptFate) {
  int stopped = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    FaultyDeviceOptions options;
    options.seed = seed;
    Bench bench(options);
    bench.faulty->with_device([](routeros::Device& device) { device.set_timing({}); });
    bench.inject("session_dies");
    bench.exec(add_line("pvc-1") + "; " + add_line("pvc-2"));
    stopped += bench.slots().size() == 1;
  }
  EXPECT_GT(stopped, 5);
  EXPECT_LT(stopped, 35);
}

TEST(Fault, SessionDiesNeverFiresWhenTheScriptHasFewerEffects) {
  Bench bench;
  auto const fault = bench.inject("session_dies", {{"after_effect", "9"}});
  EXPECT_EQ(bench.exec(kAdd).reply, Reply::answered);
  EXPECT_EQ(bench.faulty->fired(fault), 0u);
}

TEST(Fault, ResetNowCutsEverySession) {
  Bench bench;
  auto const other = bench.log_in();
  auto const fault = bench.inject("reset");
  EXPECT_THAT(bench.link.resets, ElementsAre(bench.session, other));
  EXPECT_EQ(bench.faulty->fired(fault), 2u);
  EXPECT_EQ(bench.faulty->counters().sessions, 0u);
  EXPECT_EQ(bench.faulty->on_connect("again").verdict, ConnectVerdict::accept);
}

TEST(Fault, ResetBeforeTheCommandLeavesNoEffectAndInsteadOfTheReplyAll) {
  Bench bench;
  bench.inject("reset", {{"command", "add"}});
  EXPECT_EQ(bench.exec(kAdd).reply, Reply::session_dead);
  EXPECT_THAT(bench.slots(), IsEmpty());
  bench.session = bench.log_in();
  bench.inject("reset", {{"command", "add"}, {"at", "reply"}});
  EXPECT_EQ(bench.exec(kAdd).reply, Reply::session_dead);
  EXPECT_THAT(bench.slots(), ElementsAre("pvc-1"));
}

TEST(Fault, HalfOpenSwallowsEverythingSilentlyAndResetsWhenHealed) {
  Bench bench;
  auto const fault = bench.inject("half_open");
  EXPECT_THAT(bench.link.half_opens, ElementsAre(bench.session));
  EXPECT_EQ(bench.exec(kAdd).reply, Reply::vanished);
  EXPECT_THAT(bench.slots(), IsEmpty());
  EXPECT_EQ(bench.faulty->open_channel(bench.session), ChannelVerdict::hang);
  auto const fresh = bench.log_in();
  EXPECT_EQ(bench.faulty->exec(fresh, ":put 1").output, "1\r\n") << "only established sessions";
  bench.faulty->heal(fault);
  EXPECT_THAT(bench.link.resets, ElementsAre(bench.session));
}

TEST(Fault, HalfOpenInsteadOfTheReplyLeavesTheEffect) {
  Bench bench;
  bench.inject("half_open", {{"command", "add"}, {"at", "reply"}});
  EXPECT_EQ(bench.exec(kAdd).reply, Reply::vanished);
  EXPECT_THAT(bench.slots(), ElementsAre("pvc-1"));
}

TEST(Fault, RefuseClosesTheListeningSocketUntilItsWindowEnds) {
  story(1, [] {
    Bench bench;
    auto const fault = bench.inject("refuse", {{"for", "90s"}});
    EXPECT_EQ(bench.faulty->on_connect("client").verdict, ConnectVerdict::refuse);
    EXPECT_EQ(bench.faulty->next_expiry(), now() + 90s);
    EXPECT_EQ(bench.exec(":put 1").output, "1\r\n") << "established sessions live on";
    rdscsi::base::sleep_for(90s);
    bench.faulty->expire();
    EXPECT_THAT(bench.link.listens, ElementsAre(false, true));
    EXPECT_EQ(bench.faulty->on_connect("client").verdict, ConnectVerdict::accept);
    EXPECT_EQ(bench.faulty->fired(fault), 1u);
  });
}

TEST(Fault, HangHandshakeAcceptsAndSaysNothing) {
  Bench bench;
  auto const fault = bench.inject("hang_handshake", {{"times", "1"}});
  EXPECT_EQ(bench.faulty->on_connect("client").verdict, ConnectVerdict::hang);
  EXPECT_EQ(bench.faulty->on_connect("client").verdict, ConnectVerdict::accept);
  EXPECT_EQ(bench.faulty->fired(fault), 1u);
}

TEST(Fault, SessionLimitClosesWhatIsOneTooMany) {
  Bench bench;
  auto const fault = bench.inject("session_limit", {{"limit", "2"}});
  bench.log_in();
  EXPECT_EQ(bench.faulty->fired(fault), 0u);
  EXPECT_EQ(bench.faulty->on_connect("third").verdict, ConnectVerdict::close);
  EXPECT_EQ(bench.faulty->fired(fault), 1u);
}

TEST(Fault, ConnectRateLetsSoManyThroughPerSecond) {
  story(1, [] {
    Bench bench;
    bench.inject("connect_rate", {{"limit", "2"}});
    std::vector<ConnectVerdict> verdicts;
    for (int i = 0; i < 3; ++i) verdicts.push_back(bench.faulty->on_connect("client").verdict);
    rdscsi::base::sleep_for(1s);
    verdicts.push_back(bench.faulty->on_connect("client").verdict);
    EXPECT_THAT(verdicts, ElementsAre(ConnectVerdict::accept, ConnectVerdict::accept, ConnectVerdict::close,
                                      ConnectVerdict::accept));
  });
}

TEST(Fault, ChannelRefusedOrNeverAnswered) {
  Bench bench;
  auto const refused = bench.inject("channel_refused");
  EXPECT_EQ(bench.faulty->open_channel(bench.session), ChannelVerdict::refuse);
  bench.faulty->heal(refused);
  bench.inject("channel_refused", {{"how", "hang"}, {"times", "1"}});
  EXPECT_EQ(bench.faulty->open_channel(bench.session), ChannelVerdict::hang);
  EXPECT_EQ(bench.faulty->open_channel(bench.session), ChannelVerdict::accept);
  EXPECT_EQ(bench.faulty->counters().channels, 1u) << "neither counts as open";
}

TEST(Fault, HostKeyChangedAndAuthRefused) {
  Bench bench;
  bench.inject("host_key_changed", {{"times", "1"}});
  auto const connection = bench.faulty->on_connect("client");
  EXPECT_EQ(connection.verdict, ConnectVerdict::host_key_changed);
  auto const fault = bench.inject("auth_refused", {{"user", "csi"}});
  EXPECT_EQ(bench.faulty->on_login(connection.id, "csi+cte80w"), LoginVerdict::refused);
  EXPECT_EQ(bench.faulty->on_login(connection.id, "admin"), LoginVerdict::accept);
  EXPECT_EQ(bench.faulty->fired(fault), 1u);
  EXPECT_EQ(bench.faulty->counters().logins_refused, 1u);
}

TEST(Fault, OutputCutGarbledAndInterleaved) {
  Bench bench;
  bench.inject("output_cut", {{"at_byte", "3"}, {"contains", "cut"}});
  bench.inject("output_cut", {{"contains", "hung"}, {"how", "hang"}, {"at_byte", "1"}});
  bench.inject("output_cut", {{"contains", "gone"}, {"how", "reset"}, {"at_byte", "1"}});
  bench.inject("output_garbled", {{"contains", "garbled"}});
  bench.inject("log_line", {{"contains", "logged"}, {"line", "1"}, {"text", "echo: script,info x"}});
  EXPECT_EQ(bench.exec(":put \"cut here\"").output, "cut");
  EXPECT_EQ(bench.exec(":put \"hung\"").reply, Reply::never);
  auto const gone = bench.exec(":put \"gone\"");
  EXPECT_EQ(gone.reply, Reply::then_reset);
  EXPECT_EQ(gone.output, "g");
  auto const garbled = bench.exec(":put \"garbled\"").output;
  EXPECT_EQ(garbled.size(), std::string("garbled\r\n").size());
  EXPECT_NE(garbled, "garbled\r\n");
  EXPECT_EQ(bench.exec(":put \"logged\"").output, "echo: script,info x\r\nlogged\r\n");
}

TEST(Fault, ACutThatFindsNoOutputStaysArmed) {
  Bench bench;
  auto const fault = bench.inject("output_cut");
  EXPECT_EQ(bench.exec(kAdd).output, "");
  EXPECT_EQ(bench.faulty->fired(fault), 0u);
  EXPECT_LT(bench.exec(":put \"something\"").output.size(), 11u);
  EXPECT_EQ(bench.faulty->fired(fault), 1u);
}

TEST(Fault, ErrorTextWithNothingDoneAPartDoneOrAllDone) {
  Bench bench;
  bench.inject("error_text", {{"text", "failure: not now"}, {"slot", "pvc-1"}});
  EXPECT_EQ(bench.exec(add_line("pvc-1")).output, "failure: not now\r\n");
  EXPECT_THAT(bench.slots(), IsEmpty());

  bench.inject("error_text", {{"after_effect", "1"}, {"slot", "pvc-2"}});
  EXPECT_EQ(bench.exec(":put 1; " + add_line("pvc-2") + "; :put 2; " + add_line("pvc-3")).output,
            "1\r\nfailure: unknown error\r\n");
  EXPECT_THAT(bench.slots(), ElementsAre("pvc-2"));

  bench.inject("error_but_done", {{"status", "1"}});
  auto const verdict = bench.exec(add_line("pvc-4"));
  EXPECT_EQ(verdict.output, "failure: unknown error\r\n");
  EXPECT_EQ(verdict.exit_status, 1);
  EXPECT_THAT(bench.slots(), ElementsAre("pvc-2", "pvc-4"));
}

TEST(Fault, DoneButErrorAnswersLikeASuccessAndChangesNothing) {
  Bench bench;
  bench.inject("done_but_error", {{"command", "add"}});
  EXPECT_EQ(bench.exec(kAdd + "; :put \"done\"").output, "done\r\n");
  EXPECT_THAT(bench.slots(), IsEmpty());
}

TEST(Fault, ExitStatusBesideASuccess) {
  Bench bench;
  bench.inject("exit_status", {{"status", "1"}});
  auto const verdict = bench.exec(":put 1");
  EXPECT_EQ(verdict.exit_status, 1);
  EXPECT_EQ(verdict.output, "1\r\n");
  EXPECT_EQ(bench.exec(":put 1").exit_status, 0);
}

// --- which occurrence ---

TEST(Matching, NthTimesAndChance) {
  Bench bench;
  auto const nth = bench.inject("error_text", {{"contains", "nth"}, {"nth", "2"}});
  std::vector<bool> failed;
  for (int i = 0; i < 4; ++i) failed.push_back(bench.exec(":put nth").output != "nth\r\n");
  EXPECT_THAT(failed, ElementsAre(false, true, false, false));
  EXPECT_EQ(bench.faulty->fired(nth), 1u);

  auto const often = bench.inject("error_text", {{"contains", "often"}, {"chance", "30%"}, {"times", "0"}});
  for (int i = 0; i < 200; ++i) bench.exec(":put often");
  EXPECT_GT(bench.faulty->fired(often), 30u);
  EXPECT_LT(bench.faulty->fired(often), 90u);
}

TEST(Matching, AHealedFaultStrikesNoMore) {
  Bench bench;
  bench.inject("error_text", {{"times", "0"}});
  EXPECT_NE(bench.exec(":put 1").output, "1\r\n");
  bench.faulty->heal_all();
  EXPECT_EQ(bench.exec(":put 1").output, "1\r\n");
  EXPECT_TRUE(bench.faulty->faults().at(0).healed.has_value());
}

TEST(Matching, ACommandCarriesTheFaultsThatStruckIt) {
  Bench bench;
  bench.inject("slow", {{"busy", "1ms"}, {"contains", "other"}});
  auto const fault = bench.inject("exit_status", {{"status", "1"}});
  bench.exec(":put 1");
  EXPECT_THAT(bench.faulty->history().at(0).faults, ElementsAre(fault));
  EXPECT_EQ(bench.faulty->faults().at(1).fired_at.size(), 1u);
}

}  // namespace
}  // namespace rdssim::faults
