// YAML text to a tree of Values with places, under the house rules: one document, no duplicate keys, no
// aliases or anchors, no bare on/off/yes/no (YAML 1.1 readers make booleans of them), no numbers with a
// fraction (they lose their spelling: 7.20). Plain true/false, whole numbers and null are typed; everything
// else is text. Used by loader.cpp. yaml-cpp stays inside yaml_tree.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/engine/loader.h"

namespace scenario {

// Absent if the text is not YAML at all; otherwise the tree, even when complaints were added to `complaints`.
std::optional<Value> parse_yaml(std::string_view text, std::string const& file,
                                std::vector<Complaint>& complaints);

}  // namespace scenario
