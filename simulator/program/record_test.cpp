// `rds-sim record` in front of an rds-sim: what passes is what the device says, and `rds-sim verify` finds it
// again on a fresh device.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "simulator/program/testing/running.h"
#include "simulator/transcript/transcript.h"

namespace rdssim::program {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Record : public Running {
 protected:
  Record() {
    out_ = dir_ + "/out";
    std::filesystem::create_directories(out_);
  }
  ~Record() override { end_proxy(); }

  // The device, and its host key in known_hosts.
  void start_device(std::vector<std::string> flags = {}) {
    flags.insert(flags.begin(), {"--authorized-key", dir_ + "/key.pub", "--latency", "off"});
    start(flags);
    ssh("admin", ":put hello");  // one login, whatever comes of it
    std::istringstream line(run({"ssh-keygen", "-l", "-f", dir_ + "/known_hosts"}).stdout_bytes);
    line >> fingerprint_ >> fingerprint_;
  }
  std::vector<std::string> proxy_argv(std::vector<std::string> const& more) const {
    std::vector<std::string> argv = {RDS_SIM_PROGRAM,   "record",  "--upstream",       "127.0.0.1:" + port_,
                                     "--output",        out_,      "--port-file",      dir_ + "/proxy-port",
                                     "--host-key-type", "ed25519", "--authorized-key", dir_ + "/key.pub"};
    argv.insert(argv.end(), more.begin(), more.end());
    return argv;
  }
  void start_proxy(std::vector<std::string> const& more, std::map<std::string, std::string> const& env = {}) {
    ChildSpec spec{proxy_argv(more)};
    spec.env = env;
    spec.timeout = std::chrono::minutes(5);
    proxy_ = rdscsi::base::Thread("record", [this, spec] {
      auto const ended = rdscsi::base::run_child(Context::background().with_cancel(stop_proxy_), spec);
      EXPECT_FALSE(ended.ok()) << "ended by itself: " << ended->stdout_bytes << ended->stderr_bytes;
    });
    auto const limit = rdscsi::base::now() + std::chrono::seconds(20);
    while (proxy_port_.empty() && rdscsi::base::now() < limit) {
      rdscsi::base::sleep_for(std::chrono::milliseconds(10));
      std::ifstream(dir_ + "/proxy-port") >> proxy_port_;
    }
    ASSERT_NE(proxy_port_, "");
  }
  void end_proxy() {
    stop_proxy_.cancel(rdscsi::base::Reason::cancelled, "end of the test");
    if (proxy_.joinable()) proxy_.join();
  }

  std::vector<std::string> through_argv(std::vector<std::string> const& options, std::string const& login) {
    std::vector<std::string> argv = {"ssh",
                                     "-F",
                                     "/dev/null",
                                     "-p",
                                     proxy_port_,
                                     "-i",
                                     dir_ + "/key",
                                     "-oIdentitiesOnly=yes",
                                     "-oUserKnownHostsFile=" + dir_ + "/proxy_hosts",
                                     "-oStrictHostKeyChecking=accept-new",
                                     "-oBatchMode=yes",
                                     "-oLogLevel=ERROR"};
    argv.insert(argv.end(), options.begin(), options.end());
    argv.push_back(login + "@127.0.0.1");
    return argv;
  }
  ChildResult through(std::string const& line, std::string const& login = "admin",
                      std::vector<std::string> const& options = {}) {
    auto argv = through_argv(options, login);
    if (!line.empty()) argv.push_back(line);
    return run(argv, {{"HOME", dir_}});
  }

  std::vector<std::string> transcripts() const {
    std::vector<std::string> found;
    for (auto const& entry : std::filesystem::directory_iterator(out_)) found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
  }
  std::string everything() const {
    std::string all;
    for (auto const& path : transcripts()) all += text_of(path);
    return all;
  }
  ChildResult verify(std::vector<std::string> const& more = {"--profile", "7.16"}) const {
    std::vector<std::string> argv = {RDS_SIM_PROGRAM, "verify"};
    for (auto const& path : transcripts()) argv.push_back(path);
    argv.insert(argv.end(), more.begin(), more.end());
    return run(argv);
  }

  std::string out_, proxy_port_, fingerprint_;
  CancelSource stop_proxy_;
  rdscsi::base::Thread proxy_;
};

TEST_F(Record, WhatPassedIsFoundAgainOnAFreshDevice) {
  start_device();
  start_proxy({"--known-hosts", dir_ + "/known_hosts", "--upstream-key", dir_ + "/key"});
  std::string const file = " file-path=storage-pool/metal-csi/v1.img file-size=1G";
  EXPECT_EQ(through("/disk add type=file slot=v1" + file).stdout_bytes, "");
  // What comes through is what the device says itself.
  std::string const print = "/disk print detail where slot=v1";
  auto const direct = ssh("admin+cte120w", print), recorded = through(print, "admin+cte120w");
  EXPECT_THAT(direct.stdout_bytes, HasSubstr("slot=\"v1\""));
  EXPECT_EQ(recorded.stdout_bytes, direct.stdout_bytes);
  EXPECT_EQ(recorded.stderr_bytes, "");
  EXPECT_EQ(recorded.exit_code, 0);
  EXPECT_EQ(through(print).stdout_bytes, ssh("admin", print).stdout_bytes);
  EXPECT_THAT(through("/disk print\n:put second").stdout_bytes, Not(HasSubstr("second")));
  EXPECT_THAT(through("/disk add type=file slot=v1" + file).stdout_bytes, HasSubstr("failure"));
  EXPECT_EQ(through(":put $\"no-such\"; :put [:len \"a\\\\b\"]", "admin", {"-tt"}).exit_code, 0);
  EXPECT_THAT(through("/no-such-menu print").stdout_bytes, HasSubstr("(line 1 column"));
  EXPECT_EQ(through("/disk remove v1").stdout_bytes, "");
  end_proxy();

  ASSERT_EQ(transcripts().size(), 8u);
  EXPECT_THAT(everything(), HasSubstr("; device/version: RDS2216"));
  auto const equal = verify();
  EXPECT_EQ(equal.stdout_bytes, "verify: 8 commands, 8 equal, 0 different\n") << everything();
  EXPECT_EQ(equal.exit_code, 0);

  // One byte altered is one difference; another profile is none or more, but never an error.
  std::string const second = transcripts()[1];
  std::string text = text_of(second);
  auto const at = text.find("slot=\"v1\"", text.find("# stdout"));
  ASSERT_NE(at, std::string::npos) << text;
  text[at + 6] = 'w';
  std::ofstream(second, std::ios::binary) << text;
  auto const altered = verify();
  EXPECT_EQ(altered.exit_code, 1);
  EXPECT_THAT(altered.stdout_bytes, HasSubstr("verify: 8 commands, 7 equal, 1 different\n"));
  EXPECT_THAT(altered.stdout_bytes, HasSubstr("\"" + print + "\": stdout differs at byte"));
}

TEST_F(Record, AWrongSimulatorIsFound) {
  start_device({"--profile", "7.24"});
  start_proxy({"--fingerprint", fingerprint_, "--upstream-key", dir_ + "/key"});
  through("/disk print detail");
  EXPECT_EQ(verify({"--profile", "7.24"}).exit_code, 0);
  auto const other = verify({"--profile", "7.16"});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.stdout_bytes, HasSubstr("1 different"));
}

// Forty at least: an end that is missed once in ten would be seen.
TEST_F(Record, EveryCommandComesToItsEnd) {
  start_device();
  start_proxy({"--fingerprint", fingerprint_, "--upstream-key", dir_ + "/key"});
  for (int i = 0; i < 40; ++i)
    EXPECT_EQ(through(":put " + std::to_string(i)).stdout_bytes, std::to_string(i) + "\r\n");
  EXPECT_EQ(verify().stdout_bytes, "verify: 40 commands, 40 equal, 0 different\n");
}

TEST_F(Record, TheDeviceIsReachedByEachKindOfCredential) {
  EXPECT_TRUE(run({"ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", dir_ + "/rsa"}).success());
  start_device({"--authorized-key", dir_ + "/rsa.pub"});
  EXPECT_EQ(ssh("admin", "/user add name=pw group=full password=let-me-in").stdout_bytes, "");
  start_proxy({"--fingerprint", fingerprint_, "--upstream-key", dir_ + "/rsa"});
  EXPECT_EQ(through(":put by-rsa-key").stdout_bytes, "by-rsa-key\r\n");
  end_proxy();
  std::filesystem::remove(dir_ + "/proxy-port");
  std::filesystem::remove(dir_ + "/proxy_hosts");
  stop_proxy_ = CancelSource();
  proxy_port_.clear();
  start_proxy({"--fingerprint", fingerprint_, "--user", "pw"}, {{"RDS_SIM_UPSTREAM_PASSWORD", "let-me-in"}});
  EXPECT_EQ(through(":put by-password", "pw").stdout_bytes, "by-password\r\n");
  EXPECT_EQ(through(":put by-stranger", "admin").stdout_bytes, "") << "nobody but --user gets through";
}

TEST_F(Record, SecretsAreNotWritten) {
  start_device();
  start_proxy({"--fingerprint", fingerprint_, "--upstream-key", dir_ + "/key"});
  through("/user add name=x group=full password=correct-horse");
  through("/user set x pass=battery-staple; :put \"correct-horse battery-staple\"");
  EXPECT_THAT(through(":put correct-horse").stdout_bytes, HasSubstr("correct-horse"))
      << "who asks gets what the device says";
  std::string const all = everything();
  EXPECT_THAT(all, HasSubstr("password=*************"));
  EXPECT_THAT(all, Not(HasSubstr("correct-horse")));
  EXPECT_THAT(all, Not(HasSubstr("battery-staple")));
  EXPECT_EQ(verify().exit_code, 0) << verify().stdout_bytes;
  EXPECT_EQ(std::filesystem::status(transcripts()[0]).permissions() & std::filesystem::perms(077),
            std::filesystem::perms::none);
}

TEST_F(Record, ManyCommandsOfOneConnectionAreOneTranscript) {
  start_device();
  start_proxy({"--fingerprint", fingerprint_, "--upstream-key", dir_ + "/key"});
  std::string const control = "-oControlPath=" + dir_ + "/master";
  rdscsi::base::Thread master("master", [&] { through("", "admin", {"-MN", control}); });
  auto const limit = rdscsi::base::now() + std::chrono::seconds(20);
  while (!through("", "admin", {control, "-Ocheck"}).success() && rdscsi::base::now() < limit) {
    rdscsi::base::sleep_for(std::chrono::milliseconds(20));
  }
  constexpr std::size_t kCommands = 8;
  std::vector<std::string> outputs(kCommands);
  {
    std::vector<rdscsi::base::Thread> threads;
    for (std::size_t i = 0; i < kCommands; ++i) {
      threads.emplace_back("ssh", [&, i] {
        std::string const line = ":for i from=1 to=2000 do={:put \"line " + std::to_string(i) + "\"}";
        outputs[i] = through(line, "admin", {control}).stdout_bytes;
      });
    }
  }
  through("", "admin", {control, "-Oexit"});
  master.join();
  for (std::size_t i = 0; i < kCommands; ++i) {
    EXPECT_EQ(std::count(outputs[i].begin(), outputs[i].end(), '\n'), 2000) << i;
    EXPECT_THAT(outputs[i], HasSubstr("line " + std::to_string(i) + "\r\n"));
  }
  ASSERT_EQ(transcripts().size(), 1u);
  EXPECT_EQ(verify().stdout_bytes, "verify: 8 commands, 8 equal, 0 different\n");
}

TEST_F(Record, AClientThatLeavesIsWritten) {
  start_device();
  start_proxy({"--fingerprint", fingerprint_, "--upstream-key", dir_ + "/key"});
  auto argv = through_argv({}, "admin");
  argv.emplace_back(":put before; :delay 1000s; :put after");
  ChildSpec spec{argv};
  spec.env["HOME"] = dir_;
  CancelSource enough;
  rdscsi::base::Thread client("client", [&] {
    EXPECT_FALSE(rdscsi::base::run_child(Context::background().with_cancel(enough), spec).ok());
  });
  auto const running = [&] {
    return run({RDS_SIM_PROGRAM, "ctl", "--socket", dir_ + "/control", "state"}).stdout_bytes;
  };
  auto const limit = rdscsi::base::now() + std::chrono::seconds(20);
  while (running().find("\"running\": 1") == std::string::npos && rdscsi::base::now() < limit) {
    rdscsi::base::sleep_for(std::chrono::milliseconds(20));
  }
  enough.cancel(rdscsi::base::Reason::cancelled, "the person closed the window");
  client.join();
  while (transcripts().empty() && rdscsi::base::now() < limit) {
    rdscsi::base::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_THAT(everything(), HasSubstr("# end: left\n"));
  EXPECT_EQ(verify().exit_code, 0) << verify().stdout_bytes;
}

TEST_F(Record, AShellIsRefusedWithAWord) {
  start_device();
  start_proxy({"--fingerprint", fingerprint_, "--upstream-key", dir_ + "/key"});
  auto const shell = through("", "admin", {"-tt"});
  EXPECT_THAT(shell.stdout_bytes, HasSubstr("Only single commands go through here, no shell"));
  EXPECT_EQ(shell.exit_code, 1);
  EXPECT_TRUE(transcripts().empty());
}

TEST_F(Record, TheDeviceMustBeTheOneThatIsMeant) {
  start_device({"--user", "other", "--password", "let-me-in"});
  auto const refused = [&](std::vector<std::string> const& more,
                           std::map<std::string, std::string> env = {}) {
    env["HOME"] = dir_;
    auto const result = run(proxy_argv(more), env);
    EXPECT_EQ(result.stdout_bytes, "");
    return std::to_string(result.exit_code) + " " + result.stderr_bytes;
  };
  std::string const key = dir_ + "/key", wrong = "SHA256:" + std::string(43, 'A');
  EXPECT_THAT(refused({"--upstream-key", key}),
              HasSubstr("2 rds-sim: --fingerprint ``: the device's host key"));
  EXPECT_THAT(refused({"--fingerprint", "x", "--upstream-key", key}),
              HasSubstr("2 rds-sim: --fingerprint `x`"));
  EXPECT_THAT(refused({"--fingerprint", fingerprint_}), HasSubstr("RDS_SIM_UPSTREAM_PASSWORD"));
  EXPECT_THAT(refused({"--fingerprint", wrong, "--upstream-key", key}),
              HasSubstr("1 rds-sim record: 127.0.0.1 shows the host key " + fingerprint_));
  EXPECT_THAT(refused({"--known-hosts", "/dev/null", "--upstream-key", key}),
              HasSubstr("is not in /dev/null; it shows " + fingerprint_));
  std::ofstream(dir_ + "/others") << "[127.0.0.1]:" << port_ << " " << text_of(dir_ + "/key.pub");
  EXPECT_THAT(refused({"--known-hosts", dir_ + "/others", "--upstream-key", key}),
              HasSubstr("another than in"));
  EXPECT_THAT(refused({"--fingerprint", fingerprint_, "--upstream-key", key}),
              HasSubstr("refuses the login admin by key"));
  EXPECT_THAT(refused({"--fingerprint", fingerprint_, "--upstream-key", dir_ + "/key.pub"}),
              HasSubstr("is not a private key without passphrase"));
  EXPECT_THAT(refused({"--fingerprint", fingerprint_, "--upstream", "127.0.0.1:1", "--upstream-key", key}),
              HasSubstr("--upstream"));
  EXPECT_THAT(refused({"--fingerprint", fingerprint_, "--user", "other"},
                      {{"RDS_SIM_UPSTREAM_PASSWORD", "a-wrong-one"}}),
              HasSubstr("refuses the login other by password"));
}

}  // namespace
}  // namespace rdssim::program
