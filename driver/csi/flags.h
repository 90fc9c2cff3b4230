// The command line of rds-csi-plugin: the Go driver's flags with its names and defaults (knowledge/go-driver
// 1), and the new ones of this driver. Used by main.cpp; operators read docs/configuration.md, which
// flags_test.cpp compares with the table in flag_table.cpp.
//
// A mistake ends the program before anything is started: exit 2 and one line on standard error that names the
// flag, the value and what would be right. So does a feature this build does not have yet: never silently
// ignored.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "csi/driver.h"
#include "csi/grpc_server.h"
#include "csi/monitoring.h"

namespace rdscsi::csi {

struct Settings {
  DriverOptions driver;
  GrpcServerOptions server;
  std::optional<MonitoringOptions> monitoring;  // absent: no endpoint
  base::LogLevel log_level = base::LogLevel::info;
  base::LogFormat log_format = base::LogFormat::text;
  std::vector<std::string> warnings;  // to be logged at start, level warn
  std::vector<std::string> notes;     // to be logged at start, level info
};

struct CommandLine {
  std::optional<Settings> settings;  // absent: the program ends now
  int exit_code = 0;
  std::string standard_output;  // -version, -help
  std::string standard_error;   // one line without its newline, when exit_code is 2
};

// `arguments` is argv without the program's name. Reads the key files (rds::check_credentials); touches
// nothing else.
CommandLine parse_command_line(std::vector<std::string> const& arguments);

struct FlagSpec {
  std::string_view name;
  bool boolean;
  std::string_view fallback;
  std::string_view help;
};

// Every flag, in the order of the documentation.
std::vector<FlagSpec> const& flag_table();

}  // namespace rdscsi::csi
