// Who may log in, and how, is what the device's own menus say: /user, /user group, /user ssh-keys, /ip ssh.
// And what each connection may have.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulator/ssh/testing/bench.h"

namespace rdssim::ssh {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Login : public testing::Test {
 protected:
  // As somebody at the device's console.
  std::string at_console(std::string const& line) {
    return bench_.device->with_device(
        [&](routeros::Device& router) { return router.execute({}, line, {}).output; });
  }
  void quietly(std::string const& line) { EXPECT_EQ(at_console(line), "") << line; }
  bool by_password(std::string const& user, std::string const& password) {
    TestClient client(bench_.server->port());
    return client.connect() && client.log_in(user, password) && client.exec(":put 1").output == "1\r\n";
  }
  bool by_key(std::string const& user, Key const& key) {
    TestClient client(bench_.server->port());
    return client.connect() && client.log_in(user, key.get()) && client.exec(":put 1").output == "1\r\n";
  }
  Bench bench_;
};

TEST_F(Login, AUserThatIsAddedCanAndOneThatIsRemovedCannot) {
  EXPECT_FALSE(by_password("ops", "correct"));
  quietly("/user add name=ops group=read password=correct");
  EXPECT_TRUE(by_password("ops", "correct"));
  EXPECT_TRUE(by_password("ops+cte120w", "correct"));
  EXPECT_FALSE(by_password("ops", "Correct"));
  EXPECT_FALSE(by_password("ops", ""));
  quietly("/user set ops password=other");
  EXPECT_FALSE(by_password("ops", "correct"));
  EXPECT_TRUE(by_password("ops", "other"));
  quietly("/user disable ops");
  EXPECT_FALSE(by_password("ops", "other"));
  quietly("/user enable ops");
  EXPECT_TRUE(by_password("ops", "other"));
  quietly("/user remove ops");
  EXPECT_FALSE(by_password("ops", "other"));
}

TEST_F(Login, TheUserOfTheOptionsIsARowLikeAnyOther) {
  EXPECT_EQ(at_console(":put [/user get csi group]"), "full\r\n");
  EXPECT_TRUE(by_key("csi", bench_.key));
  quietly("/user remove csi");
  EXPECT_FALSE(by_key("csi", bench_.key));
}

TEST_F(Login, ItsGroupNeedsThePolicySsh) {
  quietly("/user group add name=web policy=read,web");
  quietly("/user add name=ops group=web password=correct");
  EXPECT_FALSE(by_password("ops", "correct"));
  quietly("/user group set web policy=read,web,ssh");
  EXPECT_TRUE(by_password("ops", "correct"));
}

TEST_F(Login, FromTheAddressesOfTheUserAndOfTheService) {
  quietly("/user add name=ops group=full password=x address=192.0.2.0/24");
  EXPECT_FALSE(by_password("ops", "x"));
  quietly("/user set ops address=192.0.2.0/24,127.0.0.0/8");
  EXPECT_TRUE(by_password("ops", "x"));
  quietly("/ip service set ssh address=192.0.2.0/24");
  EXPECT_FALSE(by_password("ops", "x"));
  quietly("/ip service set ssh address=127.0.0.1");
  EXPECT_TRUE(by_password("ops", "x"));
  quietly("/ip service disable ssh");
  EXPECT_FALSE(by_password("ops", "x"));
  quietly("/ip service enable ssh");
  EXPECT_TRUE(by_password("ops", "x"));
}

// A device whose own list had no ssh would lock everybody out.
TEST(Profiles, EachHasTheServiceSsh) {
  int checked = 0;
  for (auto const& profile : routeros::Device::profile_names()) {
    auto const device = *routeros::Device::make(profile, 100LL << 30, 1);
    EXPECT_TRUE(device->service_rules("ssh").enabled) << profile;
    EXPECT_EQ(device->service_rules("ssh").max_sessions, 20) << profile;
    ++checked;
  }
  EXPECT_GE(checked, 4);
}

TEST_F(Login, KeysComeAndGo) {
  auto const rsa = *load_host_key("", HostKeyType::rsa);
  quietly("/user add name=ops group=full password=correct");
  EXPECT_FALSE(by_key("ops", rsa));
  quietly("/user ssh-keys add user=ops key=\"" + public_line(*rsa) + "\"");
  EXPECT_TRUE(by_key("ops", rsa));
  EXPECT_FALSE(by_key("ops", bench_.key)) << "somebody else's";
  EXPECT_FALSE(by_password("ops", "correct")) << "FACTS 5.4: a user with a key has no password";
  quietly("/ip ssh set always-allow-password-login=yes");
  EXPECT_TRUE(by_password("ops", "correct"));
  quietly("/ip ssh set always-allow-password-login=no");
  quietly("/user ssh-keys remove [find user=ops]");
  EXPECT_FALSE(by_key("ops", rsa));
  EXPECT_TRUE(by_password("ops", "correct"));
}

TEST_F(Login, IsALineOfTheLogAndSoIsItsFailure) {
  { EXPECT_TRUE(by_password("admin", "secret")); }
  EXPECT_FALSE(by_password("root\x1b[2J", "x"));
  EXPECT_TRUE(bench_.nothing_held());
  std::string const log = at_console("/log print");
  EXPECT_THAT(log, HasSubstr("system,info,account user admin logged in from 127.0.0.1 via ssh\r\n"));
  EXPECT_THAT(log, HasSubstr("system,info,account user admin logged out from 127.0.0.1 via ssh\r\n"));
  EXPECT_THAT(log,
              HasSubstr("system,error,critical login failure for user root?[2J from 127.0.0.1 via ssh\r\n"));
}

TEST_F(Login, AnIdleShellIsLoggedOutWhereThePolicySaysSo) {
  quietly("/user set admin inactivity-timeout=1s");
  quietly("/user add name=ops group=full password=x inactivity-timeout=1s inactivity-policy=logout");
  TestClient stays(bench_.server->port()), leaves(bench_.server->port());
  ASSERT_TRUE(stays.connect() && stays.log_in("admin", "secret") && stays.open_shell());
  ASSERT_TRUE(leaves.connect() && leaves.log_in("ops", "x") && leaves.open_shell());
  EXPECT_TRUE(Bench::eventually([&] { return bench_.device->counters().channels == 1; }));
  stays.read_until("> ");
  stays.type(":put still-here\r");
  EXPECT_THAT(stays.read_until("still-here\r\n"), HasSubstr("still-here"));
}

TEST_F(Login, TheHostKeyIsOfTheTypeTheSettingsSay) {
  EXPECT_EQ(at_console(":put [/ip ssh get host-key-type]"), "ed25519\r\n")
      << "the option's, told to the device";
  auto const shown = [&] {
    TestClient client(bench_.server->port());
    EXPECT_TRUE(client.connect()) << client.error();
    return client.host_key();
  };
  std::string const before = shown();
  EXPECT_THAT(before, StartsWith("ssh-ed25519 "));
  quietly("/ip ssh set host-key-type=rsa");
  EXPECT_THAT(shown(), StartsWith("ssh-rsa "));
  EXPECT_EQ(shown(), bench_.server->host_key());
  quietly("/ip ssh set host-key-type=ed25519");
  EXPECT_EQ(shown(), before);
}

TEST_F(Login, TheSettingsDecideWhatIsOffered) {
  // Whether a client that has nothing but this gets in.
  auto const agrees = [&](std::string const& kex, std::string const& cipher, std::string const& mac) {
    TestClient client(bench_.server->port());
    client.offer_only(kex, cipher, mac);
    return client.connect();
  };
  std::string const kex = "curve25519-sha256", ctr = "aes128-ctr", mac = "hmac-sha2-256";
  EXPECT_TRUE(agrees(kex, ctr, mac));
  EXPECT_TRUE(agrees("diffie-hellman-group14-sha1", ctr, "hmac-sha1"));
  EXPECT_FALSE(agrees(kex, "aes128-cbc", mac));
  EXPECT_FALSE(agrees(kex, "chacha20-poly1305@openssh.com", mac));
  quietly("/ip ssh set strong-crypto=yes");
  EXPECT_TRUE(agrees(kex, ctr, mac));
  EXPECT_FALSE(agrees("diffie-hellman-group14-sha1", ctr, mac));
  EXPECT_FALSE(agrees(kex, ctr, "hmac-sha1"));
  quietly("/ip ssh set ciphers=aes-cbc");
  EXPECT_TRUE(agrees(kex, "aes256-cbc", mac));
  EXPECT_FALSE(agrees(kex, ctr, mac));
  quietly("/ip ssh set ciphers=null");
  EXPECT_FALSE(agrees(kex, ctr, mac));
  quietly("/ip ssh set ciphers=auto");
  EXPECT_TRUE(agrees(kex, ctr, mac));
}

TEST(Limits, TheDeviceCountsSessions) {
  ServerOptions options;
  options.device_limits_sessions = true;
  Bench bench(Bench::without_latency(), options);
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(bench.client());
  TestClient one_more(bench.server->port());
  EXPECT_FALSE(one_more.connect()) << "FACTS 3: max-sessions is 20";
  EXPECT_EQ(clients[0]->exec("/ip service set ssh max-sessions=21").output, "");
  bench.client();
  EXPECT_EQ(clients[0]->exec("/ip service set ssh max-sessions=20").output, "");
  clients.pop_back();
  EXPECT_TRUE(Bench::eventually([&] { return bench.device->counters().sessions == 19; }));
  bench.client();
}

TEST(Limits, AConnectionHasSoManyChannels) {
  auto options = Bench::without_latency();
  options.channel_limit = 2;
  Bench bench(options);
  auto const client = bench.client();
  bench.inject("slow", {{"busy", "1h"}, {"contains", "wait"}});
  client->begin(":put wait");
  client->begin(":put wait");
  EXPECT_FALSE(client->exec(":put third").opened);
  EXPECT_EQ(bench.client()->exec(":put other").output, "other\r\n") << "another connection has its own";
}

}  // namespace
}  // namespace rdssim::ssh
