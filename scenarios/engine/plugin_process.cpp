// See plugin_process.h. Signals and waits go through a pidfd, so that a number given to another process in
// the meantime is never hit.
#include "scenarios/engine/plugin_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/reasons.h"

namespace scenario {

using rdscsi::base::Duration;
using rdscsi::base::Effect;
using rdscsi::base::fail;
using rdscsi::base::Guard;
using rdscsi::base::Reason;
using rdscsi::base::Status;
using rdscsi::base::StatusOr;

namespace {

constexpr Duration kPoll = std::chrono::milliseconds(20);

Status no_start(std::string const& program, int error) {
  return fail(Reason::internal, Effect::none,
              "cannot start " + program + ": " + std::generic_category().message(error));
}

// What the child may know of our environment: where sanitizers and coverage write, nothing else.
std::vector<std::string> environment() {
  std::vector<std::string> words = {"LC_ALL=C", "PATH=/usr/local/bin:/usr/bin:/bin"};
  for (char const* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "GCOV_PREFIX",
                           "GCOV_PREFIX_STRIP", "TMPDIR"}) {
    if (char const* value = std::getenv(name)) words.push_back(std::string(name) + "=" + value);
  }
  return words;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> all;
  for (std::string& word : words) all.push_back(word.data());
  all.push_back(nullptr);
  return all;
}

// Our two descriptors and no other, no signal blocked or ignored. 0 or an errno.
int spawn(pid_t& pid, PluginSpec const& spec, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<std::string> words = {spec.program};
  words.insert(words.end(), spec.arguments.begin(), spec.arguments.end());
  std::vector<std::string> env = environment();
  int const error = posix_spawn(&pid, spec.program.c_str(), &actions, &attributes, pointers(words).data(),
                                pointers(env).data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return error;
}

bool accepts(std::string const& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.data(), path.size());
  int const fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  bool const connected =
      connect(fd, static_cast<sockaddr const*>(static_cast<void const*>(&address)), sizeof address) == 0;
  close(fd);
  return connected;
}

}  // namespace

std::string plugin_path() {
  if (char const* given = std::getenv("RDS_CSI_PLUGIN")) return given;
  std::error_code ignored;
  return (std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / "rds-csi-plugin").string();
}

std::string PluginEnd::text() const {
  return term_signal != 0 ? "signal " + std::to_string(term_signal) : "exit " + std::to_string(exit_code);
}

StatusOr<std::unique_ptr<PluginProcess>> PluginProcess::start(PluginSpec spec) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return no_start(spec.program, errno);
  pid_t pid = -1;
  int error = spawn(pid, spec, ends[1]);
  close(ends[1]);
  int pidfd = -1;
  if (error == 0) {
    pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    if (pidfd < 0) {
      error = errno;
      ::kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
    }
  }
  if (error != 0) {
    close(ends[0]);
    return no_start(spec.program, error);
  }
  return std::unique_ptr<PluginProcess>(new PluginProcess(std::move(spec), pidfd, ends[0]));
}

PluginProcess::PluginProcess(PluginSpec spec, int pidfd, int output)
    : spec_(std::move(spec)), pidfd_(pidfd), output_(output) {
  reader_ = rdscsi::base::Thread("plugin-output", [this] { read_output(); });
}

PluginProcess::~PluginProcess() {
  kill();
  reader_.join();
  close(output_);
  close(pidfd_);
}

// Ends with the child: it has no descendants that could keep the pipe open.
void PluginProcess::read_output() {
  std::array<char, 16384> buffer{};
  std::string line;
  while (true) {
    ssize_t const count = read(output_, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    for (ssize_t i = 0; i < count; ++i) {
      char const c = buffer[static_cast<std::size_t>(i)];
      if (c != '\n') {
        line.push_back(c);
      } else {
        spec_.on_line(std::exchange(line, {}));
      }
    }
  }
  if (!line.empty()) spec_.on_line(line);
}

bool PluginProcess::ended_within(Duration time) const {
  pollfd watched{pidfd_, POLLIN, 0};
  rdscsi::base::TimePoint const until = rdscsi::base::now() + time;
  while (true) {
    Duration const left = std::max<Duration>(until - rdscsi::base::now(), Duration::zero());
    int const ready =
        poll(&watched, 1, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count()));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

bool PluginProcess::running() const {
  return !ended_within(Duration::zero());
}

void PluginProcess::signal(int number) const {
  syscall(SYS_pidfd_send_signal, pidfd_, number, nullptr, 0);
}

void PluginProcess::kill_now() {
  signal(SIGKILL);
}

// Blocks until it has ended.
PluginEnd PluginProcess::reap() {
  Guard guard(mutex_);
  if (reaped_) return end_;
  siginfo_t info{};
  while (waitid(P_PIDFD, static_cast<id_t>(pidfd_), &info, WEXITED) != 0 && errno == EINTR) {
  }
  reaped_ = true;
  (info.si_code == CLD_EXITED ? end_.exit_code : end_.term_signal) = info.si_status;
  return end_;
}

PluginEnd PluginProcess::kill() {
  signal(SIGKILL);
  return reap();
}

PluginEnd PluginProcess::stop(Duration grace) {
  signal(SIGTERM);
  if (!ended_within(grace)) signal(SIGKILL);
  return reap();
}

Status PluginProcess::wait_until_serving(Duration timeout) {
  rdscsi::base::TimePoint const until = rdscsi::base::now() + timeout;
  while (!accepts(spec_.socket_path)) {
    if (ended_within(kPoll)) {
      return fail(Reason::internal, Effect::none,
                  spec_.program + " ended before it served: " + reap().text());
    }
    if (rdscsi::base::now() >= until) {
      return fail(Reason::deadline, Effect::none,
                  spec_.program + " does not serve on " + spec_.socket_path + " after " +
                      rdscsi::base::format_duration(timeout));
    }
  }
  return {};
}

}  // namespace scenario
