// Child processes by posix_spawn; see child_process.h for the promises.
//
// Boost.Process 1.74 was weighed and left out: its wait_for crashed with four threads, it knows no pidfd, and
// once own pipes, CLOEXEC, the process group and the signal mask are wanted, nothing of it is left to use.
// posix_spawn reports a failed exec, does not copy our page tables, and is safe in a process of many
// threads.
#include "base/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/reasons.h"

namespace rdscsi::base {
namespace {

constexpr char const* kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
// After SIGKILL a process goes within moments, unless it hangs in the kernel: see
// collect_lost().
constexpr auto kKillWait = std::chrono::seconds(2);

// Real time on purpose: a child does not know of virtual time.
using RealClock = std::chrono::steady_clock;

// Owns one file descriptor.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() { reset(); }
  void reset() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

std::string error_text(int error) {
  return std::generic_category().message(error);
}

Status no_start(std::string const& program, std::string const& why) {
  return fail(Reason::internal, Effect::none, "cannot start program \"" + program + "\": " + why);
}

// --- Children that did not die of SIGKILL within kKillWait: D state. They are reaped by a later call. ---

struct Lost {
  std::mutex mutex;
  std::vector<Fd> pidfds;
};

Lost& lost() {
  static auto* const instance = new Lost;
  return *instance;
}

bool reap(Fd const& pidfd) {
  siginfo_t info{};
  return ::waitid(P_PIDFD, static_cast<id_t>(pidfd.get()), &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0;
}

void collect_lost() {
  std::lock_guard guard(lost().mutex);
  std::erase_if(lost().pidfds, [](Fd const& pidfd) { return reap(pidfd); });
}

// --- Starting ---

std::map<std::string, std::string> full_environment(ChildSpec const& spec) {
  std::map<std::string, std::string> env{{"LC_ALL", "C"}, {"PATH", kDefaultPath}};
  for (auto const& [name, value] : spec.env) env.insert_or_assign(name, value);
  return env;
}

StatusOr<std::string> find_program(std::string const& program, std::string const& path) {
  if (program.find('/') != std::string::npos) {
    if (::access(program.c_str(), X_OK) == 0) return program;
    return no_start(program, error_text(errno));
  }
  for (std::size_t at = 0; at <= path.size();) {
    std::size_t const end = std::min(path.find(':', at), path.size());
    std::string candidate = path.substr(at, end - at) + "/" + program;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    at = end + 1;
  }
  return no_start(program, "not found in " + path);
}

Status check_words(ChildSpec const& spec) {
  auto const bad = [](std::string const& word) { return word.find('\0') != std::string::npos; };
  if (spec.argv.empty() || spec.argv.front().empty()) {
    return fail(Reason::invalid_argument, Effect::none, "no program to run: argv is empty");
  }
  for (auto const& word : spec.argv) {
    if (bad(word))
      return fail(Reason::invalid_argument, Effect::none, "an argument of " + spec.argv[0] + " has a NUL");
  }
  for (auto const& [name, value] : spec.env) {
    if (bad(name) || bad(value) || name.empty() || name.find('=') != std::string::npos) {
      return fail(Reason::invalid_argument, Effect::none,
                  "the environment of " + spec.argv[0] + " has a bad entry");
    }
  }
  return absl::OkStatus();
}

struct Pipe {
  Fd read_end;
  Fd write_end;

  bool open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    read_end = Fd(ends[0]);
    write_end = Fd(ends[1]);
    return ::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
  }
};

// What the child reads as standard input: a file in memory that already holds all bytes. No pipe to feed, so
// no SIGPIPE and no deadlock with a child that does not read.
Fd make_input(std::string const& bytes) {
  if (bytes.empty()) return Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  Fd file(::memfd_create("stdin", MFD_CLOEXEC));
  for (std::size_t written = 0; file.valid() && written < bytes.size();) {
    ssize_t const count = ::write(file.get(), bytes.data() + written, bytes.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return Fd();
    written += static_cast<std::size_t>(count);
  }
  if (file.valid() && ::lseek(file.get(), 0, SEEK_SET) != 0) return Fd();
  return file;
}

// A NULL-terminated array of C strings into `words`.
std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> all;
  for (auto& word : words) all.push_back(word.data());
  all.push_back(nullptr);
  return all;
}

// What posix_spawn is to do between fork and exec: our three descriptors and no other, a process group of its
// own, and none of our signal handling.
class SpawnPlan {
 public:
  SpawnPlan(int in, int out, int err) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawn_file_actions_adddup2(&actions_, in, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, out, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, err, STDERR_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  SpawnPlan(SpawnPlan const&) = delete;
  SpawnPlan& operator=(SpawnPlan const&) = delete;
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  // 0 or an errno; exec's own failure included.
  int spawn(pid_t& pid, std::string const& program, std::vector<std::string> argv,
            std::vector<std::string> env) {
    return ::posix_spawn(&pid, program.c_str(), &actions_, &attributes_, pointers(argv).data(),
                         pointers(env).data());
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// --- Watching ---

struct Stream {
  Fd fd;
  std::string bytes;
  bool truncated = false;

  // Takes what is there now (more than a pipe can hold, but not for ever: a writer may be faster than we),
  // keeps at most `bytes_max` in all, closes the descriptor at the end of the stream.
  void drain(std::size_t bytes_max) {
    std::array<char, 65536> buffer{};
    for (int reads = 0; fd.valid() && reads < 32; ++reads) {
      ssize_t const count = ::read(fd.get(), buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) return;
      if (count <= 0) {
        fd.reset();
        return;
      }
      std::size_t const kept = std::min(static_cast<std::size_t>(count), bytes_max - bytes.size());
      bytes.append(buffer.data(), kept);
      if (kept < static_cast<std::size_t>(count)) truncated = true;
    }
  }
};

class Child {
 public:
  explicit Child(ChildSpec const& spec) : spec_(spec) {}

  Status start(Context const& ctx);
  // Reads until the program ends, `until` is reached, or a cancellation is signalled. True when it has ended.
  bool watch(RealClock::time_point until, bool heed_cancel);
  // SIGTERM to the group, SIGKILL after the grace. Afterwards the program is dead or lost.
  void stop();
  ChildResult take_result();
  std::string stderr_tail() const;

 private:
  void signal_group(int signal) const { ::kill(-pid_, signal); }
  bool ended_within(RealClock::duration time) { return watch(RealClock::now() + time, false); }
  void bury();

  ChildSpec const& spec_;
  Stream out_;
  Stream err_;
  Fd pidfd_;
  Fd cancel_;  // readable once ctx is cancelled
  Context::Registration on_cancel_;
  pid_t pid_ = -1;
  ChildResult result_;
};

Status Child::start(Context const& ctx) {
  auto env = full_environment(spec_);
  StatusOr<std::string> const program = find_program(spec_.argv.front(), env["PATH"]);
  if (!program.ok()) return program.status();
  Pipe out;
  Pipe err;
  Fd const in = make_input(spec_.stdin_bytes);
  cancel_ = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!in.valid() || !cancel_.valid() || !out.open() || !err.open())
    return no_start(*program, error_text(errno));
  std::vector<std::string> env_words;
  for (auto const& [name, value] : env) env_words.push_back(name + "=" + value);
  SpawnPlan plan(in.get(), out.write_end.get(), err.write_end.get());
  if (int const error = plan.spawn(pid_, *program, spec_.argv, std::move(env_words)); error != 0) {
    return no_start(*program, error_text(error));
  }
  // Nobody else waits for our children, so the pid is still this child's.
  pidfd_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (!pidfd_.valid()) {
    int const error = errno;
    signal_group(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    return with_effect(no_start(*program, "pidfd_open: " + error_text(error)), Effect::unknown);
  }
  out_.fd = std::move(out.read_end);
  err_.fd = std::move(err.read_end);
  on_cancel_ = ctx.on_cancel([fd = cancel_.get()] {
    std::uint64_t const one = 1;
    [[maybe_unused]] ssize_t const written = ::write(fd, &one, sizeof one);
  });
  return absl::OkStatus();
}

bool Child::watch(RealClock::time_point until, bool heed_cancel) {
  while (true) {
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(until - RealClock::now()).count();
    if (left <= 0) return false;
    // A negative descriptor is skipped by poll.
    std::array<pollfd, 4> fds{{{pidfd_.get(), POLLIN, 0},
                               {out_.fd.get(), POLLIN, 0},
                               {err_.fd.get(), POLLIN, 0},
                               {heed_cancel ? cancel_.get() : -1, POLLIN, 0}}};
    int const ready =
        ::poll(fds.data(), fds.size(), static_cast<int>(std::min<std::int64_t>(left, 3'600'000)));
    if (ready < 0 && errno != EINTR) return false;
    if (ready <= 0) continue;
    if (fds[1].revents != 0) out_.drain(spec_.output_bytes_max);
    if (fds[2].revents != 0) err_.drain(spec_.output_bytes_max);
    if (fds[0].revents != 0) {
      bury();
      return true;
    }
    if (fds[3].revents != 0) return false;
  }
}

// The program has ended but is not reaped yet: its pid, and so its group, cannot have been given to anybody
// else. What it left running in its group is killed; only then the pid is given back.
void Child::bury() {
  signal_group(SIGKILL);
  siginfo_t info{};
  while (::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED) != 0 && errno == EINTR) {
  }
  pidfd_.reset();
  if (info.si_code == CLD_EXITED) {
    result_.exit_code = info.si_status;
  } else {
    result_.term_signal = info.si_status;
  }
  // What was written before the end is in the pipes; nobody waits for descendants that keep them open.
  out_.drain(spec_.output_bytes_max);
  err_.drain(spec_.output_bytes_max);
}

void Child::stop() {
  signal_group(SIGTERM);
  if (ended_within(spec_.kill_grace)) return;
  signal_group(SIGKILL);
  if (ended_within(kKillWait)) return;
  std::lock_guard guard(lost().mutex);
  lost().pidfds.push_back(std::move(pidfd_));
}

ChildResult Child::take_result() {
  result_.truncated = out_.truncated || err_.truncated;
  result_.stdout_bytes = std::move(out_.bytes);
  result_.stderr_bytes = std::move(err_.bytes);
  return std::move(result_);
}

// The end of what the program complained about, for a message.
std::string Child::stderr_tail() const {
  constexpr std::size_t kTail = 200;
  if (err_.bytes.empty()) return "";
  std::size_t const from = err_.bytes.size() > kTail ? err_.bytes.size() - kTail : 0;
  return "; its last words: " + err_.bytes.substr(from);
}

}  // namespace

StatusOr<ChildResult> run_child(Context const& ctx, ChildSpec const& spec) {
  collect_lost();
  if (Status bad = check_words(spec); !bad.ok()) return bad;
  if (Status ended = ctx.check(); !ended.ok()) return ended;
  Duration const limit = std::min({spec.timeout, ctx.remaining(), Duration(std::chrono::hours(24 * 365))});
  auto const until = RealClock::now() + limit;
  Child child(spec);
  if (Status started = child.start(ctx); !started.ok()) return started;
  if (child.watch(until, true)) return child.take_result();
  child.stop();
  std::string const& program = spec.argv.front();
  if (ctx.cancelled()) {
    return with_effect(annotate(ctx.check(), "killed \"" + program + "\"" + child.stderr_tail()),
                       Effect::unknown);
  }
  return fail(Reason::deadline, Effect::unknown,
              "program \"" + program + "\" did not end within " + format_duration(limit) +
                  " and was killed with its process group" + child.stderr_tail());
}

}  // namespace rdscsi::base
