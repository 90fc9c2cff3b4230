// Results as JSON text: how a run in a child process hands its trace and verdict back to the program that
// started it. Used by main.cpp (run-block), runner.cpp and the double-run check.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "scenarios/engine/trace.h"

namespace scenario {

std::string results_to_json(std::vector<RunResult> const& results);
// Errors: INVALID_ARGUMENT with what is missing or of another type; a cut text is an error, never fewer
// results.
absl::StatusOr<std::vector<RunResult>> results_from_json(std::string_view text);

}  // namespace scenario
