// The index page of a report directory: a row per scenario and profile, with links to the timelines written
// beside it. See timeline_html.h.
#include <algorithm>

#include "scenarios/engine/html_text.h"
#include "scenarios/engine/timeline_html.h"

namespace scenario {
namespace {

std::string number_cell(std::string const& text) {
  return "<td class=\"r\">" + text + "</td>";
}

std::string links(Block const& block, std::vector<std::string> const& pages) {
  std::string text;
  for (RunResult const* run : block.runs) {
    std::string const page = timeline_file_name(*run);
    if (std::find(pages.begin(), pages.end(), page) == pages.end()) continue;
    text += (text.empty() ? "" : " ") + std::string("<a href=\"") + html(page) + "\">seed " +
            std::to_string(run->seed) + "</a>";
  }
  return text;
}

std::string row(Block const& block, std::vector<std::string> const& pages) {
  std::string const verdict =
      block.passed() ? "passed" : std::to_string(block.failed + block.inconclusive) + " failed";
  return "<tr><td class=\"" + std::string(block.passed() ? "good" : "bad") + "\">" + verdict + "</td><td>" +
         html(block.title) + "<br><span class=\"id mono\">" + html(block.scenario_id) + "</span></td><td>" +
         html(block.profile) + "</td><td>L" + std::to_string(block.level) + "</td><td>" + block.seeds() +
         "</td>" + number_cell(short_time(block.virtual_time)) +
         number_cell(std::to_string(count_of(block, "execs"))) +
         number_cell(std::to_string(count_of(block, "handshakes"))) +
         number_cell(std::to_string(block.faults_fired)) + "<td class=\"mono\">" +
         (block.level == 1 ? block.first_digest() : "") + "</td><td>" + links(block, pages) + "</td></tr>\n";
}

}  // namespace

std::string index_html(std::vector<Block> const& blocks, std::vector<std::string> const& pages) {
  auto const failed =
      std::count_if(blocks.begin(), blocks.end(), [](Block const& block) { return !block.passed(); });
  std::string body =
      "<h1>Scenario report</h1>\n<p>" + std::to_string(blocks.size() - static_cast<std::size_t>(failed)) +
      " passed, " + std::to_string(failed) +
      " failed</p>\n<table><tr><th>result</th><th>scenario</th><th>profile</th><th>level</th>"
      "<th>seeds</th><th class=\"r\">virtual</th><th class=\"r\">execs</th><th class=\"r\">handshakes</th>"
      "<th class=\"r\">faults struck</th><th>digest of first seed</th><th>timelines</th></tr>\n";
  for (Block const& block : blocks) body += row(block, pages);
  return html_page("Scenario report", body + "</table>\n", "");
}

}  // namespace scenario
