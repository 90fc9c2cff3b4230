// One run at level 1 in a child process, because a run with a kill leaves parked threads behind. Used by
// run_l1_test.cpp and crash_points_test.cpp.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "base/scheduler.h"
#include "scenarios/engine/result_io.h"
#include "scenarios/engine/runner.h"

namespace scenario {

// Plays in a child process and brings the result back.
inline RunResult play(Scenario const& scenario, std::uint64_t seed, std::string const& profile = "7.16") {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) abort();
  pid_t const child = fork();
  if (child == 0) {
    RunRequest request;
    request.seed = seed;
    request.profile = profile;
    std::string const text = results_to_json({run_once(scenario, request)});
    for (std::size_t sent = 0; sent < text.size();) {
      ssize_t const count = write(pipe_ends[1], text.data() + sent, text.size() - sent);
      if (count <= 0) abort();
      sent += static_cast<std::size_t>(count);
    }
    rdscsi::base::leave_process(0);
  }
  close(pipe_ends[1]);
  std::string text;
  char buffer[65536];
  for (ssize_t count = 0; (count = read(pipe_ends[0], buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(count));
  }
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  auto results = results_from_json(text);
  if (!results.ok() || results->empty()) {
    RunResult lost;
    lost.violations.push_back({"child", "status " + std::to_string(status), {}, {}});
    return lost;
  }
  return results->front();
}

}  // namespace scenario
