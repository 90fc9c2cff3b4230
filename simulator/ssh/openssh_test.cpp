// OpenSSH's own ssh against the server: the client that people and scripts use.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/child_process.h"
#include "simulator/ssh/testing/bench.h"

namespace rdssim::ssh {
namespace {

using rdscsi::base::ChildResult;
using rdscsi::base::ChildSpec;
using rdscsi::base::Context;
using testing::HasSubstr;

class OpenSsh : public testing::Test {
 protected:
  OpenSsh() {
    std::filesystem::create_directories(dir_);
    ChildSpec keygen{{"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", dir_ + "/key"}};
    EXPECT_TRUE(rdscsi::base::run_child(Context::background(), keygen)->success());
    std::ifstream file(dir_ + "/key.pub");
    std::string line;
    std::getline(file, line);
    person_ = line;
    start({});
  }
  void start(ServerOptions options) {
    options.users.push_back({"person", "", {person_}});
    bench_ = std::make_unique<Bench>(Bench::without_latency(), options);
    std::ofstream(dir_ + "/known_hosts")
        << "[127.0.0.1]:" << bench_->server->port() << " " << bench_->server->host_key() << "\n";
  }
  ~OpenSsh() override { std::filesystem::remove_all(dir_); }

  // ssh with our key and the host key pinned; nothing of this machine's configuration.
  std::vector<std::string> arguments(std::vector<std::string> const& more,
                                     std::string const& login = "person") {
    std::vector<std::string> argv = {"ssh",
                                     "-F",
                                     "/dev/null",
                                     "-p",
                                     std::to_string(bench_->server->port()),
                                     "-i",
                                     dir_ + "/key",
                                     "-oIdentitiesOnly=yes",
                                     "-oUserKnownHostsFile=" + dir_ + "/known_hosts",
                                     "-oStrictHostKeyChecking=yes",
                                     "-oBatchMode=yes"};
    std::vector<std::string> options, command;
    for (auto const& word : more)
      (command.empty() && word.rfind("-", 0) == 0 ? options : command).push_back(word);
    argv.insert(argv.end(), options.begin(), options.end());
    argv.push_back(login + "@127.0.0.1");
    argv.insert(argv.end(), command.begin(), command.end());
    return argv;
  }
  ChildResult run(std::vector<std::string> const& argv, std::string const& input = {}) {
    ChildSpec spec{argv};
    spec.stdin_bytes = input;
    spec.env["HOME"] = dir_;
    auto result = rdscsi::base::run_child(Context::background(), spec);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *result : ChildResult{};
  }

  std::string const dir_ = testing::TempDir() + "rds-sim-openssh-" + std::to_string(getpid());
  std::string person_;  // the line of its key
  std::unique_ptr<Bench> bench_;
};

TEST_F(OpenSsh, RunsACommandWithAPinnedHostKeyAndAKey) {
  auto const result = run(arguments({":put \"hello\""}));
  EXPECT_EQ(result.stdout_bytes, "hello\r\n");
  EXPECT_EQ(result.stderr_bytes, "");
  EXPECT_EQ(result.exit_code, 0);
}

TEST_F(OpenSsh, ShowsTheBannerAndWhatWasAgreed) {
  auto const result = run(arguments({"-v", ":put 1"}));
  EXPECT_THAT(result.stderr_bytes, HasSubstr("remote software version ROSSSH"));
  EXPECT_THAT(result.stderr_bytes, HasSubstr("kex: algorithm: curve25519-sha256"));
  EXPECT_THAT(result.stderr_bytes, HasSubstr("cipher: aes"));
}

TEST_F(OpenSsh, LogsInByPassword) {
  // ssh asks this program for the password, as it would a person.
  std::string const asked = dir_ + "/asked";
  std::ofstream(asked) << "#!/bin/sh\necho secret\n";
  ASSERT_EQ(chmod(asked.c_str(), 0700), 0);
  ChildSpec spec;
  for (auto const& word : arguments({"-oPubkeyAuthentication=no", ":put 1"}, "admin+cte80w")) {
    spec.argv.push_back(word == "-oBatchMode=yes" ? "-oBatchMode=no" : word);
  }
  spec.env = {{"HOME", dir_}, {"SSH_ASKPASS", asked}, {"SSH_ASKPASS_REQUIRE", "force"}};
  auto const result = rdscsi::base::run_child(Context::background(), spec);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->stdout_bytes, "1\r\n") << result->stderr_bytes;
  EXPECT_EQ(result->exit_code, 0);
}

TEST_F(OpenSsh, ErrorsAreTextOnStandardOutputWithStatusZero) {
  auto const result = run(arguments({"/no-such-menu print"}));
  EXPECT_THAT(result.stdout_bytes, HasSubstr("(line 1 column "));
  EXPECT_EQ(result.stderr_bytes, "");
  EXPECT_EQ(result.exit_code, 0);
}

TEST_F(OpenSsh, TenCommandsAtOnceOverOneConnection) {
  bench_->inject("slow", {{"busy", "300ms"}, {"contains", "number"}});
  std::string const control = "-oControlPath=" + dir_ + "/control";
  rdscsi::base::Thread master("master", [&] { run(arguments({"-MN", control})); });
  ASSERT_TRUE(Bench::eventually([&] { return run(arguments({control, "-Ocheck"})).success(); }));
  std::vector<std::string> outputs(10);
  {
    std::vector<rdscsi::base::Thread> threads;
    for (int i = 0; i < 10; ++i) {
      threads.emplace_back("ssh", [&, i] {
        outputs[static_cast<std::size_t>(i)] =
            run(arguments({control, ":put \"number " + std::to_string(i) + "\""})).stdout_bytes;
      });
    }
  }
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(outputs[static_cast<std::size_t>(i)], "number " + std::to_string(i) + "\r\n");
  }
  EXPECT_EQ(bench_->device->counters().handshakes, 1u);
  EXPECT_GT(bench_->device->counters().channels_per_session_peak, 1u);
  run(arguments({control, "-Oexit"}));
  master.join();
  EXPECT_TRUE(bench_->nothing_held());
}

TEST_F(OpenSsh, AShellWithATerminal) {
  auto const result = run(arguments({"-tt"}), ":put 4711\r/quit\r");
  EXPECT_THAT(result.stdout_bytes, HasSubstr("[person@MikroTik-RDS] > "));
  EXPECT_THAT(result.stdout_bytes, HasSubstr("4711\r\n[person@MikroTik-RDS] > "));
  EXPECT_EQ(result.exit_code, 0);
}

TEST_F(OpenSsh, AShellFedByAPipe) {
  auto const result = run(arguments({"-T"}), ":put 4711\n");
  EXPECT_THAT(result.stdout_bytes, HasSubstr("4711\r\n"));
  EXPECT_EQ(result.exit_code, 0);
}

// ssh gives up when it has asked twice in vain; the command takes longer than that.
TEST_F(OpenSsh, KeepalivesAreAnsweredOrNot) {
  std::vector<std::string> const asks = {"-oServerAliveInterval=1", "-oServerAliveCountMax=2", ":put late"};
  bench_->inject("slow", {{"busy", "4s"}, {"contains", "late"}});
  EXPECT_EQ(run(arguments(asks)).stdout_bytes, "late\r\n");
  ServerOptions silent;
  silent.answers_keepalive = false;
  start(silent);
  bench_->inject("slow", {{"busy", "1h"}, {"contains", "late"}});
  auto const result = run(arguments(asks));
  EXPECT_EQ(result.stdout_bytes, "");
  EXPECT_THAT(result.stderr_bytes, HasSubstr("not responding"));
}

TEST_F(OpenSsh, AChangedHostKeyIsSeen) {
  bench_->inject("host_key_changed");
  auto const result = run(arguments({":put 1"}));
  EXPECT_THAT(result.stderr_bytes, HasSubstr("Host key verification failed"));
  EXPECT_EQ(result.stdout_bytes, "");
}

}  // namespace
}  // namespace rdssim::ssh
