// Recorder: everything a run leaves behind, from which the judge decides and the trace is made: attempts with
// their answers, commands at the RDS, log lines of the driver. Written by the player and the worlds, at any
// level.
//
// Threads: add_*() from any thread of the orchestrator's or the RDS's side (never of a controller that can be
// killed: log lines come through a lock-free queue of their own, see add_log).
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/sync.h"
#include "scenarios/engine/calls.h"
#include "scenarios/engine/trace.h"
#include "simulator/routeros/device.h"

namespace scenario {

// What the device held at one moment; read from the simulator, never through its console.
struct DeviceLook {
  std::vector<rdssim::routeros::Device::DiskRow> disks;
  std::vector<rdssim::routeros::Device::FileRow> files;
  std::vector<rdssim::routeros::Device::SubvolumeRow> subvolumes;
  std::int64_t pool_free = 0;
  bool pool_visible = true;
};

struct Attempt {
  std::string call;  // the step's `as`, or verb and number
  std::string verb;
  int number = 1;  // 1, 2, 3 ... of its call, over all copies
  int controller = 0;
  bool setup = false;  // puts `given` in place; not part of the timeline
  Request request;
  Duration start{}, end{}, deadline{};  // deadline since the run began
  bool answered = false;
  Answer answer;
  bool controller_died = false;  // killed or stopped under the call
  DeviceLook look;               // the device at the moment of an OK answer to create or delete
  std::uint64_t execs = 0;       // exec requests this attempt caused; L1 only
};

struct LogLine {
  int controller = 0;
  int level = 0;  // rdscsi::base::LogLevel
  std::string message, line;
};

class Recorder {
 public:
  rdscsi::base::TimePoint start{};  // set once, before anything is recorded; times of notes count from here

  std::size_t begin_attempt(Attempt attempt);
  void end_attempt(std::size_t index, Attempt const& finished);
  std::vector<Attempt> attempts() const;
  Attempt attempt(std::size_t index) const;

  void add_execs(std::string const& label,
                 int change);  // from the L1 link, on a controller's thread: takes no base lock
  void add_log(LogLine line);  // from the log sink: takes no base lock
  std::uint64_t execs_of(std::string const& label) const;
  std::vector<LogLine> log_lines() const;

  void add_note(Event event);  // world changes and connection events
  std::vector<Event> notes() const;

 private:
  mutable rdscsi::base::Mutex mutex_;
  std::deque<Attempt> attempts_;
  std::vector<Event> notes_;
  // One managed thread runs at a time at L1 and the sections below pass no scheduling point, so this can be
  // held by nobody when a domain is killed; at L2 it is an ordinary short lock.
  mutable std::atomic_flag quick_ = ATOMIC_FLAG_INIT;
  std::map<std::string, std::uint64_t> execs_;
  std::vector<LogLine> logs_;
};

}  // namespace scenario
