// rds-sim as a process, and the programs that meet it: OpenSSH's ssh and rds-sim ctl. Shared by tests of this
// folder.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/child_process.h"
#include "base/context.h"
#include "base/reasons.h"
#include "base/sync.h"

namespace rdssim::program {

using rdscsi::base::CancelSource;
using rdscsi::base::ChildResult;
using rdscsi::base::ChildSpec;
using rdscsi::base::Context;

inline ChildResult run(std::vector<std::string> const& argv,
                       std::map<std::string, std::string> const& env = {}) {
  ChildSpec spec{argv};
  spec.env = env;
  auto result = rdscsi::base::run_child(Context::background(), spec);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *result : ChildResult{};
}

inline std::string text_of(std::string const& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// rds-sim as a process, ended by SIGTERM.
class Running : public ::testing::Test {
 protected:
  Running() {
    std::filesystem::create_directories(dir_);
    EXPECT_TRUE(run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", dir_ + "/key"}).success());
  }
  ~Running() override {
    end();
    std::filesystem::remove_all(dir_);
  }
  // `greeting`: a file that gets what it prints.
  void start(std::vector<std::string> const& flags, std::string const& greeting = "/dev/null") {
    ChildSpec spec;
    spec.argv = {"sh",
                 "-c",
                 "f=$1; shift; exec \"$0\" \"$@\" >\"$f\"",
                 RDS_SIM_PROGRAM,
                 greeting,
                 "--port-file",
                 dir_ + "/port",
                 "--host-key-type",
                 "ed25519"};
    if (std::find(flags.begin(), flags.end(), "--control") == flags.end())
      spec.argv.insert(spec.argv.end(), {"--control", dir_ + "/control"});
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

  std::string const dir_ = ::testing::TempDir() + "rds-sim-process-" + std::to_string(getpid());
  std::string port_;
  CancelSource stop_;
  rdscsi::base::Thread process_;
};

}  // namespace rdssim::program
