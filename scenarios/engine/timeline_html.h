// The timeline page: one run as one self-contained HTML file (no external address, readable without
// JavaScript), and the index page of a report directory. Used by main.cpp. Lanes as DESIGN names them, faults
// as shaded bands across all lanes, full text on hover, zoom by wheel and keys.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "scenarios/engine/summary.h"
#include "scenarios/engine/trace.h"

namespace scenario {

// A page stays below this, whatever the trace: the least telling events are left out first, and the page says
// so.
inline constexpr std::size_t kTimelineBytesMax = 2'000'000;

// `why` is the scenario's own text; may be empty.
std::string timeline_html(RunResult const& run, std::string const& why);

// "create-and-delete-7.16-l1-seed7.html"
std::string timeline_file_name(RunResult const& run);

// The table of all blocks. `pages` are the file names of timelines that were written, next to index.html.
std::string index_html(std::vector<Block> const& blocks, std::vector<std::string> const& pages);

}  // namespace scenario
