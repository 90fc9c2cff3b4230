// Reading captures: published console screens under a `# source:` line. Used by read_transcript().
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "simulator/transcript/transcript.h"

namespace rdssim::transcript {

// Finds the commands in `body`, the text behind the first line, and what each printed. Prompts
// (`[admin@MikroTik] /ip service> print`) tell them apart; without prompts a line that repeats a command of
// the first line does; a single command needs neither. Empty `entries` and a reason: they cannot be told
// apart.
std::string read_capture_body(std::string_view body, Transcript* transcript);

// What the first line says about the terminal: its columns and whether blanks were trimmed.
void read_terminal(std::string_view first_line, Transcript* transcript);

}  // namespace rdssim::transcript
