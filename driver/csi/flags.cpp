// From arguments to Settings: CLI11 finds the flags, the checks below judge the values one by one and keep
// the first mistake.
#include "csi/flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "base/reasons.h"
#include "csi/arguments.h"
#include "csi/flag_values.h"
#include "csi/parameters.h"
#include "csi/rds_flags.h"
#include "csi/text.h"

namespace rdscsi::csi {
namespace {

constexpr char const* kProgram = "rds-csi-plugin";

// --- Finding the flags ---

FlagForm form_of(std::string_view name) {
  for (auto const& flag : flag_table()) {
    if (flag.name == name) return flag.boolean ? FlagForm::boolean : FlagForm::valued;
  }
  return FlagForm::unknown;
}

// CLI11 with every flag as a text that may be given several times; the last one counts, as in Go.
void declare(CLI::App& app, FlagValues& values) {
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
void find_flags(CLI::App& app, std::vector<std::string> const& arguments, FlagValues& values) {
  auto plain = normalise_arguments(arguments, form_of);
  if (!plain.ok()) return values.refuse_as(std::string(plain.status().message()));
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

void check_mode(FlagValues& values, Settings& settings) {
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
void check_absent_features(FlagValues& values) {
  if (values.truth("enable-vmi-serialization"))
    values.refuse("enable-vmi-serialization", "this build does not have it yet; expected false");
  if (!values.text("kubeconfig").empty()) {
    values.refuse("kubeconfig", "this build does not talk to Kubernetes yet; expected it to be empty");
  }
  for (auto const* flag : {"attachment-grace-period", "attachment-reconcile-interval", "vmi-cache-ttl"}) {
    values.duration(flag, base::Duration::zero(), kYear);
  }
}

void check_orphans(FlagValues& values, Settings& settings) {
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

void check_server(FlagValues& values, Settings& settings) {
  auto address = parse_listen_address(values.text("endpoint"));
  if (address.ok()) {
    settings.server.address = *std::move(address);
  } else {
    values.refuse_as("--endpoint: " + std::string(address.status().message()));
  }
  settings.driver.driver_name = values.text("driver-name");
  if (!is_driver_name(settings.driver.driver_name)) {
    values.refuse("driver-name",
                  "expected a domain name of at most 63 characters, such as rds.csi.srvlab.io");
  }
  settings.server.workers = static_cast<int>(values.number("rpc-workers", 1, 1024));
}

void check_nodes(FlagValues& values, Settings& settings) {
  settings.driver.snapshots = values.one_of<bool>("snapshots", {{"off", false}, {"auto", true}});
  settings.driver.fencing = values.truth("device-fencing");
  std::string const path = values.text("nodes-file");
  if (path.empty()) return;
  auto nodes = std::make_shared<FileNodeDirectory>(std::make_shared<base::RealFileSystem>(), path);
  if (!values.mistake().empty()) return;  // files are only read when everything else is right
  if (auto const known = nodes->list(base::Context::background()); !known.ok())
    values.refuse("nodes-file", std::string(known.status().message()));
  settings.driver.nodes = std::move(nodes);
}

void check_monitoring(FlagValues& values, Settings& settings) {
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

void check_logging(FlagValues& values, Settings& settings) {
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

CommandLine mistaken(FlagValues const& values) {
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
  FlagValues values;
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
  auto devices = rds_values(values);
  check_rds(devices, values, settings);
  check_nodes(values, settings);
  check_orphans(values, settings);
  check_monitoring(values, settings);
  check_rds_keys(devices, values, settings);
  if (!values.mistake().empty()) return mistaken(values);
  CommandLine result;
  result.settings = std::move(settings);
  return result;
}

}  // namespace rdscsi::csi
