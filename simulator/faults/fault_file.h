// Reads a list of faults, or one, from YAML (or JSON, which is YAML): what rds-sim's --faults takes.
//
//   - fault: reply_lost
//     menu: /disk
//     command: add
#pragma once

#include <string_view>
#include <vector>

#include "simulator/faults/fault.h"

namespace rdssim::faults {

// `name` is the file's name for messages. Fails with invalid_argument: `name:line:column: what is wrong`.
rdscsi::base::StatusOr<std::vector<Fault>> read_faults(std::string_view text, std::string_view name);

}  // namespace rdssim::faults
