// See double_run.h.
#include "scenarios/engine/double_run.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/child_process.h"
#include "base/random.h"
#include "scenarios/engine/result_io.h"

namespace scenario {
namespace {

namespace fs = std::filesystem;

constexpr auto kRunTimeout = std::chrono::minutes(5);

Scenario const* find(std::vector<Scenario> const& scenarios, std::string const& id) {
  auto const at =
      std::find_if(scenarios.begin(), scenarios.end(), [&](Scenario const& s) { return s.id == id; });
  return at == scenarios.end() ? nullptr : &*at;
}

// Sanitizers and coverage must mean the same in the child; nothing else is handed on.
std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> kept;
  for (char const* name : {"ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS", "GCOV_PREFIX", "TMPDIR"}) {
    if (char const* value = std::getenv(name)) kept[name] = value;
  }
  return kept;
}

// The run again in a process of its own; on any trouble a result without a trace, saying what it was.
RunResult again(Scenario const& scenario, RunResult const& run, std::string const& program) {
  fs::path const out =
      fs::temp_directory_path() / ("rds-scenario-" + std::to_string(getpid()) + "-again.json");
  std::string const seed = std::to_string(run.seed);
  rdscsi::base::ChildSpec spec;
  spec.argv = {program,     "run-block",        scenario.file,
               "--seeds",   seed + ".." + seed, "--profile",
               run.profile, "--level",          std::to_string(run.level),
               "--result",  out.string()};
  spec.env = environment();
  spec.timeout = kRunTimeout;
  auto const child = rdscsi::base::run_child(rdscsi::base::Context::background(), spec);
  std::ifstream stream(out, std::ios::binary);
  std::string const text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  std::error_code ignored;
  fs::remove(out, ignored);
  auto results = results_from_json(text);
  if (results.ok() && results->size() == 1) return std::move(results->front());
  RunResult broken;
  broken.trace
      .counts["no result: " + (child.ok() ? child->stderr_bytes : std::string(child.status().message()))] = 1;
  return broken;
}

void judge(Scenario const& scenario, std::string const& program, RunResult& run, DoubleRunReport& report) {
  ++report.checked;
  for (int i = 0; i < 2; ++i) {
    RunResult const other = again(scenario, run, program);
    std::string const difference = first_difference(run.trace, other.trace);
    if (difference.empty()) continue;
    ++report.differing;
    run.verdict = Verdict::failed;
    run.violations.push_back({"determinism", "the same run in a fresh process went otherwise: " + difference,
                              run.trace.virtual_time, Place{}});
    return;
  }
}

}  // namespace

bool chosen_for_double_run(RunResult const& run, double share) {
  rdscsi::base::RandomStream draw =
      rdscsi::base::RandomStream(run.seed).derive("double-run/" + run.scenario_id + "/" + run.profile);
  return run.level == 1 && draw.chance(share);
}

std::string first_difference(Trace const& a, Trace const& b) {
  auto const left = a.canonical_lines();
  auto const right = b.canonical_lines();
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    std::string const here = i < left.size() ? left[i] : "(the end)";
    std::string const there = i < right.size() ? right[i] : "(the end)";
    if (here != there)
      return "line " + std::to_string(i + 1) + ": `" + here + "` first, `" + there + "` again";
  }
  return "";
}

DoubleRunReport double_run(std::vector<Scenario> const& scenarios, DoubleRunOptions const& options,
                           std::vector<RunResult>& results) {
  DoubleRunReport report;
  if (options.program.empty() || options.share <= 0) return report;
  RunResult* first = nullptr;
  for (RunResult& run : results) {
    Scenario const* scenario = run.level == 1 ? find(scenarios, run.scenario_id) : nullptr;
    if (!scenario) continue;
    if (first == nullptr) first = &run;
    if (chosen_for_double_run(run, options.share)) judge(*scenario, options.program, run, report);
  }
  if (report.checked == 0 && first)
    judge(*find(scenarios, first->scenario_id), options.program, *first, report);
  return report;
}

}  // namespace scenario
