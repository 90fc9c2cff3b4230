// See runner.h.
#include "scenarios/engine/runner.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "base/child_process.h"
#include "base/mailbox.h"
#include "base/random.h"
#include "base/sync.h"
#include "scenarios/engine/result_io.h"
#include "scenarios/engine/run_l1.h"
#include "scenarios/engine/run_l2.h"
#include "scenarios/engine/run_stage.h"

namespace scenario {

namespace {

constexpr std::size_t kBlockSeeds = 10;  // seeds one child plays, one after the other

struct Block {
  std::size_t order = 0;  // position of its first run in the final list
  Scenario const* scenario = nullptr;
  std::string profile;
  std::vector<std::uint64_t> seeds;
  bool opens = false;  // holds the first seed of its scenario under its profile
};

RunRequest request_of(Block const& block, std::uint64_t seed, RunOptions const& options) {
  RunRequest request;
  request.seed = seed;
  request.profile = block.profile;
  request.level = options.level;
  return request;
}

std::vector<std::uint64_t> seeds_of(Scenario const& scenario, RunOptions const& options) {
  if (!options.seeds.empty()) return options.seeds;
  std::vector<std::uint64_t> seeds;
  std::uint64_t const count =
      options.level == 1 ? scenario.seed_count : 1;  // L2 is real time; its seed moves little
  for (std::uint64_t i = 0; i < count; ++i) seeds.push_back(scenario.seed_from + i);
  return seeds;
}

std::vector<std::string> profiles_of(Scenario const& scenario, RunOptions const& options) {
  if (options.profiles.empty()) return scenario.profiles;
  std::vector<std::string> wanted;
  for (std::string const& profile : options.profiles) {
    if (std::find(scenario.profiles.begin(), scenario.profiles.end(), profile) != scenario.profiles.end()) {
      wanted.push_back(profile);
    }
  }
  return wanted;
}

std::vector<Block> make_blocks(std::vector<Scenario> const& scenarios, RunOptions const& options) {
  std::vector<Block> blocks;
  std::size_t order = 0;
  for (Scenario const& scenario : scenarios) {
    bool const fits =
        std::find(scenario.levels.begin(), scenario.levels.end(), options.level) != scenario.levels.end();
    if (!fits) continue;
    std::size_t const width = needs_own_process(scenario) || options.level != 1 ? 1 : kBlockSeeds;
    for (std::string const& profile : profiles_of(scenario, options)) {
      std::vector<std::uint64_t> const seeds = seeds_of(scenario, options);
      for (std::size_t first = 0; first < seeds.size(); first += width) {
        Block block;
        block.order = order;
        block.scenario = &scenario;
        block.profile = profile;
        block.opens = first == 0;
        block.seeds.assign(
            seeds.begin() + static_cast<std::ptrdiff_t>(first),
            seeds.begin() + static_cast<std::ptrdiff_t>(std::min(first + width, seeds.size())));
        order += block.seeds.size();
        blocks.push_back(std::move(block));
      }
    }
  }
  return blocks;
}

// Failed results for a block whose child did not report.
std::vector<RunResult> crashed(Block const& block, RunOptions const& options, std::string const& why) {
  std::vector<RunResult> results;
  for (std::uint64_t seed : block.seeds) {
    RunResult result = blank_result(*block.scenario, request_of(block, seed, options));
    result.violations.push_back({"engine-crash", why, {}, {block.scenario->file, 1, 1}});
    settle(result);
    results.push_back(std::move(result));
  }
  return results;
}

std::string last_words(std::string const& text) {
  constexpr std::size_t kKept = 4000;
  return text.size() <= kKept ? text : "..." + text.substr(text.size() - kKept);
}

std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> kept;
  for (char const* name :
       {"ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS", "GCOV_PREFIX", "TMPDIR", "HOME", "RDS_CSI_PLUGIN"}) {
    if (char const* value = std::getenv(name)) kept[name] = value;
  }
  return kept;
}

std::vector<RunResult> run_in_child(Block const& block, RunOptions const& options,
                                    std::filesystem::path const& out) {
  rdscsi::base::ChildSpec spec;
  spec.argv = {options.program,
               "run-block",
               block.scenario->file,
               "--seeds",
               std::to_string(block.seeds.front()) + ".." + std::to_string(block.seeds.back()),
               "--profile",
               block.profile,
               "--level",
               std::to_string(options.level),
               "--result",
               out.string()};
  spec.env = environment();
  spec.timeout = std::chrono::minutes(5);
  auto const child = rdscsi::base::run_child(rdscsi::base::Context::background(), spec);
  if (!child.ok()) return crashed(block, options, std::string(child.status().message()));
  std::ifstream stream(out);
  std::stringstream text;
  text << stream.rdbuf();
  std::filesystem::remove(out);
  auto results = results_from_json(text.str());
  std::string const said = last_words(child->stdout_bytes + child->stderr_bytes);
  if (!results.ok() || results->size() != block.seeds.size()) {
    return crashed(block, options,
                   "the run ended with " +
                       (child->term_signal != 0 ? "signal " + std::to_string(child->term_signal)
                                                : "exit " + std::to_string(child->exit_code)) +
                       " and no result: " + said);
  }
  // Results were written, then the process failed: a sanitizer report at exit is a failure of the run.
  bool const passed = std::all_of(results->begin(), results->end(),
                                  [](RunResult const& one) { return one.verdict == Verdict::passed; });
  if (passed && !child->success()) {
    results->back().violations.push_back(
        {"engine-crash", "exit after the run: " + said, {}, {block.scenario->file, 1, 1}});
    settle(results->back());
  }
  return *std::move(results);
}

std::vector<RunResult> run_here(Block const& block, RunOptions const& options) {
  std::vector<RunResult> results;
  for (std::uint64_t seed : block.seeds)
    results.push_back(run_once(*block.scenario, request_of(block, seed, options)));
  return results;
}

struct Finished {
  std::size_t block;
  std::vector<RunResult> results;
};

// Ten thousand seeds would not fit into memory with all they saw.
void forget_events(RunResult& result) {
  std::vector<Event>().swap(result.trace.events);
}

}  // namespace

bool needs_own_process(Scenario const& scenario) {
  return std::any_of(scenario.timeline.begin(), scenario.timeline.end(), [](Step const& step) {
    return step.kind == Step::Kind::world && step.verb == "kill_controller";
  });
}

RunResult run_once(Scenario const& scenario, RunRequest const& request) {
  return request.level == 1 ? run_l1(scenario, request) : run_l2(scenario, request);
}

std::string repeat_line(Scenario const& scenario, RunRequest const& request) {
  return "rds-scenario run " + scenario.file + " --seed " + std::to_string(request.seed) + " --profile " +
         request.profile + " --level " + std::to_string(request.level);
}

std::vector<RunResult> run_many(std::vector<Scenario> const& scenarios, RunOptions const& options) {
  std::vector<Block> const blocks = make_blocks(scenarios, options);
  std::uint64_t total = 0, done = 0;
  for (Block const& block : blocks) total += block.seeds.size();
  std::vector<RunResult> all(total);
  auto take = [&](Block const& block, std::vector<RunResult> results) {
    for (std::size_t i = 0; i < results.size(); ++i) {
      RunResult& result = results[i];
      ++done;
      if (options.progress) options.progress(result, done, total);
      bool const shown = (block.opens && i == 0) || result.verdict != Verdict::passed;
      if (!shown && (!options.keep_events || !options.keep_events(result))) forget_events(result);
      all[block.order + i] = std::move(result);
    }
  };
  if (options.program.empty()) {
    for (Block const& block : blocks) take(block, run_here(block, options));
    return all;
  }
  namespace fs = std::filesystem;
  fs::path const directory =
      fs::temp_directory_path() / ("rds-scenario-" + rdscsi::base::root_stream("runner").hex(12));
  fs::create_directories(directory);
  rdscsi::base::Mailbox<Finished> finished;
  std::atomic<std::size_t> next = 0;
  std::vector<rdscsi::base::Thread> workers;
  for (int worker = 0; worker < std::max(1, options.jobs); ++worker) {
    workers.emplace_back("runner", [&] {
      for (std::size_t i = next++; i < blocks.size(); i = next++) {
        finished.send({i, run_in_child(blocks[i], options, directory / std::to_string(i))});
      }
    });
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    auto message = finished.receive(rdscsi::base::Context::background());
    take(blocks[message->block], std::move(message->results));
  }
  workers.clear();
  fs::remove_all(directory);
  return all;
}

}  // namespace scenario
