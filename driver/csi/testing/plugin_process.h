// The shipped program as a child process: started with arguments, signalled, waited for, its standard error
// read. Used by process_test.cpp.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"

extern char** environ;

namespace rdscsi::csi::testing {

class PluginProcess {
 public:
  // Standard error goes to `log_file`.
  PluginProcess(std::string program, std::vector<std::string> arguments, std::string log_file)
      : log_file_(std::move(log_file)) {
    std::vector<char*> argv = {program.data()};
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log_file_.c_str(), O_CREAT | O_WRONLY | O_TRUNC,
                                     0600);
    EXPECT_EQ(::posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
  }
  PluginProcess(PluginProcess const&) = delete;
  PluginProcess& operator=(PluginProcess const&) = delete;
  ~PluginProcess() {
    if (running_) {
      signal(SIGKILL);
      wait();
    }
  }

  void signal(int number) const { ::kill(pid_, number); }

  // Exit code, or 128 + signal. Blocks; ctest's time limit ends a hang.
  int wait() {
    int status = 0;
    EXPECT_EQ(::waitpid(pid_, &status, 0), pid_);
    running_ = false;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  std::string log() const {
    std::ifstream file(log_file_);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

 private:
  std::string log_file_;
  pid_t pid_ = -1;
  bool running_ = true;
};

}  // namespace rdscsi::csi::testing
