// The README leads from zero to a connected volume: its commands are taken from its text and run as they
// stand, in order, in a lab guest that is the newcomer's machine: rds-sim, ssh and nvme all on its loopback.
// Setup and build are not run again; they are checked to be what CI runs. Method: guest_machine.h.
#include "e2e/kernel_lab/readme_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/testing/temporary_directory.h"
#include "e2e/kernel_lab/guest_machine.h"

namespace lab {
namespace {

using ::testing::HasSubstr;

std::string text_of(std::string const& path) {
  std::ifstream file(RDSCSI_SOURCE_ROOT "/" + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string joined(std::vector<std::string> const& lines) {
  std::string text;
  for (std::string const& line : lines) text += line + "\n";
  return text;
}

TEST(ReadmeCommands, SetupAndBuildAreThoseOfCi) {
  auto const commands = read_commands(text_of("simulator/README.md"));
  ASSERT_EQ(commands.build.size(), 2U);
  EXPECT_EQ(commands.build[0], "./ci/setup.sh");
  EXPECT_THAT(text_of("ci/test.sh"), HasSubstr("\nci/setup.sh\n"));
  std::string const preset = option_of(commands.build[1], "--preset");
  auto const presets = nlohmann::json::parse(text_of("CMakePresets.json"));
  bool known = false;
  for (auto const& one : presets.at("configurePresets")) known = known || one.at("name") == preset;
  EXPECT_TRUE(known) << "CMakePresets.json has no preset `" << preset << "`";
  EXPECT_EQ(option_of(commands.build[1], "--build"), "build/" + preset);
  std::string const target = option_of(commands.build[1], "--target");
  EXPECT_THAT(commands.server, HasSubstr("build/" + preset + "/bin/" + target + " "));
  EXPECT_THAT(text_of("ci/replay.sh"), HasSubstr("build " + preset)) << "CI builds that preset";
  EXPECT_THAT(text_of("ci/replay.sh"), HasSubstr(" " + target));
  std::cout << "setup and build commands: " << commands.build.size() << " checked\n";
}

TEST(ReadmeCommands, WhatTheReadmeSaysIsWhatRuns) {
  std::string readme = text_of("simulator/README.md");
  auto const before = guest_script(read_commands(readme));
  struct Change {
    char const *from, *to;
  };
  Change const changes[] = {{"file-size=1G", "file-size=2G"},
                            {"--listen 127.0.0.1:2222", "--listen 127.0.0.1:2223"},
                            {"nvme discover -t tcp", "nvme discover -t rdma"},
                            {"/disk print detail where", "/disk print where"},
                            {"password: rds-sim", "password: other"}};
  for (auto const& [from, to] : changes) {
    std::string changed = readme;
    ASSERT_NE(changed.find(from), std::string::npos) << from;
    changed.replace(changed.find(from), std::string(from).size(), to);
    EXPECT_NE(guest_script(read_commands(changed)), before) << from;
  }
  std::string unknown = readme;
  unknown.replace(unknown.find("nvme discover"), 4, "nvma");
  EXPECT_THROW(read_commands(unknown), std::runtime_error);
  EXPECT_THROW(read_commands("# rds-sim\n"), std::runtime_error);
  std::cout << "changes of the README: " << std::size(changes) << " checked\n";
}

TEST(ReadmeCommands, TheyLeadToAConnectedVolume) {
  auto const commands = read_commands(text_of("simulator/README.md"));
  rdscsi::base::testing::TemporaryDirectory directory;
  GuestOptions options;
  options.image = image_folder(LAB_IMAGE_FOLDER);
  options.script = guest_script(commands);
  auto const program = commands.server.substr(0, commands.server.find(' '));
  add_program(options, RDS_SIM_PROGRAM, "/" + program, directory.path());
  add_program(options, "ssh", "/usr/bin/ssh", directory.path());
  add_program(options, "sshpass", "/usr/bin/sshpass", directory.path());
  Boot const guest = boot(options);
  ASSERT_TRUE(guest.ended) << guest.console;
  SCOPED_TRACE(guest.console);
  int ran = 0;
  for (Step const& step : guest.steps) {
    for (Ran const& command : step.commands) {
      ++ran;
      EXPECT_EQ(command.exit, 0) << command.command << "\n" << joined(command.out) << joined(command.err);
    }
    for (std::string const& wait : step.waits) EXPECT_THAT(wait, ::testing::StartsWith("ok"));
  }
  Ran const& console = guest.step("console").commands.at(0);
  EXPECT_THAT(joined(console.out), HasSubstr(commands.prompt)) << "the prompt that the README shows";
  EXPECT_THAT(joined(console.out), HasSubstr("nvme-tcp-export=yes"));
  auto const nqn = option_of(commands.host.back(), "-n");
  EXPECT_THAT(joined(guest.step("host").commands.at(0).out), HasSubstr("subnqn:  " + nqn));
  EXPECT_EQ(guest.step("host").values.at("size"), "2097152") << "file-size=1G in blocks";
  auto const& volume = guest.step("volume").values;
  EXPECT_EQ(volume.at("written"), volume.at("read"));
  EXPECT_GT(volume.at("read").size(), 64U);
  std::cout << "README commands: " << commands.console.size() + commands.host.size() + 2 << " as they stand, "
            << ran << " commands in the guest\n";
  EXPECT_GT(ran, 8);
}

}  // namespace
}  // namespace lab
