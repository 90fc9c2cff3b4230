// The command line of rds-sim as data: what its words and flags say, with an error that names the word and
// what would be right. Used by main.cpp; the tests compare what the parser knows with `--help` and the
// README.
#pragma once

#include <cstdint>
#include <map>
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
  std::string host_key, host_key_type;  // type empty: as /ip/ssh says
  std::uint64_t seed = 1;
  std::string latency = "150ms-250ms";
  std::string faults;
  int width = 80;
  int max_sessions = -1;  // -1: as /ip/service says
  int max_channels = 0;
  std::string keepalive = "answered";
  std::string port_file;
  std::string nvme_listen = "127.0.0.1";
  bool nvme_free_ports = false;
  std::string data;
  std::string control;            // path, `off`, or empty: default_control_path()
  std::string boot_time = "45s";  // of a reboot, from the last byte to the first export
  bool verbose = false;
};

// What `rds-sim ctl` was asked for; ctl.cpp makes a request of it (control.h).
struct CtlWords {
  std::string socket;                            // empty: the only one there is
  std::string request;                           // `state`, `fault add` ...
  std::string file;                              // save, load, fault add
  std::map<std::string, std::string> arguments;  // by their names in the request
};

// What `rds-sim verify` was asked for; verify.h.
struct VerifyFlags {
  std::vector<std::string> transcripts;  // files
  std::string state, profile = "7.21";   // the device's; a state file brings its own profile
  int width = 0;                         // columns; 0: what the transcript says, or 80
};

// What `rds-sim record` was asked for; record.cpp checks the values.
struct RecordFlags {
  std::string upstream;                  // HOST or HOST:PORT
  std::string user = "admin";            // on both sides
  std::string fingerprint, known_hosts;  // of the device's host key: one of them
  std::string upstream_key;              // private key file; empty: password from the environment
  std::string output;                    // directory
  std::string listen = "127.0.0.1:0";
  std::vector<std::string> authorized_keys;     // of clients
  std::string host_key, host_key_type = "rsa";  // shown to clients
  std::string port_file;
};

struct CommandLine {
  enum class Does {
    serve,
    control,
    verify,
    record,
    print,  // `text` to standard output, status 0: --help
    refuse  // `text` to standard error, status 2
  } does = Does::serve;
  Flags flags;
  CtlWords ctl;
  VerifyFlags verify;
  RecordFlags record;
  std::string text;
};

CommandLine parse_command_line(std::vector<std::string> const& words);  // without the program's name

// Every option the parser takes, as `--listen`, by the words in front of it: "" for the server's own, "ctl",
// "ctl fault add" ... Each command is there, also one without options; `--help` is not among the options.
std::map<std::string, std::vector<std::string>> parser_words();

}  // namespace rdssim::program
