// The judge's predicates over the driver's visible behaviour: connection, log, looks for orphans. See
// judge.h.
#include <algorithm>

#include "base/log.h"
#include "scenarios/engine/judge.h"

namespace scenario {

using rdscsi::base::Guard;

namespace {

int level_number(std::string_view word) {
  using rdscsi::base::LogLevel;
  if (word == "error") return static_cast<int>(LogLevel::error);
  if (word == "warning") return static_cast<int>(LogLevel::warn);
  if (word == "info") return static_cast<int>(LogLevel::info);
  return static_cast<int>(LogLevel::trace);
}

// When each controller's n-th connection attempt after `since` reached the device.
std::vector<Duration> arrivals(std::vector<Event> const& notes, Duration since, int attempt) {
  std::map<std::string, std::vector<Duration>> by_peer;
  for (Event const& note : notes) {
    if (note.name != "connect" || note.start < since) continue;
    by_peer[note.fields.at("peer")].push_back(note.start);
  }
  std::vector<Duration> nth;
  for (auto const& [peer, times] : by_peer) {
    if (static_cast<int>(times.size()) >= attempt)
      nth.push_back(times[static_cast<std::size_t>(attempt - 1)]);
  }
  std::sort(nth.begin(), nth.end());
  return nth;
}

Duration first_loss(std::vector<Event> const& notes) {
  for (Event const& note : notes) {
    if (note.name == "session closed" && note.fields.at("by") == "reset") return note.start;
  }
  return Duration::zero();
}

Look judge_gaps(std::vector<Event> const& notes, Value const& arguments) {
  std::map<std::string, Duration> previous;  // the attempt before, as long as no login came of it
  std::int64_t gaps = 0;
  for (Event const& note : notes) {
    if (note.name == "login") previous.erase(note.fields.at("peer"));
    if (note.name == "restart_controller") previous.clear();
    if (note.name != "connect") continue;
    std::string const& peer = note.fields.at("peer");
    auto const before = previous.find(peer);
    if (before != previous.end()) {
      Duration const gap = note.start - before->second;
      ++gaps;
      bool const fits = gap >= duration_or(arguments, "min", Duration::zero()) &&
                        gap <= duration_or(arguments, "max", Duration::max());
      if (!fits) return decided(false, peer + " came back after " + rdscsi::base::format_duration(gap));
    }
    previous[peer] = note.start;
  }
  if (gaps == 0) return {Look::Is::not_yet, "no controller tried twice"};
  return decided(true, std::to_string(gaps) + " gaps");
}

// What does not fit of one controller's looks; empty: nothing.
std::string sweep_misfit(rdscsi::orphans::SweeperStatus const& swept, Value const& arguments) {
  std::string const kind = text_or(arguments, "kind", "");
  std::int64_t orphans = 0, aborted = 0;
  if (swept.orphans) {
    for (auto const& [of, count] : *swept.orphans) {
      if (kind.empty() || kind == slug(of)) orphans += static_cast<std::int64_t>(count);
    }
  }
  for (auto const& [reason, count] : swept.aborted) aborted += static_cast<std::int64_t>(count);
  std::vector<std::pair<char const*, std::int64_t>> const found = {
      {"orphans", orphans},
      {"cleaned", static_cast<std::int64_t>(swept.cleaned)},
      {"rounds", static_cast<std::int64_t>(swept.rounds)},
      {"aborted", aborted},
      {"foreign", static_cast<std::int64_t>(swept.foreign.value_or(0))}};
  std::string misfit;
  for (auto const& [name, count] : found) {
    Value const* wanted = arguments.find(name);
    if (wanted == nullptr || count_fits(*wanted, count)) continue;
    misfit += (misfit.empty() ? "" : "; ") + std::to_string(count) + " " + name + ", expected " +
              describe_count(*wanted);
  }
  return misfit;
}

}  // namespace

Look counted(Value const& wanted, std::int64_t count, std::string const& what) {
  return decided(count_fits(wanted, count),
                 std::to_string(count) + " " + what + ", expected " + describe_count(wanted));
}

std::int64_t count_logs(Recorder const& recorder, Value const& arguments) {
  std::vector<LogLine> const lines = recorder.log_lines();
  int const level = level_number(text_or(arguments, "level", ""));
  std::string const text = text_or(arguments, "text", "");
  return std::count_if(lines.begin(), lines.end(), [&](LogLine const& line) {
    return line.level >= level && line.line.find(text) != std::string::npos;
  });
}

Look Judge::look_at_living(std::function<Look(Answer const&)> const& judge) {
  int living = 0;
  for (int index = 0; index < world_.controllers(); ++index) {
    if (!world_.controller_alive(index)) continue;
    ++living;
    Look look = judge(world_.call(index, StatusRequest{}, std::chrono::seconds(5), ""));
    if (look.is == Look::Is::yes) continue;
    look.found = "controller " + std::to_string(index) + ": " + look.found;
    return look;
  }
  if (living == 0) return {Look::Is::not_yet, "no controller lives"};
  return decided(true, "all " + std::to_string(living));
}

Look Judge::look_driver(std::string const& predicate, Value const& arguments) {
  if (predicate == "probe_ready" || predicate == "connection") {
    return look_at_living([&](Answer const& answer) {
      bool const fits = predicate == "probe_ready" ? answer.ok() && answer.ready == arguments.boolean
                                                   : answer.connection == arguments.text;
      return decided(fits,
                     answer.code + " " + (answer.ready ? "ready, " : "not ready, ") + answer.connection);
    });
  }
  if (predicate == "swept") {
    return look_at_living([&](Answer const& answer) -> Look {
      if (!answer.ok()) return {Look::Is::not_yet, answer.code};
      if (!answer.swept) return decided(false, "it looks for no orphans");
      std::string const misfit = sweep_misfit(*answer.swept, arguments);
      return decided(misfit.empty(), misfit);
    });
  }
  if (predicate == "log_lines") {
    Value const* wanted = arguments.find("count");
    std::int64_t const count = count_logs(recorder_, arguments);
    if (wanted == nullptr) return decided(count > 0, std::to_string(count) + " log lines");
    return counted(*wanted, count, "log lines");
  }
  if (predicate == "secret_visible") {
    std::string const secret = text_or(arguments, "text", "");
    for (LogLine const& line : recorder_.log_lines()) {
      if (line.line.find(secret) != std::string::npos) return decided(true, "in a log line: " + line.line);
    }
    for (Attempt const& attempt : recorder_.attempts()) {
      if (attempt.answer.message.find(secret) != std::string::npos)
        return decided(true, "in " + attempt.answer.message);
    }
    for (auto const& command : world_.rds().history()) {
      if (command.line.find(secret) != std::string::npos) return decided(true, "in an exec line");
    }
    return decided(false, "nowhere");
  }
  if (predicate == "reconnect_spread") {
    std::vector<Event> const notes = recorder_.notes();
    int const attempt = static_cast<int>(integer_or(arguments, "attempt", 1));
    std::vector<Duration> const times = arrivals(notes, first_loss(notes), attempt);
    if (times.size() < 2) return {Look::Is::not_yet, std::to_string(times.size()) + " controllers came back"};
    Duration const spread = times.back() - times.front();
    return decided(
        spread >= duration_or(arguments, "min", Duration::zero()),
        std::to_string(times.size()) + " controllers within " + rdscsi::base::format_duration(spread));
  }
  if (predicate == "reconnect_gap") return judge_gaps(recorder_.notes(), arguments);
  if (predicate == "fired") {
    std::string const of = text_or(arguments, "of", "");
    rdssim::faults::FaultId id = 0;
    {
      Guard guard(play_.mutex);
      id = play_.faults[of];
    }
    if (id == 0) return {Look::Is::not_yet, of + " was never injected"};
    return counted(*arguments.find("count"), static_cast<std::int64_t>(world_.rds().fired(id)),
                   "firings of " + of);
  }
  return {};
}

}  // namespace scenario
