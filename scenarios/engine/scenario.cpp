// Small members of the scenario data types.
#include "scenarios/engine/scenario.h"

namespace scenario {

std::string Place::to_string() const {
  return file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

Value const* Value::find(std::string_view key) const {
  for (auto const& [name, value] : map) {
    if (name == key) return &value;
  }
  return nullptr;
}

}  // namespace scenario
