// See junit.h.
#include "scenarios/engine/junit.h"

#include <array>
#include <chrono>
#include <cstdio>

#include "scenarios/engine/summary.h"

namespace scenario {
namespace {

constexpr std::size_t kViolationsWritten = 10;  // per block

// XML 1.0 text: markup escaped, control characters (which XML cannot hold at all) and stray bytes replaced.
std::string xml(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += "&#10;";
        break;
      case '\t':
        out += "&#9;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e ? '?' : c;
    }
  }
  return out;
}

std::string seconds(rdscsi::base::Duration duration) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", std::chrono::duration<double>(duration).count());
  return text.data();
}

std::string attribute(char const* name, std::string_view value) {
  return " " + std::string(name) + "=\"" + xml(value) + "\"";
}

std::string line_of(RunResult const& run, Violation const& violation) {
  std::string const where = violation.place.file.empty() ? "" : " (" + violation.place.to_string() + ")";
  return violation.predicate + where + " at virtual time " + rdscsi::base::format_duration(violation.at) +
         ", seed " + std::to_string(run.seed) + ": " + violation.message + "\nagain: " + run.repeat_line +
         "\n";
}

// All violations of the block, one paragraph each.
std::string failure_text(Block const& block) {
  std::string text;
  std::size_t count = 0;
  for (RunResult const* run : block.runs) {
    if (run->verdict == Verdict::passed) continue;
    if (run->violations.empty() && ++count <= kViolationsWritten) {
      text += std::string(to_string(run->verdict)) + ", seed " + std::to_string(run->seed) +
              "\nagain: " + run->repeat_line + "\n";
    }
    for (Violation const& violation : run->violations) {
      if (++count <= kViolationsWritten) text += line_of(*run, violation);
    }
  }
  if (count > kViolationsWritten) text += "and " + std::to_string(count - kViolationsWritten) + " more\n";
  return text;
}

std::string first_predicate(Block const& block) {
  for (RunResult const* run : block.runs) {
    if (run->verdict != Verdict::passed && !run->violations.empty()) return run->violations.front().predicate;
  }
  return "inconclusive";
}

std::string testcase(Block const& block) {
  std::string const name = block.scenario_id + " [" + block.profile + ", L" + std::to_string(block.level) +
                           ", seeds " + block.seeds() + "]";
  std::string text =
      "  <testcase" +
      attribute("classname", "scenario." + block.profile + ".L" + std::to_string(block.level)) +
      attribute("name", name) + attribute("time", seconds(block.wall_time));
  if (block.passed()) return text + "/>\n";
  return text + ">\n    <failure" + attribute("type", first_predicate(block)) +
         attribute("message", std::to_string(block.failed + block.inconclusive) + " of " +
                                  std::to_string(block.runs.size()) + " seeds failed") +
         ">" + xml(failure_text(block)) + "</failure>\n  </testcase>\n";
}

}  // namespace

std::string junit_xml(std::vector<RunResult> const& results) {
  auto const blocks = blocks_of(results);
  std::string cases;
  std::uint64_t failures = 0;
  rdscsi::base::Duration wall_time{};
  for (Block const& block : blocks) {
    cases += testcase(block);
    failures += block.passed() ? 0 : 1;
    wall_time += block.wall_time;
  }
  std::string const numbers = attribute("tests", std::to_string(blocks.size())) +
                              attribute("failures", std::to_string(failures)) + attribute("errors", "0") +
                              attribute("time", seconds(wall_time));
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + numbers + ">\n<testsuite" +
         attribute("name", "rds-scenario") + numbers + ">\n" + cases + "</testsuite>\n</testsuites>\n";
}

}  // namespace scenario
