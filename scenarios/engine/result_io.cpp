// See result_io.h. Every field is written and demanded; durations are nanoseconds.
#include "scenarios/engine/result_io.h"

#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace scenario {
namespace {

using Json = nlohmann::json;
using rdscsi::base::Duration;

Json write(Event const& event) {
  return {{"start", event.start.count()},
          {"end", event.end.count()},
          {"lane", static_cast<int>(event.lane)},
          {"name", event.name},
          {"result", event.result},
          {"outcome", static_cast<int>(event.outcome)},
          {"fields", event.fields}};
}

Json write(FaultBand const& band) {
  return {
      {"fault", band.fault}, {"start", band.start.count()}, {"end", band.end.count()}, {"fired", band.fired}};
}

Json write(Violation const& violation) {
  return {{"predicate", violation.predicate}, {"message", violation.message},
          {"at", violation.at.count()},       {"file", violation.place.file},
          {"line", violation.place.line},     {"column", violation.place.column}};
}

Json write(Trace const& trace) {
  Json events = Json::array();
  for (Event const& event : trace.events) events.push_back(write(event));
  Json faults = Json::array();
  for (FaultBand const& band : trace.faults) faults.push_back(write(band));
  return {{"events", events},           {"faults", faults},
          {"counts", trace.counts},     {"virtual_time", trace.virtual_time.count()},
          {"switches", trace.switches}, {"real_sleeps", trace.real_sleeps}};
}

Json write(RunResult const& result) {
  Json violations = Json::array();
  for (Violation const& violation : result.violations) violations.push_back(write(violation));
  return {{"scenario", result.scenario_id},
          {"title", result.title},
          {"profile", result.profile},
          {"level", result.level},
          {"seed", result.seed},
          {"verdict", static_cast<int>(result.verdict)},
          {"violations", violations},
          {"trace", write(result.trace)},
          {"wall_time", result.wall_time.count()},
          {"repeat", result.repeat_line}};
}

Duration duration(Json const& value) {
  return Duration(value.get<std::int64_t>());
}

template <typename Enum>
Enum enumerator(Json const& value, Enum last) {
  int const number = value.get<int>();
  if (number < 0 || number > static_cast<int>(last))
    throw std::out_of_range("enumerator " + std::to_string(number));
  return static_cast<Enum>(number);
}

Event read_event(Json const& json) {
  Event event;
  event.start = duration(json.at("start"));
  event.end = duration(json.at("end"));
  event.lane = enumerator(json.at("lane"), Lane::connection);
  event.name = json.at("name").get<std::string>();
  event.result = json.at("result").get<std::string>();
  event.outcome = enumerator(json.at("outcome"), Event::Outcome::note);
  event.fields = json.at("fields").get<std::map<std::string, std::string>>();
  return event;
}

FaultBand read_band(Json const& json) {
  return {json.at("fault").get<std::string>(), duration(json.at("start")), duration(json.at("end")),
          json.at("fired").get<std::uint64_t>()};
}

Violation read_violation(Json const& json) {
  return {
      json.at("predicate").get<std::string>(), json.at("message").get<std::string>(), duration(json.at("at")),
      Place{json.at("file").get<std::string>(), json.at("line").get<int>(), json.at("column").get<int>()}};
}

Trace read_trace(Json const& json) {
  Trace trace;
  for (Json const& event : json.at("events")) trace.events.push_back(read_event(event));
  for (Json const& band : json.at("faults")) trace.faults.push_back(read_band(band));
  trace.counts = json.at("counts").get<std::map<std::string, std::int64_t>>();
  trace.virtual_time = duration(json.at("virtual_time"));
  trace.switches = json.at("switches").get<std::uint64_t>();
  trace.real_sleeps = json.at("real_sleeps").get<std::uint64_t>();
  return trace;
}

RunResult read_result(Json const& json) {
  RunResult result;
  result.scenario_id = json.at("scenario").get<std::string>();
  result.title = json.at("title").get<std::string>();
  result.profile = json.at("profile").get<std::string>();
  result.level = json.at("level").get<int>();
  result.seed = json.at("seed").get<std::uint64_t>();
  result.verdict = enumerator(json.at("verdict"), Verdict::inconclusive);
  for (Json const& violation : json.at("violations")) result.violations.push_back(read_violation(violation));
  result.trace = read_trace(json.at("trace"));
  result.wall_time = duration(json.at("wall_time"));
  result.repeat_line = json.at("repeat").get<std::string>();
  return result;
}

}  // namespace

std::string results_to_json(std::vector<RunResult> const& results) {
  Json all = Json::array();
  for (RunResult const& result : results) all.push_back(write(result));
  // Console output may hold bytes that are not UTF-8; they become U+FFFD, on every side of a comparison.
  return all.dump(-1, ' ', false, Json::error_handler_t::replace);
}

absl::StatusOr<std::vector<RunResult>> results_from_json(std::string_view text) {
  try {
    std::vector<RunResult> results;
    Json const all = Json::parse(text);
    if (!all.is_array()) return absl::InvalidArgumentError("run results are not a list");
    for (Json const& result : all) results.push_back(read_result(result));
    return results;
  } catch (std::exception const& error) {
    return absl::InvalidArgumentError(absl::StrCat("run results cannot be read: ", error.what()));
  }
}

}  // namespace scenario
