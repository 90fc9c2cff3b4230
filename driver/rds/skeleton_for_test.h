// A console line without its string literals: what the console runs, whatever the values are. For tests and
// the fuzzer of the command builder.
#pragma once

#include <string>
#include <string_view>

namespace rdscsi::rds::testing {

inline std::string skeleton(std::string_view line) {
  std::string code;
  bool inside = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (inside && line[i] == '\\') {
      ++i;
    } else if (line[i] == '"') {
      inside = !inside;
      code += '"';
    } else if (!inside) {
      code += line[i];
    }
  }
  return inside ? "unbalanced" : code;
}

}  // namespace rdscsi::rds::testing
