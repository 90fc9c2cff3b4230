// See command_line.h. CLI11 stays in this file.
#include "simulator/program/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "simulator/faults/fault.h"
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
  app.add_option("--host-key-type", flags.host_key_type,
                 "rsa or ed25519, for a key that is made; default: as /ip ssh says");
  app.add_option("--seed", flags.seed, "of latency and faults")->capture_default_str();
  app.add_option("--latency", flags.latency, "per command, LOW-HIGH, or off")->capture_default_str();
  app.add_option("--faults", flags.faults, "YAML or JSON list of faults, see simulator/README.md");
  app.add_option("--width", flags.width, "columns of sessions that do not say (admin+cte240w does)")
      ->capture_default_str();
  app.add_option("--max-sessions", flags.max_sessions,
                 "connections at once, 0: no limit; default: max-sessions of /ip service");
  app.add_option("--max-channels", flags.max_channels, "channels at once on one connection, 0: no limit")
      ->capture_default_str();
  app.add_option("--keepalive", flags.keepalive, "answered or silent: what becomes of keepalive@openssh.com")
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
  app.add_option(
      "--control", flags.control,
      "local socket for `rds-sim ctl`, or off; default: rds-sim-PORT.sock in XDG_RUNTIME_DIR or /tmp");
  app.add_option("--boot-time", flags.boot_time, "how long a reboot takes until the exports are back")
      ->capture_default_str();
  app.add_flag("--verbose", flags.verbose, "print each command and each fault that fires");
}

constexpr char kPurpose[] = "rds-sim: a simulated ROSE Data Server (RouterOS over SSH, disks over NVMe/TCP)";

// Where CLI11 leaves what the words of `ctl` say.
struct CtlGiven {
  CtlWords words;
  std::vector<std::string> how_long, left;
  std::string slot, id;
};

CLI::App* add_request(CLI::App& parent, char const* name, char const* purpose) {
  auto* const request = parent.add_subcommand(name, purpose);
  request->fallthrough();  // --socket may stand behind it
  return request;
}

void add_ctl(CLI::App& app, CtlGiven& given) {
  auto* const ctl = app.add_subcommand("ctl", "asks a running rds-sim, or does something to it");
  ctl->require_subcommand(1);
  ctl->add_option("--socket", given.words.socket,
                  "its --control socket; not needed while one rds-sim runs on this machine");
  add_request(*ctl, "state", "prints what it is now: pools, exports and their hosts, sessions, boot stage");
  add_request(*ctl, "history", "prints the newest commands, one JSON object a line");
  add_request(*ctl, "save", "writes its state file")->add_option("FILE", given.words.file)->required();
  add_request(*ctl, "load", "puts a device with this state in its place; sessions end")
      ->add_option("FILE", given.words.file)
      ->required();
  add_request(*ctl, "reboot", "reboots it: SSH, pools and exports come back in stages");
  add_request(*ctl, "pull-cable", "nothing passes either way any more; until healed, or `for DURATION`")
      ->add_option("FOR", given.how_long, "for DURATION, such as: for 30s")
      ->expected(2);
  auto* const fill = add_request(*ctl, "fill-pool", "somebody else takes the space of a pool");
  fill->add_option("SLOT", given.slot, "slot of the pool")->required();
  fill->add_option("LEFT", given.left, "left BYTES, such as: left 1GiB; default: left 0")->expected(2);
  auto* const fault = add_request(*ctl, "fault", "faults, see simulator/README.md");
  fault->require_subcommand(1);
  add_request(*fault, "add", "adds a file of faults, or one such as '{fault: slow, busy: 3s}'")
      ->add_option("FAULT", given.words.file, "YAML file, or the YAML itself")
      ->required();
  add_request(*fault, "list", "prints all faults ever added, how often each fired, and whether it is healed");
  add_request(*fault, "heal", "ends a fault")
      ->add_option("ID", given.id, "number from `fault list`, or all")
      ->required();
}

void add_verify(CLI::App& app, VerifyFlags& flags) {
  auto* const verify = app.add_subcommand(
      "verify", "replays transcripts against the simulator; status 1: a command is answered otherwise");
  verify->add_option("TRANSCRIPT", flags.transcripts, "captures, or what `rds-sim record` wrote")->required();
  verify->add_option("--state", flags.state, "state file of the device the transcripts were taken from");
  verify->add_option("--profile", flags.profile, "RouterOS version to be where there is no state file")
      ->capture_default_str();
  verify->add_option("--width", flags.width, "columns; otherwise what the transcript says, or 80");
}

void add_record(CLI::App& app, RecordFlags& flags) {
  auto* const record = app.add_subcommand(
      "record", "stands in front of a real device and writes transcripts of what passes, without secrets");
  record->add_option("--upstream", flags.upstream, "the device, HOST or HOST:PORT")->required();
  record->add_option("--output", flags.output, "directory for the transcripts")->required();
  record->add_option("--user", flags.user, "who logs in here, and there")->capture_default_str();
  record->add_option("--fingerprint", flags.fingerprint, "of the device's host key, SHA256:...");
  record->add_option("--known-hosts", flags.known_hosts,
                     "file that holds the device's host key, as ~/.ssh/known_hosts");
  record->add_option("--upstream-key", flags.upstream_key,
                     "private key file for the device; without it the password in RDS_SIM_UPSTREAM_PASSWORD");
  record->add_option("--listen", flags.listen, "address:port for clients; port 0 picks a free one")
      ->capture_default_str();
  record->add_option("--authorized-key", flags.authorized_keys,
                     "file with a public key of clients; without it the password in RDS_SIM_PASSWORD, or one "
                     "that is made up and printed");
  record->add_option("--host-key", flags.host_key,
                     "private key shown to clients; made when it does not exist");
  record->add_option("--host-key-type", flags.host_key_type, "rsa or ed25519, for a key that is made")
      ->capture_default_str();
  record->add_option("--port-file", flags.port_file, "write the port here once it is open");
}

struct Parser {
  Parser() : app(kPurpose, "rds-sim") {
    add_flags(app, line.flags);
    add_ctl(app, ctl);
    add_verify(app, line.verify);
    add_record(app, line.record);
  }
  CommandLine line;
  CtlGiven ctl;
  CLI::App app;
};

std::vector<std::string> subcommand_names(CLI::App const& app) {
  std::vector<std::string> names;
  for (auto const* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
  return names;
}

std::vector<std::string> options_of(CLI::App const& app) {
  std::vector<std::string> names;
  for (auto const* option : app.get_options()) {
    if (option != app.get_help_ptr() && !option->get_positional()) names.push_back(option->get_name());
  }
  return names;
}

std::string did_you_mean(std::string_view what, std::string_view word,
                         std::vector<std::string> const& words) {
  auto const near = faults::nearest_word(word, words);
  return faults::concat("unknown ", what, " `", word, "`: ",
                        near.empty() ? faults::concat("it is one of ", faults::join(words, ", "))
                                     : faults::concat("did you mean `", near, "`?"));
}

// A command that is none, with the one that was probably meant; empty: all are known.
std::string unknown_command(CLI::App const& app, std::vector<std::string> const& words) {
  CLI::App const* here = &app;
  for (std::size_t i = 0; i < words.size(); ++i) {
    auto const names = subcommand_names(*here);
    if (names.empty()) return {};
    if (words[i].starts_with("-")) {
      if (words[i] == "--socket") ++i;  // its value is no command
      if (here == &app) return {};      // flags of the server
      continue;
    }
    if (std::find(names.begin(), names.end(), words[i]) == names.end())
      return did_you_mean(here == &app ? "command" : here->get_name() + " command", words[i], names);
    here = here->get_subcommand(words[i]);
  }
  return {};
}

std::string unknown_option(Parser const& parser, std::vector<std::string> const& words) {
  auto known = options_of(parser.app);
  if (parser.app.got_subcommand("ctl")) known = {"--socket"};
  for (char const* const command : {"verify", "record"}) {
    if (parser.app.got_subcommand(command)) known = options_of(*parser.app.get_subcommand(command));
  }
  known.emplace_back("--help");
  for (auto const& word : words) {
    std::string const name = word.substr(0, word.find('='));
    if (name.starts_with("--") && std::find(known.begin(), known.end(), name) == known.end())
      return did_you_mean("option", name, known);
  }
  return {};
}

// `for 30s`, `left 1GiB`: the first word says what the second is.
std::string take_pair(CtlWords& words, std::vector<std::string> const& pair, std::string const& key) {
  if (pair.empty()) return {};
  if (pair.front() != key)
    return faults::concat("ctl ", words.request, ": `", pair.front(), "` where `", key, "` is expected");
  words.arguments[key] = pair.back();
  return {};
}

// What CLI11 has read, as a request; empty, or what is wrong.
std::string finish_ctl(Parser& parser) {
  CtlWords& words = parser.line.ctl;
  words = parser.ctl.words;
  CLI::App const* command = parser.app.get_subcommand("ctl");
  for (auto below = command->get_subcommands(); !below.empty(); below = command->get_subcommands()) {
    command = below.front();
    words.request += (words.request.empty() ? "" : " ") + command->get_name();
  }
  if (!parser.ctl.slot.empty()) words.arguments["slot"] = parser.ctl.slot;
  if (!parser.ctl.id.empty()) words.arguments["id"] = parser.ctl.id;
  auto wrong = take_pair(words, parser.ctl.how_long, "for");
  return wrong.empty() ? take_pair(words, parser.ctl.left, "left") : wrong;
}

void collect(CLI::App const& app, std::string const& path,
             std::map<std::string, std::vector<std::string>>& all) {
  all[path] = options_of(app);
  for (auto const* command : app.get_subcommands(nullptr))
    collect(*command, path.empty() ? command->get_name() : path + " " + command->get_name(), all);
}

}  // namespace

CommandLine parse_command_line(std::vector<std::string> const& words) {
  Parser parser;
  CommandLine& line = parser.line;
  line.does = CommandLine::Does::refuse;
  line.text = unknown_command(parser.app, words);
  if (!line.text.empty()) return line;
  try {
    // CLI11 takes the words from the back.
    parser.app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    line.does = CommandLine::Does::serve;
    if (parser.app.got_subcommand("ctl")) {
      line.does = CommandLine::Does::control;
      line.text = finish_ctl(parser);
    }
    if (parser.app.got_subcommand("verify")) line.does = CommandLine::Does::verify;
    if (parser.app.got_subcommand("record")) line.does = CommandLine::Does::record;
    if (!line.text.empty()) line.does = CommandLine::Does::refuse;
  } catch (CLI::CallForHelp const&) {
    line.does = CommandLine::Does::print;
    line.text = parser.app.help();
  } catch (CLI::ParseError const& error) {
    line.text = unknown_option(parser, words);
    if (line.text.empty()) line.text = error.what();
  }
  return line;
}

std::map<std::string, std::vector<std::string>> parser_words() {
  std::map<std::string, std::vector<std::string>> all;
  collect(Parser().app, "", all);
  return all;
}

}  // namespace rdssim::program
