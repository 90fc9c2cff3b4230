// OpenSSH's ssh against the model: seeded commands over many sessions, and each reply is what a device
// without any network answers. RDS_SIM_SSH_COMMANDS, RDS_SIM_SSH_SESSIONS and RDS_SIM_SSH_SEED make it long
// (ci/long.sh: 36000 over 50).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/child_process.h"
#include "base/reasons.h"
#include "simulator/faults/text.h"
#include "simulator/ssh/exec_line.h"
#include "simulator/ssh/testing/bench.h"
#include "simulator/ssh/testing/command_source.h"

namespace rdssim::ssh {
namespace {

using rdscsi::base::CancelSource;
using rdscsi::base::ChildResult;
using rdscsi::base::ChildSpec;
using rdscsi::base::Context;
using rdscsi::base::Thread;

std::size_t from_environment(char const* name, std::size_t usual) {
  char const* const text = std::getenv(name);
  std::size_t number = usual;
  EXPECT_TRUE(text == nullptr || faults::parse_number(std::string_view(text), &number))
      << name << "=" << text;
  return number;
}

constexpr std::array<char const*, 4> kLogins = {"person", "person+cte120w", "person+cte240w", "person+ct60w"};

// A device behind a server, the same device without one, and the sessions in between. Several stand side by
// side, since one device answers one command after the other here.
class Stand {
 public:
  Stand(std::string folder, std::string const& profile, std::uint64_t seed, std::size_t sessions)
      : folder_(std::move(folder)), source_(seed), draw_(seed), model_(device_of(profile)) {
    std::filesystem::create_directories(folder_);
    ChildSpec const keygen{{"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder_ + "/key"}};
    EXPECT_TRUE(rdscsi::base::run_child(Context::background(), keygen)->success());
    std::ifstream file(folder_ + "/key.pub");
    std::string line;
    std::getline(file, line);
    ServerOptions options;
    options.host_key_type = HostKeyType::ed25519;
    options.users.push_back({"person", "", {line}});
    EXPECT_TRUE(configure(*model_, options).ok());
    device_ = std::make_unique<faults::FaultyDevice>(device_of(profile), Bench::without_latency());
    server_ = *Server::start(*device_, options);
    std::ofstream(folder_ + "/known_hosts")
        << "[127.0.0.1]:" << server_->port() << " " << server_->host_key() << "\n";
    for (std::size_t i = 0; i < sessions; ++i) open_session(i);
    EXPECT_TRUE(Bench::eventually([&] { return device_->counters().sessions == sessions; }));
  }
  ~Stand() {
    end_.cancel(rdscsi::base::Reason::cancelled, "end of the test");
    masters_.clear();
    std::filesystem::remove_all(folder_);
  }

  // Sends `count` commands, each over a session drawn; stops at the first reply that is another.
  void compare(std::size_t count) {
    while (compared_ < count) {
      std::size_t const session = draw_.below(masters_.size());
      std::string const line = source_.next();
      auto const expected = model_->execute(routeros::login_options(login(session)), exec_line(line), {});
      if (expected.hangs) {  // an open bracket: the device waits for more, for ever; nothing was done
        ++hanging_;
        continue;
      }
      ChildSpec spec{ssh(session)};
      spec.argv.push_back(line);
      spec.env["HOME"] = folder_;
      auto const got = rdscsi::base::run_child(Context::background(), spec);
      ASSERT_TRUE(got.ok()) << got.status();
      ASSERT_EQ(got->stdout_bytes, expected.output)
          << "command " << compared_ << " as " << login(session) << ": " << line;
      ASSERT_EQ(got->exit_code, expected.exit_status) << line << got->stderr_bytes;
      ASSERT_EQ(got->stderr_bytes, "") << line;
      ++compared_;
      failed_ += expected.output.find("failure") != std::string::npos ||
                 expected.output.find("(line 1 column") != std::string::npos;
      silent_ += expected.output.empty();
    }
    EXPECT_EQ(model_->disks().size(),
              device_->with_device([](auto& router) { return router.disks().size(); }));
  }

  std::size_t compared() const { return compared_; }
  std::size_t failed() const { return failed_; }
  std::size_t silent() const { return silent_; }
  std::size_t hanging() const { return hanging_; }
  std::size_t handshakes() const { return device_->counters().handshakes; }

 private:
  static std::unique_ptr<routeros::Device> device_of(std::string const& profile) {
    auto device = *routeros::Device::make(profile, 100LL << 30, 1);
    device->set_timing({});
    return device;
  }
  static std::string login(std::size_t session) { return kLogins[session % kLogins.size()]; }

  std::vector<std::string> ssh(std::size_t session) const {
    return {"ssh",
            "-F",
            "/dev/null",
            "-p",
            std::to_string(server_->port()),
            "-i",
            folder_ + "/key",
            "-oIdentitiesOnly=yes",
            "-oUserKnownHostsFile=" + folder_ + "/known_hosts",
            "-oStrictHostKeyChecking=yes",
            "-oBatchMode=yes",
            "-oLogLevel=ERROR",
            "-oControlPath=" + folder_ + "/m" + std::to_string(session),
            login(session) + "@127.0.0.1"};
  }
  void open_session(std::size_t session) {
    ChildSpec spec{ssh(session)};
    spec.argv.insert(spec.argv.begin() + 1, "-MN");
    spec.env["HOME"] = folder_;
    spec.timeout = std::chrono::hours(3);
    masters_.emplace_back("master", [this, spec] {
      EXPECT_FALSE(rdscsi::base::run_child(Context::background().with_cancel(end_), spec).ok());
    });
    std::string const socket = folder_ + "/m" + std::to_string(session);
    EXPECT_TRUE(Bench::eventually([&] { return std::filesystem::exists(socket); })) << socket;
  }

  std::string const folder_;
  CommandSource source_;
  rdscsi::base::RandomStream draw_;
  std::unique_ptr<routeros::Device> const model_;
  std::unique_ptr<faults::FaultyDevice> device_;
  std::unique_ptr<Server> server_;
  CancelSource end_;
  std::vector<Thread> masters_;
  std::size_t compared_ = 0, failed_ = 0, silent_ = 0, hanging_ = 0;
};

TEST(OpenSshModel, EachReplyIsTheModels) {
  std::size_t const commands = from_environment("RDS_SIM_SSH_COMMANDS", 300);
  std::size_t const sessions = from_environment("RDS_SIM_SSH_SESSIONS", 5);
  std::size_t const seed = from_environment("RDS_SIM_SSH_SEED", 1);
  std::vector<std::string> const profiles = {"7.16", "7.21", "7.24"};
  std::vector<std::unique_ptr<Stand>> stands;
  for (std::size_t i = 0; i < profiles.size(); ++i) {
    std::size_t const share = sessions / profiles.size() + (i < sessions % profiles.size() ? 1 : 0);
    stands.push_back(std::make_unique<Stand>(
        testing::TempDir() + "ssh-" + std::to_string(getpid()) + "-" + std::to_string(i), profiles[i],
        seed + i, std::max<std::size_t>(share, 1)));
  }
  {
    std::vector<Thread> threads;
    for (std::size_t i = 0; i < stands.size(); ++i) {
      std::size_t const share = commands / stands.size() + (i < commands % stands.size() ? 1 : 0);
      threads.emplace_back("stand", [&, i, share] { stands[i]->compare(share); });
    }
  }
  std::size_t compared = 0, failed = 0, silent = 0, hanging = 0, logins = 0;
  for (auto const& stand : stands) {
    compared += stand->compared();
    failed += stand->failed();
    silent += stand->silent();
    hanging += stand->hanging();
    logins += stand->handshakes();
  }
  std::cout << "ssh commands: " << compared << " replies equal to the model's over " << logins
            << " sessions (seed " << seed << "; " << failed << " errors, " << silent << " silent, " << hanging
            << " not sent: a device would wait for more)\n";
  EXPECT_LT(hanging, compared / 20);
  EXPECT_EQ(compared, commands);
  EXPECT_EQ(logins, std::max(sessions, stands.size()));
  EXPECT_LT(failed, compared / 2) << "the source is too often wrong to say much";
}

}  // namespace
}  // namespace rdssim::ssh
