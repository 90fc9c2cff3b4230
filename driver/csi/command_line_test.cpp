// Wrong command lines, given to the program itself: exit code 2, nothing on standard output, exactly one line
// on standard error, and in it the flag and the value.
#include <algorithm>
#include <cstdio>

#include "base/child_process.h"
#include "csi/testing/key_files.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rdscsi::csi {
namespace {

using ::testing::HasSubstr;

struct Mistake {
  std::vector<std::string> arguments;  // after a right command line; @ stands for the folder of keys
  std::vector<std::string> named;      // words of the line
};

std::vector<Mistake> const& mistakes() {
  static std::vector<Mistake> const list = {
      // --- forms ---
      {{"extra"}, {"'extra'", "is not a flag"}},
      {{"-rds-port"}, {"--rds-port", "expected a value"}},
      {{"-rds-adress=10.0.0.1"}, {"--rds-adress", "'10.0.0.1'", "did you mean --rds-address?"}},
      {{"-controler"}, {"--controler", "did you mean --controller?"}},
      {{"---v"}, {"'---v'", "is not a flag"}},
      {{"-bad\nflag=1"}, {R"(--bad\x0aflag)", "'1'"}},
      // --- mode and features of later builds ---
      {{"-controller=false"}, {"--controller", "'false'", "expected -controller"}},
      {{"-controller=maybe"}, {"--controller", "'maybe'", "true or false"}},
      {{"-node"}, {"--node", "'true'", "no node service yet"}},
      {{"-enable-orphan-reconciler=perhaps"}, {"--enable-orphan-reconciler", "'perhaps'", "true"}},
      {{"-orphan-check-interval=1s"}, {"--orphan-check-interval", "'1s'", "10s"}},
      {{"-enable-vmi-serialization=true"}, {"--enable-vmi-serialization", "'true'", "does not have it yet"}},
      {{"-kubeconfig=/root/.kube/config"}, {"--kubeconfig", "'/root/.kube/config'", "Kubernetes yet"}},
      {{"-metrics-address=9809"}, {"--metrics-address", "'9809'", "IP:PORT"}},
      {{"-metrics-address=somewhere:9809"}, {"--metrics-address", "'somewhere:9809'", "IP:PORT"}},
      {{"-nodes-file=/nowhere/nodes"}, {"--nodes-file", "/nowhere/nodes"}},
      {{"-device-fencing=maybe"}, {"--device-fencing", "'maybe'", "true or false"}},
      {{"-metrics-interval=0s"}, {"--metrics-interval", "'0s'"}},
      {{"-orphan-check-interval=often"}, {"--orphan-check-interval", "'often'", "duration"}},
      {{"-attachment-grace-period=-30s"}, {"--attachment-grace-period", "'-30s'", "duration"}},
      {{"-vmi-cache-ttl=60"}, {"--vmi-cache-ttl", "'60'", "such as 30s"}},
      // --- listening ---
      {{"-endpoint=http://localhost:80"}, {"--endpoint", "'http://localhost:80'", "tcp://host:port"}},
      {{"-endpoint=csi.sock"}, {"--endpoint", "'csi.sock'", "unix:///path"}},
      {{"-endpoint="}, {"--endpoint", "''", "empty"}},
      {{"-endpoint=tcp://1.2.3.4:99999"}, {"--endpoint", "'tcp://1.2.3.4:99999'", "port"}},
      {{"-driver-name=not a name"}, {"--driver-name", "'not a name'", "domain name"}},
      {{"-rpc-workers=0"}, {"--rpc-workers", "'0'", "1 to 1024"}},
      // --- the device ---
      {{"-rds-address="}, {"--rds-address", "''", "host name"}},
      {{"-rds-address=10.0.0.1:22"}, {"--rds-address", "'10.0.0.1:22'", "host name"}},
      {{"-rds-address=[fd00::1]"}, {"--rds-address", "'[fd00::1]'", "without brackets"}},
      {{"-rds-port=0"}, {"--rds-port", "'0'", "1 to 65535"}},
      {{"-rds-port=22x"}, {"--rds-port", "'22x'", "whole number"}},
      {{"-rds-user="}, {"--rds-user", "''", "user name"}},
      {{"-rds-user=admin; reboot"}, {"--rds-user", "'admin; reboot'", "user name"}},
      {{"-rds-channels=65"}, {"--rds-channels", "'65'", "1 to 64"}},
      {{"-rds-heartbeat=0s"}, {"--rds-heartbeat", "'0s'", "from 1s to 10m"}},
      {{"-rds-connect-timeout=1h"}, {"--rds-connect-timeout", "'1h'", "duration"}},
      {{"-rds-command-timeout=fast"}, {"--rds-command-timeout", "'fast'", "duration"}},
      {{"-slot-style=short"}, {"--slot-style", "'short'", "auto, full, compact"}},
      {{"-cluster-id="}, {"--cluster-id", "''", "253"}},
      {{"-cluster-id=two words"}, {"--cluster-id", "'two words'", "without blanks"}},
      // --- the base path ---
      {{"-rds-volume-base-path="}, {"--rds-volume-base-path", "''", "absolute, clean path"}},
      {{"-rds-volume-base-path=storage-pool"},
       {"--rds-volume-base-path", "'storage-pool'", "does not begin with /"}},
      {{"-rds-volume-base-path=/"}, {"--rds-volume-base-path", "'/'", "is the root"}},
      {{"-rds-volume-base-path=/a/../b"}, {"--rds-volume-base-path", "'/a/../b'", "'..'"}},
      {{"-rds-volume-base-path=/a/"}, {"--rds-volume-base-path", "'/a/'", "empty component"}},
      {{"-rds-volume-base-path=/a;b"}, {"--rds-volume-base-path", "'/a;b'", "';'"}},
      // --- keys ---
      {{"-rds-key-file="}, {"--rds-key-file", "expected"}},
      {{"-rds-key-file=@/nowhere"}, {"--rds-key-file", "@/nowhere", "expected"}},
      {{"-rds-key-file=@/garbage"}, {"--rds-key-file", "@/garbage", "expected"}},
      {{"-rds-key-file=@/empty"}, {"--rds-key-file", "@/empty", "expected"}},
      {{"-rds-key-file=@/locked"}, {"--rds-key-file", "@/locked", "passphrase"}},
      {{"-rds-key-file=@/locked", "-rds-key-passphrase-file=@/wrong-passphrase"}, {"@/locked", "passphrase"}},
      {{"-rds-key-file=@/locked", "-rds-key-passphrase-file=@/nowhere"},
       {"--rds-key-passphrase-file", "@/nowhere"}},
      {{"-rds-host-key="}, {"--rds-host-key", "''", "-rds-insecure-skip-verify"}},
      {{"-rds-host-key=@/nowhere"}, {"--rds-host-key", "@/nowhere", "expected"}},
      {{"-rds-host-key=@/key"}, {"--rds-host-key", "@/key"}},
      {{"-rds-insecure-skip-verify=si"}, {"--rds-insecure-skip-verify", "'si'", "true or false"}},
      // --- logging ---
      {{"-v=loud"}, {"--v", "'loud'", "whole number"}},
      {{"-v=-1"}, {"--v", "'-1'", "0 to 100"}},
      {{"-log-format=xml"}, {"--log-format", "'xml'", "text, json"}},
      {{"-log_file=/var/log/x"}, {"--log_file", "'/var/log/x'", "standard error"}},
      {{"-logtostderr=2"}, {"--logtostderr", "'2'", "true or false"}},
  };
  return list;
}

std::string with_folder(std::string text, std::string const& folder) {
  for (auto at = text.find('@'); at != std::string::npos; at = text.find('@', at + folder.size())) {
    text.replace(at, 1, folder);
  }
  return text;
}

TEST(CommandLine, EveryMistakeIsOneLineThatNamesFlagAndValue) {
  testing::KeyFiles const keys;
  int tried = 0;
  for (auto const& mistake : mistakes()) {
    std::vector<std::string> argv = {RDS_CSI_PLUGIN,
                                     "-controller",
                                     "-rds-address=10.42.68.1",
                                     "-rds-key-file=" + keys.file("key"),
                                     "-rds-host-key=" + keys.file("key.pub"),
                                     "-rds-volume-base-path=/storage-pool/metal-csi",
                                     "-endpoint=" + keys.file("csi.sock")};
    for (auto const& argument : mistake.arguments) argv.push_back(with_folder(argument, keys.folder()));
    auto const result = base::run_child(base::Context::background(), {.argv = argv});
    ASSERT_TRUE(result.ok()) << result.status();
    SCOPED_TRACE(argv.back() + "\n" + result->stderr_bytes);
    EXPECT_EQ(result->exit_code, 2);
    EXPECT_EQ(result->term_signal, 0);
    EXPECT_EQ(result->stdout_bytes, "");
    EXPECT_EQ(std::count(result->stderr_bytes.begin(), result->stderr_bytes.end(), '\n'), 1);
    EXPECT_TRUE(result->stderr_bytes.ends_with('\n'));
    for (auto const& word : mistake.named) {
      EXPECT_THAT(result->stderr_bytes, HasSubstr(with_folder(word, keys.folder())));
    }
    ++tried;
  }
  std::printf("wrong command lines tried: %d\n", tried);
  EXPECT_GE(tried, 50);
}

TEST(CommandLine, NothingAtAllAsksForTheController) {
  auto const result = base::run_child(base::Context::background(), {.argv = {RDS_CSI_PLUGIN}});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->exit_code, 2);
  EXPECT_THAT(result->stderr_bytes, HasSubstr("expected -controller"));
}

TEST(CommandLine, VersionIsOneLineOnStandardOutput) {
  auto const result = base::run_child(base::Context::background(), {.argv = {RDS_CSI_PLUGIN, "-version"}});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->exit_code, 0);
  EXPECT_TRUE(result->stdout_bytes.starts_with("rds.csi.srvlab.io "));
  EXPECT_EQ(result->stderr_bytes, "");
}

}  // namespace
}  // namespace rdscsi::csi
