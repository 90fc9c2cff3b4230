// The SSH connector against a real SSH server on the loopback, with good and bad manners (incident 37).
#include "rds/ssh_connector.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>

#include "base/log.h"
#include "base/reasons.h"
#include "base/sync.h"
#include "base/testing/temporary_directory.h"
#include "rds/host_key.h"
#include "rds/tcp_connect.h"
#include "rds/testing/minimal_ssh_server.h"

namespace rdscsi::rds {
namespace {

using base::Context;
using base::Effect;
using base::Reason;
using ::testing::AllOf;
using testing::Answer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::KeyKind;
using testing::make_key_pair;
using testing::Manners;
using testing::MinimalSshServer;
using ::testing::Not;
using ::testing::StartsWith;
using namespace base;  // NOLINT: the duration literals

std::string message_of(base::Status const& status) {
  return std::string(status.message().data(), status.message().size());
}

Reason reason_of(base::Status const& status) {
  return base::failure_of(status).reason;
}

Effect effect_of(base::Status const& status) {
  return base::failure_of(status).effect;
}

class Ssh : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_ = std::make_unique<base::testing::TemporaryDirectory>();
    user_key_ = make_key_pair(directory_->path(), "user", KeyKind::ed25519);
    user_rsa_key_ = make_key_pair(directory_->path(), "user-rsa", KeyKind::rsa);
    user_locked_key_ = make_key_pair(directory_->path(), "user-locked", KeyKind::ed25519, "correct horse");
    make_key_pair(directory_->path(), "host", KeyKind::ed25519);
    make_key_pair(directory_->path(), "host-rsa", KeyKind::rsa);
    make_key_pair(directory_->path(), "other-host", KeyKind::ed25519);
    std::ofstream(path("phrase")) << "correct horse\n";
  }
  static void TearDownTestSuite() { directory_.reset(); }

  static std::string path(std::string const& name) { return directory_->file(name); }

  MinimalSshServer& serve(Manners manners = Manners::good, std::string const& host_key = "host",
                          std::string const& user_key = user_key_, bool ipv6 = false) {
    MinimalSshServer::Options options;
    options.host_key_file = path(host_key);
    options.authorized_base64 = user_key.substr(user_key.find(' ') + 1);
    options.manners = manners;
    options.ipv6 = ipv6;
    server_.emplace(options);
    endpoint_.port = server_->port();
    return *server_;
  }

  base::StatusOr<std::shared_ptr<Session>> connect() {
    return connector_.connect(Context::background().with_timeout(20s), endpoint_);
  }

  // A logged-in session, or a failed test.
  std::shared_ptr<Session> session() {
    auto made = connect();
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? *made : nullptr;
  }

  static Context soon() { return Context::background().with_timeout(20s); }

  std::string where() const { return "127.0.0.1:" + std::to_string(endpoint_.port); }

  static inline std::unique_ptr<base::testing::TemporaryDirectory> directory_;
  static inline std::string user_key_;
  static inline std::string user_rsa_key_;
  static inline std::string user_locked_key_;

  Endpoint endpoint_ = [] {
    Endpoint endpoint;
    endpoint.address = "127.0.0.1";
    endpoint.private_key_file = path("user");
    endpoint.host_key_file = path("host.pub");
    return endpoint;
  }();
  std::optional<MinimalSshServer> server_;
  SshConnector connector_;
};

// --- logging in ---

TEST_F(Ssh, ACommandsBytesArriveAsTheyWereSent) {
  serve().answer_with([](std::string const&) {
    Answer answer;
    answer.output = std::string("Flags: X\r\n 0  \x1b[m\t\"a\0b\" \xff\r\n", 25);
    return answer;
  });
  auto const reply = session()->exec(soon(), "/disk print detail");
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->output, std::string("Flags: X\r\n 0  \x1b[m\t\"a\0b\" \xff\r\n", 25));
  EXPECT_EQ(reply->exit_status, 0);
  EXPECT_THAT(server_->lines(), ElementsAre("/disk print detail"));
  EXPECT_THAT(server_->users(), ::testing::Each("admin"));
}

TEST_F(Ssh, ExitStatusAndSilenceArePassedOn) {
  serve().answer_with([](std::string const& line) {
    Answer answer;
    if (line == "none") answer.exit_status.reset();
    if (line == "seven") answer.exit_status = 7;
    return answer;
  });
  auto const live = session();
  auto const silent = live->exec(soon(), "none");
  ASSERT_TRUE(silent.ok()) << silent.status();
  EXPECT_EQ(silent->output, "");
  EXPECT_EQ(silent->exit_status, std::nullopt);
  EXPECT_EQ(live->exec(soon(), "seven")->exit_status, 7);
}

TEST_F(Ssh, RsaKeysWorkOnBothSides) {
  serve(Manners::good, "host-rsa", user_rsa_key_);
  endpoint_.private_key_file = path("user-rsa");
  endpoint_.host_key_file = path("host-rsa.pub");
  EXPECT_TRUE(session()->exec(soon(), "x").ok());
}

TEST_F(Ssh, AnEncryptedKeyIsOpenedWithItsPassphraseFile) {
  serve(Manners::good, "host", user_locked_key_);
  endpoint_.private_key_file = path("user-locked");
  endpoint_.passphrase_file = path("phrase");
  EXPECT_TRUE(session()->exec(soon(), "x").ok());
}

TEST_F(Ssh, Ipv6LiteralsAndNamesWork) {
  serve(Manners::good, "host", user_key_, true);
  endpoint_.address = "::1";
  EXPECT_TRUE(session()->exec(soon(), "x").ok());
  serve();
  endpoint_.address = "localhost";
  EXPECT_TRUE(session()->exec(soon(), "x").ok());
}

TEST_F(Ssh, KeyFilesAreReadAtEachConnectSoThatARotatedKeyIsPickedUp) {
  serve(Manners::good, "host", user_rsa_key_);
  endpoint_.private_key_file = path("rotating");
  std::filesystem::copy_file(path("user"), path("rotating"));
  EXPECT_EQ(reason_of(connect().status()), Reason::rds_auth);
  std::filesystem::copy_file(path("user-rsa"), path("rotating"),
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_TRUE(connect().ok());
}

// --- who the device is ---

TEST_F(Ssh, W82_AnotherKeyOfThePinnedTypeIsRefusedWithBothFingerprints) {
  serve(Manners::good, "other-host");
  auto const made = connect();
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(reason_of(made.status()), Reason::rds_host_key);
  EXPECT_EQ(effect_of(made.status()), Effect::none);
  std::string const presented = HostKeys::load(path("other-host.pub"))->text();
  std::string const pinned = HostKeys::load(path("host.pub"))->text();
  EXPECT_THAT(message_of(made.status()), AllOf(StartsWith("host key: " + where() + " presented " + presented),
                                               HasSubstr("pins " + pinned)));
  EXPECT_THAT(server_->users(), IsEmpty()) << "our login must not be offered to a stranger";
}

TEST_F(Ssh, W82_ADeviceWithoutAKeyOfThePinnedTypeIsAHostKeyFailure) {
  serve(Manners::offer_only_rsa);
  auto const made = connect();
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(reason_of(made.status()), Reason::rds_host_key) << made.status();
  EXPECT_THAT(message_of(made.status()),
              AllOf(StartsWith("host key: " + where() + " offers no host key of a type pinned in " +
                               path("host.pub")),
                    HasSubstr("rsa-sha2-512"), HasSubstr("ssh-ed25519 SHA256:")));
}

TEST_F(Ssh, W82_WithoutAUsableHostKeyFileNothingIsSent) {
  serve();
  endpoint_.host_key_file = "";
  EXPECT_EQ(reason_of(connect().status()), Reason::rds_host_key);
  endpoint_.host_key_file = path("user");
  EXPECT_EQ(reason_of(connect().status()), Reason::rds_host_key);
  EXPECT_EQ(server_->connections(), 0);
}

TEST_F(Ssh, VerificationOffIsWarnedAboutOnce) {
  int warnings = 0;
  base::LogOptions logging;
  logging.sink = [&](base::LogRecord const& record) {
    warnings += record.level == base::LogLevel::warn ? 1 : 0;
  };
  base::configure_logging(logging);
  serve(Manners::good, "other-host");
  endpoint_.host_key_file = "";
  endpoint_.insecure_skip_host_key_verification = true;
  EXPECT_TRUE(session()->exec(soon(), "x").ok());
  EXPECT_TRUE(session()->exec(soon(), "x").ok());
  base::configure_logging({});
  EXPECT_EQ(warnings, 1);
}

// --- steps that fail ---

TEST_F(Ssh, ARefusedLoginNamesUserAndKeyAndNoSecret) {
  serve(Manners::refuse_key);
  endpoint_.user = "csi+cte80w";
  auto const made = connect();
  EXPECT_EQ(reason_of(made.status()), Reason::rds_auth);
  EXPECT_THAT(message_of(made.status()),
              AllOf(StartsWith("authentication: " + where() +
                               " refused user 'csi+cte80w' with the ssh-ed25519 SHA256:"),
                    HasSubstr(path("user"))));
  EXPECT_THAT(server_->users(), ::testing::Each("csi+cte80w"));
}

TEST_F(Ssh, ARefusedConnectionNamesTheStep) {
  std::uint16_t const port = serve().port();
  server_.reset();
  endpoint_.port = port;
  auto const made = connect();
  EXPECT_EQ(reason_of(made.status()), Reason::rds_unreachable);
  EXPECT_EQ(effect_of(made.status()), Effect::none);
  EXPECT_EQ(message_of(made.status()), "TCP connect: Connection refused: " + where());
}

TEST_F(Ssh, ANameThatDoesNotResolveIsNamed) {
  endpoint_.address = "no such host";
  auto const made = connect();
  EXPECT_EQ(reason_of(made.status()), Reason::rds_unreachable);
  EXPECT_THAT(message_of(made.status()), HasSubstr("looking up the RDS address 'no such host'"));
}

TEST_F(Ssh, W37_APeerThatNeverSendsABannerIsGivenUpAfterTheStepsLimit) {
  serve(Manners::silent_after_accept);
  SshLimits limits;
  limits.banner = 150ms;
  auto const made = SshConnector(limits).connect(Context::background(), endpoint_);
  EXPECT_EQ(reason_of(made.status()), Reason::rds_unreachable);
  EXPECT_EQ(message_of(made.status()), "SSH banner: no answer within 150ms from " + where());
}

TEST_F(Ssh, W37_AHandshakeThatHangsIsGivenUpAfterTheStepsLimit) {
  serve(Manners::hang_in_key_exchange);
  SshLimits limits;
  limits.key_exchange = 150ms;
  auto const made = SshConnector(limits).connect(Context::background(), endpoint_);
  EXPECT_EQ(reason_of(made.status()), Reason::rds_unreachable);
  EXPECT_EQ(message_of(made.status()), "key exchange: no answer within 150ms from " + where());
}

TEST_F(Ssh, W42_TheCallersDeadlineCutsAStepShort) {
  serve(Manners::hang_in_key_exchange);
  auto const made = connector_.connect(Context::background().with_timeout(150ms), endpoint_);
  EXPECT_EQ(reason_of(made.status()), Reason::rds_unreachable);
  EXPECT_THAT(message_of(made.status()), HasSubstr("no answer within "));
}

TEST_F(Ssh, APeerThatHangsUpBeforeItsBannerTurnsUsAway) {
  serve(Manners::hang_up);
  auto const made = connect();
  EXPECT_EQ(reason_of(made.status()), Reason::rds_turned_away);
  EXPECT_THAT(message_of(made.status()), StartsWith("SSH banner: " + where() + " took the connection and"));
}

TEST_F(Ssh, APeerThatIsNoSshServerIsSaidSo) {
  serve(Manners::not_ssh);
  auto const made = connect();
  EXPECT_EQ(reason_of(made.status()), Reason::rds_unreachable);
  EXPECT_THAT(message_of(made.status()), StartsWith("SSH banner: " + where() + " is no SSH server: "));
}

TEST_F(Ssh, ACancelledConnectEndsWithTheReasonGiven) {
  serve(Manners::hang_in_key_exchange);
  base::CancelSource source;
  base::Thread canceller("canceller", [&] {
    while (server_->connections() == 0) base::sleep_for(1ms);
    source.cancel(Reason::shutting_down, "enough");
  });
  auto const made = connector_.connect(Context::background().with_cancel(source), endpoint_);
  canceller.join();
  EXPECT_EQ(reason_of(made.status()), Reason::shutting_down);
  EXPECT_EQ(effect_of(made.status()), Effect::none);
}

// --- commands that go wrong ---

TEST_F(Ssh, W37_AChannelThatIsNeverOpenedHasNoEffect) {
  serve(Manners::ignore_channel_open);
  SshLimits limits;
  limits.channel_open = 100ms;
  auto const made = SshConnector(limits).connect(soon(), endpoint_);
  ASSERT_TRUE(made.ok()) << made.status();
  auto const reply = (*made)->exec(soon(), "/disk remove 0");
  EXPECT_EQ(reason_of(reply.status()), Reason::rds_timeout);
  EXPECT_EQ(effect_of(reply.status()), Effect::none);
  EXPECT_EQ(message_of(reply.status()), "opening a channel: no answer within 100ms from " + where());
  EXPECT_FALSE((*made)->dead());
  EXPECT_THAT(server_->lines(), IsEmpty());
}

TEST_F(Ssh, ARefusedChannelHasNoEffectAndLeavesTheSessionAlive) {
  serve(Manners::refuse_channel);
  auto const live = session();
  auto const reply = live->exec(soon(), "x");
  EXPECT_EQ(reason_of(reply.status()), Reason::overloaded);
  EXPECT_EQ(effect_of(reply.status()), Effect::none);
  EXPECT_FALSE(live->dead());
}

TEST_F(Ssh, ARefusedExecRequestIsUnknown) {
  serve().answer_with([](std::string const& line) {
    Answer answer;
    answer.output = "ok";
    answer.refuse_exec = line == "no";
    return answer;
  });
  auto const live = session();
  auto const reply = live->exec(soon(), "no");
  EXPECT_EQ(reason_of(reply.status()), Reason::rds_command_failed);
  EXPECT_EQ(effect_of(reply.status()), Effect::unknown);
  EXPECT_EQ(live->exec(soon(), "yes")->output, "ok");
}

TEST_F(Ssh, W37_ACommandWithoutAnAnswerIsUnknownAndTheSessionServesOthers) {
  serve().answer_with([](std::string const& line) {
    Answer answer;
    answer.output = line;
    answer.never = line == "stuck";
    return answer;
  });
  auto const live = session();
  auto const stuck = live->exec(Context::background().with_timeout(700ms), "stuck");
  EXPECT_EQ(reason_of(stuck.status()), Reason::rds_timeout);
  EXPECT_EQ(effect_of(stuck.status()), Effect::unknown);
  EXPECT_THAT(message_of(stuck.status()), StartsWith("running a command: no answer within "));
  EXPECT_FALSE(live->dead());
  EXPECT_EQ(live->exec(soon(), "other")->output, "other");
  while (server_->open_channels() > 0)
    base::sleep_for(1ms);  // the given-up channel is closed, or ctest's limit ends this
}

TEST_F(Ssh, LateOutputOfAGivenUpCommandReachesNobody) {
  serve().answer_with([](std::string const& line) {
    Answer answer;
    answer.output = line + "!";
    if (line == "late") answer.delay = 150ms;
    return answer;
  });
  auto const live = session();
  EXPECT_FALSE(live->exec(Context::background().with_timeout(50ms), "late").ok());
  for (int i = 0; i < 100; ++i) {
    std::string const line = "command " + std::to_string(i);
    auto const reply = live->exec(soon(), line);
    ASSERT_TRUE(reply.ok()) << reply.status();
    ASSERT_EQ(reply->output, line + "!");
    base::sleep_for(2ms);
  }
}

TEST_F(Ssh, W37_OutputThatTricklesIsCutByTheDeadline) {
  serve().answer_with([](std::string const&) {
    Answer answer;
    answer.output = std::string(100'000, '.');
    answer.chunk = 1;
    answer.between_chunks = 10ms;
    return answer;
  });
  auto const reply = session()->exec(Context::background().with_timeout(700ms), "x");
  EXPECT_EQ(reason_of(reply.status()), Reason::rds_timeout);
  EXPECT_EQ(effect_of(reply.status()), Effect::unknown);
}

TEST_F(Ssh, CancellingTellsWhetherTheLineMayHaveRun) {
  serve().answer_with([](std::string const&) {
    Answer answer;
    answer.never = true;
    return answer;
  });
  auto const live = session();
  base::CancelSource source;
  base::Thread canceller("canceller", [&] {
    while (server_->lines().empty()) base::sleep_for(1ms);
    source.cancel(Reason::cancelled, "the caller went away");
  });
  auto const running = live->exec(soon().with_cancel(source), "x");
  canceller.join();
  EXPECT_EQ(reason_of(running.status()), Reason::cancelled);
  EXPECT_EQ(effect_of(running.status()), Effect::unknown);
  auto const never_sent = live->exec(soon().with_cancel(source), "y");
  EXPECT_EQ(reason_of(never_sent.status()), Reason::cancelled);
  EXPECT_EQ(effect_of(never_sent.status()), Effect::none);
  EXPECT_THAT(server_->lines(), ElementsAre("x"));
}

TEST_F(Ssh, ASessionCutInsideACommandIsLostForEverybodyAndForEver) {
  serve().answer_with([](std::string const& line) {
    Answer answer;
    answer.output = "half of it";
    answer.never = line == "waiting";
    answer.cut_connection = line == "cut";
    return answer;
  });
  auto const live = session();
  base::Thread other("other", [&] {
    auto const reply = live->exec(soon(), "waiting");
    EXPECT_EQ(reason_of(reply.status()), Reason::rds_session_lost);
    EXPECT_EQ(effect_of(reply.status()), Effect::unknown);
  });
  while (server_->lines().empty()) base::sleep_for(1ms);
  auto const reply = live->exec(soon(), "cut");
  other.join();
  EXPECT_EQ(reason_of(reply.status()), Reason::rds_session_lost) << "half a reply is no reply";
  EXPECT_EQ(effect_of(reply.status()), Effect::unknown);
  EXPECT_TRUE(live->dead());
  auto const after = live->exec(soon(), "after");
  EXPECT_EQ(reason_of(after.status()), Reason::rds_session_lost);
  EXPECT_EQ(effect_of(after.status()), Effect::none);
}

TEST_F(Ssh, AResetOfAnIdleSessionIsNoticed) {
  serve();
  auto const live = session();
  ASSERT_TRUE(live->exec(soon(), "x").ok());
  server_->cut_all();
  while (!live->dead()) base::sleep_for(1ms);  // or ctest's limit ends this
}

TEST_F(Ssh, CloseEndsRunningCommandsAtOnce) {
  serve().answer_with([](std::string const&) {
    Answer answer;
    answer.never = true;
    return answer;
  });
  auto const live = session();
  base::Thread closer("closer", [&] {
    while (server_->lines().empty()) base::sleep_for(1ms);
    live->close();
    live->close();
  });
  auto const reply = live->exec(Context::background(), "x");
  closer.join();
  EXPECT_EQ(reason_of(reply.status()), Reason::rds_session_lost);
  EXPECT_EQ(effect_of(reply.status()), Effect::unknown);
  EXPECT_TRUE(live->dead());
}

TEST_F(Ssh, ManyThreadsGetTheirOwnAnswers) {
  serve().answer_with([](std::string const& line) {
    Answer answer;
    answer.output = line + std::string(5000, 'x') + line;
    answer.chunk = 777;
    return answer;
  });
  auto const live = session();
  std::vector<base::Thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back("caller", [&, thread] {
      for (int i = 0; i < 25; ++i) {
        std::string const line = "/" + std::to_string(thread) + "/" + std::to_string(i);
        auto const reply = live->exec(soon(), line);
        ASSERT_TRUE(reply.ok()) << reply.status();
        ASSERT_EQ(reply->output, line + std::string(5000, 'x') + line);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(server_->lines().size(), 200U);
  EXPECT_GT(server_->open_channels_peak(), 1) << "channels of one session run side by side";
  EXPECT_LE(server_->open_channels_peak(), 9)
      << "a channel is closed before its thread opens the next, give or take one";
  EXPECT_EQ(server_->connections(), 1);
}

TEST_F(Ssh, ALongReplyArrivesWholeAndAnEndlessOneIsRefused) {
  serve().answer_with([](std::string const& line) {
    Answer answer;
    answer.output = std::string(line == "endless" ? kReplyBytesMax + 1 : std::size_t{3} << 20, 'x');
    return answer;
  });
  auto const live = session();
  auto const long_one = live->exec(soon(), "long");
  ASSERT_TRUE(long_one.ok()) << long_one.status();
  EXPECT_EQ(long_one->output.size(), std::size_t{3} << 20);
  auto const endless = live->exec(Context::background().with_timeout(120s), "endless");
  EXPECT_EQ(reason_of(endless.status()), Reason::rds_reply_damaged) << endless.status();
  EXPECT_EQ(effect_of(endless.status()), Effect::unknown);
  EXPECT_TRUE(live->exec(soon(), "long").ok()) << "the session lives on";
}

TEST_F(Ssh, ALineWithALineEndIsNotSent) {
  serve();
  auto const live = session();
  for (std::string const& line : {std::string("a\nb"), std::string("a\rb"), std::string("a\0b", 3)}) {
    EXPECT_EQ(effect_of(live->exec(soon(), line).status()), Effect::none);
  }
  EXPECT_THAT(server_->lines(), IsEmpty());
}

// --- what is left behind ---

int open_descriptors() {
  int count = 0;
  for ([[maybe_unused]] auto const& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

TEST_F(Ssh, NoDescriptorOrThreadOutlivesItsAttempt) {
  serve();
  ASSERT_TRUE(session()->exec(soon(), "x").ok());  // whatever is made once is made now
  server_.reset();
  int const descriptors = open_descriptors();
  int const threads = base::live_thread_count();
  SshLimits limits;
  limits.banner = limits.key_exchange = limits.channel_open = 20ms;
  SshConnector impatient(limits);
  for (Manners const manners : {Manners::good, Manners::silent_after_accept, Manners::not_ssh,
                                Manners::hang_in_key_exchange, Manners::ignore_channel_open}) {
    serve(manners);
    auto const made = impatient.connect(soon(), endpoint_);
    if (made.ok()) (*made)->exec(soon(), "x").IgnoreError();
  }
  serve(Manners::refuse_key);
  EXPECT_FALSE(connect().ok());
  server_.reset();
  EXPECT_EQ(open_descriptors(), descriptors);
  EXPECT_EQ(base::live_thread_count(), threads);
}

TEST_F(Ssh, SocketsAreQuickMortalAndNotInherited) {
  serve();
  NameLookup lookup;
  Wakeup wakeup;
  auto const socket = tcp_connect(soon(), endpoint_, lookup, wakeup);
  ASSERT_TRUE(socket.ok()) << socket.status();
  int value = 0;
  socklen_t length = sizeof value;
  ASSERT_EQ(::getsockopt(socket->get(), IPPROTO_TCP, TCP_NODELAY, &value, &length), 0);
  EXPECT_NE(value, 0);
  ASSERT_EQ(::getsockopt(socket->get(), IPPROTO_TCP, TCP_USER_TIMEOUT, &value, &length), 0);
  EXPECT_EQ(value, std::chrono::duration_cast<std::chrono::milliseconds>(kTcpUserTimeout).count());
  EXPECT_NE(::fcntl(socket->get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_NE(::fcntl(wakeup.fd(), F_GETFD) & FD_CLOEXEC, 0);
}

}  // namespace
}  // namespace rdscsi::rds
