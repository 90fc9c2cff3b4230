// Child processes: one program, typed arguments, never a shell; with a time limit that is kept. Used by the
// node's host seam (blkid, mkfs, mount, nvme) and by tests. Source: W-41 (programs without a time limit hang
// an RPC for ever); DESIGN "Child processes".
//
// Threads: run_child() may be called from many threads at once. It blocks in real time, also on a thread
// managed by a base::Scheduler: at L1 only for programs that end by themselves.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "base/context.h"

namespace rdscsi::base {

struct ChildSpec {
  // Program and arguments, passed on verbatim. Without a slash the program is looked up in PATH of `env`.
  std::vector<std::string> argv;
  // Set for the child on top of PATH=/usr/local/sbin:...:/bin and LC_ALL=C. Nothing of ours is inherited.
  std::map<std::string, std::string> env = {};
  std::string stdin_bytes = {};
  Duration timeout = std::chrono::seconds(30);          // the context's deadline holds as well
  std::size_t output_bytes_max = std::size_t{1} << 20;  // per stream; the rest is read and dropped
  // How long the group may take to obey SIGTERM before SIGKILL.
  Duration kill_grace = std::chrono::seconds(2);
};

struct ChildResult {
  int exit_code = 0;    // meaningful when term_signal is 0
  int term_signal = 0;  // the signal that ended the program, e.g. 9
  std::string stdout_bytes;
  std::string stderr_bytes;
  bool truncated = false;  // at least one stream exceeded output_bytes_max

  bool success() const { return term_signal == 0 && exit_code == 0; }
};

// Runs the program to its end; whatever its exit code, the result is OK. When it ends, what is left of its
// process group is killed: nothing outlives the call, unless it made a session of its own or hangs in the
// kernel.
//
// Failures:
//   invalid_argument, none   argv is empty or holds a NUL byte
//   internal, none           no such program, or it could not be started; the message names it and says why
//   deadline, unknown        not done in time; the whole group got SIGTERM, then SIGKILL
//   ctx's reason, unknown    ctx was cancelled; killed likewise (effect none when it never started)
StatusOr<ChildResult> run_child(Context const& ctx, ChildSpec const& spec);

}  // namespace rdscsi::base
