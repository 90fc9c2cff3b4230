// Runs made by hand for the report tests: a failing and a passing one, with every kind of event.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "scenarios/engine/trace.h"

namespace scenario {

inline Event sample_event(int start_ms, int end_ms, Lane lane, std::string name, Event::Outcome outcome,
                          std::map<std::string, std::string> fields = {}) {
  Event event;
  event.start = std::chrono::milliseconds(start_ms);
  event.end = std::chrono::milliseconds(end_ms);
  event.lane = lane;
  event.name = std::move(name);
  event.result = std::string(to_string(outcome));
  event.outcome = outcome;
  event.fields = std::move(fields);
  return event;
}

// Two faults struck, a third never did.
inline Trace sample_trace() {
  Trace trace;
  trace.events = {
      sample_event(0, 210, Lane::connection, "connect", Event::Outcome::ok),
      sample_event(1000, 6000, Lane::csi, "CreateVolume", Event::Outcome::unknown, {{"name", "pvc-1"}}),
      sample_event(1100, 6000, Lane::routeros, "/disk add", Event::Outcome::failed,
                   {{"line", "/disk add comment=\"src=x\" <b>&\n:put http://10.0.0.1/"}}),
      sample_event(1500, 1500, Lane::routeros, "effect", Event::Outcome::note)};
  trace.faults = {{"reply_lost (loss)", std::chrono::seconds(1), std::chrono::seconds(2), 1},
                  {"half_open", std::chrono::seconds(3), std::chrono::seconds(9), 4},
                  {"refuse", std::chrono::seconds(3), std::chrono::seconds(9), 0}};
  trace.counts = {{"execs", 14}, {"handshakes", 2}};
  trace.virtual_time = std::chrono::seconds(60);
  trace.switches = 1234;
  return trace;
}

inline RunResult sample_run(std::string id, std::string profile, std::uint64_t seed, Verdict verdict) {
  RunResult run;
  run.scenario_id = std::move(id);
  run.title = "A <sample> & its \"title\"";
  run.profile = std::move(profile);
  run.seed = seed;
  run.verdict = verdict;
  run.trace = sample_trace();
  run.wall_time = std::chrono::milliseconds(1500);
  run.repeat_line =
      "rds-scenario run x.yaml --seed " + std::to_string(seed) + " --profile " + run.profile + " --level 1";
  if (verdict == Verdict::failed) {
    run.violations.push_back({"finally.disks", "found 2 disks, expected 1 <pvc-1 & pvc-2>",
                              std::chrono::milliseconds(61500), Place{"x.yaml", 12, 7}});
  }
  return run;
}

// Two scenarios, three blocks: a on two profiles (one of them with a failing seed), b on one.
inline std::vector<RunResult> sample_results() {
  return {sample_run("a", "7.16", 1, Verdict::passed), sample_run("a", "7.16", 2, Verdict::failed),
          sample_run("a", "7.16", 3, Verdict::passed), sample_run("a", "7.21", 1, Verdict::passed),
          sample_run("b", "7.16", 7, Verdict::inconclusive)};
}

}  // namespace scenario
