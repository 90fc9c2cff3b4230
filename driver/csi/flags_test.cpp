// The command line: what settings come out, and that the documentation says the same. Wrong command lines are
// tried on the program itself in command_line_test.cpp.
#include "csi/flags.h"

#include <fstream>
#include <sstream>

#include "csi/testing/key_files.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rdscsi::csi {
namespace {

using ::testing::HasSubstr;
using testing::KeyFiles;

class Flags : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { keys_ = new KeyFiles; }
  static void TearDownTestSuite() {
    delete keys_;
    keys_ = nullptr;
  }

  // A right command line, and `more`.
  static CommandLine parse(std::vector<std::string> const& more = {}) {
    std::vector<std::string> arguments = {
        "-controller", "-rds-address=10.42.68.1", "-rds-key-file=" + keys_->file("key"),
        "-rds-host-key=" + keys_->file("key.pub"), "-rds-volume-base-path=/storage-pool/metal-csi"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return parse_command_line(arguments);
  }
  static Settings settings(std::vector<std::string> const& more = {}) {
    auto const result = parse(more);
    EXPECT_TRUE(result.settings) << result.standard_error;
    return result.settings.value_or(Settings{});
  }

  static KeyFiles* keys_;
};

KeyFiles* Flags::keys_ = nullptr;

TEST_F(Flags, DefaultsAreTheGoDrivers) {
  auto const s = settings();
  EXPECT_EQ(grpc_target(s.server.address), "unix:/var/lib/kubelet/plugins/rds.csi.srvlab.io/csi.sock");
  EXPECT_EQ(s.server.workers, 32);
  EXPECT_EQ(s.driver.driver_name, "rds.csi.srvlab.io");
  EXPECT_EQ(s.driver.devices[0].endpoint.address, "10.42.68.1");
  EXPECT_EQ(s.driver.devices[0].endpoint.port, 22);
  EXPECT_EQ(s.driver.devices[0].endpoint.user, "admin");
  EXPECT_FALSE(s.driver.devices[0].endpoint.insecure_skip_host_key_verification);
  EXPECT_EQ(s.driver.devices[0].connection.channels_max, 8);
  EXPECT_EQ(s.driver.devices[0].connection.heartbeat_interval, std::chrono::seconds(5));
  EXPECT_EQ(s.driver.devices[0].connection.connect_timeout, std::chrono::seconds(10));
  EXPECT_EQ(s.driver.devices[0].connection.command_timeout, std::chrono::seconds(30));
  EXPECT_EQ(s.driver.devices[0].territory.base_path, "/storage-pool/metal-csi");
  EXPECT_EQ(s.driver.devices[0].territory.cluster_id, "default");
  EXPECT_EQ(s.driver.devices[0].territory.slot_style, rds::SlotStyle::automatic);
  EXPECT_EQ(s.log_level, base::LogLevel::info);
  EXPECT_EQ(s.log_format, base::LogFormat::text);
  EXPECT_TRUE(s.warnings.empty());
  EXPECT_TRUE(s.notes.empty());
  ASSERT_TRUE(s.monitoring);
  EXPECT_EQ(s.monitoring->address.host, "");
  EXPECT_EQ(s.monitoring->address.port, 9809);
  EXPECT_EQ(s.monitoring->interval, std::chrono::seconds(60));
  EXPECT_TRUE(s.driver.fencing);
  EXPECT_EQ(s.driver.nodes, nullptr);
}

TEST_F(Flags, EveryValueArrives) {
  auto const s = settings({"--endpoint",
                           "tcp://127.0.0.1:9000",
                           "-driver-name=other.example",
                           "-rds-port",
                           "2222",
                           "-rds-user=csi",
                           "-rds-channels=4",
                           "-rds-heartbeat=10s",
                           "-rds-connect-timeout=1m",
                           "-rds-command-timeout=1m30s",
                           "-cluster-id=east",
                           "-slot-style=compact",
                           "-v=5",
                           "-log-format=json",
                           "-rpc-workers=3",
                           "-metrics-address=",
                           "-logtostderr",
                           "-vmodule=x=1",
                           "-device-fencing=false",
                           "-nodes-file=/dev/null"});
  EXPECT_FALSE(s.monitoring);
  EXPECT_FALSE(s.driver.fencing);
  ASSERT_NE(s.driver.nodes, nullptr);
  EXPECT_TRUE(s.driver.nodes->complete());
  EXPECT_EQ(grpc_target(s.server.address), "127.0.0.1:9000");
  EXPECT_EQ(s.server.workers, 3);
  EXPECT_EQ(s.driver.driver_name, "other.example");
  EXPECT_EQ(s.driver.devices[0].endpoint.port, 2222);
  EXPECT_EQ(s.driver.devices[0].endpoint.user, "csi");
  EXPECT_EQ(s.driver.devices[0].connection.channels_max, 4);
  EXPECT_EQ(s.driver.devices[0].connection.heartbeat_interval, std::chrono::seconds(10));
  EXPECT_EQ(s.driver.devices[0].connection.connect_timeout, std::chrono::minutes(1));
  EXPECT_EQ(s.driver.devices[0].connection.command_timeout, std::chrono::seconds(90));
  EXPECT_EQ(s.driver.devices[0].territory.cluster_id, "east");
  EXPECT_EQ(s.driver.devices[0].territory.slot_style, rds::SlotStyle::compact);
  EXPECT_EQ(s.log_level, base::LogLevel::debug);
  EXPECT_EQ(s.log_format, base::LogFormat::json);
  EXPECT_TRUE(s.notes.empty());
}

TEST_F(Flags, OrphansAreLookedForWhenAskedForAndKeptUnlessToldOtherwise) {
  EXPECT_FALSE(settings({"-orphan-dry-run=false"}).driver.orphans.has_value());
  auto const reports = settings({"-enable-orphan-reconciler"}).driver.orphans;
  ASSERT_TRUE(reports.has_value());
  EXPECT_TRUE(reports->dry_run);
  EXPECT_EQ(reports->interval, std::chrono::hours(1));
  EXPECT_EQ(reports->grace, std::chrono::minutes(5));
  auto const removes = settings({"-enable-orphan-reconciler", "-orphan-dry-run=false",
                                 "-orphan-check-interval=10m", "-orphan-grace-period=1h"});
  EXPECT_FALSE(removes.driver.orphans->dry_run);
  EXPECT_EQ(removes.driver.orphans->interval, std::chrono::minutes(10));
  EXPECT_EQ(removes.driver.orphans->grace, std::chrono::hours(1));
  ASSERT_EQ(removes.notes.size(), 1U);
  EXPECT_THAT(removes.notes[0], HasSubstr("Kubernetes"));
}

TEST_F(Flags, TheLastOneCounts) {
  EXPECT_EQ(settings({"-rds-port=1", "-rds-port=2"}).driver.devices[0].endpoint.port, 2);
}

TEST_F(Flags, AnEncryptedKeyNeedsItsPassphrase) {
  auto const key = "-rds-key-file=" + keys_->file("locked");
  EXPECT_EQ(parse({key}).exit_code, 2);
  EXPECT_EQ(settings({key, "-rds-key-passphrase-file=" + keys_->file("passphrase")})
                .driver.devices[0]
                .endpoint.passphrase_file,
            keys_->file("passphrase"));
}

TEST_F(Flags, TheInsecureFlagIsTakenAndWarnedAbout) {
  auto const s = settings({"-rds-host-key=", "-rds-insecure-skip-verify"});
  EXPECT_TRUE(s.driver.devices[0].endpoint.insecure_skip_host_key_verification);
  ASSERT_EQ(s.warnings.size(), 1U);
  EXPECT_THAT(s.warnings[0], HasSubstr("any host key is accepted"));
}

TEST_F(Flags, VersionAndHelpEndWell) {
  auto const version_line = parse_command_line({"-version"});
  EXPECT_EQ(version_line.exit_code, 0);
  EXPECT_EQ(version_line.standard_output, "rds.csi.srvlab.io " + std::string(version()) + "\n");
  auto const help = parse_command_line({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (auto const& flag : flag_table()) {
    EXPECT_THAT(help.standard_output, HasSubstr("  -" + std::string(flag.name)));
  }
}

TEST_F(Flags, TheDocumentationListsEveryFlagWithItsDefaultAndMeaning) {
  std::ifstream file("../docs/configuration.md");
  ASSERT_TRUE(file);
  std::ostringstream text;
  text << file.rdbuf();
  int rows = 0;
  for (auto const& flag : flag_table()) {
    std::string const fallback = flag.fallback.empty() ? "empty" : "`" + std::string(flag.fallback) + "`";
    EXPECT_THAT(text.str(),
                HasSubstr("| `" + std::string(flag.name) + "` | " + (flag.boolean ? "boolean" : "value") +
                          " | " + fallback + " | " + std::string(flag.help) + " |\n"));
    ++rows;
  }
  EXPECT_GE(rows, 40);
}

}  // namespace
}  // namespace rdscsi::csi
