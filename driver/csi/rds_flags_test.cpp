// The file of -rds-config: what RDSes come out of it, and how each mistake in it reads.
#include "csi/rds_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "csi/testing/key_files.h"

namespace rdscsi::csi {
namespace {

using ::testing::HasSubstr;

class RdsConfig : public ::testing::Test {
 protected:
  CommandLine parse(std::string const& config, std::vector<std::string> const& more = {}) {
    std::ofstream(path()) << config;
    std::vector<std::string> arguments = {"-controller", "-rds-config=" + path(),
                                          "-rds-key-file=" + keys_.file("key"),
                                          "-rds-host-key=" + keys_.file("key.pub")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return parse_command_line(arguments);
  }
  std::string mistake(std::string const& config, std::vector<std::string> const& more = {}) {
    auto const result = parse(config, more);
    EXPECT_FALSE(result.settings) << config;
    EXPECT_EQ(result.exit_code, 2);
    return result.standard_error;
  }
  std::string path() const { return keys_.file("rdses.yaml"); }

  testing::KeyFiles keys_;
};

TEST_F(RdsConfig, NamesTheRdsesAndWhatIsNotTheSameForAll) {
  auto const result = parse(R"(
rds:
  - name: default
    address: 10.42.68.1
    volume-base-path: /storage-pool/metal-csi
  - name: rack7
    address: 10.42.7.1
    port: 2222
    user: csi7
    nvme-address: 10.43.7.1
    volume-base-path: /pool7/csi
    channels: 4
    slot-style: compact
)",
                            {"-rds-user=csi", "-cluster-id=east"});
  ASSERT_TRUE(result.settings) << result.standard_error;
  auto const& devices = result.settings->driver.devices;
  ASSERT_EQ(devices.size(), 2U);
  EXPECT_EQ(devices[0].name, "default");
  EXPECT_EQ(devices[0].endpoint.user, "csi") << "the flag is what an entry does not say";
  EXPECT_EQ(devices[0].endpoint.port, 22);
  EXPECT_EQ(devices[0].connection.channels_max, 8);
  EXPECT_EQ(devices[1].name, "rack7");
  EXPECT_EQ(devices[1].endpoint.address, "10.42.7.1");
  EXPECT_EQ(devices[1].endpoint.port, 2222);
  EXPECT_EQ(devices[1].endpoint.user, "csi7");
  EXPECT_EQ(devices[1].endpoint.private_key_file, keys_.file("key"));
  EXPECT_EQ(devices[1].nvme_address, "10.43.7.1");
  EXPECT_EQ(devices[1].territory.base_path, "/pool7/csi");
  EXPECT_EQ(devices[1].territory.cluster_id, "east");
  EXPECT_EQ(devices[1].territory.slot_style, rds::SlotStyle::compact);
  EXPECT_EQ(devices[1].connection.channels_max, 4);
}

TEST_F(RdsConfig, EveryMistakeNamesTheFileTheLineAndWhatWouldBeRight) {
  std::string const start = "rds:\n  - name: rack7\n    address: 10.0.0.1\n    volume-base-path: /p/csi\n";
  struct Wrong {
    std::string config;
    std::vector<std::string> says;
  };
  std::vector<Wrong> const wrongs = {
      {"", {"expected a list of RDSes under `rds:`"}},
      {"rds: []\n", {"line 1", "the list is empty"}},
      {"rds: [\n", {"no YAML"}},
      {start + "    adress: x\n", {"line 5", "'adress' is no key of an RDS; did you mean address?"}},
      {start + "    port: 70000\n", {"line 5: port: '70000': expected a whole number from 1 to 65535"}},
      {start + "    port: [1]\n", {"line 5: port: expected one value"}},
      {start + "    nvme-address: host\n", {"line 5: nvme-address: 'host': expected an IPv4"}},
      {start + "    key-file: /nonexistent\n", {"rack7: ", "/nonexistent"}},
      {start + "  - name: rack7\n    address: 10.0.0.2\n    volume-base-path: /p\n",
       {"line 5", "name: 'rack7': two RDSes have it"}},
      {"rds:\n  - name: Rack\n    address: 10.0.0.1\n", {"line 2", "name: 'Rack': expected at most 32"}},
      {"rds:\n  - name: rack7\n    volume-base-path: /p\n", {"rds-address", "''", "expected the RDS's IP"}},
  };
  for (auto const& [config, says] : wrongs) {
    std::string const text = mistake(config);
    for (auto const& part : says) EXPECT_THAT(text, HasSubstr(part)) << config;
    EXPECT_EQ(text.find('\n'), std::string::npos);
  }
  std::printf("mistakes in the file of -rds-config: %zu\n", wrongs.size());
}

TEST_F(RdsConfig, AnAddressIsGivenInOnePlace) {
  EXPECT_THAT(mistake("rds: []\n", {"-rds-address=10.0.0.1"}),
              HasSubstr("--rds-address: '10.0.0.1': expected either this flag or -rds-config"));
  auto const nowhere = parse_command_line({"-controller", "-rds-config=/nonexistent/f"});
  EXPECT_THAT(nowhere.standard_error, HasSubstr("--rds-config: '/nonexistent/f'"));
}

}  // namespace
}  // namespace rdscsi::csi
