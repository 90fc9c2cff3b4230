// Judge: decides the expectations a scenario file states, from attempts, commands and the device's own state.
// The rules every scenario must keep without saying so are in run_rules.h.
//
// Threads: one owner at a time, on the orchestrator's side.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/engine/oracle.h"
#include "scenarios/engine/player.h"
#include "scenarios/engine/world.h"

namespace scenario {

// The answer of one look at a predicate.
struct Look {
  enum class Is { no, yes, not_yet } is = Is::not_yet;  // not_yet: there is nothing to judge so far
  std::string found;                                    // values seen, for the message
};

inline Look decided(bool truth, std::string found) {
  return {truth ? Look::Is::yes : Look::Is::no, std::move(found)};
}

// An expectation that is judged more than once.
struct Watched {
  Expectation const* expectation = nullptr;
  bool looked = false;     // a definite answer was seen at least once
  bool satisfied = false;  // eventually: it is true now ...
  Duration true_since{};   // ... and has been at every look since then
  bool broken = false;
  std::string found;
};

class Judge {
 public:
  Judge(Scenario const& scenario, World& world, Recorder& recorder, Oracle& oracle, Play& play);

  std::vector<Watched> watched() const;
  void look_now(std::vector<Watched>& watched, Duration now);
  // Some `eventually` is still unmet and has time left.
  bool eventually_pending(std::vector<Watched> const& watched, Duration now) const;
  // Turns what was not met, or never looked at, into violations.
  void close(std::vector<Watched>& watched, Duration now);
  // Judges `finally` and `cost`; to be called once, when all is quiet.
  void judge_end(Duration now);

  Look look(std::string const& predicate, Value const& arguments);

 private:
  Look look_results(std::string const& predicate, Value const& arguments);
  Look look_listed(std::vector<Attempt> const& attempts, Value const& arguments) const;
  Look look_device(std::string const& predicate, Value const& arguments);
  Look look_lets_in(Value const& arguments);
  Look look_snapshot(Value const& arguments);
  Look look_bytes(Value const& arguments);
  // What `judge` says of the state of every living controller: yes, or the first that is not.
  Look look_at_living(std::function<Look(Answer const&)> const& judge);
  Look look_driver(std::string const& predicate, Value const& arguments);
  Look look_cost(std::string const& cost, Value const& arguments);
  std::vector<Attempt> attempts_of(std::string const& call) const;
  Duration limit_of(Expectation const& expectation) const;
  void violate(Expectation const& expectation, std::string message, Duration at);

  Scenario const& scenario_;
  World& world_;
  Recorder& recorder_;
  Oracle& oracle_;
  Play& play_;
};

// A count against `3`, {min: 1}, {max: 6} or {min: 1, max: 6}.
bool count_fits(Value const& wanted, std::int64_t count);
std::string describe_count(Value const& wanted);
// The same as an answer: "3 execs, expected 2".
Look counted(Value const& wanted, std::int64_t count, std::string const& what);

// predicate `metrics`.
Look judge_metrics(Answer const& answer, Value const& arguments);

// Log lines of a level or above that contain a text.
std::int64_t count_logs(Recorder const& recorder, Value const& arguments);

// True for what a session costs by itself: a heartbeat, which calls no menu, and the self-test for snapshots.
bool is_heartbeat(std::string const& line);

}  // namespace scenario
