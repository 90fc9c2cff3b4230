// Check: walks a tree of Values against a Type of the vocabulary, parses typed scalars in place (durations,
// sizes, percentages) and complains about everything that does not fit, at its place and with the nearest
// valid word. Used by loader.cpp.
#pragma once

#include <string>
#include <vector>

#include "scenarios/engine/loader.h"
#include "scenarios/engine/vocabulary.h"

namespace scenario {

// `where` is how messages call the value: "the file", "fault `reply_lost`".
void check_value(Value& value, Type const& type, std::string const& where,
                 std::vector<Complaint>& complaints);

// "a duration such as 250ms, 10s, 5m or 3h"
std::string describe(Type const& type);

}  // namespace scenario
