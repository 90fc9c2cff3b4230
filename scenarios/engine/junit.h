// JUnit XML of a report directory: what CI systems read. One testcase per scenario, profile and level; its
// seeds are one block. Used by main.cpp.
#pragma once

#include <string>
#include <vector>

#include "scenarios/engine/trace.h"

namespace scenario {

// Results in run_many()'s order. A failure's text names predicate, virtual time, seed and the line to paste;
// the first ten violations of a block are written out, the rest counted.
std::string junit_xml(std::vector<RunResult> const& results);

}  // namespace scenario
