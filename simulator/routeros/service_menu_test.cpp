// Stories of the menus about who may connect and what is installed: /ip/service, /user/active, /system/health
// and /system/package.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulator/routeros/device.h"

namespace rdssim::routeros {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct Bench {
  explicit Bench(char const* profile = "7.21") : device(*Device::make(profile, 1 << 30, 1)) {}
  std::string run(std::string_view line) {
    SessionOptions session;
    session.user = user;
    session.width = 120;
    return device->execute(session, line, hooks).output;
  }
  std::unique_ptr<Device> device;
  ExecutionHooks hooks;
  std::string user = "admin";
};

TEST(Service, ANewDeviceListensWhereRouterOsDoes) {
  Bench bench;
  EXPECT_EQ(bench.run(":foreach s in=[/ip/service find where !disabled] do={:put [/ip/service get $s port]}"),
            "21\r\n22\r\n23\r\n80\r\n8291\r\n8728\r\n8729\r\n");
  auto const ssh = bench.device->service_rules("ssh");
  EXPECT_TRUE(ssh.enabled);
  EXPECT_EQ(ssh.port, 22);
  EXPECT_EQ(ssh.max_sessions, 20);
  EXPECT_THAT(ssh.available_from, IsEmpty());
  EXPECT_FALSE(bench.device->service_rules("gopher").enabled);
}

TEST(Service, SetChangesWhatTheSshServerGoesBy) {
  Bench bench;
  EXPECT_EQ(bench.run("/ip service set ssh port=2222 max-sessions=3 address=10.0.0.0/8,2001:db8::/32"), "");
  auto const ssh = bench.device->service_rules("ssh");
  EXPECT_EQ(ssh.port, 2222);
  EXPECT_EQ(ssh.max_sessions, 3);
  EXPECT_THAT(ssh.available_from, ElementsAre("10.0.0.0/8", "2001:db8::/32"));
  EXPECT_EQ(bench.run("/ip service disable ssh"), "");
  EXPECT_FALSE(bench.device->service_rules("ssh").enabled);
  EXPECT_EQ(bench.run("/ip service enable [find name=ssh]"), "");
  EXPECT_TRUE(bench.device->service_rules("ssh").enabled);
}

TEST(Service, ChangesSurviveAReload) {
  Bench bench;
  bench.run("/ip service set ssh max-sessions=7");
  auto const again = Device::from_state(bench.device->save_state(), 1);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ((*again)->service_rules("ssh").max_sessions, 7);
}

TEST(Service, RefusesWhatIsNoValue) {
  Bench bench;
  EXPECT_EQ(bench.run("/ip service set ssh max-sessions=0"),
            "value of max-sessions is out of range (1 .. 1000)\r\n");
  EXPECT_EQ(bench.run("/ip service set ssh port=65536"), "value of port is out of range (1 .. 65535)\r\n");
  EXPECT_EQ(bench.run("/ip service set ssh address=everywhere"), "invalid value for argument address\r\n");
  EXPECT_EQ(bench.run("/ip service set ssh tls-version=1"),
            "input does not match any value of tls-version\r\n");
  EXPECT_THAT(bench.run("/ip service set gopher port=70"), HasSubstr("no such item"));
  EXPECT_EQ(bench.device->service_rules("ssh").port, 22) << "nothing of it was taken";
}

TEST(Service, AddressIsCalledAvailableFromSince724) {
  Bench old("7.21"), now("7.24");
  old.run("/ip service set ssh address=10.0.0.0/8");
  EXPECT_THAT(old.run("/ip service print detail where name=ssh"), HasSubstr("address=10.0.0.0/8"));
  EXPECT_EQ(now.run("/ip service set ssh available-from=10.0.0.0/8"), "");
  auto const detail = now.run("/ip service print detail where name=ssh");
  EXPECT_THAT(detail, HasSubstr("available-from=10.0.0.0/8"));
  EXPECT_THAT(detail, Not(HasSubstr(" address=")));
}

TEST(Service, OldVersionsKnowNoProtocols) {
  EXPECT_THAT(Bench("7.16").run("/ip service print"), Not(HasSubstr("PROTO")));
  EXPECT_THAT(Bench("7.21").run("/ip service print"), HasSubstr("PROTO"));
}

TEST(Service, NeedsThePolicyWrite) {
  Bench bench;
  bench.run("/user add name=reader group=read password=x");
  bench.user = "reader";
  EXPECT_THAT(bench.run("/ip service disable ssh"), HasSubstr("not enough permissions (9)"));
  EXPECT_TRUE(bench.device->service_rules("ssh").enabled);
}

// 2026-02-05 03:04:05 on the wall.
constexpr std::int64_t kSince = 1'770'260'645'000'000'000;

TEST(ActiveUsers, AreTheSessionsThatAreOpenNow) {
  Bench bench;
  EXPECT_EQ(bench.run("/user active print count-only"), "0\r\n");
  bench.hooks.sessions = [] { return std::vector<OpenSession>{{7, kSince, "admin", "10.0.0.9", "ssh"}}; };
  EXPECT_EQ(bench.run("/user active print"),
            "Columns: WHEN, NAME, ADDRESS, VIA\r\n"
            "# WHEN                 NAME   ADDRESS   VIA\r\n"
            "0 2026-02-05 03:04:05  admin  10.0.0.9  ssh\r\n");
  EXPECT_EQ(bench.run(":put [/user active get 0 group]"), "full\r\n");
}

TEST(ActiveUsers, CanBeLoggedOut) {
  for (auto const& [profile, command] : {std::pair{"7.16", "request-logout"}, std::pair{"7.24", "remove"}}) {
    Bench bench(profile);
    std::vector<std::uint64_t> ended;
    bench.hooks.sessions = [] {
      return std::vector<OpenSession>{{7, kSince, "admin", "10.0.0.9", "ssh"},
                                      {9, kSince, "csi", "10.0.0.8", "ssh"}};
    };
    bench.hooks.end_session = [&](std::uint64_t id) { ended.push_back(id); };
    EXPECT_EQ(bench.run(std::string("/user active ") + command + " [find name=csi]"), "");
    EXPECT_THAT(ended, ElementsAre(9U)) << profile;
  }
}

TEST(Health, ListsSensorsWithTheirUnits) {
  Bench bench;
  EXPECT_THAT(bench.run("/system health print"), HasSubstr("fan1-speed          5400   RPM"));
  EXPECT_EQ(bench.run(":put [/system health get [find name=psu2-state] value]"), "ok\r\n");
  auto const state = R"({"profile": "7.24", "menus": {"/system/health":
      [{"name": "psu1-state", "value": "fail", "type": ""}]}})";
  auto const failing = Device::from_state(state, 1);
  ASSERT_TRUE(failing.ok()) << failing.status();
  EXPECT_EQ((*failing)->execute({}, ":put [/system health get 0 value]", {}).output, "fail\r\n");
}

TEST(Packages, AreOfTheDevicesVersion) {
  Bench bench("7.24");
  EXPECT_EQ(
      bench.run(":foreach p in=[/system package find] do={:put ([/system package get $p name] . \" \" . "
                "[/system package get $p version])}"),
      "rose-storage 7.24\r\nrouteros 7.24\r\n");
}

}  // namespace
}  // namespace rdssim::routeros
