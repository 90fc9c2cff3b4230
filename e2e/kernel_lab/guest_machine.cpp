// See guest_machine.h.
#include "e2e/kernel_lab/guest_machine.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "base/child_process.h"
#include "base/testing/temporary_directory.h"

extern char** environ;

namespace lab {
namespace {

namespace fs = std::filesystem;
constexpr int kSilenceMs = 300'000;

[[noreturn]] void give_up(std::string const& what) {
  throw std::runtime_error("kernel lab: " + what);
}

std::string run_or_give_up(std::vector<std::string> const& argv) {
  rdscsi::base::ChildSpec spec;
  spec.argv = argv;
  spec.timeout = std::chrono::minutes(10);
  auto const result = rdscsi::base::run_child(rdscsi::base::Context::background(), spec);
  if (!result.ok()) give_up(std::string(result.status().message()));
  if (!result->success()) give_up(argv.front() + ": " + result->stderr_bytes);
  return result->stdout_bytes;
}

// The RAM disk of this boot: the common one with a second archive behind it, as the kernel accepts.
std::string make_initrd(GuestOptions const& options, std::string const& directory) {
  fs::path const root = fs::path(directory) / "root";
  fs::create_directories(root / "lab");
  std::ofstream(root / "lab/script") << options.script;
  for (auto const& [inside, outside] : options.files) {
    fs::path const to = root / fs::path(inside).relative_path();
    fs::create_directories(to.parent_path());
    fs::copy_file(outside, to);
  }
  std::string const made = directory + "/initrd.gz";
  run_or_give_up({"sh", "-c",
                  "cd '" + root.string() + "' && find . | cpio --quiet -o -H newc | gzip -1 >'" + directory +
                      "/more.gz' && cat '" + options.image + "/initrd.gz' '" + directory + "/more.gz' >'" +
                      made + "'"});
  return made;
}

// QEMU with the guest's serial console as its standard input and output.
struct Qemu {
  pid_t pid = -1;
  int in = -1, out = -1;

  explicit Qemu(std::vector<std::string> arguments) {
    std::array<int, 2> to{}, from{};
    if (::pipe2(to.data(), O_CLOEXEC) != 0 || ::pipe2(from.data(), O_CLOEXEC) != 0) give_up("no pipes");
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, to[0], 0);
    ::posix_spawn_file_actions_adddup2(&actions, from[1], 1);
    ::posix_spawn_file_actions_adddup2(&actions, from[1], 2);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    int const failed = ::posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(to[0]);
    ::close(from[1]);
    in = to[1];
    out = from[0];
    if (failed != 0) give_up(arguments.front() + " cannot be started");
  }
  ~Qemu() {
    ::close(in);
    ::close(out);
    if (pid > 0) {
      ::kill(pid, SIGKILL);  // no effect on one that has ended
      ::waitpid(pid, nullptr, 0);
    }
  }
};

// Turns lines of the console into steps.
class Reader {
 public:
  explicit Reader(Boot& boot) : boot_(boot) { boot_.steps.emplace_back().title = "boot"; }

  void line(std::string const& text) {
    Step& step = boot_.steps.back();
    if (text.rfind("=== ", 0) == 0) {
      if (text == "=== end") boot_.ended = true;
      boot_.steps.emplace_back().title = text.substr(4);
    } else if (text.rfind("$ ", 0) == 0) {
      step.commands.push_back({text.substr(2), {}, {}, -1});
    } else if (text.rfind("value: ", 0) == 0) {
      auto const equals = text.find('=');
      if (equals != std::string::npos) step.values[text.substr(7, equals - 7)] = text.substr(equals + 1);
    } else if (text.rfind("waited: ", 0) == 0) {
      step.waits.push_back(text.substr(8));
    } else if (text.rfind("[", 0) == 0 && text.find("] ") != std::string::npos) {
      step.kernel.push_back(text.substr(text.find("] ") + 2));
    } else if (!step.commands.empty()) {
      Ran& ran = step.commands.back();
      if (text.rfind("stdout: ", 0) == 0) ran.out.push_back(text.substr(8));
      if (text.rfind("stderr: ", 0) == 0) ran.err.push_back(text.substr(8));
      if (text.rfind("exit: ", 0) == 0) ran.exit = std::atoi(text.c_str() + 6);
    }
  }

 private:
  Boot& boot_;
};

void follow(Qemu& qemu, GuestOptions const& options, Boot& boot) {
  Reader reader(boot);
  std::string rest;
  std::array<char, 4096> buffer;
  for (;;) {
    pollfd wanted{qemu.out, POLLIN, 0};
    if (::poll(&wanted, 1, kSilenceMs) <= 0) return;
    ssize_t const got = ::read(qemu.out, buffer.data(), buffer.size());
    if (got <= 0) return;
    rest.append(buffer.data(), static_cast<std::size_t>(got));
    for (auto end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
      std::string line = rest.substr(0, end);
      rest.erase(0, end + 1);
      while (!line.empty() && line.back() == '\r') line.pop_back();
      boot.console += line + "\n";
      if (line.rfind("@@host ", 0) == 0) {
        std::string const answer = (options.host ? options.host(line.substr(7)) : "nobody listens") + "\n";
        [[maybe_unused]] auto const written = ::write(qemu.in, answer.data(), answer.size());
      } else {
        reader.line(line);
      }
    }
  }
}

}  // namespace

Step const& Boot::step(std::string const& title) const {
  for (Step const& step : steps) {
    if (step.title == title) return step;
  }
  give_up("no step `" + title + "`; the console said:\n" + console);
}

std::string image_folder(std::string const& folder) {
  [[maybe_unused]] static int const built =
      std::fputs(run_or_give_up({"./build_image.sh", folder}).c_str(), stdout);
  return folder;
}

void add_program(GuestOptions& options, std::string const& program, std::string const& inside,
                 std::string const& directory) {
  std::string path = run_or_give_up({"sh", "-c", "command -v \"$0\"", program});
  path.erase(path.find_last_not_of('\n') + 1);
  std::string const stripped = directory + "/" + fs::path(inside).filename().string();
  run_or_give_up({"strip", "-o", stripped, path});
  options.files[inside] = stripped;
  std::istringstream libraries(run_or_give_up({"ldd", path}));
  for (std::string word; libraries >> word;) {
    if (word.front() == '/') options.files[word] = word;
  }
}

Boot read_transcript(std::string const& text) {
  Boot result;
  Reader reader(result);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) reader.line(line);
  result.console = text;
  return result;
}

Boot boot(GuestOptions const& options) {
  rdscsi::base::testing::TemporaryDirectory directory;
  Boot result;
  Qemu qemu({"qemu-system-x86_64", "-m", "768", "-smp", std::to_string(options.processors), "-nographic",
             "-no-reboot", "-accel", "tcg,thread=multi", "-cpu", "max", "-nic", "user,model=virtio-net-pci",
             "-kernel", options.image + "/vmlinuz", "-initrd", make_initrd(options, directory.path()),
             "-append",
             std::string("console=ttyS0 quiet panic=-1 lab.multipath=") + (options.multipath ? "Y" : "N")});
  follow(qemu, options, result);
  return result;
}

}  // namespace lab
