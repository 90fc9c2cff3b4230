// See summary.h.
#include "scenarios/engine/summary.h"

#include <algorithm>

#include "scenarios/engine/html_text.h"

namespace scenario {
namespace {

using rdscsi::base::format_duration;

void add(Block& block, RunResult const& run) {
  block.runs.push_back(&run);
  block.failed += run.verdict == Verdict::failed ? 1 : 0;
  block.inconclusive += run.verdict == Verdict::inconclusive ? 1 : 0;
  block.virtual_time += run.trace.virtual_time;
  block.wall_time += run.wall_time;
  for (auto const& [name, count] : run.trace.counts) block.counts[name] += count;
  for (FaultBand const& band : run.trace.faults) block.faults_fired += band.fired;
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string right(std::string const& text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

std::string painted(std::string const& text, char const* colour, bool colours) {
  return colours ? "\x1b[" + std::string(colour) + "m" + text + "\x1b[0m" : text;
}

std::string verdict_of(Block const& block, bool colours) {
  if (block.failed > 0) return painted("FAIL", "1;31", colours);
  return block.inconclusive > 0 ? painted("????", "1;33", colours) : painted("pass", "32", colours);
}

// Columns after the scenario's name, one cell each.
std::vector<std::string> cells(Block const& block) {
  return {block.profile,
          "L" + std::to_string(block.level),
          block.seeds(),
          short_time(block.virtual_time),
          std::to_string(count_of(block, "execs")),
          std::to_string(count_of(block, "handshakes")),
          std::to_string(block.faults_fired),
          block.level == 1 ? block.first_digest() : "-"};
}

std::vector<std::string> const& headings() {
  static std::vector<std::string> const words = {"profile", "level",      "seeds",  "virtual",
                                                 "execs",   "handshakes", "faults", "digest"};
  return words;
}

std::vector<std::size_t> widths_of(std::vector<Block> const& blocks) {
  std::vector<std::size_t> widths;
  for (std::string const& heading : headings()) widths.push_back(heading.size());
  for (Block const& block : blocks) {
    auto const row = cells(block);
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  return widths;
}

std::string row_of(std::vector<std::string> const& row, std::vector<std::size_t> const& widths) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    bool const number = i >= 3 && i <= 6;
    line += "  " + (number ? right(row[i], widths[i]) : padded(row[i], widths[i]));
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

void describe_run(std::string& text, RunResult const& run) {
  for (Violation const& violation : run.violations) {
    std::string const where = violation.place.file.empty() ? "" : " (" + violation.place.to_string() + ")";
    text += "      " + violation.predicate + where + " at " + format_duration(violation.at) + ", seed " +
            std::to_string(run.seed) + ": " + violation.message + "\n";
  }
  if (run.violations.empty())
    text += "      " + std::string(to_string(run.verdict)) + ", seed " + std::to_string(run.seed) + "\n";
  text += "      again: " + run.repeat_line + "\n";
}

// The first failing seed in full; the others only by number, since they mostly fail alike.
std::string failures_of(Block const& block) {
  std::string text;
  std::string others;
  for (RunResult const* run : block.runs) {
    if (run->verdict == Verdict::passed) continue;
    if (text.empty()) {
      describe_run(text, *run);
    } else {
      others += " " + std::to_string(run->seed);
    }
  }
  return others.empty() ? text : text + "      seeds that failed, too:" + others + "\n";
}

}  // namespace

std::string Block::seeds() const {
  if (runs.empty()) return "none";
  std::uint64_t const first = runs.front()->seed;
  std::string listed;
  bool in_a_row = true;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    in_a_row = in_a_row && runs[i]->seed == first + i;
    listed += (i ? ", " : "") + std::to_string(runs[i]->seed);
  }
  if (runs.size() == 1 || !in_a_row) return listed;
  return std::to_string(first) + ".." + std::to_string(runs.back()->seed);
}

std::string Block::first_digest() const {
  return runs.empty() ? "" : runs.front()->trace.digest();
}

std::vector<Block> blocks_of(std::vector<RunResult> const& results) {
  std::vector<Block> blocks;
  for (RunResult const& run : results) {
    auto const same = [&](Block const& block) {
      return block.scenario_id == run.scenario_id && block.profile == run.profile && block.level == run.level;
    };
    auto at = std::find_if(blocks.begin(), blocks.end(), same);
    if (at == blocks.end()) {
      Block block;
      block.scenario_id = run.scenario_id;
      block.title = run.title;
      block.profile = run.profile;
      block.level = run.level;
      at = blocks.insert(blocks.end(), std::move(block));
    }
    add(*at, run);
  }
  return blocks;
}

std::int64_t count_of(Block const& block, std::string const& name) {
  auto const at = block.counts.find(name);
  return at == block.counts.end() ? 0 : at->second;
}

std::string table(std::vector<Block> const& blocks, bool colours) {
  std::size_t id_width = 8;
  for (Block const& block : blocks) id_width = std::max(id_width, block.scenario_id.size());
  auto const widths = widths_of(blocks);
  std::string text = "      " + padded("scenario", id_width) + row_of(headings(), widths) + "\n";
  std::uint64_t failed = 0;
  for (Block const& block : blocks) {
    text += verdict_of(block, colours) + "  " + padded(block.scenario_id, id_width) +
            row_of(cells(block), widths) + "\n";
    text += failures_of(block);
    failed += block.passed() ? 0 : 1;
  }
  return text + std::to_string(blocks.size() - failed) + " passed, " + std::to_string(failed) + " failed\n";
}

}  // namespace scenario
