// See judge.h: watching, closing, and the predicates over answers. The others are in judge_device.cpp.
#include "scenarios/engine/judge.h"

#include <algorithm>

namespace scenario {

using rdscsi::base::Guard;

namespace {

Look not_yet(std::string found) {
  return {Look::Is::not_yet, std::move(found)};
}

bool among(std::vector<std::string> const& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Whether an answer is of the kind `is:` and `code:` mean; both absent mean every answer.
bool fits(Value const& arguments, Attempt const& attempt) {
  Value const* is = arguments.find("is");
  Value const* code = arguments.find("code");
  if (is != nullptr && !among(texts_of(is), outcome_of(attempt.answer.code))) return false;
  return code == nullptr || among(texts_of(code), attempt.answer.code);
}

std::string said(Attempt const& attempt) {
  std::string text = attempt.answer.code;
  if (!attempt.answer.message.empty()) text += " (" + attempt.answer.message + ")";
  return text;
}

bool finished(Attempt const& attempt) {
  return attempt.end > Duration::zero() || attempt.answer.code != "UNKNOWN";
}

std::string_view when_name(Expectation::When when) {
  switch (when) {
    case Expectation::When::always:
      return "always";
    case Expectation::When::never:
      return "never";
    case Expectation::When::eventually:
      return "eventually";
    case Expectation::When::finally:
      return "finally";
    case Expectation::When::cost:
      return "cost";
  }
  return "?";
}

}  // namespace

bool count_fits(Value const& wanted, std::int64_t count) {
  if (wanted.kind != Value::Kind::map) return count == wanted.integer;
  Value const* min = wanted.find("min");
  Value const* max = wanted.find("max");
  return (min == nullptr || count >= min->integer) && (max == nullptr || count <= max->integer);
}

std::string describe_count(Value const& wanted) {
  if (wanted.kind != Value::Kind::map) return wanted.text;
  std::string text;
  if (Value const* min = wanted.find("min")) text += "at least " + min->text;
  if (Value const* max = wanted.find("max")) text += (text.empty() ? "at most " : ", at most ") + max->text;
  return text;
}

bool is_heartbeat(std::string const& line) {
  if (line.find("/probe.txt") != std::string::npos) return true;
  return line.find("/disk") == std::string::npos && line.find("/file") == std::string::npos;
}

Judge::Judge(Scenario const& scenario, World& world, Recorder& recorder, Oracle& oracle, Play& play)
    : scenario_(scenario), world_(world), recorder_(recorder), oracle_(oracle), play_(play) {}

std::vector<Watched> Judge::watched() const {
  std::vector<Watched> all;
  for (Expectation const& expectation : scenario_.expectations) {
    if (expectation.when == Expectation::When::finally || expectation.when == Expectation::When::cost)
      continue;
    Watched one;
    one.expectation = &expectation;
    all.push_back(one);
  }
  return all;
}

void Judge::violate(Expectation const& expectation, std::string message, Duration at) {
  Violation violation;
  violation.predicate = std::string(when_name(expectation.when)) + "." + expectation.predicate;
  violation.message = std::move(message);
  violation.at = at;
  violation.place = expectation.place;
  Guard guard(play_.mutex);
  play_.violations.push_back(std::move(violation));
}

void Judge::look_now(std::vector<Watched>& watched, Duration now) {
  for (Watched& one : watched) {
    if (one.broken) continue;
    Look const seen = look(one.expectation->predicate, one.expectation->arguments);
    one.found = seen.found;
    if (seen.is == Look::Is::not_yet) continue;
    one.looked = true;
    bool const truth = seen.is == Look::Is::yes;
    if (truth && !one.satisfied) one.true_since = now;
    one.satisfied = truth;
    bool const wrong = one.expectation->when == Expectation::When::always  ? !one.satisfied
                       : one.expectation->when == Expectation::When::never ? one.satisfied
                                                                           : false;
    if (!wrong) continue;
    one.broken = true;
    violate(*one.expectation, seen.found, now);
  }
}

Duration Judge::limit_of(Expectation const& expectation) const {
  Guard guard(play_.mutex);
  return (expectation.since == "start" ? Duration::zero() : play_.last_heal) + expectation.within;
}

bool Judge::eventually_pending(std::vector<Watched> const& watched, Duration now) const {
  return std::any_of(watched.begin(), watched.end(), [&](Watched const& one) {
    return one.expectation->when == Expectation::When::eventually && !one.satisfied &&
           now <= limit_of(*one.expectation);
  });
}

void Judge::close(std::vector<Watched>& watched, Duration now) {
  look_now(watched, now);
  for (Watched const& one : watched) {
    if (one.broken) continue;
    if (one.expectation->when == Expectation::When::eventually) {
      bool const late = one.satisfied && one.true_since > limit_of(*one.expectation);
      if (!one.satisfied || late) {
        violate(*one.expectation,
                "not met in time: " + one.found +
                    (late ? ", true only since " + rdscsi::base::format_duration(one.true_since) : ""),
                now);
      }
    } else if (!one.looked) {
      violate(*one.expectation, "never looked: " + one.found, now);
    }
  }
}

void Judge::judge_end(Duration now) {
  for (Expectation const& expectation : scenario_.expectations) {
    bool const cost = expectation.when == Expectation::When::cost;
    if (!cost && expectation.when != Expectation::When::finally) continue;
    Look const seen = cost ? look_cost(expectation.predicate, expectation.arguments)
                           : look(expectation.predicate, expectation.arguments);
    if (seen.is == Look::Is::not_yet) violate(expectation, "never looked: " + seen.found, now);
    if (seen.is == Look::Is::no) violate(expectation, seen.found, now);
  }
}

std::vector<Attempt> Judge::attempts_of(std::string const& call) const {
  std::vector<std::size_t> indices;
  {
    Guard guard(play_.mutex);
    auto const found = play_.attempts.find(call);
    if (found != play_.attempts.end()) indices = found->second;
  }
  std::vector<Attempt> attempts;
  for (std::size_t index : indices) attempts.push_back(recorder_.attempt(index));
  return attempts;
}

Look Judge::look(std::string const& predicate, Value const& arguments) {
  Look result = look_results(predicate, arguments);
  if (result.is == Look::Is::not_yet && result.found.empty()) result = look_device(predicate, arguments);
  if (result.is == Look::Is::not_yet && result.found.empty()) result = look_driver(predicate, arguments);
  if (result.is == Look::Is::not_yet && result.found.empty())
    return not_yet("the judge does not know " + predicate);
  return result;
}

namespace {

// Of several copies, each one's last answer; of one caller, the last answer.
Look judge_result(std::vector<Attempt> const& attempts, Value const& arguments) {
  std::map<std::string, Attempt const*> last;
  bool const parallel =
      std::count_if(attempts.begin(), attempts.end(), [](Attempt const& one) { return one.number == 1; }) > 1;
  std::size_t copies = 0;
  std::string found;
  bool all = true;
  for (Attempt const& attempt : attempts) {
    if (!finished(attempt)) return {Look::Is::not_yet, "not answered yet"};
    last[parallel ? std::to_string(copies++) : ""] = &attempt;
  }
  for (auto const& [copy, attempt] : last) {
    if (fits(arguments, *attempt)) continue;
    all = false;
    found = said(*attempt);
  }
  return decided(all, all ? "as expected" : "answered " + found);
}

Look judge_same_answer(std::vector<Attempt> const& attempts) {
  csi::VolumeInfo const* first = nullptr;
  for (Attempt const& attempt : attempts) {
    if (!attempt.answer.ok()) continue;
    if (first == nullptr) first = &attempt.answer.volume;
    csi::VolumeInfo const& other = attempt.answer.volume;
    if (first->volume_id != other.volume_id || first->capacity_bytes != other.capacity_bytes ||
        first->context != other.context || first->source_id != other.source_id) {
      return decided(false, "two different answers: " + first->volume_id + " of " +
                                std::to_string(first->capacity_bytes) + " bytes and " + other.volume_id +
                                " of " + std::to_string(other.capacity_bytes) + " bytes");
    }
  }
  return first == nullptr ? not_yet("no OK answer") : decided(true, "equal");
}

Look judge_publish_context(Answer const& answer, Value const& arguments) {
  std::string found;
  for (auto const& [key, value] : answer.publish_context) found.append(key).append("=").append(value + " ");
  for (auto const& [key, value] : arguments.find("has")->map) {
    auto const there = answer.publish_context.find(key);
    if (there == answer.publish_context.end() || there->second != value.text)
      return decided(false, "publish context " + found + ", expected " + key + "=" + value.text);
  }
  return decided(true, found);
}

Look judge_expansion(Answer const& answer, Value const& arguments) {
  bool const fit = answer.capacity_bytes == integer_or(arguments, "size", answer.capacity_bytes) &&
                   answer.node_expansion == boolean_or(arguments, "node", answer.node_expansion);
  return decided(fit, std::to_string(answer.capacity_bytes) + " bytes, node expansion " +
                          (answer.node_expansion ? "required" : "not required"));
}

Look judge_status(Answer const& answer, Value const& arguments) {
  std::vector<std::string> nodes = answer.status.published_nodes;
  std::sort(nodes.begin(), nodes.end());
  std::string found = std::string(answer.status.abnormal ? "abnormal" : "normal") + " (" +
                      answer.status.message + "), published to";
  for (auto const& node : nodes) found += " " + node;
  bool fit = true;
  if (Value const* wanted = arguments.find("nodes")) {
    auto expected = texts_of(wanted);
    std::sort(expected.begin(), expected.end());
    fit = nodes == expected;
  }
  if (Value const* abnormal = arguments.find("abnormal"))
    fit = fit && answer.status.abnormal == abnormal->boolean;
  return decided(fit, found);
}

}  // namespace

Look Judge::look_listed(std::vector<Attempt> const& attempts, Value const& arguments) const {
  // All pages of the answer count, which are the attempts after the last one that began anew.
  std::vector<std::string> ids;
  for (Attempt const& page : attempts) {
    auto const* snapshots = std::get_if<csi::ListSnapshotsRequest>(&page.request);
    bool const first = snapshots != nullptr
                           ? snapshots->starting_token.empty()
                           : std::get<csi::ListVolumesRequest>(page.request).starting_token.empty();
    if (first) ids.clear();
    for (csi::VolumeInfo const& volume : page.answer.listed) ids.push_back(volume.volume_id);
  }
  if (Value const* wanted = arguments.find("count");
      wanted != nullptr && !count_fits(*wanted, static_cast<std::int64_t>(ids.size()))) {
    return decided(false, std::to_string(ids.size()) + " entries, expected " + describe_count(*wanted));
  }
  std::map<std::string, std::string> known;
  {
    Guard guard(play_.mutex);
    known = play_.ids;
  }
  for (std::string const& of : texts_of(arguments.find("includes"))) {
    if (!among(ids, known[of])) return decided(false, of + " (" + known[of] + ") is not listed");
  }
  for (std::string const& of : texts_of(arguments.find("excludes"))) {
    if (among(ids, known[of])) return decided(false, of + " (" + known[of] + ") is listed");
  }
  return decided(true, std::to_string(ids.size()) + " entries");
}

Look Judge::look_results(std::string const& predicate, Value const& arguments) {
  if (predicate == "results") {
    std::vector<Attempt> const all =
        arguments.find("of") != nullptr ? attempts_of(arguments.find("of")->text) : recorder_.attempts();
    std::string const call = text_or(arguments, "call", "");
    std::int64_t const count = std::count_if(all.begin(), all.end(), [&](Attempt const& one) {
      return finished(one) && (call.empty() || one.verb == call) && fits(arguments, one);
    });
    Value const& wanted = *arguments.find("count");
    return decided(count_fits(wanted, count),
                   std::to_string(count) + " answers, expected " + describe_count(wanted));
  }
  if (predicate == "same_answer") {
    std::vector<Attempt> all;
    for (std::string const& name : texts_of(arguments.find("of"))) {
      for (Attempt const& attempt : attempts_of(name)) all.push_back(attempt);
    }
    return judge_same_answer(all);
  }
  static std::vector<std::string> const kOverOneCall = {
      "result", "attempts",        "listed",          "capacity",  "confirmed", "message",
      "status", "publish_context", "answered_source", "expansion", "ready",     "metrics"};
  if (!among(kOverOneCall, predicate)) return {};
  std::string const name = text_or(arguments, "of", "");
  std::vector<Attempt> const attempts = attempts_of(name);
  if (attempts.empty() || !finished(attempts.back())) return not_yet(name + " was not answered yet");
  if (predicate == "result") return judge_result(attempts, arguments);
  if (predicate == "attempts") {
    Value const& wanted = *arguments.find("count");
    auto const count = static_cast<std::int64_t>(attempts.size());
    return decided(count_fits(wanted, count),
                   std::to_string(count) + " attempts, expected " + describe_count(wanted));
  }
  Attempt const& last = attempts.back();
  if (predicate == "answered_source") {
    Guard guard(play_.mutex);
    std::string const wanted = play_.ids[texts_of(arguments.find("is")).front()];
    return decided(last.answer.ok() && last.answer.volume.source_id == wanted,
                   "answered source `" + last.answer.volume.source_id + "`, expected `" + wanted + "`");
  }
  if (predicate == "message") {
    for (std::string const& text : texts_of(arguments.find("has"))) {
      if (last.answer.message.find(text) == std::string::npos) {
        return decided(false, "`" + last.answer.message + "` does not contain `" + text + "`");
      }
    }
    return decided(true, last.answer.message);
  }
  if (!last.answer.ok()) return decided(false, "answered " + said(last));
  if (predicate == "confirmed") {
    return decided(last.answer.confirmed == boolean_or(arguments, "is", true), last.answer.message);
  }
  if (predicate == "publish_context") return judge_publish_context(last.answer, arguments);
  if (predicate == "status") return judge_status(last.answer, arguments);
  if (predicate == "ready") {
    return decided(last.answer.ready == boolean_or(arguments, "is", true),
                   last.answer.ready ? "ready" : "not ready");
  }
  if (predicate == "expansion") return judge_expansion(last.answer, arguments);
  if (predicate == "metrics") return judge_metrics(last.answer, arguments);
  if (predicate == "capacity") {
    bool const fit = last.answer.available_bytes >= integer_or(arguments, "min", 0) &&
                     last.answer.available_bytes <= integer_or(arguments, "max", INT64_MAX);
    return decided(fit, std::to_string(last.answer.available_bytes) + " bytes available");
  }
  return look_listed(attempts, arguments);
}

}  // namespace scenario
