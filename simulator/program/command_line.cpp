// See command_line.h. CLI11 stays in this file.
#include "simulator/program/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "simulator/faults/text.h"
#include "simulator/routeros/device.h"

namespace rdssim::program {
namespace {

void add_flags(CLI::App& app, Flags& flags) {
  app.add_option("--listen", flags.listen, "address:port; port 0 picks a free one")->capture_default_str();
  app.add_option("--profile", flags.profile,
                 "RouterOS version to be: " + faults::join(routeros::Device::profile_names(), ", "))
      ->capture_default_str();
  app.add_option("--pool-bytes", flags.pool_bytes, "size of the pool, e.g. 4TiB")->capture_default_str();
  app.add_option("--state", flags.state,
                 "start from this state file (instead of --profile and --pool-bytes)");
  app.add_option("--save-state", flags.save_state, "write the state here at the end");
  app.add_option("--user", flags.user, "who may log in")->capture_default_str();
  app.add_option("--password", flags.password, "of that user; without key and password: rds-sim");
  app.add_option(
      "--authorized-key", flags.authorized_keys,
      "file with a public key of that user (more than once for more keys); ends login by password");
  app.add_option("--host-key", flags.host_key, "private key file; made when it does not exist");
  app.add_option("--host-key-type", flags.host_key_type, "rsa or ed25519, for a key that is made")
      ->capture_default_str();
  app.add_option("--seed", flags.seed, "of latency and faults")->capture_default_str();
  app.add_option("--latency", flags.latency, "per command, LOW-HIGH, or off")->capture_default_str();
  app.add_option("--faults", flags.faults, "YAML or JSON list of faults, see simulator/README.md");
  app.add_option("--width", flags.width, "columns of sessions that do not say (admin+cte240w does)")
      ->capture_default_str();
  app.add_option("--max-sessions", flags.max_sessions, "connections at once, 0: no limit")
      ->capture_default_str();
  app.add_option("--port-file", flags.port_file, "write the port here once it is open");
  app.add_option(
         "--nvme-listen", flags.nvme_listen,
         "address on which exported disks are served over NVMe/TCP, each on its nvme-tcp-server-port; off: "
         "not at all")
      ->capture_default_str();
  app.add_flag("--nvme-free-ports", flags.nvme_free_ports,
               "serve each nvme-tcp-server-port on a free port of this machine, so that several rds-sim fit");
  app.add_option("--data", flags.data,
                 "directory for the bytes of backing files; without it they go at the end");
  app.add_flag("--verbose", flags.verbose, "print each command and each fault that fires");
}

constexpr char kPurpose[] = "rds-sim: a simulated ROSE Data Server (RouterOS over SSH)";

}  // namespace

CommandLine parse_command_line(std::vector<std::string> const& words) {
  CommandLine result;
  CLI::App app(kPurpose, "rds-sim");
  add_flags(app, result.flags);
  try {
    // CLI11 takes the words from the back.
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (CLI::CallForHelp const&) {
    result.does = CommandLine::Does::print;
    result.text = app.help();
  } catch (CLI::ParseError const& error) {
    result.does = CommandLine::Does::refuse;
    result.text = error.what();
  }
  return result;
}

std::vector<std::string> option_names() {
  Flags flags;
  CLI::App app(kPurpose, "rds-sim");
  add_flags(app, flags);
  std::vector<std::string> names;
  for (auto const* option : app.get_options()) {
    if (option != app.get_help_ptr()) names.push_back(option->get_name());
  }
  return names;
}

}  // namespace rdssim::program
