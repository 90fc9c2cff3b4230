// Transcript: one console session of a device as a file: every command, the bytes that came back, how each
// ended. Two kinds have one first line, `# source: ...; device/version: ...; command: ...`:
//
//   - a capture: what people publish, a screen as text. Lines end with LF, blanks may have been trimmed, a
//     command stands behind a prompt or in the first line. Read only.
//   - a recording: written by `rds-sim record`, exact to the byte. Behind the first line:
//       # session: 3; login: admin+cte240w; recording: 9f2c51d07be81a44
//       # command: 17; exec "/disk print"
//       # stdout: 123 bytes
//       <123 bytes, and a line feed unless they end with one>
//       # stderr: 0 bytes                      (left out when 0, with its bytes)
//       # end: exit 0                          (or `no exit status`, `lost`, `refused`, `left`)
//     `exec pty 80x24 "..."`: the command had a terminal of this size. Shells are not recorded.
//     In "..." stand \" \\ \r \n \t \xHH; every other byte is itself. Numbers grow over all sessions of one
//     recording: they are the order in which commands began.
//
// No I/O: text in, text out. Used by simulator/program (record, verify).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace rdssim::transcript {

struct Terminal {
  int width = 0, height = 0;  // columns, rows
};

struct Entry {
  enum class Kind {
    exec,  // one command on a channel of its own
    shown  // of a capture: somebody's terminal
  };
  enum class End {
    exit,       // with exit_status
    no_status,  // the channel was closed without one
    lost,       // the connection broke
    refused,    // the device took no such channel or request
    left        // the client closed the channel; more might have come
  };
  Kind kind = Kind::exec;
  std::uint64_t number = 0;  // order of begin; 0 in captures
  std::string command;
  std::optional<Terminal> pty;
  std::string output, errors;  // stdout and stderr
  End end = End::no_status;
  int exit_status = 0;  // with End::exit
  int line = 0;         // where it begins in its file, 1-based; set by the reader
};

struct Transcript {
  std::string source, device, commands;  // the three parts of the first line
  bool recorded = false;
  std::uint64_t session = 0;
  std::string login;      // as typed, with modifiers; recordings only
  std::string recording;  // the same for all sessions of one recording
  int width = 0;          // of a capture whose first line says it; 0: it does not
  bool trimmed = false;   // of a capture: blanks at line ends are not the device's
  std::vector<Entry> entries;
};

// The first lines of a recording, and one command as it follows. `write_entry` may be called for entries as
// they end: the file is whole after each.
std::string write_head(Transcript const& transcript);
std::string write_entry(Entry const& entry);

// Either kind. Errors are invalid_argument and say `NAME:LINE: what`.
rdscsi::base::StatusOr<Transcript> read_transcript(std::string_view text, std::string_view name);

// `"` + text with escapes + `"`, as in a recording.
std::string quoted(std::string_view text);

}  // namespace rdssim::transcript
