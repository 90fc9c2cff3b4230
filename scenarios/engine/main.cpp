// rds-scenario: lists, checks and runs scenario files. Exit codes: 0 all passed, 1 a scenario failed, 2 a
// file or the command line is wrong. scenarios/README.md shows how it is used.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "scenarios/engine/command_line.h"
#include "scenarios/engine/costs.h"
#include "scenarios/engine/double_run.h"
#include "scenarios/engine/explorer.h"
#include "scenarios/engine/junit.h"
#include "scenarios/engine/loader.h"
#include "scenarios/engine/progress.h"
#include "scenarios/engine/registry.h"
#include "scenarios/engine/result_io.h"
#include "scenarios/engine/runner.h"
#include "scenarios/engine/schema.h"
#include "scenarios/engine/summary.h"
#include "scenarios/engine/timeline_html.h"
#include "scenarios/engine/vocabulary.h"

namespace scenario {
namespace {

namespace fs = std::filesystem;

constexpr int kPassed = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr std::size_t kPagesPerBlock =
    3;  // timelines written: the first seed's, and failing ones up to this many

int refuse(std::string const& message) {
  std::fprintf(stderr, "rds-scenario: %s\n", message.c_str());
  return kUsage;
}

struct Files {
  std::vector<Scenario> scenarios;
  std::uint64_t checked = 0, errors = 0, warnings = 0;
};

// Loads what the command line names, or everything registered. Complaints go to standard error.
Files load_all(CommandLine const& line) {
  Files files;
  std::vector<std::string> paths = line.files;
  if (paths.empty()) {
    Registry const registry = read_registry(line.root);
    for (std::string const& problem : registry.problems) std::fprintf(stderr, "error: %s\n", problem.c_str());
    files.errors += registry.problems.size();
    paths = registry.files;
  }
  std::set<std::string> ids;
  for (std::string const& path : paths) {
    Loaded loaded = load_file(path);
    ++files.checked;
    for (Complaint const& complaint : loaded.complaints) {
      std::fprintf(stderr, "%s\n", complaint.to_string().c_str());
      ++(complaint.warning ? files.warnings : files.errors);
    }
    if (!loaded.ok()) continue;
    if (!ids.insert(loaded.scenario->id).second) {
      std::fprintf(stderr, "%s: error: id `%s` is taken by another file\n", path.c_str(),
                   loaded.scenario->id.c_str());
      ++files.errors;
    }
    files.scenarios.push_back(std::move(*loaded.scenario));
  }
  return files;
}

int lint(CommandLine const& line) {
  Files const files = load_all(line);
  std::printf("%llu files checked, %llu errors, %llu warnings\n",
              static_cast<unsigned long long>(files.checked), static_cast<unsigned long long>(files.errors),
              static_cast<unsigned long long>(files.warnings));
  if (files.checked == 0) return refuse("no scenario files: a check of nothing is no check");
  return files.errors > 0 || (line.strict && files.warnings > 0) ? kUsage : kPassed;
}

int list(CommandLine const& line) {
  Files const files = load_all(line);
  for (Scenario const& scenario : files.scenarios) {
    std::string levels;
    for (int level : scenario.levels) levels += " L" + std::to_string(level);
    std::printf("%-34s%-7s %s\n", scenario.id.c_str(), levels.c_str(), scenario.title.c_str());
  }
  return files.errors > 0 ? kUsage : kPassed;
}

int show_costs(CommandLine const& line) {
  Files const files = load_all(line);
  if (files.errors > 0) return kUsage;
  return std::fputs(costs_page(files.scenarios).c_str(), stdout) < 0 ? kFailed : kPassed;
}

// What the scenarios cannot serve is a usage error when asked for by name, and skipped otherwise.
std::string unfit(Scenario const& scenario, CommandLine const& line) {
  if (std::count(scenario.levels.begin(), scenario.levels.end(), line.level) == 0) {
    return scenario.id + " makes no sense at level " + std::to_string(line.level);
  }
  auto const runs_under = [&](std::string const& profile) {
    return std::count(scenario.profiles.begin(), scenario.profiles.end(), profile) > 0;
  };
  if (!line.profiles.empty() && std::none_of(line.profiles.begin(), line.profiles.end(), runs_under)) {
    return scenario.id + " does not name profile " + line.profiles.front();
  }
  return "";
}

bool write_file(fs::path const& path, std::string const& text) {
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  stream << text;
  stream.close();
  if (!stream) std::fprintf(stderr, "rds-scenario: %s cannot be written\n", path.c_str());
  return static_cast<bool>(stream);
}

std::string why_of(std::vector<Scenario> const& scenarios, std::string const& id) {
  auto const at =
      std::find_if(scenarios.begin(), scenarios.end(), [&](Scenario const& s) { return s.id == id; });
  return at == scenarios.end() ? "" : at->why;
}

// junit.xml, index.html and timelines. False if something could not be written.
bool write_report(std::string const& folder, std::vector<Scenario> const& scenarios,
                  std::vector<RunResult> const& results) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) return refuse(folder + " cannot be made: " + failed.message()) == kPassed;
  auto const blocks = blocks_of(results);
  std::vector<std::string> pages;
  bool good = write_file(fs::path(folder) / "junit.xml", junit_xml(results));
  for (Block const& block : blocks) {
    std::size_t written = 0;
    for (RunResult const* run : block.runs) {
      bool const wanted = run == block.runs.front() || run->verdict != Verdict::passed;
      if (!wanted || written >= kPagesPerBlock) continue;
      ++written;
      pages.push_back(timeline_file_name(*run));
      good = write_file(fs::path(folder) / pages.back(),
                        timeline_html(*run, why_of(scenarios, run->scenario_id))) &&
             good;
    }
  }
  return write_file(fs::path(folder) / "index.html", index_html(blocks, pages)) && good;
}

void say_double_runs(DoubleRunReport const& report) {
  if (report.checked == 0) return;
  std::printf("%llu runs played twice more in fresh processes, %llu differed\n",
              static_cast<unsigned long long>(report.checked),
              static_cast<unsigned long long>(report.differing));
}

int run(CommandLine const& line) {
  Files files = load_all(line);
  if (files.errors > 0) return refuse("nothing was run: the files above are wrong");
  std::vector<Scenario> fitting;
  for (Scenario& scenario : files.scenarios) {
    std::string const why_not = unfit(scenario, line);
    if (why_not.empty()) fitting.push_back(std::move(scenario));
    if (!why_not.empty() && !line.files.empty()) return refuse(why_not);
  }
  if (line.first_profile) {
    for (Scenario& scenario : fitting) scenario.profiles.resize(1);
  }
  if (fitting.empty()) return refuse("no scenario fits: a run of nothing proves nothing");
  RunOptions options;
  options.seeds = line.seeds;
  options.profiles = line.profiles;
  options.level = line.level;
  options.jobs = line.jobs;
  options.program = own_path();
  std::vector<RunResult> results;
  {
    Progress progress(line.progress);
    options.progress = [&](RunResult const& finished, std::uint64_t done, std::uint64_t total) {
      progress.step(finished, done, total);
    };
    options.keep_events = [&](RunResult const& finished) {
      return chosen_for_double_run(finished, line.double_run_share);
    };
    results = run_many(fitting, options);
  }
  DoubleRunReport const doubled = double_run(fitting, {own_path(), line.double_run_share}, results);
  auto const blocks = blocks_of(results);
  bool const reported = line.report.empty() || write_report(line.report, fitting, results);
  say_double_runs(doubled);
  std::fputs(table(blocks, isatty(STDOUT_FILENO) == 1).c_str(), stdout);
  if (results.empty()) return refuse("no run: a run of nothing proves nothing");
  bool const passed =
      std::all_of(blocks.begin(), blocks.end(), [](Block const& block) { return block.passed(); });
  return !reported ? kUsage : passed ? kPassed : kFailed;
}

// What run_many() and double_run() start: one file, one profile, some seeds, results into a file. Leaves with
// _exit after a run that parked threads for ever.
int run_block(CommandLine const& line) {
  Loaded const loaded = load_file(line.files.front());
  if (!loaded.ok()) return refuse(line.files.front() + " does not load");
  bool const alone = needs_own_process(*loaded.scenario);
  if (alone && line.seeds.size() != 1) return refuse(loaded.scenario->id + " kills: one seed per process");
  std::vector<RunResult> results;
  for (std::uint64_t seed : line.seeds) {
    RunRequest request{seed, line.profiles.front(), line.level, ""};
    request.repeat_line = repeat_line(*loaded.scenario, request);
    results.push_back(run_once(*loaded.scenario, request));
  }
  bool const written = write_file(line.result, results_to_json(results));
  std::fflush(nullptr);
  if (alone) _exit(written ? kPassed : kUsage);
  return written ? kPassed : kUsage;
}

constexpr std::size_t kExploredAtOnce = 500;  // stories written, played and forgotten together

// Writes the story where it is played; nothing if that could not be done or it does not load.
std::optional<Scenario> write_story(Exploration const& story, fs::path const& folder) {
  fs::path const path = folder / (story.id() + ".yaml");
  if (!write_file(path, scenario_text(story))) return std::nullopt;
  Loaded loaded = load_file(path.string());
  for (Complaint const& complaint : loaded.complaints) {
    if (!complaint.warning) std::fprintf(stderr, "%s\n", complaint.to_string().c_str());
  }
  return std::move(loaded.scenario);
}

// The story with as few steps as still break the same rule, written to `folder`.
void keep_shrunk(Exploration const& story, std::string const& rule, fs::path const& work,
                 fs::path const& folder) {
  auto const fails = [&](Exploration const& candidate) {
    auto const scenario = write_story(candidate, work);
    if (!scenario) return false;
    RunOptions options;
    options.program = own_path();
    auto const results = run_many({*scenario}, options);
    auto const rules = broken_rules(results.front());
    return std::count(rules.begin(), rules.end(), rule) > 0;
  };
  Exploration const small = shrink(story, fails);
  fs::path const path = folder / (small.id() + ".yaml");
  write_file(path, scenario_text(small));
  std::printf("  %s: %zu of %zu steps\n", path.c_str(), small.steps.size(), story.steps.size());
}

int explore_seeds(CommandLine const& line) {
  std::error_code failed;
  fs::path const folder = line.report, work = folder / "work";
  fs::create_directories(work, failed);
  if (failed) return refuse(work.string() + " cannot be made: " + failed.message());
  RunOptions options;
  options.jobs = line.jobs;
  options.program = own_path();
  std::size_t played = 0, broken = 0;
  Progress progress(line.progress);
  for (std::size_t first = 0; first < line.seeds.size(); first += kExploredAtOnce) {
    std::vector<Scenario> scenarios;
    std::vector<Exploration> stories;
    for (std::size_t i = first; i < std::min(first + kExploredAtOnce, line.seeds.size()); ++i) {
      stories.push_back(explore(line.seeds[i]));
      auto scenario = write_story(stories.back(), work);
      if (!scenario) return refuse("an explored story is no scenario: the explorer is wrong");
      scenarios.push_back(*std::move(scenario));
    }
    options.progress = [&](RunResult const& finished, std::uint64_t done, std::uint64_t) {
      progress.step(finished, first + done, line.seeds.size());
    };
    auto const results = run_many(scenarios, options);
    played += results.size();
    for (std::size_t i = 0; i < results.size(); ++i) {
      auto const rules = broken_rules(results[i]);
      if (rules.empty()) continue;
      ++broken;
      std::printf("seed %llu, RouterOS %s breaks", static_cast<unsigned long long>(stories[i].seed),
                  stories[i].profile.c_str());
      for (auto const& rule : rules) std::printf(" %s", rule.c_str());
      std::printf("\n");
      keep_shrunk(stories[i], rules.front(), work, folder);
      std::fflush(stdout);
    }
  }
  fs::remove_all(work, failed);
  std::printf("%zu stories played, %zu broke a rule\n", played, broken);
  if (played == 0) return refuse("no story: exploring nothing finds nothing");
  return broken == 0 ? kPassed : kFailed;
}

int words(CommandLine const&) {
  struct Section {
    char const* title;
    std::vector<Field> const& fields;
  };
  for (Section const& section :
       {Section{"calls", calls()}, Section{"faults", faults()}, Section{"world changes", world_changes()},
        Section{"events (when:)", events()}, Section{"given", givens()}, Section{"predicates", predicates()},
        Section{"cost", costs()}}) {
    std::printf("%s\n", section.title);
    for (Field const& word : section.fields) {
      std::printf("  %-28s %s\n", word.name.c_str(), word.meaning.c_str());
      for (Field const& argument : word.type.fields) {
        std::printf("    %-26s %s%s\n", argument.name.c_str(), argument.required ? "required; " : "",
                    argument.meaning.c_str());
      }
    }
  }
  return kPassed;
}

}  // namespace

int serve(CommandLine const& line) {
  switch (line.command) {
    case CommandLine::Command::list:
      return list(line);
    case CommandLine::Command::lint:
      return lint(line);
    case CommandLine::Command::run:
      return run(line);
    case CommandLine::Command::run_block:
      return run_block(line);
    case CommandLine::Command::explore:
      return explore_seeds(line);
    case CommandLine::Command::words:
      return words(line);
    case CommandLine::Command::schema:
      return std::fputs(schema_text().c_str(), stdout) < 0 ? kFailed : kPassed;
    case CommandLine::Command::costs:
      return show_costs(line);
  }
  return kUsage;
}

}  // namespace scenario

int main(int argc, char** argv) {
  std::string said;
  auto const line = scenario::parse_command_line(argc, argv, said);
  if (line) return scenario::serve(*line);
  std::fputs(said.c_str(), said.starts_with("rds-scenario: ") ? stderr : stdout);
  return said.starts_with("rds-scenario: ") ? 2 : 0;
}
