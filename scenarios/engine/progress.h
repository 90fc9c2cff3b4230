// Progress: one line on a terminal that says how far a run is. Silent when standard error is no terminal.
// Used by main.cpp; one thread.
#pragma once

#include <cstdint>
#include <string>

#include "scenarios/engine/trace.h"

namespace scenario {

// "[########            ]  40/100  1 failed  ssh-timeout-after-commit 7.21 seed 4", at most `width` columns.
std::string progress_line(std::uint64_t done, std::uint64_t total, std::uint64_t failed,
                          std::string const& current, std::size_t width);

class Progress {
 public:
  explicit Progress(bool wanted);  // wanted and a terminal
  ~Progress();                     // leaves a clean line
  Progress(Progress const&) = delete;

  void step(RunResult const& finished, std::uint64_t done, std::uint64_t total);

 private:
  bool on_;
  std::uint64_t failed_ = 0;
};

}  // namespace scenario
