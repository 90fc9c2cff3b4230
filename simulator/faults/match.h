// Does a console line match what a fault strikes? Works on the line's text, before it is evaluated: a fault
// must be able to strike lines that never reach the console. Used by FaultyDevice.
#pragma once

#include <string_view>

#include "simulator/faults/fault.h"

namespace rdssim::faults {

// `nth`, `times` and `chance` are the caller's business.
bool line_matches(Match const& match, std::string_view line, std::string_view user);

// Does the line call `command` of `menu`, written with spaces or slashes (`/disk add`, `/disk/add`), anywhere
// in a script? Either may be empty: any command of the menu, the command in any menu. Abbreviations are not
// seen.
bool calls(std::string_view line, std::string_view menu, std::string_view command);

// Does `word` stand in the line as a whole word, quoted or not? Words are letters, digits and `-_./`; a
// leading slash of either side is ignored, since RouterOS prints file names both ways.
bool names(std::string_view line, std::string_view word);

}  // namespace rdssim::faults
