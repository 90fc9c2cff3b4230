// See costs.h.
#include "scenarios/engine/costs.h"

#include <algorithm>
#include <array>
#include <set>

namespace scenario {
namespace {

constexpr char const* kRestore = "create_volume from a snapshot or volume";

constexpr std::array<char const*, 14> kRpcs = {"create_volume",
                                               kRestore,
                                               "delete_volume",
                                               "expand_volume",
                                               "publish_volume",
                                               "unpublish_volume",
                                               "validate_volume_capabilities",
                                               "get_volume",
                                               "list_volumes",
                                               "get_capacity",
                                               "create_snapshot",
                                               "delete_snapshot",
                                               "get_snapshot",
                                               "list_snapshots"};

// The RPCs of a scenario, restores apart.
std::set<std::string> calls_of(Scenario const& scenario) {
  std::set<std::string> calls;
  auto const add = [&](std::string const& verb, Value const& with) {
    bool const copies = with.find("from_snapshot") != nullptr || with.find("from_volume") != nullptr;
    calls.insert(copies ? kRestore : verb);
  };
  for (Step const& step : scenario.timeline)
    if (step.kind == Step::Kind::call) add(step.verb, step.with);
  for (Value const& load : scenario.load) {
    Value const* with = load.find("with");
    add(load.find("call")->text, with == nullptr ? Value() : *with);
  }
  return calls;
}

bool is_good_case(Scenario const& scenario) {
  bool const recovers =
      std::find(scenario.tags.begin(), scenario.tags.end(), "recovery") != scenario.tags.end();
  return !recovers && scenario.file.find("lifecycle/") != std::string::npos;
}

// What one scenario asserts about one RPC; 0: nothing.
std::int64_t most(Scenario const& scenario, std::string const& rpc) {
  std::int64_t most = 0;
  for (Expectation const& expectation : scenario.expectations) {
    if (expectation.when != Expectation::When::cost || expectation.predicate != "execs_per_call") continue;
    Value const* call = expectation.arguments.find("call");
    Value const* max = expectation.arguments.find("max");
    bool const about = call == nullptr || call->text == rpc.substr(0, rpc.find(' '));
    if (about && max != nullptr) most = std::max(most, max->integer);
  }
  return most;
}

std::string cell(std::int64_t commands, int scenarios) {
  if (scenarios == 0) return "not asserted";
  return std::to_string(commands) + " (" + std::to_string(scenarios) +
         (scenarios == 1 ? " scenario)" : " scenarios)");
}

}  // namespace

std::vector<CallCost> call_costs(std::vector<Scenario> const& scenarios) {
  std::vector<CallCost> costs;
  for (std::string const rpc : kRpcs) {
    CallCost cost{rpc};
    for (Scenario const& scenario : scenarios) {
      std::int64_t const asserted = calls_of(scenario).contains(rpc) ? most(scenario, rpc) : 0;
      if (asserted == 0) continue;
      bool const good = is_good_case(scenario);
      auto& commands = good ? cost.good : cost.recovery;
      commands = std::max(commands, asserted);
      ++(good ? cost.good_scenarios : cost.recovery_scenarios);
    }
    costs.push_back(cost);
  }
  return costs;
}

std::string costs_page(std::vector<Scenario> const& scenarios) {
  std::string page =
      "# Commands per call\n\n"
      "What one attempt of a CSI call may cost the RDS, as scenarios assert it (`execs_per_call`): at most "
      "so\n"
      "many commands, each one SSH exec, when nothing goes wrong (`scenarios/lifecycle/`), and when "
      "something\n"
      "does (all others, and those tagged `recovery`). Written by `rds-scenario costs`; a test compares. "
      "The\n"
      "rule behind it, one command in the good case and two in recovery, is checked after every run.\n\n"
      "| call | good case | recovery |\n|---|---|---|\n";
  for (CallCost const& cost : call_costs(scenarios)) {
    page += "| " + cost.rpc + " | " + cell(cost.good, cost.good_scenarios) + " | " +
            cell(cost.recovery, cost.recovery_scenarios) + " |\n";
  }
  return page;
}

}  // namespace scenario
