// See command_line.h.
#include "scenarios/engine/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>

#include "scenarios/engine/values.h"
#include "scenarios/engine/vocabulary.h"

namespace scenario {
namespace {

constexpr std::uint64_t kSeedsMax = 1'000'000;

struct Spelling {
  std::string seed, seeds, profile;
};

std::string seeds_check(std::string const& text) {
  return parse_seeds(text) ? "" : "`" + text + "` is not a seed (7) or a range of seeds (1..200)";
}

std::string profile_check(std::string const& text) {
  auto const& known = profiles();
  if (text == "all" || text == "first" || std::count(known.begin(), known.end(), text) > 0) return "";
  std::string all;
  for (std::string const& profile : known) all += profile + ", ";
  return "`" + text + "` is no profile: " + all + "first or all";
}

void add_run_options(CLI::App& run, CommandLine& line, Spelling& spelling) {
  auto* seed = run.add_option("--seed", spelling.seed, "one seed")->check(seeds_check);
  run.add_option("--seeds", spelling.seeds, "seeds A..B, both included; default: as the files say")
      ->check(seeds_check)
      ->excludes(seed);
  run.add_option("--level", line.level, "1: virtual time; 2: the shipped program over real SSH")
      ->check(CLI::Range(1, 2));
  run.add_option("--profile", spelling.profile,
                 "a RouterOS profile, or first or all that the files name (default: all)")
      ->check(profile_check);
}

void add_commands(CLI::App& app, CommandLine& line, Spelling& spelling) {
  auto const command = [&](char const* name, char const* help, CommandLine::Command which) {
    CLI::App* sub = app.add_subcommand(name, help);
    sub->callback([&line, which] { line.command = which; });
    return sub;
  };
  auto const files = [&](CLI::App* sub) {
    sub->add_option("files", line.files, "scenario files; default: all that registered.txt names");
    sub->add_option("--root", line.root, "the scenarios folder; default: the nearest one upwards");
  };
  files(command("list", "what there is", CommandLine::Command::list));
  CLI::App* lint = command("lint", "checks files without running them", CommandLine::Command::lint);
  files(lint);
  lint->add_flag("--strict", line.strict, "warnings fail, too");
  CLI::App* run = command("run", "runs scenarios and judges them", CommandLine::Command::run);
  files(run);
  add_run_options(*run, line, spelling);
  run->add_option("--report", line.report, "folder for junit.xml, index.html and timelines");
  run->add_option("--jobs", line.jobs, "processes at once; default 1")->check(CLI::Range(1, 256));
  run->add_option("--double-runs", line.double_run_share,
                  "share of runs played again in fresh processes; default 0.05")
      ->check(CLI::Range(0.0, 1.0));
  run->add_flag("!--no-progress", line.progress, "no progress line");
  CLI::App* explore = command("explore", "plays random stories, one a seed, and shrinks what fails",
                              CommandLine::Command::explore);
  explore->add_option("--seeds", spelling.seeds, "seeds A..B, both included")->check(seeds_check)->required();
  explore->add_option("--out", line.report, "folder for the scenario files of what fails")->required();
  explore->add_option("--jobs", line.jobs, "processes at once; default 1")->check(CLI::Range(1, 256));
  explore->add_flag("!--no-progress", line.progress, "no progress line");
  command("words", "every word a scenario may use, and what it means", CommandLine::Command::words);
  command("schema", "prints schema.json", CommandLine::Command::schema);
  command("costs", "prints the page of commands per call", CommandLine::Command::costs);
  CLI::App* block = command("run-block", "", CommandLine::Command::run_block);
  block->group("");  // for this program's own use
  block->add_option("file", line.files)->required()->expected(1);
  add_run_options(*block, line, spelling);
  block->add_option("--result", line.result)->required();
}

// CLI11 only says that a subcommand is missing; people want to know what is wrong with theirs.
std::string command_check(int argc, char const* const* argv) {
  static std::vector<std::string> const kCommands = {"list",  "lint",   "run",   "explore",
                                                     "words", "schema", "costs", "run-block"};
  std::string const word = argc > 1 ? argv[1] : "";
  if (word.starts_with("-") || std::count(kCommands.begin(), kCommands.end(), word) > 0) return "";
  if (word.empty()) return "rds-scenario: say what to do: list, lint, run, explore, words, schema or costs\n";
  std::string const near = did_you_mean(word, kCommands);
  return "rds-scenario: unknown command `" + word + "`: " +
         (near.empty() ? "it is one of list, lint, run, explore, words, schema, costs\n"
                       : "did you mean `" + near + "`?\n");
}

}  // namespace

std::optional<std::vector<std::uint64_t>> parse_seeds(std::string const& text) {
  auto const dots = text.find("..");
  auto const first = parse_whole(text.substr(0, dots));
  auto const last = dots == std::string::npos ? first : parse_whole(text.substr(dots + 2));
  if (!first || !last || *first > *last) return std::nullopt;
  if (static_cast<std::uint64_t>(*last - *first) >= kSeedsMax) return std::nullopt;
  std::vector<std::uint64_t> seeds;
  for (std::int64_t seed = *first; seed <= *last; ++seed) seeds.push_back(static_cast<std::uint64_t>(seed));
  return seeds;
}

std::optional<CommandLine> parse_command_line(int argc, char const* const* argv, std::string& said) {
  said = command_check(argc, argv);
  if (!said.empty()) return std::nullopt;
  CommandLine line;
  Spelling spelling;
  CLI::App app("Replays production incidents against the RDS CSI driver.", "rds-scenario");
  app.require_subcommand(1);
  add_commands(app, line, spelling);
  try {
    app.parse(argc, argv);
  } catch (CLI::CallForHelp const&) {
    said = app.help();
    return std::nullopt;
  } catch (CLI::ParseError const& error) {
    said = "rds-scenario: " + std::string(error.what()) + "; rds-scenario --help tells more\n";
    return std::nullopt;
  }
  std::string const& seeds = spelling.seed.empty() ? spelling.seeds : spelling.seed;
  if (!seeds.empty()) line.seeds = *parse_seeds(seeds);
  line.first_profile = spelling.profile == "first";
  bool const one = !spelling.profile.empty() && spelling.profile != "all" && !line.first_profile;
  if (one) line.profiles = {spelling.profile};
  bool const block = line.command == CommandLine::Command::run_block;
  if (block && (line.seeds.empty() || line.profiles.empty())) {
    said = "rds-scenario: run-block needs --seeds and --profile\n";
    return std::nullopt;
  }
  return line;
}

std::string own_path() {
  std::error_code failed;
  auto const path = std::filesystem::read_symlink("/proc/self/exe", failed);
  return failed ? std::string() : path.string();
}

}  // namespace scenario
