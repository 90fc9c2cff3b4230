// Go-style command lines made plain before CLI11 reads them: the Go driver's flags worked as -x, --x, -x=v
// and
// "-x v", booleans only with "=", and deployments contain all of these. Also the values Go understands:
// durations and booleans. Used by flags.cpp.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/time.h"

namespace rdscsi::csi {

// What is known about a flag by its name (without dashes).
enum class FlagForm { unknown, boolean, valued };

// Every argument as "--name=value"; a bare boolean becomes "=true". `arguments` is argv without the program.
// Unknown flags pass through as they are written (without a following value). Failures (invalid_argument): an
// argument that is no flag, a flag without its value.
base::StatusOr<std::vector<std::string>> normalise_arguments(
    std::vector<std::string> const& arguments, std::function<FlagForm(std::string_view)> const& form_of);

// Go's time.ParseDuration without signs: "5m", "1h30m", "1.5s", "0". Nothing when it is not one or overflows.
std::optional<base::Duration> parse_go_duration(std::string_view text);

// Go's strconv.ParseBool: 1, t, T, TRUE, true, True and their opposites.
std::optional<bool> parse_go_bool(std::string_view text);

}  // namespace rdscsi::csi
