// Assemble: a checked and typed tree into a Scenario, with the defaults README.md names. Used by loader.cpp.
#pragma once

#include <string>

#include "scenarios/engine/scenario.h"

namespace scenario {

// `tree` has passed check_value() against file_shape(); anything else is a bug of the caller.
Scenario assemble(Value const& tree, std::string const& file);

}  // namespace scenario
