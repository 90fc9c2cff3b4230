// Permissions by group policy (FACTS 5.11), per profile, for every implemented command.
#include "simulator/routeros/permissions.h"

#include <gtest/gtest.h>

#include <iostream>

#include "simulator/routeros/device.h"
#include "simulator/routeros/profile.h"

namespace rdssim::routeros {
namespace {

std::unique_ptr<Device> device_of(std::string const& profile) {
  return *Device::from_state(R"({"profile": ")" + profile + R"(", "users": [
    {"name": "boss"}, {"name": "reader", "group": "read"}, {"name": "writer", "group": "write"},
    {"name": "nobody", "group": "none"}, {"name": "off", "disabled": true}],
    "user-groups": [{"name": "full", "policy": ["ssh", "ftp", "read", "write", "policy", "test", "reboot"]},
                    {"name": "read", "policy": ["ssh", "read", "test"]},
                    {"name": "write", "policy": ["ssh", "read", "write", "test"]},
                    {"name": "none", "policy": []}]})",
                             1);
}

std::string run(Device& device, std::string const& user, std::string const& line) {
  SessionOptions session;
  session.user = user;
  return device.execute(session, line, {}).output;
}

std::string refused(std::string const& profile, std::string const& command) {
  bool const suffix = find_profile(profile)->error_suffix;
  return "not enough permissions (9)" + (suffix ? " (" + command + "; line 1)" : std::string()) + "\r\n";
}

TEST(Permissions, ReadersReadAndWritersWrite) {
  for (auto const& profile : Device::profile_names()) {
    auto const device = device_of(profile);
    EXPECT_EQ(run(*device, "reader", "/disk print count-only"), "0\r\n") << profile;
    EXPECT_EQ(run(*device, "reader", "/file add name=x"), refused(profile, "/file/add"));
    EXPECT_TRUE(device->files().empty()) << "nothing was done";
    EXPECT_EQ(run(*device, "writer", "/file add name=x"), "");
    EXPECT_EQ(run(*device, "nobody", "/disk print"), refused(profile, "/disk/print"));
    EXPECT_EQ(run(*device, "off", "/file remove x"), refused(profile, "/file/remove"));
    EXPECT_EQ(run(*device, "boss", "/file remove x"), "");
    EXPECT_EQ(run(*device, "somebody-of-rds-sim", "/file add name=y"), "") << "no row of /user: everything";
  }
}

TEST(Permissions, AScriptStopsThereUnlessItCatches) {
  auto const device = device_of("7.24");
  EXPECT_EQ(run(*device, "reader", ":put a;/file add name=x;:put b"), "a\r\n" + refused("7.24", "/file/add"));
  EXPECT_EQ(run(*device, "reader", ":onerror e in={/file add name=x} do={:put \"got $e\"}"),
            "got not enough permissions (9) (/file/add; line 1)\r\n");
}

TEST(Permissions, EveryImplementedCommandNeedsWhatItsKindNeeds) {
  int commands = 0;
  for (auto const& profile : Device::profile_names()) {
    auto const device = device_of(profile);
    for (auto const& command : implemented_commands(profile)) {
      auto const slash = command.rfind('/');
      auto const menu = command.substr(0, slash);
      auto const needed = needed_policies(menu, command.substr(slash + 1));
      auto const answer = run(*device, "nobody", command);
      if (needed.empty()) {
        EXPECT_EQ(answer.find("permissions"), std::string::npos) << command;
      } else {
        EXPECT_EQ(answer, refused(profile, command));
      }
      ++commands;
    }
  }
  std::cout << "commands refused to a user without policies: " << commands << "\n";
  EXPECT_GT(commands, 80);
}

TEST(Permissions, BuiltInGroupsAreTheDocumentedOnes) {
  auto const groups = built_in_groups();
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_FALSE(groups[0].policies.contains("write"));
  EXPECT_TRUE(groups[1].policies.contains("write"));
  EXPECT_FALSE(groups[1].policies.contains("policy"));
  EXPECT_EQ(groups[2].policies.size(), all_policies().size());
  auto const device = *Device::make("7.21", std::int64_t{1} << 30, 1);
  EXPECT_TRUE(device->policies("admin").contains("ssh"));
}

TEST(Permissions, UsersAndGroupsSurviveAStateFile) {
  auto const saved = device_of("7.21")->save_state();
  auto const again = *Device::from_state(saved, 1);
  EXPECT_EQ(again->save_state(), saved);
  EXPECT_EQ(run(*again, "reader", "/file add name=x"), refused("7.21", "/file/add"));
  auto const bad = Device::from_state(R"({"user-groups": [{"name": "a", "policy": ["fly"]}]})", 1);
  ASSERT_FALSE(bad.ok());
  EXPECT_NE(bad.status().message().find("$.user-groups[0].policy"), std::string::npos);
}

}  // namespace
}  // namespace rdssim::routeros
