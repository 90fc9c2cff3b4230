// The program rds-sim: what it refuses and how, and that OpenSSH's ssh gets a capture's bytes from it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

#include "base/child_process.h"
#include "base/context.h"
#include "base/reasons.h"
#include "base/sync.h"
#include "simulator/program/command_line.h"

namespace rdssim::program {
namespace {

using rdscsi::base::CancelSource;
using rdscsi::base::ChildResult;
using rdscsi::base::ChildSpec;
using rdscsi::base::Context;
using testing::HasSubstr;
using testing::StartsWith;

ChildResult run(std::vector<std::string> const& argv, std::map<std::string, std::string> const& env = {}) {
  ChildSpec spec{argv};
  spec.env = env;
  auto result = rdscsi::base::run_child(Context::background(), spec);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *result : ChildResult{};
}

std::string text_of(std::string const& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

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

// Words of letters, digits and dashes.
std::vector<std::string> words_of(std::string const& text) {
  std::vector<std::string> words(1);
  for (char const c : text) {
    bool const part = c == '-' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (part) {
      words.back() += c;
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  return words;
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

// What the parser knows, `--help` shows and the README explains are one list.
TEST(RdsSim, HelpParserAndReadmeKnowTheSameOptions) {
  auto const help = run({RDS_SIM_PROGRAM, "--help"});
  EXPECT_EQ(help.exit_code, 0);
  std::set<std::string> shown;
  for (auto const& word : words_of(help.stdout_bytes)) {
    if (word.starts_with("--")) shown.insert(word);
  }
  std::string const readme = text_of("../README.md");
  auto const known = option_names();
  for (auto const& option : known) {
    EXPECT_EQ(shown.count(option), 1u) << option << " is not in --help";
    EXPECT_THAT(readme, HasSubstr("`" + option)) << "simulator/README.md";
    shown.erase(option);
  }
  shown.erase("--help");
  EXPECT_THAT(shown, testing::IsEmpty()) << "--help names what the parser does not take";
  EXPECT_GE(known.size(), 20u);
  std::cout << "options: " << known.size() << " in the parser, in --help and in the README\n";
}

// rds-sim as a process, ended by SIGTERM.
class Running : public testing::Test {
 protected:
  Running() {
    std::filesystem::create_directories(dir_);
    EXPECT_TRUE(run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", dir_ + "/key"}).success());
  }
  ~Running() override {
    end();
    std::filesystem::remove_all(dir_);
  }
  void start(std::vector<std::string> const& flags) {
    ChildSpec spec;
    spec.argv = {RDS_SIM_PROGRAM, "--port-file", dir_ + "/port", "--host-key-type", "ed25519"};
    spec.argv.insert(spec.argv.end(), flags.begin(), flags.end());
    spec.timeout = std::chrono::minutes(5);
    process_ = rdscsi::base::Thread("rds-sim", [this, spec] {
      auto const ended = rdscsi::base::run_child(Context::background().with_cancel(stop_), spec);
      EXPECT_FALSE(ended.ok()) << "ended by itself: " << ended->stdout_bytes << ended->stderr_bytes;
    });
    auto const limit = rdscsi::base::now() + std::chrono::seconds(20);
    while (port_.empty() && rdscsi::base::now() < limit) {
      rdscsi::base::sleep_for(std::chrono::milliseconds(10));
      std::ifstream(dir_ + "/port") >> port_;
    }
    EXPECT_NE(port_, "");
  }
  void end() {
    stop_.cancel(rdscsi::base::Reason::cancelled, "end of the test");
    if (process_.joinable()) process_.join();
  }
  ChildResult ssh(std::string const& login, std::string const& line) {
    return run({"ssh", "-F", "/dev/null", "-p", port_, "-i", dir_ + "/key", "-oIdentitiesOnly=yes",
                "-oUserKnownHostsFile=" + dir_ + "/known_hosts", "-oStrictHostKeyChecking=accept-new",
                "-oBatchMode=yes", "-oLogLevel=ERROR", login + "@127.0.0.1", line},
               {{"HOME", dir_}});
  }

  std::string const dir_ = testing::TempDir() + "rds-sim-process-" + std::to_string(getpid());
  std::string port_;
  CancelSource stop_;
  rdscsi::base::Thread process_;
};

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

TEST_F(Running, FaultsComeFromAFile) {
  std::ofstream(dir_ + "/faults.yaml")
      << "- fault: error_text\n  text: \"failure: told to\"\n  contains: here\n";
  start({"--authorized-key", dir_ + "/key.pub", "--faults", dir_ + "/faults.yaml"});
  EXPECT_EQ(ssh("admin", ":put here").stdout_bytes, "failure: told to\r\n");
  EXPECT_EQ(ssh("admin", ":put here").stdout_bytes, "here\r\n");
}

}  // namespace
}  // namespace rdssim::program
