// StorageClass parameters: defaults, strictness, and what the messages say.
#include "csi/parameters.h"

#include "csi/driver.h"
#include "gtest/gtest.h"

namespace rdscsi::csi {
namespace {

ParameterDefaults const kDefaults{"10.42.68.1", "/storage-pool/metal-csi", "/storage-pool/metal-csi"};

base::StatusOr<VolumeParameters> parse(StringMap const& parameters) {
  return parse_parameters(parameters, kDefaults);
}

// "" when accepted, else the message; any other code than INVALID_ARGUMENT stands in front.
std::string problem(StringMap const& parameters) {
  auto const result = parse(parameters);
  if (result.ok()) return "";
  std::string const code(grpc_code_name(grpc_code(result.status())));
  return (code == "INVALID_ARGUMENT" ? "" : code + ": ") +
         std::string(result.status().message().data(), result.status().message().size());
}

TEST(Parameters, DefaultsAreTheGoDrivers) {
  auto const p = *parse({});
  EXPECT_EQ(p.rds_address, "10.42.68.1");
  EXPECT_EQ(p.nvme_address, "10.42.68.1");
  EXPECT_EQ(p.nvme_port, 4420);
  EXPECT_EQ(p.directory, "/storage-pool/metal-csi");
  EXPECT_EQ(p.ctrl_loss_tmo, -1);
  EXPECT_EQ(p.reconnect_delay, 5);
  EXPECT_EQ(p.keep_alive_tmo, 0);
  EXPECT_EQ(p.migration_timeout_seconds, 300);
}

TEST(Parameters, EveryValueIsTakenAsItIs) {
  auto const p = *parse({{"rdsAddress", "rds.example"},
                         {"nvmeAddress", "fd00::1"},
                         {"nvmePort", "65535"},
                         {"volumePath", "/storage-pool/metal-csi/fast disks"},
                         {"ctrlLossTmo", "600"},
                         {"reconnectDelay", "1"},
                         {"keepAliveTmo", "10"},
                         {"migrationTimeoutSeconds", "3600"}});
  EXPECT_EQ(p.rds_address, "rds.example");
  EXPECT_EQ(p.nvme_address, "fd00::1");
  EXPECT_EQ(p.nvme_port, 65535);
  EXPECT_EQ(p.directory, "/storage-pool/metal-csi/fast disks");
  EXPECT_EQ(p.ctrl_loss_tmo, 600);
  EXPECT_EQ(p.reconnect_delay, 1);
  EXPECT_EQ(p.keep_alive_tmo, 10);
  EXPECT_EQ(p.migration_timeout_seconds, 3600);
}

TEST(Parameters, W30ABadNumberIsRefusedAndNeverReplaced) {
  for (auto const* port :
       {"", "0", "65536", "44x", "x", "-1", "4420.0", " 4420", "04420", "+4420", "99999999999"}) {
    EXPECT_NE(problem({{"nvmePort", port}}).find("parameters.nvmePort: '" + std::string(port) + "'"),
              std::string::npos)
        << port;
  }
  EXPECT_NE(problem({{"ctrlLossTmo", "-2"}}), "");
  EXPECT_NE(problem({{"ctrlLossTmo", "2147483648"}}), "");
  EXPECT_NE(problem({{"reconnectDelay", "0"}}), "");
  EXPECT_NE(problem({{"keepAliveTmo", "-1"}}), "");
  for (auto const* seconds : {"29", "3601", "soon", "0", "-5"}) {
    EXPECT_NE(problem({{"migrationTimeoutSeconds", seconds}}).find("from 30 to 3600"), std::string::npos);
  }
}

TEST(Parameters, W30APathOutsideTheBaseIsTheCallersMistake) {
  for (auto const* path :
       {"/storage-pool/metal-csi-evil", "/storage-pool", "/", "", "storage-pool/metal-csi",
        "/storage-pool/metal-csi/", "/storage-pool//metal-csi/a", "/storage-pool/metal-csi/../x",
        "/storage-pool/metal-csi/.", "/storage-pool/metal-csi/a;b", "/storage-pool/metal-csi/$x",
        "/storage-pool/metal-csi/a\nb", "/storage-pool/metal-csi/\"x", "/storage-pool/metal-csi/[find]",
        "/storage-pool/metal-csi/\xC3\xA4"}) {
    EXPECT_NE(problem({{"volumePath", path}}).find("parameters.volumePath: "), std::string::npos) << path;
  }
  EXPECT_EQ(problem({{"volumePath", "/storage-pool/metal-csi"}}), "");
  EXPECT_EQ(problem({{"volumePath", "/storage-pool/metal-csi/a/b"}}), "");
}

TEST(Parameters, TheNvmeAddressIsAnAddress) {
  for (auto const* address :
       {"", "rds.example", "10.0.0", "10.0.0.256", "[::1]", "::1%eth0", "1.2.3.4:4420"}) {
    EXPECT_NE(problem({{"nvmeAddress", address}}).find("parameters.nvmeAddress"), std::string::npos)
        << address;
  }
  EXPECT_NE(problem({{"rdsAddress", "rds.example"}}).find("is a host name"), std::string::npos)
      << "it would be the default of nvmeAddress, and fail on the node only";
  EXPECT_NE(problem({{"rdsAddress", "10.0.0.300"}}).find("parameters.rdsAddress"), std::string::npos);
  EXPECT_NE(problem({{"rdsAddress", "a b"}}), "");
}

TEST(Parameters, AnUnknownKeyIsRefusedWithTheNearestKnownOne) {
  EXPECT_NE(problem({{"nvmeprot", "4420"}}).find("did you mean 'nvmePort'?"), std::string::npos);
  EXPECT_NE(problem({{"VolumePath", "/x"}}).find("did you mean 'volumePath'?"), std::string::npos);
  EXPECT_NE(problem({{std::string("\n\0", 2), ""}}).find(R"('\x0a\x00')"), std::string::npos);
}

TEST(Parameters, KeysOfKubernetesAndDeadKeysOfTheGoDriverAreAccepted) {
  EXPECT_EQ(problem({{"csi.storage.k8s.io/pvc/name", "data"}, {"csi.storage.k8s.io/pv/name", "pvc-1"}}), "");
  EXPECT_EQ(problem({{"csi.storage.k8s.io/fstype", "xfs"}}), "");
  EXPECT_NE(problem({{"csi.storage.k8s.io/fstype", "ntfs"}}).find("ext4, ext3 or xfs"), std::string::npos);
  EXPECT_EQ(problem({{"sshPort", "whatever"}, {"nqnPrefix", ""}, {"fsType", "ntfs"}}), "");
}

TEST(Parameters, TheCanonicalTextFollowsTheMeaning) {
  auto const text = [](StringMap const& parameters) { return canonical_text(*parse(parameters)); };
  EXPECT_EQ(text({}), text({{"nvmePort", "4420"}, {"sshPort", "1"}, {"csi.storage.k8s.io/pvc/name", "x"}}));
  EXPECT_NE(text({}), text({{"nvmePort", "4421"}}));
  EXPECT_NE(text({}), text({{"ctrlLossTmo", "0"}}));
}

TEST(Parameters, TheMapKeepsCsisLimit) {
  EXPECT_NE(problem({{"csi.storage.k8s.io/x", std::string(4096, 'x')}}).find("CSI allows 4096"),
            std::string::npos);
}

TEST(VolumeContext, CarriesWhatFormatsMdLists) {
  auto const context = volume_context(*parse({}), "nqn.x:pvc-1", "/a/pvc-1.img", 4421);
  StringMap const expected = {
      {"rdsAddress", "10.42.68.1"}, {"nvmeAddress", "10.42.68.1"},  {"nvmePort", "4421"},
      {"nqn", "nqn.x:pvc-1"},       {"volumePath", "/a/pvc-1.img"}, {"ctrlLossTmo", "-1"},
      {"reconnectDelay", "5"},      {"keepAliveTmo", "0"},          {"migrationTimeoutSeconds", "300"}};
  EXPECT_EQ(context, expected);
}

TEST(Paths, BelowMeansWholeComponents) {
  EXPECT_TRUE(is_at_or_below("/a/b", "/a/b"));
  EXPECT_TRUE(is_at_or_below("/a/b/c", "/a/b"));
  EXPECT_FALSE(is_at_or_below("/a/bc", "/a/b"));
  EXPECT_FALSE(is_at_or_below("/a", "/a/b"));
}

TEST(DefaultDirectory, IsTheGoDriversWhereThatIsAllowed) {
  EXPECT_EQ(default_directory("/storage-pool/metal-csi"), "/storage-pool/metal-csi");
  EXPECT_EQ(default_directory("/storage-pool"), "/storage-pool/metal-csi");
  EXPECT_EQ(default_directory("/other"), "/other");
}

}  // namespace
}  // namespace rdscsi::csi
