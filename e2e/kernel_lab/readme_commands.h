// The commands of simulator/README.md, "From zero to a connected volume", as a newcomer would type them. Used
// by readme_commands_test.cpp, which runs them in a lab guest.
#pragma once

#include <string>
#include <vector>

namespace lab {

struct ReadmeCommands {
  std::vector<std::string> build;    // what makes the program: setup, cmake
  std::string server;                // starts rds-sim; kept running
  std::string ssh;                   // opens the console
  std::string password;              // as the comment beside `ssh` says
  std::string prompt;                // that the README shows in front of each console line
  std::vector<std::string> console;  // typed at the prompt
  std::vector<std::string> host;     // of the Linux host: nvme ...
};

// Throws std::runtime_error for a section that is missing or has a line it cannot place.
ReadmeCommands read_commands(std::string const& readme);

// What the guest does: those commands as they stand, in order, then a file system on the volume and a file
// that is written, read back and compared.
std::string guest_script(ReadmeCommands const& commands);

// The word behind `option` in a command; empty when it has none.
std::string option_of(std::string const& command, std::string const& option);

}  // namespace lab
