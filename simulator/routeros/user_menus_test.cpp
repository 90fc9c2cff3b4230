// Users, groups and keys made on the console: who may do what afterwards, by profile.
#include <gtest/gtest.h>

#include "simulator/routeros/device.h"

namespace rdssim::routeros {
namespace {

constexpr char const* kEd25519 =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHJ5wcL1gRXC8E/aVQYp8MEGO9XlD0iE/doCk7nBhdV5";
constexpr char const* kEcdsa =
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBA61Yh5wcq45/"
    "+PwoxcpZ1LeYXiBHZuGVxJ+23Gk5QBqE9HXEkGX8dFbDFtx4BB7NeKSYhj1KvVgBikLoIUtAAw=";

struct Bench {
  explicit Bench(std::string const& profile = "7.21")
      : device(*Device::make(profile, std::int64_t{1} << 40, 1)) {}
  std::string run(std::string const& line, std::string const& user = "admin") {
    SessionOptions session;
    session.user = user;
    return device->execute(session, line, {}).output;
  }
  std::unique_ptr<Device> device;
};

TEST(Users, AreAddedWithAGroupAndMayDoWhatItAllows) {
  Bench bench;
  EXPECT_EQ(bench.run("/user group add name=csi policy=ssh,read,write,test"), "");
  EXPECT_EQ(bench.run("/user add name=csi group=csi password=secret"), "");
  EXPECT_EQ(bench.run("/disk add type=file file-path=storage-pool/a.img file-size=1G slot=a", "csi"), "");
  EXPECT_EQ(bench.run("/user add name=evil group=full password=x", "csi"),
            "not enough permissions (9) (/user/add; line 1)\r\n");
  EXPECT_EQ(bench.run("/user group set csi policy=ssh,read"), "");
  EXPECT_EQ(bench.run("/disk remove a", "csi"), "not enough permissions (9) (/disk/remove; line 1)\r\n");
  EXPECT_EQ(bench.run("/user disable csi"), "");
  EXPECT_EQ(bench.run(":put [/disk get a slot]", "csi"),
            "not enough permissions (9) (/disk/get; line 1)\r\n");
}

TEST(Users, ErrorsAreTheCapturedOnes) {
  // errors-add-without-arguments-7.20.8-chr, FACTS 2.5.
  Bench bench;
  EXPECT_EQ(bench.run("/user/add"), "missing value(s) of argument(s) name group password\r\n");
  EXPECT_EQ(bench.run("/user/group/add"), "failure: invalid group name (/user/group/add; line 1)\r\n");
  EXPECT_EQ(
      bench.run("/user/ssh-keys/add"),
      "failure: unable to load key file (wrong format or bad passphrase)! (/user/ssh-keys/add; line 1)\r\n");
  EXPECT_EQ(bench.run("/user add name=admin group=full password=x"),
            "failure: user with the same name already exists (/user/add; line 1)\r\n");
  EXPECT_EQ(bench.run("/user add name=x group=wheel password=x"),
            "input does not match any value of group\r\n");
  EXPECT_EQ(bench.run("/user group add name=g policy=fly"), "input does not match any value of policy\r\n");
}

TEST(Users, NothingPrintsAPassword) {
  Bench bench("7.24");
  bench.run("/user add name=csi group=read password=hunter2 comment=driver");
  for (auto const* command :
       {"/user print", "/user print detail", "/user print terse", ":put [/user print as-value]",
        ":put [/user get csi]", "/user print show-sensitive"})
    EXPECT_EQ(bench.run(command).find("hunter2"), std::string::npos) << command;
  EXPECT_EQ(bench.run(":put [/user get csi comment]"), "driver\r\n");
}

TEST(Users, ARenamedGroupKeepsItsMembersAndARemovedOneLeavesThemWithoutRights) {
  Bench bench;
  bench.run("/user group add name=a policy=read");
  bench.run("/user add name=u group=a password=x");
  bench.run("/user group set a name=b");
  EXPECT_EQ(bench.run(":put [/user get u group]"), "b\r\n");
  EXPECT_EQ(bench.run(":put [/user group get b policy]").substr(0, 10), "read,!loca");
  bench.run("/user group remove b");
  EXPECT_EQ(bench.run("/disk print", "u"), "not enough permissions (9) (/disk/print; line 1)\r\n");
}

TEST(UserKeys, AreReadAndBelongToTheirUser) {
  Bench bench("7.24");
  bench.run("/user add name=csi group=full password=x");
  EXPECT_EQ(bench.run(std::string("/user ssh-keys add user=csi key=\"") + kEd25519 + " me@host\""), "");
  EXPECT_EQ(bench.run(":put [/user ssh-keys get 0 key-type]"), "ed25519\r\n");
  EXPECT_EQ(bench.run(":put [/user ssh-keys get 0 bits]"), "256\r\n");
  EXPECT_EQ(bench.run(":put [/user ssh-keys get 0 info]"), "me@host\r\n");
  auto const saved = bench.device->save_state();
  EXPECT_EQ((*Device::from_state(saved, 1))->save_state(), saved);
  bench.run("/user remove csi");
  EXPECT_EQ(bench.run("/user ssh-keys print count-only"), "0\r\n");
}

TEST(UserKeys, AKeyEndsPasswordsUnlessSshSaysOtherwise) {
  for (auto const& [profile, allow] : {std::pair{"7.16", "always-allow-password-login=yes"},
                                       std::pair{"7.24", "password-authentication=yes"}}) {
    Bench bench(profile);
    bench.run("/user add name=csi group=full password=x");
    EXPECT_TRUE(bench.device->login_rules("csi").password_allowed);
    bench.run(std::string("/user ssh-keys add user=csi key=\"") + kEd25519 + "\"");
    EXPECT_FALSE(bench.device->login_rules("csi").password_allowed) << "FACTS 5.4";
    EXPECT_EQ(bench.device->login_rules("csi").keys, std::vector<std::string>{kEd25519});
    EXPECT_EQ(bench.run(std::string("/ip ssh set ") + allow), "");
    EXPECT_TRUE(bench.device->login_rules("csi").password_allowed) << profile;
  }
  Bench bench;
  bench.run("/user group add name=nossh policy=read,winbox");
  bench.run("/user add name=w group=nossh password=x");
  EXPECT_FALSE(bench.device->login_rules("w").ssh);
  EXPECT_FALSE(bench.device->login_rules("nobody").known);
}

TEST(UserKeys, EcdsaAndRubbishAreRefused) {
  Bench bench("7.16");
  for (std::string const key : {kEcdsa, "ssh-rsa AAAA", "rubbish", "ssh-ed25519 !!!!"}) {
    EXPECT_EQ(bench.run("/user ssh-keys add user=admin key=\"" + key + "\""),
              "failure: unable to load key file (wrong format or bad passphrase)!\r\n")
        << key;
  }
}

TEST(UserKeys, AnImportedFileIsGone) {
  Bench bench("7.16");
  bench.run(std::string("/file add name=k.pub contents=\"") + kEd25519 + " me\"");
  EXPECT_EQ(bench.run("/user ssh-keys import public-key-file=k.pub user=admin"), "");
  EXPECT_EQ(bench.run(":put [/user ssh-keys get 0 key-owner]"), "me\r\n");
  EXPECT_EQ(bench.run(":put [:len [/file find name=k.pub]]"), "0\r\n");
}

}  // namespace
}  // namespace rdssim::routeros
