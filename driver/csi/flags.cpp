// From arguments to Settings: CLI11 finds the flags, the checks below judge the values one by one and keep
// the first mistake.
#include "csi/flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/reasons.h"
#include "csi/arguments.h"
#include "csi/parameters.h"
#include "csi/text.h"
#include "rds/ssh_connector.h"

namespace rdscsi::csi {
namespace {

constexpr char const* kProgram = "rds-csi-plugin";
constexpr std::size_t kClusterIdBytesMax = 253;

std::string text_of(base::Status const& status) {
  return {status.message().data(), status.message().size()};
}

// The values of all flags as text, and the first mistake found in them.
class Values {
 public:
  Values() {
    for (auto const& flag : flag_table()) texts_[std::string(flag.name)] = std::string(flag.fallback);
  }

  std::string& slot(std::string const& flag) { return texts_.at(flag); }
  std::string const& text(std::string const& flag) const { return texts_.at(flag); }
  void mark_given(std::string const& flag) { given_.insert(flag); }
  bool given(std::string const& flag) const { return given_.contains(flag); }

  // "--flag: 'value': expected ..."
  void refuse(std::string const& flag, std::string_view expected) {
    refuse_as("--" + flag + ": " + in_quotes(text(flag)) + ": " + std::string(expected));
  }
  void refuse_as(std::string message) {
    if (mistake_.empty()) mistake_ = std::move(message);
  }
  std::string const& mistake() const { return mistake_; }

  bool truth(std::string const& flag) {
    auto const value = parse_go_bool(text(flag));
    if (!value) refuse(flag, "expected true or false");
    return value.value_or(false);
  }

  std::int64_t number(std::string const& flag, std::int64_t low, std::int64_t high) {
    auto const value = parse_integer(text(flag));
    if (value && *value >= low && *value <= high) return *value;
    refuse(flag, "expected a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    return low;
  }

  base::Duration duration(std::string const& flag, base::Duration low, base::Duration high) {
    auto const value = parse_go_duration(text(flag));
    if (value && *value >= low && *value <= high) return *value;
    refuse(flag, "expected a duration from " + base::format_duration(low) + " to " +
                     base::format_duration(high) + ", such as 30s or 1h30m");
    return low;
  }

  template <typename T>
  T one_of(std::string const& flag, std::vector<std::pair<std::string_view, T>> const& words) {
    std::vector<std::string_view> known;
    for (auto const& [word, value] : words) {
      if (text(flag) == word) return value;
      known.push_back(word);
    }
    refuse(flag, "expected one of " + comma_list(known));
    return words.front().second;
  }

 private:
  std::map<std::string, std::string> texts_;
  std::set<std::string> given_;
  std::string mistake_;
};

// --- Finding the flags ---

FlagForm form_of(std::string_view name) {
  for (auto const& flag : flag_table()) {
    if (flag.name == name) return flag.boolean ? FlagForm::boolean : FlagForm::valued;
  }
  return FlagForm::unknown;
}

// CLI11 with every flag as a text that may be given several times; the last one counts, as in Go.
void declare(CLI::App& app, Values& values) {
  app.set_help_flag();
  app.allow_extras();
  for (auto const& flag : flag_table()) {
    auto* option = app.add_option("--" + std::string(flag.name), values.slot(std::string(flag.name)),
                                  std::string(flag.help));
    option->take_last()->default_str(std::string(flag.fallback))->type_name(flag.boolean ? "bool" : "value");
  }
}

std::string unknown_flag(std::string const& argument) {
  std::string_view const body = std::string_view(argument).substr(2);
  auto const equals = body.find('=');
  std::string_view const name = body.substr(0, equals);
  std::vector<std::string_view> known;
  for (auto const& flag : flag_table()) known.push_back(flag.name);
  std::string const value(equals == std::string_view::npos ? "" : body.substr(equals + 1));
  std::string const shown = in_quotes(name);
  return "--" + shown.substr(1, shown.size() - 2) + ": " + in_quotes(value) +
         ": no such flag; did you mean --" + std::string(nearest_word(name, known)) + "?";
}

// Fills `values`; what CLI11 does not know is a mistake.
void find_flags(CLI::App& app, std::vector<std::string> const& arguments, Values& values) {
  auto plain = normalise_arguments(arguments, form_of);
  if (!plain.ok()) return values.refuse_as(text_of(plain.status()));
  std::vector<std::string> known;
  for (auto const& argument : *plain) {
    auto const equals = argument.find('=');
    std::string const name = argument.substr(2, equals == std::string::npos ? equals : equals - 2);
    if (form_of(name) == FlagForm::unknown) return values.refuse_as(unknown_flag(argument));
    values.mark_given(name);
    known.push_back("--" + name);
    known.push_back(argument.substr(equals + 1));
  }
  // CLI11 takes its vector from the back. Name and value are separate words, as an empty value must stay one.
  std::reverse(known.begin(), known.end());
  try {
    app.parse(std::move(known));
  } catch (CLI::ParseError const& error) {
    values.refuse_as(std::string("command line: ") + in_quotes(error.what()));
  }
}

// --- Judging the values ---

void check_mode(Values& values, Settings& settings) {
  bool const controller = values.truth("controller");
  if (values.truth("node"))
    values.refuse("node", "this build has no node service yet; expected -controller alone");
  if (!controller) values.refuse("controller", "expected -controller (or, in a later build, -node)");
  if (!values.text("node-id").empty()) {
    settings.notes.emplace_back("--node-id has no effect without -node, which this build does not have yet");
  }
}

constexpr base::Duration kYear = std::chrono::hours(24 * 365);

// Features of later versions: refused when switched on, whatever else they are.
void check_absent_features(Values& values) {
  if (values.truth("enable-vmi-serialization"))
    values.refuse("enable-vmi-serialization", "this build does not have it yet; expected false");
  if (!values.text("kubeconfig").empty()) {
    values.refuse("kubeconfig", "this build does not talk to Kubernetes yet; expected it to be empty");
  }
  for (auto const* flag : {"attachment-grace-period", "attachment-reconcile-interval", "vmi-cache-ttl"}) {
    values.duration(flag, base::Duration::zero(), kYear);
  }
}

void check_orphans(Values& values, Settings& settings) {
  bool const wanted = values.truth("enable-orphan-reconciler");
  orphans::SweeperOptions options;
  options.dry_run = values.truth("orphan-dry-run");
  options.interval = values.duration("orphan-check-interval", std::chrono::seconds(10), kYear);
  options.grace = values.duration("orphan-grace-period", base::Duration::zero(), kYear);
  if (!wanted) return;
  settings.driver.orphans = options;
  if (options.dry_run) return;
  settings.notes.emplace_back(
      "--orphan-dry-run=false: without the Kubernetes API, which this build does not talk to yet, only "
      "scratch subvolumes of self-tests are removed; everything else is reported");
}

bool is_driver_name(std::string_view name) {
  return name.size() <= 63 && is_host(name) && !is_ip_literal(name);
}

void check_server(Values& values, Settings& settings) {
  auto address = parse_listen_address(values.text("endpoint"));
  if (address.ok()) {
    settings.server.address = *std::move(address);
  } else {
    values.refuse_as("--endpoint: " + text_of(address.status()));
  }
  settings.driver.driver_name = values.text("driver-name");
  if (!is_driver_name(settings.driver.driver_name)) {
    values.refuse("driver-name",
                  "expected a domain name of at most 63 characters, such as rds.csi.srvlab.io");
  }
  settings.server.workers = static_cast<int>(values.number("rpc-workers", 1, 1024));
}

void check_device(Values& values, Settings& settings) {
  auto& endpoint = settings.driver.endpoint;
  endpoint.address = values.text("rds-address");
  if (!is_host(endpoint.address)) {
    values.refuse("rds-address", "expected the RDS's IP address (IPv6 without brackets) or host name");
  }
  endpoint.port = static_cast<std::uint16_t>(values.number("rds-port", 1, 65535));
  endpoint.user = values.text("rds-user");
  bool const printable =
      endpoint.user.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@+-") == std::string::npos;
  if (endpoint.user.empty() || !printable) {
    values.refuse("rds-user", "expected a RouterOS user name of letters, digits and . _ @ + -");
  }
  auto& connection = settings.driver.connection;
  using std::chrono::minutes;
  using std::chrono::seconds;
  connection.channels_max = static_cast<int>(values.number("rds-channels", 1, 64));
  connection.heartbeat_interval = values.duration("rds-heartbeat", seconds(1), minutes(10));
  connection.connect_timeout = values.duration("rds-connect-timeout", seconds(1), minutes(5));
  connection.command_timeout = values.duration("rds-command-timeout", seconds(1), minutes(10));
}

void check_keys(Values& values, Settings& settings) {
  auto& endpoint = settings.driver.endpoint;
  endpoint.private_key_file = values.text("rds-key-file");
  endpoint.passphrase_file = values.text("rds-key-passphrase-file");
  endpoint.host_key_file = values.text("rds-host-key");
  endpoint.insecure_skip_host_key_verification = values.truth("rds-insecure-skip-verify");
  if (endpoint.host_key_file.empty() && !endpoint.insecure_skip_host_key_verification) {
    values.refuse("rds-host-key",
                  "expected a file with the device's public host key (or, in a laboratory, "
                  "-rds-insecure-skip-verify)");
  }
  if (endpoint.insecure_skip_host_key_verification) {
    settings.warnings.emplace_back(
        "--rds-insecure-skip-verify: any host key is accepted; whoever answers at the "
        "RDS's address gets every command");
  }
  if (!values.mistake().empty()) return;  // the files are only read when everything else is right
  if (auto const status = rds::check_credentials(endpoint); !status.ok()) values.refuse_as(text_of(status));
}

void check_territory(Values& values, Settings& settings) {
  auto& territory = settings.driver.territory;
  territory.base_path = values.text("rds-volume-base-path");
  if (std::string const problem = path_problem(territory.base_path); !problem.empty()) {
    values.refuse("rds-volume-base-path", problem +
                                              "; expected an absolute, clean path on the RDS, such as "
                                              "/storage-pool/metal-csi");
  }
  territory.cluster_id = values.text("cluster-id");
  bool printable = true;
  for (char const c : territory.cluster_id) printable = printable && c > 0x20 && c < 0x7f;
  if (territory.cluster_id.empty() || territory.cluster_id.size() > kClusterIdBytesMax || !printable) {
    values.refuse("cluster-id", "expected 1 to 253 printable characters without blanks");
  }
  territory.slot_style = values.one_of<rds::SlotStyle>("slot-style", {{"auto", rds::SlotStyle::automatic},
                                                                      {"full", rds::SlotStyle::full},
                                                                      {"compact", rds::SlotStyle::compact}});
}

void check_nodes(Values& values, Settings& settings) {
  settings.driver.snapshots = values.one_of<bool>("snapshots", {{"off", false}, {"auto", true}});
  settings.driver.fencing = values.truth("device-fencing");
  std::string const path = values.text("nodes-file");
  if (path.empty()) return;
  auto nodes = std::make_shared<FileNodeDirectory>(std::make_shared<base::RealFileSystem>(), path);
  if (!values.mistake().empty()) return;  // files are only read when everything else is right
  if (auto const known = nodes->list(base::Context::background()); !known.ok())
    values.refuse("nodes-file", text_of(known.status()));
  settings.driver.nodes = std::move(nodes);
}

void check_monitoring(Values& values, Settings& settings) {
  base::Duration const interval =
      values.duration("metrics-interval", std::chrono::seconds(1), std::chrono::hours(24));
  std::string const text = values.text("metrics-address");
  if (text.empty()) return;
  auto address = parse_listen_address("tcp://" + text);
  bool const usable = address.ok() && (address->host.empty() || is_ip_literal(address->host));
  if (!usable) {
    values.refuse("metrics-address",
                  "expected :PORT or IP:PORT (IPv6 in brackets), such as :9809, or nothing for no endpoint");
    return;
  }
  settings.monitoring.emplace();
  settings.monitoring->address = *std::move(address);
  settings.monitoring->interval = interval;
}

base::LogLevel level_of(std::int64_t verbosity) {
  if (verbosity >= 6) return base::LogLevel::trace;
  return verbosity >= 4 ? base::LogLevel::debug : base::LogLevel::info;
}

void check_logging(Values& values, Settings& settings) {
  settings.log_level = level_of(values.number("v", 0, 100));
  settings.log_format = values.one_of<base::LogFormat>(
      "log-format", {{"text", base::LogFormat::text}, {"json", base::LogFormat::json}});
  for (auto const* flag : {"logtostderr", "alsologtostderr", "one_output", "skip_headers", "skip_log_headers",
                           "add_dir_header"}) {
    values.truth(flag);
  }
  for (auto const* flag : {"log_dir", "log_file"}) {
    if (!values.text(flag).empty()) {
      values.refuse(flag, "this driver logs to standard error only; expected it to be empty");
    }
  }
}

CommandLine ended(int exit_code, std::string out, std::string err) {
  return {std::nullopt, exit_code, std::move(out), std::move(err)};
}

CommandLine mistaken(Values const& values) {
  return ended(2, "", std::string(kProgram) + ": " + values.mistake());
}

std::string usage() {
  std::string text = std::string("Usage of ") + kProgram + ":\n";
  for (auto const& flag : flag_table()) {
    text.append("  -").append(flag.name).append(flag.boolean ? "" : " value");
    text.append("\n        ")
        .append(flag.help)
        .append(" (default ")
        .append(in_quotes(flag.fallback))
        .append(")\n");
  }
  return text;
}

}  // namespace

CommandLine parse_command_line(std::vector<std::string> const& arguments) {
  Values values;
  CLI::App app("CSI driver for the MikroTik ROSE Data Server", kProgram);
  declare(app, values);
  for (auto const& argument : arguments) {
    if (argument == "-h" || argument == "-help" || argument == "--help") return ended(0, usage(), "");
  }
  find_flags(app, arguments, values);
  if (!values.mistake().empty()) return mistaken(values);
  if (values.truth("version")) {
    return ended(0, values.text("driver-name") + " " + std::string(version()) + "\n", "");
  }
  Settings settings;
  check_mode(values, settings);
  check_absent_features(values);
  check_logging(values, settings);
  check_server(values, settings);
  check_device(values, settings);
  check_territory(values, settings);
  check_nodes(values, settings);
  check_orphans(values, settings);
  check_monitoring(values, settings);
  check_keys(values, settings);
  if (!values.mistake().empty()) return mistaken(values);
  CommandLine result;
  result.settings = std::move(settings);
  return result;
}

}  // namespace rdscsi::csi
