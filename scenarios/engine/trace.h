// Trace: what happened in one run, as typed events in virtual-time order, and the verdict over it. Written by
// the worlds, read by the judge, the JUnit and HTML reports and the digest.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "scenarios/engine/scenario.h"

namespace scenario {

// Lanes of the timeline page, in this order from top to bottom (DESIGN "Scenario files").
enum class Lane { csi, routeros, nvme, mount, kubernetes, connection };

struct Event {
  Duration start{};  // since the run began
  Duration end{};    // equals start for a moment
  Lane lane = Lane::csi;
  std::string name;    // "CreateVolume", "/disk add", "connect"
  std::string result;  // "OK", "ABORTED", "reply lost"; empty for a moment without one
  enum class Outcome { ok, failed, unknown, note } outcome = Outcome::note;
  // Canonical details. Everything in here is part of the digest; nothing that varies between processes
  // (pointers, thread ids, temporary paths, log text) may be.
  std::map<std::string, std::string> fields;
};

struct FaultBand {
  std::string fault;  // kind, with `as` name if it has one
  Duration start{}, end{};
  std::uint64_t fired = 0;
};

struct Trace {
  std::vector<Event> events;
  std::vector<FaultBand> faults;
  std::map<std::string, std::int64_t>
      counts;  // execs, handshakes, connects, heartbeats, log lines by level ...
  Duration virtual_time{};
  std::uint64_t switches = 0;
  std::uint64_t real_sleeps = 0;
  // One line per event, fault and count, every value escaped: what the digest is made of, and what two runs
  // are compared by when their digests differ.
  std::vector<std::string> canonical_lines() const;
  // Hash of the canonical lines; equal for equal (scenario, seed, profile, level 1).
  std::string digest() const;  // 16 lower-case hex digits
};

// Why a run failed: which predicate, where it stands, when it broke.
struct Violation {
  std::string predicate;  // e.g. "rule-4-ok-means-done", "finally.disks"
  std::string message;    // values found and expected
  Duration at{};
  Place place;  // empty file for a built-in rule
};

enum class Verdict { passed, failed, inconclusive };

struct RunResult {
  std::string scenario_id, title, profile;
  int level = 1;
  std::uint64_t seed = 0;
  Verdict verdict = Verdict::inconclusive;
  std::vector<Violation> violations;
  Trace trace;
  Duration wall_time{};
  std::string repeat_line;  // paste this to run it again
};

// Words for reports: "csi", "routeros"; "ok", "failed", "unknown", "note"; "passed", "failed",
// "inconclusive".
std::string_view to_string(Lane lane);
std::string_view to_string(Event::Outcome outcome);
std::string_view to_string(Verdict verdict);

}  // namespace scenario
