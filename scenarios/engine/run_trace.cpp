// See run_trace.h.
#include "scenarios/engine/run_trace.h"

#include <algorithm>

#include "scenarios/engine/judge.h"

namespace scenario {

namespace {

Event::Outcome outcome(std::string_view code) {
  if (code == "OK") return Event::Outcome::ok;
  return code_is_unknown(code) ? Event::Outcome::unknown : Event::Outcome::failed;
}

Event event_of(Attempt const& attempt) {
  Event event;
  event.start = attempt.start;
  event.end = attempt.end;
  event.lane = Lane::csi;
  event.name = attempt.verb;
  event.result = attempt.answer.code;
  event.outcome = outcome(attempt.answer.code);
  event.fields["call"] = attempt.call;
  event.fields["attempt"] = std::to_string(attempt.number);
  event.fields["controller"] = std::to_string(attempt.controller);
  std::string const about = volume_id_of(attempt.request);
  if (!about.empty()) event.fields["volume"] = about;
  if (!attempt.answer.message.empty()) event.fields["message"] = attempt.answer.message;
  if (!attempt.answer.volume.volume_id.empty()) {
    event.fields["volume id"] = attempt.answer.volume.volume_id;
    event.fields["capacity"] = std::to_string(attempt.answer.volume.capacity_bytes);
  }
  return event;
}

// What a command is about, for people: its menus and verbs, not the whole script.
std::string short_name(std::string const& line) {
  if (is_heartbeat(line)) return "heartbeat";
  for (char const* verb : {"/disk add", "/disk remove", "/disk set", "/file remove", "/disk print",
                           "/disk find", "/disk get", "/file print", "/file find"}) {
    std::string slashed;
    for (char const* at = verb; *at != '\0'; ++at) slashed += *at == ' ' ? '/' : *at;
    if (line.find(verb) != std::string::npos || line.find(slashed) != std::string::npos) return verb;
  }
  return "exec";
}

Event event_of(rdssim::faults::CommandRecord const& command, rdscsi::base::TimePoint zero, Duration now) {
  Event event;
  event.start = command.started - zero;
  event.end = command.finished ? *command.finished - zero : now;
  event.lane = Lane::routeros;
  event.name = short_name(command.line);
  event.result = std::string(rdssim::faults::to_string(command.reply));
  bool const answered = command.reply == rdssim::faults::Reply::answered;
  event.outcome = answered ? Event::Outcome::ok : Event::Outcome::unknown;
  event.fields["line"] = command.line;
  event.fields["output"] = command.output;
  event.fields["session"] = std::to_string(command.session);
  event.fields["effects"] = std::to_string(command.effects);
  return event;
}

// A fault that strikes a counted number of commands is over with the last of them, whenever it is healed.
Duration end_of(rdssim::faults::FaultRecord const& record, TraceInput const& input) {
  Duration const healed = record.healed ? *record.healed - input.zero_time : input.now;
  auto const times = static_cast<std::uint64_t>(record.fault.match.times);
  bool const lasting = record.fault.kind == rdssim::faults::FaultKind::half_open ||
                       record.fault.kind == rdssim::faults::FaultKind::pool_full ||
                       record.fault.kind == rdssim::faults::FaultKind::pool_unmounted ||
                       record.fault.kind == rdssim::faults::FaultKind::refuse;
  bool const at_once = record.fault.kind == rdssim::faults::FaultKind::reset && times == 0;
  bool const spent =
      !lasting && (at_once || (times > 0 && record.fired >= times)) && !record.fired_at.empty();
  return spent ? std::min(healed, record.fired_at.back() - input.zero_time) : healed;
}

}  // namespace

Trace make_trace(TraceInput const& input) {
  Trace trace;
  for (Attempt const& attempt : input.attempts) trace.events.push_back(event_of(attempt));
  for (Event const& note : input.notes) trace.events.push_back(note);
  std::int64_t heartbeats = 0;
  for (auto const& command : input.commands) {
    trace.events.push_back(event_of(command, input.zero_time, input.now));
    if (is_heartbeat(command.line)) ++heartbeats;
  }
  std::stable_sort(trace.events.begin(), trace.events.end(),
                   [](Event const& a, Event const& b) { return a.start < b.start; });
  for (rdssim::faults::FaultRecord const& record : input.faults) {
    FaultBand band;
    band.fault = std::string(rdssim::faults::to_string(record.fault.kind));
    auto const named = input.fault_names.find(record.id);
    if (named != input.fault_names.end() && named->second != band.fault)
      band.fault += " (" + named->second + ")";
    band.start = record.injected - input.zero_time;
    band.end = end_of(record, input);
    band.fired = record.fired;
    trace.faults.push_back(band);
  }
  trace.counts["attempts"] = static_cast<std::int64_t>(input.attempts.size());
  trace.counts["commands"] = static_cast<std::int64_t>(input.commands.size());
  trace.counts["heartbeats"] = heartbeats;
  trace.counts["execs"] = static_cast<std::int64_t>(input.commands.size()) - heartbeats;
  trace.counts["connects"] = static_cast<std::int64_t>(input.counters.connects);
  trace.counts["handshakes"] = static_cast<std::int64_t>(input.counters.handshakes);
  trace.counts["channels_peak"] = static_cast<std::int64_t>(input.counters.channels_peak);
  trace.counts["channels_refused"] = static_cast<std::int64_t>(input.counters.channels_refused);
  trace.counts["log_lines"] = static_cast<std::int64_t>(input.logs.size());
  trace.counts["effects"] = input.effects;
  std::int64_t fired = 0;
  for (FaultBand const& band : trace.faults) fired += static_cast<std::int64_t>(band.fired);
  trace.counts["faults_fired"] = fired;
  trace.virtual_time = input.now;
  return trace;
}

}  // namespace scenario
