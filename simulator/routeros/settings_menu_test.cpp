// Menus of one item, and the switch-off commands: what an operator reads and sets, by profile.
#include <gtest/gtest.h>

#include "simulator/routeros/device.h"

namespace rdssim::routeros {
namespace {

struct Bench {
  explicit Bench(std::string const& profile) : device(*Device::make(profile, std::int64_t{1} << 40, 1)) {}
  std::string run(std::string const& line) { return device->execute({}, line, {}).output; }
  std::unique_ptr<Device> device;
};

TEST(IpSsh, HasTheFieldsOfItsVersion) {
  // FACTS 5.12 names 7.16's.
  EXPECT_EQ(Bench("7.16").run("/ip ssh print"),
            "           forwarding-enabled: no\r\n"
            "  always-allow-password-login: no\r\n"
            "                strong-crypto: no\r\n"
            "            allow-none-crypto: no\r\n"
            "                host-key-size: 2048\r\n"
            "                host-key-type: rsa\r\n");
  EXPECT_NE(Bench("7.21").run("/ip ssh print").find("ciphers: auto"), std::string::npos);
  EXPECT_EQ(Bench("7.21").run(":put [/ip ssh get always-allow-password-login]"), "false\r\n");
  EXPECT_EQ(Bench("7.24").run(":put [/ip ssh get password-authentication]"), "yes-if-no-key\r\n");
  EXPECT_EQ(Bench("7.24").run(":put [/ip ssh get allow-none-crypto]"),
            "input does not match any value of value-name\r\n");
}

TEST(IpSsh, KeepsWhatIsSetAndRefusesWhatIsNoValue) {
  Bench bench("7.24");
  EXPECT_EQ(bench.run("/ip ssh set strong-crypto=yes host-key-type=ed25519 ciphers=aes-ctr,aes-gcm"), "");
  EXPECT_EQ(bench.run(":put [/ip ssh get ciphers]"), "aes-ctr,aes-gcm\r\n");
  EXPECT_EQ(bench.run(":put ([/ip ssh print as-value]->\"strong-crypto\")"), "true\r\n");
  EXPECT_EQ(bench.run("/ip ssh set host-key-type=ecdsa"),
            "input does not match any value of host-key-type\r\n");
  EXPECT_EQ(bench.run("/ip ssh set ciphers=chacha20"), "input does not match any value of ciphers\r\n");
  auto const saved = bench.device->save_state();
  auto again = *Device::from_state(saved, 1);
  EXPECT_EQ(again->save_state(), saved);
  EXPECT_EQ(again->execute({}, ":put [/ip ssh get host-key-type]", {}).output, "ed25519\r\n");
}

TEST(Settings, AStateFileSaysOnlyWhatExists) {
  for (std::string const wrong : {R"({"settings": {"/ip/ssh": {"colour": true}}})",
                                  R"({"settings": {"/ip/ssh": {"strong-crypto": "yes"}}})",
                                  R"({"settings": {"/nowhere": {"x": 1}}})"}) {
    auto const device = Device::from_state(wrong, 1);
    ASSERT_FALSE(device.ok()) << wrong;
    EXPECT_NE(std::string(device.status().message()).find("$.settings./"), std::string::npos)
        << device.status();
  }
}

TEST(DiskSettings, HasTheTemplateFrom717On) {
  EXPECT_EQ(Bench("7.16-stock").run("/disk settings print").find("default-mount-point-template"),
            std::string::npos);
  EXPECT_NE(Bench("7.24").run("/disk settings print").find("default-mount-point-template: [slot]\r\n"),
            std::string::npos);
}

TEST(Power, RebootAsksInAShellOnly) {
  Bench bench("7.21");
  EXPECT_EQ(bench.run("/system reboot"), "system will reboot shortly\r\n");
  EXPECT_EQ(bench.device->boot_stage(), BootStage::down);
  Bench shell("7.21");
  SessionOptions session;
  session.interactive = true;
  ExecutionHooks hooks;
  std::string asked;
  hooks.ask = [&](std::string_view prompt) {
    asked = prompt;
    return "n";
  };
  shell.device->execute(session, "/system reboot", hooks);
  EXPECT_EQ(asked, "Reboot, yes? [y/N]: ");
  EXPECT_EQ(shell.device->boot_stage(), BootStage::up);
}

TEST(Power, ShutdownStaysDownUntilSomebodyPowersItOn) {
  Bench bench("7.24");
  bench.run("/system shutdown");
  EXPECT_GT(bench.device->until_next_stage(), Duration(std::chrono::hours(1000)));
  bench.device->reboot();
  EXPECT_LT(bench.device->until_next_stage(), Duration(std::chrono::hours(1)));
}

TEST(Clock, ShowsTimeAndDate) {
  auto const text = Bench("7.24").run("/system clock print");
  std::string const before = "                  time: ";
  ASSERT_EQ(text.rfind(before, 0), 0U) << text;
  EXPECT_EQ(text.substr(before.size() + 2, 1), ":") << "hours, and no year: " << text;
  EXPECT_NE(text.find("time-zone-name: UTC\r\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace rdssim::routeros
