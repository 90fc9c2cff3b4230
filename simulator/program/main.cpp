// rds-sim: a simulated ROSE Data Server on a TCP port, for people with an ssh client, for scripts and for
// drivers. Without arguments it starts a device with one pool and one user and says how to log in.
#include <iostream>

#include "simulator/program/command_line.h"
#include "simulator/program/ctl.h"
#include "simulator/program/flag_values.h"
#include "simulator/program/record.h"
#include "simulator/program/serve.h"
#include "simulator/program/verify.h"

int main(int argc, char** argv) {
  using rdssim::program::CommandLine;
  CommandLine line = rdssim::program::parse_command_line({argv + 1, argv + argc});
  try {
    if (line.does == CommandLine::Does::serve) return rdssim::program::serve(line.flags);
    if (line.does == CommandLine::Does::control) return rdssim::program::run_ctl(line.ctl);
    if (line.does == CommandLine::Does::verify)
      return rdssim::program::verify(line.verify, std::cout, std::cerr);
    if (line.does == CommandLine::Does::record) return rdssim::program::record(line.record);
    if (line.does == CommandLine::Does::print) {
      std::cout << line.text;
      return 0;
    }
  } catch (rdssim::program::BadFlag const& error) {
    line.text = error.text;
  }
  std::cerr << "rds-sim: " << line.text << "\n";
  return 2;
}
