// The command line of rds-sim as data: what its words and flags say, with an error that names the word and
// what would be right. Used by main.cpp; the tests compare what the parser knows with `--help` and the
// README.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rdssim::program {

// Flags of the server itself, as given; serve.cpp checks their values.
struct Flags {
  std::string listen = "127.0.0.1:0";
  std::string profile = "7.16";
  std::string pool_bytes = "4TiB";
  std::string state, save_state;
  std::string user = "admin", password;
  std::vector<std::string> authorized_keys;
  std::string host_key, host_key_type = "rsa";
  std::uint64_t seed = 1;
  std::string latency = "150ms-250ms";
  std::string faults;
  int width = 80;
  int max_sessions = 20;
  std::string port_file;
  std::string nvme_listen = "127.0.0.1";
  bool nvme_free_ports = false;
  std::string data;
  bool verbose = false;
};

struct CommandLine {
  enum class Does {
    serve,
    print,  // `text` to standard output, status 0: --help
    refuse  // `text` to standard error, status 2
  } does = Does::serve;
  Flags flags;
  std::string text;
};

CommandLine parse_command_line(std::vector<std::string> const& words);  // without the program's name

// Every option the parser takes, as `--listen`, in the order of --help; `--help` itself is not among them.
std::vector<std::string> option_names();

}  // namespace rdssim::program
