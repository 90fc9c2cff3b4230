// The RDSes of the command line: one by the flags -rds-*, or several by the file of -rds-config, whose
// entries have the same names without `rds-`. Private to flags.cpp; operators read docs/configuration.md.
#pragma once

#include <vector>

#include "csi/flag_values.h"

namespace rdscsi::csi {

// The flags as each RDS has them, with its name under `rds-name`. None when there is a mistake, which is then
// in `values`.
struct NamedValues {
  std::string name;
  FlagValues values;
};
std::vector<NamedValues> rds_values(FlagValues& values);

// Puts `settings.driver.devices` together; what is wrong is refused in `values`. Reads no key files.
void check_rds(std::vector<NamedValues>& devices, FlagValues& values, Settings& settings);

// Reads the key files of every RDS (rds::check_credentials).
void check_rds_keys(std::vector<NamedValues>& devices, FlagValues& values, Settings& settings);

}  // namespace rdscsi::csi
