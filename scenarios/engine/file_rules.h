// Rules between the parts of a scenario file that no shape can say: names and who refers to them, id and file
// name, bounds in order, exactly one of two arguments; and advice, which is not an error. Used by loader.cpp.
#pragma once

#include <vector>

#include "scenarios/engine/loader.h"

namespace scenario {

// `tree` is a checked tree before its scalars were typed.
void check_names(Value const& tree, std::vector<Complaint>& complaints);

// `scenario` was assembled from a tree without errors.
void check_rules(Scenario const& scenario, std::vector<Complaint>& complaints);
void give_advice(Scenario const& scenario, std::vector<Complaint>& complaints);

}  // namespace scenario
