// Comparing what a device said with what another one says. Used by `rds-sim verify`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "simulator/transcript/transcript.h"

namespace rdssim::transcript {

struct Difference {
  std::string part;      // "stdout", "stderr", "end"
  std::size_t byte = 0;  // the first differing one, 1-based, of the text as compared; size + 1: one text ends
  int line = 1, column = 1;
  std::string expected, got;  // the lines that differ, as compared; of "end": `exit 0` and so on
};

// Recordings are compared byte for byte, their ends too; where the client left, only what it had seen. Of
// captures only the screen is: CRLF is LF, blank lines at the end do not count, with `trimmed` neither do
// blanks at line ends.
std::optional<Difference> compare(Entry const& expected, Entry const& got, bool trimmed);

// `exit 0`, `no exit status`, `lost`, `refused`, `left`.
std::string end_text(Entry const& entry);

}  // namespace rdssim::transcript
