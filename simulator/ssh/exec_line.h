// What of an exec request's text is the command. Used by Channel and by `rds-sim verify`, which runs the same
// texts without a server.
#pragma once

#include <string_view>

namespace rdssim::ssh {

// Only one line is a command (FACTS 4: "not possible to send multiline commands").
// EVIDENCE(documented): Over exec one line is one command; more lines are not possible. [FACTS 4]
inline std::string_view exec_line(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return text;
}

}  // namespace rdssim::ssh
