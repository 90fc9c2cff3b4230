// Child processes: what goes in and comes out verbatim, and that nothing survives: no process, no zombie, no
// descriptor.
#include "base/child_process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/reasons.h"
#include "base/sync.h"

namespace rdscsi::base {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Context const kCtx = Context::background();

ChildSpec shell(std::string script) {
  return {.argv = {"sh", "-c", std::move(script)}};
}

std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                       std::filesystem::directory_iterator());
}

// True when we have no child, dead or alive.
bool no_children() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == -1 && errno == ECHILD;
}

// True once the process is gone (or is somebody's zombie). Waits, because init has to bury what we killed.
bool goes_away(pid_t pid) {
  for (int look = 0; look < 1000; ++look) {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    if (!std::getline(stat, line)) return true;
    if (line.substr(line.rfind(')') + 2, 1) == "Z") return true;
    sleep_for(milliseconds(10));
  }
  return false;
}

// Every test of this file leaves as many descriptors as it found, and no child.
class ChildProcess : public ::testing::Test {
 protected:
  void SetUp() override { before_ = open_descriptors(); }
  void TearDown() override {
    EXPECT_EQ(open_descriptors(), before_);
    EXPECT_TRUE(no_children());
  }

 private:
  std::ptrdiff_t before_ = 0;
};

TEST_F(ChildProcess, OutputErrorsAndExitCodeComeBack) {
  auto const result = run_child(kCtx, shell("echo out; echo err >&2; exit 3"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->stdout_bytes, "out\n");
  EXPECT_EQ(result->stderr_bytes, "err\n");
  EXPECT_EQ(result->exit_code, 3);
  EXPECT_EQ(result->term_signal, 0);
  EXPECT_FALSE(result->success());
  EXPECT_FALSE(result->truncated);
}

TEST_F(ChildProcess, ArgumentsAreNeverReadByAShell) {
  std::vector<std::string> const words = {"two words", "",  "\"quotes\" 'and' `more`", "$HOME;*?|&<>", "a\nb",
                                          "ü",         "-n"};
  ChildSpec spec{.argv = {"printf", "%s\\n"}};
  spec.argv.insert(spec.argv.end(), words.begin(), words.end());
  auto const result = run_child(kCtx, spec);
  ASSERT_TRUE(result.ok()) << result.status();
  std::string expected;
  for (auto const& word : words) expected += word + "\n";
  EXPECT_EQ(result->stdout_bytes, expected);
}

TEST_F(ChildProcess, AMissingProgramIsNamed) {
  for (std::string const program : {"no-such-program-xyz", "/usr/bin/no-such-program-xyz"}) {
    auto const result = run_child(kCtx, {.argv = {program, "x"}});
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(failure_of(result.status()).effect, Effect::none);
    EXPECT_NE(result.status().message().find(program), std::string::npos) << result.status();
  }
}

TEST_F(ChildProcess, AFileThatIsNoProgramIsAnErrorOfTheStart) {
  auto const directory = run_child(kCtx, {.argv = {"/tmp"}});
  EXPECT_EQ(failure_of(directory.status()).effect, Effect::none);
  EXPECT_NE(directory.status().message().find("\"/tmp\": Permission denied"), std::string::npos)
      << directory.status();
  EXPECT_NE(run_child(kCtx, {.argv = {"/etc/passwd"}}).status().message().find("Permission denied"),
            std::string::npos);
}

TEST_F(ChildProcess, ImpossibleWordsAreRefusedBeforeAnythingStarts) {
  std::string const nul("a\0b", 3);
  for (ChildSpec const& spec : {ChildSpec{}, ChildSpec{.argv = {""}}, ChildSpec{.argv = {"echo", nul}},
                                ChildSpec{.argv = {"echo"}, .env = {{"A", nul}}},
                                ChildSpec{.argv = {"echo"}, .env = {{"A=B", "c"}}}}) {
    EXPECT_EQ(failure_of(run_child(kCtx, spec).status()).reason, Reason::invalid_argument);
  }
}

TEST_F(ChildProcess, StandardInputIsReadToItsEnd) {
  std::string bytes;
  for (int number = 0; number < 300'000; ++number) bytes.push_back(static_cast<char>(number * 7));
  auto const result = run_child(kCtx, {.argv = {"cat"}, .stdin_bytes = bytes});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->stdout_bytes, bytes);
  EXPECT_EQ(run_child(kCtx, {.argv = {"cat"}})->stdout_bytes, "") << "without input: end of file at once";
}

TEST_F(ChildProcess, AProgramThatIgnoresItsInputHurtsNobody) {
  auto const result = run_child(kCtx, {.argv = {"true"}, .stdin_bytes = std::string(10'000'000, 'x')});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->success());
}

TEST_F(ChildProcess, TheEnvironmentIsOursToGiveAndNothingIsInherited) {
  ::setenv("RDS_CSI_SECRET", "do not hand on", 1);
  auto const result = run_child(kCtx, {.argv = {"env"}, .env = {{"ONE", "1 = one"}}});
  ::unsetenv("RDS_CSI_SECRET");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->stdout_bytes,
            "LC_ALL=C\nONE=1 = one\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n");
}

TEST_F(ChildProcess, NoDescriptorOfOursReachesTheChild) {
  int const leaky = ::dup(STDERR_FILENO);  // without CLOEXEC
  auto const result = run_child(kCtx, shell("ls /proc/self/fd"));
  ::close(leaky);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->stdout_bytes, "0\n1\n2\n3\n") << "3 is the directory ls reads";
}

TEST_F(ChildProcess, SignalsOursAreBlockedOrIgnoredDoNotReachTheChild) {
  auto const previous = ::signal(SIGPIPE, SIG_IGN);
  sigset_t term;
  ::sigemptyset(&term);
  ::sigaddset(&term, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &term, nullptr);
  auto const pipe = run_child(kCtx, shell("kill -PIPE $$; echo ignored"));
  auto const terminate = run_child(kCtx, shell("kill -TERM $$; echo blocked"));
  ::pthread_sigmask(SIG_UNBLOCK, &term, nullptr);
  ::signal(SIGPIPE, previous);
  ASSERT_TRUE(pipe.ok() && terminate.ok());
  EXPECT_EQ(pipe->term_signal, SIGPIPE) << pipe->stdout_bytes;
  EXPECT_EQ(terminate->term_signal, SIGTERM) << terminate->stdout_bytes;
}

TEST_F(ChildProcess, OutputBeyondTheLimitIsDroppedAndSaidSo) {
  auto spec = shell("head -c 500000 /dev/zero; echo end >&2");
  spec.output_bytes_max = 1000;
  auto const result = run_child(kCtx, spec);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->stdout_bytes, std::string(1000, '\0'));
  EXPECT_EQ(result->stderr_bytes, "end\n");
  EXPECT_TRUE(result->truncated);
  EXPECT_TRUE(result->success()) << "the program must not be stopped by a full pipe";
}

TEST_F(ChildProcess, OutputOfExactlyTheLimitIsWhole) {
  auto spec = shell("head -c 1000 /dev/zero");
  spec.output_bytes_max = 1000;
  auto const result = run_child(kCtx, spec);
  EXPECT_EQ(result->stdout_bytes.size(), 1000U);
  EXPECT_FALSE(result->truncated);
}

TEST_F(ChildProcess, AProgramEndedByASignalSaysWhich) {
  auto const result = run_child(kCtx, shell("kill -9 $$"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->term_signal, SIGKILL);
  EXPECT_FALSE(result->success());
}

// --- Ends that are forced ---

// Starts a grandchild, names it in `file`, and never ends. Deaf to SIGTERM, both of them.
ChildSpec stubborn_family(std::string const& file) {
  auto spec = shell("trap '' TERM; sleep 1000 & echo $! > " + file +
                    "; echo started >&2; while :; do sleep 1000; done");
  spec.kill_grace = milliseconds(50);
  return spec;
}

class WithFile : public ChildProcess {
 protected:
  void SetUp() override {
    std::string pattern = "/tmp/rds-csi-child-XXXXXX";
    ::close(::mkstemp(pattern.data()));
    file_ = pattern;
    ChildProcess::SetUp();
  }
  void TearDown() override {
    ChildProcess::TearDown();
    std::filesystem::remove(file_);
  }
  pid_t grandchild() const {
    pid_t pid = 0;
    std::ifstream(file_) >> pid;
    return pid;
  }
  std::string file_;
};

TEST_F(WithFile, W41_ATimeoutKillsTheWholeFamilyEvenWhenItIsDeafToSigterm) {
  auto spec = stubborn_family(file_);
  spec.timeout = milliseconds(500);
  auto const result = run_child(kCtx, spec);
  EXPECT_EQ(failure_of(result.status()).reason, Reason::deadline);
  EXPECT_EQ(failure_of(result.status()).effect, Effect::unknown);
  EXPECT_NE(result.status().message().find("\"sh\" did not end within 500ms"), std::string::npos)
      << result.status();
  EXPECT_NE(result.status().message().find("started"), std::string::npos) << "its last words are kept";
  ASSERT_GT(grandchild(), 0);
  EXPECT_TRUE(goes_away(grandchild()));
}

TEST_F(WithFile, TheContextsDeadlineHoldsAsWell) {
  auto const result = run_child(kCtx.with_timeout(milliseconds(300)), stubborn_family(file_));
  EXPECT_EQ(failure_of(result.status()).reason, Reason::deadline);
  ASSERT_GT(grandchild(), 0);
  EXPECT_TRUE(goes_away(grandchild()));
}

TEST_F(WithFile, ACancellationKillsTheFamilyAndKeepsItsReason) {
  CancelSource source;
  Thread canceller("canceller", [&] {
    while (grandchild() == 0) sleep_for(milliseconds(5));
    source.cancel(Reason::shutting_down, "stop");
  });
  auto const result = run_child(kCtx.with_cancel(source), stubborn_family(file_));
  canceller.join();
  EXPECT_EQ(failure_of(result.status()).reason, Reason::shutting_down);
  EXPECT_EQ(failure_of(result.status()).effect, Effect::unknown);
  EXPECT_TRUE(goes_away(grandchild()));
}

TEST_F(WithFile, WhatAProgramLeavesBehindIsKilledWhenItEnds) {
  auto const result = run_child(kCtx, shell("sleep 1000 & echo $! > " + file_ + "; echo done"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->stdout_bytes, "done\n");
  EXPECT_TRUE(goes_away(grandchild())) << "and nobody waited for it, though it held our pipe";
}

TEST_F(ChildProcess, AProgramThatObeysSigtermCanTidyUp) {
  auto spec = shell("trap 'echo tidy >&2; exit 0' TERM; while :; do sleep 0.01; done");
  spec.timeout = milliseconds(200);
  spec.kill_grace = seconds(20);
  auto const result = run_child(kCtx, spec);
  EXPECT_EQ(failure_of(result.status()).reason, Reason::deadline);
  EXPECT_NE(result.status().message().find("tidy"), std::string::npos) << result.status();
}

TEST_F(ChildProcess, AnEndlessTalkerIsStoppedInTime) {
  ChildSpec spec{.argv = {"yes"}, .timeout = milliseconds(200)};
  EXPECT_EQ(failure_of(run_child(kCtx, spec).status()).reason, Reason::deadline);
}

TEST_F(ChildProcess, AnEndedContextStartsNothing) {
  auto const result = run_child(kCtx.with_timeout(-seconds(1)), {.argv = {"true"}});
  EXPECT_EQ(failure_of(result.status()).reason, Reason::deadline);
  EXPECT_EQ(failure_of(result.status()).effect, Effect::none);
}

TEST_F(ChildProcess, FiftyChildrenFromFourThreadsDoNotMixTheirOutput) {
  std::atomic<int> next = 0;
  std::atomic<int> right = 0;
  std::vector<Thread> threads;
  for (int number = 0; number < 4; ++number) {
    threads.emplace_back("spawner", [&] {
      for (int mine = next++; mine < 50; mine = next++) {
        std::string const word = std::to_string(mine);
        auto const result =
            run_child(kCtx, {.argv = {"sh", "-c", "cat; echo $0; exit $0", word}, .stdin_bytes = word});
        if (result.ok() && result->exit_code == mine && result->stdout_bytes == word + word + "\n") ++right;
      }
    });
  }
  for (Thread& thread : threads) thread.join();
  EXPECT_EQ(right, 50);
}

}  // namespace
}  // namespace rdscsi::base
