// The program rds-sim: what it refuses and how, and that OpenSSH's ssh gets a capture's bytes from it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "simulator/program/testing/running.h"

namespace rdssim::program {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// Lines `first` to `last` of a capture, 1-based, with the line ends the device sends.
std::string capture_lines(std::string const& name, int first, int last) {
  std::istringstream file(text_of("../routeros/testdata/" + name + ".txt"));
  std::string wanted;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (number >= first && number <= last) wanted += line + "\r\n";
  }
  return wanted;
}

TEST(RdsSim, RefusesBadInputWithOneLineAndStatusTwo) {
  struct {
    std::vector<std::string> flags;
    std::string says;
  } const cases[] = {
      {{"--latency", "5"}, "--latency `5`: expected LOW-HIGH such as 150ms-250ms, or off"},
      {{"--latency", "3s-1s"}, "--latency `3s-1s`: the second value is below the first"},
      {{"--profile", "6.49"}, "--profile `6.49`: it is one of 7.16"},
      {{"--pool-bytes", "many"}, "--pool-bytes `many`: `many` is not a size"},
      {{"--state", "/no/such/file"}, "--state `/no/such/file`: cannot be read"},
      {{"--listen", "2222"}, "--listen `2222`: expected ADDRESS:PORT"},
      {{"--listen", "somewhere:1"}, "--listen `somewhere:1`: listen address `somewhere` is not numeric"},
      {{"--host-key-type", "dsa"}, "--host-key-type `dsa`: it is rsa or ed25519"},
      {{"--authorized-key", "/dev/null/x"}, "--authorized-key `/dev/null/x`: cannot be read"},
      {{"--faults", "CMakeLists.txt"}, "--faults `CMakeLists.txt`: CMakeLists.txt:"},
      {{"--width", "wide"}, "--width"},
      {{"--no-such-flag"}, "--no-such-flag"},
      {{"--lissten", "x"}, "unknown option `--lissten`: did you mean `--listen`?"},
      {{"ctrl"}, "unknown command `ctrl`: did you mean `ctl`?"},
      {{"ctl", "stat"}, "unknown ctl command `stat`: did you mean `state`?"},
      {{"ctl", "--socket", "x", "fault", "ad"}, "unknown fault command `ad`: did you mean `add`?"},
      {{"ctl", "state", "--soket", "x"}, "unknown option `--soket`: did you mean `--socket`?"},
      {{"ctl"}, "subcommand is required"},
      {{"ctl", "pull-cable", "fro", "3s"}, "ctl pull-cable: `fro` where `for` is expected"},
      {{"ctl", "fill-pool", "p", "lft", "3"}, "ctl fill-pool: `lft` where `left` is expected"},
      {{"ctl", "save"}, "FILE"},
      {{"--boot-time", "5"}, "--boot-time `5`: `5` is not a duration"},
      // Its port must be free whoever else runs here: the socket is opened after it.
      {{"--listen", "127.0.0.1:0", "--control", "/dev/null"},
       "--control `/dev/null`: control socket `/dev/null`: there is something"},
      {{"--listen", "127.0.0.1:0", "--control", "/no/such/folder/x"}, "No such file or directory"},
  };
  for (auto const& one : cases) {
    std::vector<std::string> argv = {RDS_SIM_PROGRAM};
    argv.insert(argv.end(), one.flags.begin(), one.flags.end());
    auto const result = run(argv);
    EXPECT_EQ(result.exit_code, 2) << one.says;
    EXPECT_THAT(result.stderr_bytes, StartsWith("rds-sim: "));
    EXPECT_THAT(result.stderr_bytes, HasSubstr(one.says));
    EXPECT_EQ(std::count(result.stderr_bytes.begin(), result.stderr_bytes.end(), '\n'), 1)
        << result.stderr_bytes;
    EXPECT_EQ(result.stdout_bytes, "");
  }
}

TEST_F(Running, OpenSshGetsTheBytesOfACapture) {
  start({"--state", "../routeros/testdata/states/rds2216-7.24.json", "--authorized-key", dir_ + "/key.pub"});
  auto const result = ssh("admin+cte240w", "/disk/print detail where slot=\"vm-storage-001\"");
  auto const expected = capture_lines("disk-print-detail-file-lun-7.24-rds2216", 3, 6);
  ASSERT_NE(expected, "");
  EXPECT_EQ(result.stdout_bytes, expected);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.stderr_bytes, "");
}

TEST_F(Running, StateOutlivesTheProcess) {
  std::string const state = dir_ + "/state.json";
  start({"--authorized-key", dir_ + "/key.pub", "--latency", "off", "--save-state", state});
  EXPECT_EQ(
      ssh("admin", "/disk add type=file slot=pvc-1 file-path=storage-pool/metal-csi/pvc-1.img file-size=1G")
          .stdout_bytes,
      "");
  end();
  EXPECT_THAT(text_of(state), HasSubstr("pvc-1"));
  stop_ = CancelSource();
  port_.clear();
  std::filesystem::remove(dir_ + "/port");
  std::filesystem::remove(dir_ + "/known_hosts");
  start({"--authorized-key", dir_ + "/key.pub", "--latency", "off", "--state", state});
  EXPECT_THAT(ssh("admin", ":put [/disk get pvc-1 slot]").stdout_bytes, HasSubstr("pvc-1"));
}

TEST_F(Running, TheConsoleDecidesWhoMayLogIn) {
  start({"--user", "csi", "--authorized-key", dir_ + "/key.pub", "--latency", "off"});
  std::ifstream file(dir_ + "/key.pub");
  std::string key;
  std::getline(file, key);
  EXPECT_EQ(ssh("admin", ":put in").exit_code, 255) << "nobody but the user of the flags";
  EXPECT_EQ(ssh("csi", "/user add name=ops group=read password=x").stdout_bytes, "");
  EXPECT_EQ(ssh("ops", ":put in").exit_code, 255);
  EXPECT_EQ(ssh("csi", "/user ssh-keys add user=ops key=\"" + key + "\"").stdout_bytes, "");
  EXPECT_EQ(ssh("ops", ":put in").stdout_bytes, "in\r\n");
  EXPECT_THAT(ssh("ops", "/user remove csi").stdout_bytes, HasSubstr("not enough permissions"));
  EXPECT_EQ(ssh("csi", "/user remove ops").stdout_bytes, "");
  EXPECT_EQ(ssh("ops", ":put in").exit_code, 255);
}

TEST_F(Running, FaultsComeFromAFile) {
  std::ofstream(dir_ + "/faults.yaml")
      << "- fault: error_text\n  text: \"failure: told to\"\n  contains: here\n";
  start({"--authorized-key", dir_ + "/key.pub", "--faults", dir_ + "/faults.yaml"});
  EXPECT_EQ(ssh("admin", ":put here").stdout_bytes, "failure: told to\r\n");
  EXPECT_EQ(ssh("admin", ":put here").stdout_bytes, "here\r\n");
}

}  // namespace
}  // namespace rdssim::program
