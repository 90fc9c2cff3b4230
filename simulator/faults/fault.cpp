// Parsing of fault declarations: values by form, arguments by the vocabulary, errors that name the nearest
// word.
#include "simulator/faults/fault.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/reasons.h"
#include "simulator/faults/text.h"

namespace rdssim::faults {
namespace {

using rdscsi::base::Effect;
using rdscsi::base::fail;
using rdscsi::base::Reason;
using rdscsi::base::Status;
using rdscsi::base::StatusOr;

Status bad(std::string_view message) {
  return fail(Reason::invalid_argument, Effect::none, message);
}

// Splits `12.5GiB` into number and unit; false when there is no number in front.
bool split_unit(std::string_view text, double* number, std::string_view* unit) {
  auto const end =
      std::find_if(text.begin(), text.end(), [](char c) { return c != '.' && (c < '0' || c > '9'); });
  auto const digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  *unit = text.substr(digits.size());
  return !digits.empty() && parse_number(digits, number);
}

struct Unit {
  std::string_view name;
  double factor;
};

StatusOr<std::int64_t> scaled(std::string_view text, std::vector<Unit> const& units,
                              std::string_view wanted) {
  double number = 0;
  std::string_view unit;
  if (split_unit(text, &number, &unit)) {
    for (auto const& [name, factor] : units) {
      double const value = number * factor;
      if (unit == name && value < 9e18) return static_cast<std::int64_t>(std::llround(value));
    }
  }
  return bad(concat("`", text, "` is not ", wanted));
}

StatusOr<int> parse_count(std::string_view text) {
  int value = 0;
  if (parse_number(text, &value) && value >= 0) return value;
  return bad(concat("`", text, "` is not a whole number from 0 on"));
}

StatusOr<double> parse_chance(std::string_view text) {
  bool const percent = !text.empty() && text.back() == '%';
  double value = 0;
  if (parse_number(percent ? text.substr(0, text.size() - 1) : text, &value)) {
    if (percent) value /= 100;
    if (value >= 0 && value <= 1) return value;
  }
  return bad(concat("`", text, "` is not a chance: 30% or 0.3"));
}

StatusOr<BlockSpan> parse_blocks(std::string_view text) {
  auto const dash = text.find('-');
  BlockSpan span;
  bool const one = dash == std::string_view::npos;
  bool const good = parse_number(text.substr(0, dash), &span.first) &&
                    parse_number(one ? text : text.substr(dash + 1), &span.last) && span.first <= span.last;
  if (good) return span;
  return bad(concat("`", text, "` is not a range of blocks, both ends included: 100-109"));
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t const cost = a[i - 1] == b[j - 1] ? 0 : 1;
      std::size_t const best = std::min({row[j] + 1, row[j - 1] + 1, diagonal + cost});
      diagonal = row[j];
      row[j] = best;
    }
  }
  return row[b.size()];
}

Status unknown(std::string_view what, std::string_view word, std::vector<std::string> const& candidates) {
  auto const near = nearest_word(word, candidates);
  auto const hint =
      near.empty() ? concat("it is one of ", join(candidates, ", ")) : concat("did you mean `", near, "`?");
  return bad(concat("unknown ", what, " `", word, "`: ", hint));
}

template <typename T>
Status assign(StatusOr<T> const& value, T* target) {
  if (value.ok()) *target = *value;
  return value.status();
}

// The arguments that select commands or logins. False: `name` is not one of them.
bool set_match(Match& match, std::string_view name, std::string const& value, Status* status) {
  if (name == "contains") {
    match.contains = value;
  } else if (name == "menu") {
    match.menu = value;
  } else if (name == "command") {
    match.command = value;
  } else if (name == "slot") {
    match.slot = value;
  } else if (name == "user") {
    match.user = value;
  } else if (name == "nth") {
    *status = assign(parse_count(value), &match.nth);
    if (status->ok() && match.nth == 0) *status = bad("occurrences are counted from 1");
  } else if (name == "times") {
    *status = assign(parse_count(value), &match.times);
  } else if (name == "chance") {
    *status = assign(parse_chance(value), &match.chance);
  } else {
    return false;
  }
  return true;
}

During during_of(std::string_view word) {
  if (word == "booting") return During::booting;
  if (word == "busy") return During::busy;
  if (word == "pool_full") return During::pool_full;
  return word == "pool_unmounted" ? During::pool_unmounted : During::half_open;
}

std::uint16_t value_of(std::vector<NvmeWord> const& words, std::string_view name) {
  auto const word =
      std::find_if(words.begin(), words.end(), [&](auto const& one) { return one.name == name; });
  return word == words.end() ? std::uint16_t{0} : word->value;
}

void set_nvme_choice(Fault& fault, std::string_view name, std::string_view value) {
  if (name == "command") fault.nvme.command = value;
  if (name == "code") fault.code = value_of(nvme_statuses(), value);
  if (name == "retry") fault.retry_forbidden = value == "forbidden";
  if (name == "shows")
    fault.news = value == "with_event"       ? ResizeNews::with_event
                 : value == "after_reexport" ? ResizeNews::after_reexport
                                             : ResizeNews::silently;
}

// Choices were checked against the vocabulary already.
void set_choice(Fault& fault, std::string_view name, std::string_view value) {
  if (name == "how")
    fault.how = value == "close" ? ReplyHow::close : value == "reset" ? ReplyHow::reset : ReplyHow::hang;
  if (name == "at")
    fault.at = value == "command" ? LinkAt::command : value == "reply" ? LinkAt::reply : LinkAt::now;
  if (name == "script")
    fault.script = value == "stops"     ? ScriptFate::stops
                   : value == "goes_on" ? ScriptFate::goes_on
                                        : ScriptFate::seeded;
  if (name == "when") fault.busy_after = value == "after";
  if (name == "while") fault.match.during = during_of(value);
  set_nvme_choice(fault, name, value);
}

Status set_number(Fault& fault, std::string_view name, std::string const& value) {
  if (name == "after_effect") return assign(parse_count(value), &fault.after_effect);
  if (name == "limit") return assign(parse_count(value), &fault.limit);
  if (name == "status") return assign(parse_count(value), &fault.status);
  if (name == "left") return assign(parse_bytes(value), &fault.left);
  if (name == "rate") return assign(parse_bytes(value), &fault.rate);
  if (name == "busy") return assign(parse_duration(value), &fault.busy);
  if (name == "within") return assign(parse_duration(value), &fault.within);
  if (name == "bytes") return assign(parse_count(value), &fault.bytes);
  if (name == "for") return assign(parse_duration(value), &fault.window.emplace());
  if (name == "line") return assign(parse_count(value), &fault.line.emplace());
  if (name == "delay") return assign(parse_duration(value), &fault.delay);
  if (name == "port") return assign(parse_count(value), &fault.nvme.port.emplace());
  if (name == "queue") return assign(parse_count(value), &fault.nvme.queue.emplace());
  if (name == "range") return assign(parse_blocks(value), &fault.nvme.range.emplace());
  if (name == "at_byte") {
    auto const bytes = parse_bytes(value);
    if (bytes.ok()) fault.at_byte = *bytes;
    return bytes.status();
  }
  return bad(concat("`", name, "` is in the vocabulary, but nobody reads it"));  // a bug; fault_test looks
}

Status set_argument(Fault& fault, ArgumentSpec const& spec, std::string const& value) {
  if (spec.form == ArgumentForm::choice) {
    if (std::find(spec.choices.begin(), spec.choices.end(), value) == spec.choices.end()) {
      return unknown(concat("value of ", spec.name), value, spec.choices);
    }
    set_choice(fault, spec.name, value);
    return absl::OkStatus();
  }
  Status status;
  if (set_match(fault.match, spec.name, value, &status)) return status;
  if (spec.name == "text") {
    fault.text = value;
  } else if (spec.name == "pool") {
    fault.pool = value;
  } else if (spec.name == "nqn") {
    fault.nvme.nqn = value;
  } else if (spec.name == "host") {
    fault.nvme.host = value;
  } else {
    return set_number(fault, spec.name, value);
  }
  return absl::OkStatus();
}

void set_defaults(Fault& fault, KindSpec const& spec) {
  fault.kind = spec.kind;
  fault.match.times = spec.default_times;
  fault.within = std::chrono::seconds(1);
  if (spec.kind == FaultKind::output_cut || spec.kind == FaultKind::channel_refused)
    fault.how = ReplyHow::close;
  if (spec.kind == FaultKind::session_dies) fault.after_effect = 1;
  if (spec.kind == FaultKind::nvme_error) fault.code = nvme_statuses().front().value;
  if (spec.kind == FaultKind::error_text || spec.kind == FaultKind::error_but_done) {
    fault.text = "failure: unknown error";
  }
  if (spec.kind == FaultKind::log_line) {
    fault.text = "03:04:05 echo: system,error,critical login failure for user root from 192.0.2.7 via ssh";
  }
}

Status check_nvme(Fault const& fault) {
  constexpr int kPortMax = 65535, kQueueMax = 65535;
  if (fault.nvme.port && (*fault.nvme.port < 1 || *fault.nvme.port > kPortMax))
    return bad(concat("port `", std::to_string(*fault.nvme.port), "` is not 1 to 65535"));
  if (fault.nvme.queue && *fault.nvme.queue > kQueueMax)
    return bad(concat("queue `", std::to_string(*fault.nvme.queue), "` is not 0 to 65535"));
  for (auto const& word : nvme_commands()) {
    if (word.name != fault.nvme.command || !fault.nvme.queue) continue;
    if (word.admin != (*fault.nvme.queue == 0)) {
      return bad(concat("command=", word.name, word.admin ? " comes on queue 0" : " never comes on queue 0"));
    }
  }
  return absl::OkStatus();
}

// What a single argument's form cannot say.
Status check_whole(Fault& fault, KindSpec const& spec, bool at_given) {
  bool const matches = !fault.match.contains.empty() || !fault.match.menu.empty() ||
                       !fault.match.command.empty() || !fault.match.slot.empty() || fault.match.nth > 1 ||
                       fault.match.chance < 1 || fault.match.during != During::always;
  if (spec.scope == FaultScope::link) {
    if (matches && at_given && fault.at == LinkAt::now) {
      return bad("at=now strikes sessions, not commands: leave out what matches commands, or say at=command");
    }
    if (matches && !at_given) fault.at = LinkAt::command;
    if (fault.at == LinkAt::now) fault.match.times = 0;
  }
  if (spec.kind == FaultKind::session_dies && fault.after_effect == 0) {
    return bad("after_effect is counted from 1; a session that dies before any effect is `reset at=command`");
  }
  if (spec.kind == FaultKind::trickle && fault.rate <= 0) return bad("rate must be above 0");
  if (spec.kind == FaultKind::output_garbled && fault.bytes <= 0) return bad("bytes must be above 0");
  if (fault.line && *fault.line == 0) return bad("output lines are counted from 1");
  return check_nvme(fault);
}

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (auto const& spec : fault_vocabulary()) names.push_back(spec.name);
  return names;
}

std::vector<std::string> argument_names(KindSpec const& spec) {
  std::vector<std::string> names;
  for (auto const& argument : spec.arguments) names.push_back(argument.name);
  return names;
}

}  // namespace

std::string nearest_word(std::string_view word, std::vector<std::string> const& candidates) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 2) + 1;
  for (auto const& candidate : candidates) {
    std::size_t const distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

StatusOr<Duration> parse_duration(std::string_view text) {
  auto const value =
      scaled(text, {{"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}}, "a duration: 150ms, 3s, 2m or 1h");
  if (!value.ok()) return value.status();
  return Duration(*value);
}

StatusOr<std::int64_t> parse_bytes(std::string_view text) {
  constexpr double kKiB = 1024;
  return scaled(text,
                {{"", 1},
                 {"B", 1},
                 {"KiB", kKiB},
                 {"MiB", kKiB * kKiB},
                 {"GiB", kKiB * kKiB * kKiB},
                 {"TiB", kKiB * kKiB * kKiB * kKiB}},
                "a size in bytes: 4096, 64MiB, 10GiB or 1TiB");
}

StatusOr<Fault> parse_fault(std::string_view kind, Arguments const& arguments) {
  auto const& kinds = fault_vocabulary();
  auto const spec =
      std::find_if(kinds.begin(), kinds.end(), [&](auto const& one) { return one.name == kind; });
  if (spec == kinds.end()) return unknown("fault", kind, kind_names());

  Fault fault;
  set_defaults(fault, *spec);
  fault.description = spec->name;
  std::vector<std::string> seen;
  for (auto const& [name, value] : arguments) {
    auto const argument = std::find_if(spec->arguments.begin(), spec->arguments.end(),
                                       [&name = name](auto const& one) { return one.name == name; });
    if (argument == spec->arguments.end()) {
      return unknown(concat("argument of ", kind), name, argument_names(*spec));
    }
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
      return bad(concat(kind, ": `", name, "` is given twice"));
    }
    seen.push_back(name);
    if (Status status = set_argument(fault, *argument, value); !status.ok()) {
      return rdscsi::base::annotate(status, concat(kind, ", ", name));
    }
    fault.description += concat(" ", name, "=", value);
  }
  for (auto const& argument : spec->arguments) {
    if (argument.required && std::find(seen.begin(), seen.end(), argument.name) == seen.end()) {
      return bad(concat(kind, ": `", argument.name, "` is missing (", argument.meaning, ")"));
    }
  }
  bool const at_given = std::find(seen.begin(), seen.end(), "at") != seen.end();
  if (Status status = check_whole(fault, *spec, at_given); !status.ok()) {
    return rdscsi::base::annotate(status, kind);
  }
  return fault;
}

}  // namespace rdssim::faults
