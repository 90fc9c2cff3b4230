// What must hold between the parts of a scenario, and advice. See file_rules.h.
#include "scenarios/engine/file_rules.h"

#include <algorithm>
#include <filesystem>

#include "simulator/faults/fault.h"

namespace scenario {
namespace {

using Complaints = std::vector<Complaint>;

void error(Complaints& out, Place const& place, std::string message) {
  out.push_back({place, std::move(message), false});
}
void advise(Complaints& out, Place const& place, std::string message) {
  out.push_back({place, std::move(message), true});
}

Place start_of(Scenario const& scenario) {
  return {scenario.file, 1, 1};
}

// {min, max} and {from, to} anywhere below `value` must be in order.
void check_bounds(Value const& value, Complaints& out) {
  auto const in_order = [&](char const* low_key, char const* high_key) {
    Value const* low = value.find(low_key);
    Value const* high = value.find(high_key);
    if (!low || !high || low->kind != high->kind) return;
    bool const wrong =
        low->kind == Value::Kind::duration ? low->duration > high->duration : low->integer > high->integer;
    if (wrong)
      error(out, low->place,
            std::string(low_key) + " " + low->text + " is above " + high_key + " " + high->text);
  };
  in_order("min", "max");
  in_order("from", "to");
  for (auto const& [key, child] : value.map) check_bounds(child, out);
  for (Value const& child : value.list) check_bounds(child, out);
}

void check_identity(Scenario const& scenario, Complaints& out) {
  std::string const stem = std::filesystem::path(scenario.file).stem().string();
  if (scenario.id != stem)
    error(out, start_of(scenario), "id `" + scenario.id + "` is not the file's name `" + stem + "`");
  if (scenario.title.empty() || scenario.title.size() > 80)
    error(out, start_of(scenario), "title must have 1 to 80 characters");
  if (scenario.why.size() < 20)
    error(out, start_of(scenario), "why must say in at least 20 characters what is at stake");
  if (scenario.origin.kind == "incident" && scenario.origin.incident == 0) {
    error(out, start_of(scenario), "origin of kind incident needs `incident`, its number in the catalogue");
  }
  if (scenario.seed_count == 0) error(out, start_of(scenario), "seeds: at least one run is needed");
  if (scenario.levels.empty()) error(out, start_of(scenario), "levels: at least one is needed");
  if (scenario.profiles.empty()) error(out, start_of(scenario), "profiles: at least one is needed");
  if (scenario.expectations.empty())
    error(out, start_of(scenario), "expect holds no expectation: the scenario cannot fail");
  bool const l2 = std::count(scenario.tags.begin(), scenario.tags.end(), "l2") > 0;
  if (l2 && std::count(scenario.levels.begin(), scenario.levels.end(), 2) == 0) {
    error(out, start_of(scenario), "tagged l2, but levels does not hold 2");
  }
}

bool has(Value const& arguments, char const* key) {
  return arguments.find(key) != nullptr;
}

void check_call(std::string const& call, Value const& with, Place const& place, Complaints& out) {
  bool const names_volume = call == "delete_volume" || call == "expand_volume" || call == "publish_volume" ||
                            call == "unpublish_volume" || call == "get_volume" || call == "create_snapshot" ||
                            call == "validate_volume_capabilities";
  if (names_volume && has(with, "volume") == has(with, "id")) {
    error(out, place, "call `" + call + "` needs exactly one of `volume` and `id`");
  }
  bool const names_snapshot = call == "delete_snapshot" || call == "get_snapshot";
  if (names_snapshot && has(with, "snapshot") == has(with, "id")) {
    error(out, place, "call `" + call + "` needs exactly one of `snapshot` and `id`");
  }
}

void check_step(Step const& step, Complaints& out) {
  if (step.kind == Step::Kind::call) check_call(step.verb, step.with, step.place, out);
  if (step.parallel < 1) error(out, step.place, "parallel: at least 1");
  bool const on_disk =
      step.verb == "delete_backing_file" || step.verb == "remove_disk_entry" || step.verb == "set_disk";
  if (step.kind == Step::Kind::world && on_disk && has(step.with, "volume") == has(step.with, "slot")) {
    error(out, step.place, "world change `" + step.verb + "` needs exactly one of `volume` and `slot`");
  }
  if (step.kind == Step::Kind::fault && step.verb.starts_with("nvme_")) {
    error(out, step.place,
          "fault `" + step.verb + "` strikes hosts on NVMe/TCP, and no world of the engine has any yet");
  }
  if (step.trigger.after_low > step.trigger.after_high) error(out, step.place, "after: from is above to");
}

void check_expectation(Expectation const& expectation, Complaints& out) {
  Value const& with = expectation.arguments;
  if (expectation.predicate == "result" && !has(with, "is") && !has(with, "code")) {
    error(out, expectation.place, "predicate `result` needs `is`, `code` or both");
  }
  if (expectation.predicate == "results" && has(with, "of") && has(with, "call")) {
    error(out, expectation.place, "predicate `results`: `of` and `call` exclude each other");
  }
}

// A fault that stays until somebody ends it.
bool stays(Step const& fault) {
  for (auto const& kind : rdssim::faults::fault_vocabulary()) {
    if (kind.name != fault.verb) continue;
    bool const strikes_for_ever = kind.default_times == 0 || kind.scope == rdssim::faults::FaultScope::state;
    return strikes_for_ever && !fault.lasts && !has(fault.with, "times");
  }
  return false;
}

bool healed(Scenario const& scenario, std::string const& name) {
  return std::any_of(scenario.timeline.begin(), scenario.timeline.end(), [&](Step const& step) {
    return step.kind == Step::Kind::heal && (step.verb == "all" || (step.verb == name && !name.empty()));
  });
}

}  // namespace

void check_rules(Scenario const& scenario, std::vector<Complaint>& complaints) {
  check_identity(scenario, complaints);
  check_bounds(scenario.world, complaints);
  for (Value const& given : scenario.given) check_bounds(given, complaints);
  for (Value const& load : scenario.load) {
    Value const* with = load.find("with");
    check_call(load.find("call")->text, with ? *with : Value{}, load.place, complaints);
  }
  for (Step const& step : scenario.timeline) {
    check_step(step, complaints);
    check_bounds(step.with, complaints);
  }
  for (Expectation const& expectation : scenario.expectations) {
    check_expectation(expectation, complaints);
    check_bounds(expectation.arguments, complaints);
  }
}

void give_advice(Scenario const& scenario, std::vector<Complaint>& complaints) {
  Step const* first_fault = nullptr;
  for (Step const& step : scenario.timeline) {
    if (step.kind != Step::Kind::fault) continue;
    if (!first_fault) first_fault = &step;
    if (stays(step) && !healed(scenario, step.as)) {
      advise(complaints, step.place,
             "fault `" + step.verb + "` never ends: give it `for:`, `times:` or a later `heal:`");
    }
  }
  auto const& all = scenario.expectations;
  bool const recovers = std::any_of(all.begin(), all.end(),
                                    [](auto const& e) { return e.when == Expectation::When::eventually; });
  if (first_fault && !recovers) {
    advise(complaints, first_fault->place,
           "faults, but no `eventually`: nothing demands that life goes on after them");
  }
  for (Expectation const& expectation : all) {
    if (expectation.when == Expectation::When::eventually && expectation.within > scenario.virtual_budget) {
      advise(complaints, expectation.place, "within is longer than the whole virtual budget");
    }
  }
}

}  // namespace scenario
