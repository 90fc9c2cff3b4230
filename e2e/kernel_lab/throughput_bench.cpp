// lab-throughput: NVMe/TCP throughput of rds-sim's target beside the kernel's own nvmet over the same path,
// in one lab guest, printed as ratios. Both serve a file in memory over the guest's loopback to the guest's
// initiator, so only the targets differ. Three rounds, taken in turn; the best of each counts. Run by
// ci/bench.sh in this folder.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iterator>
#include <string>

#include "base/testing/temporary_directory.h"
#include "e2e/kernel_lab/guest_machine.h"

namespace lab {
namespace {

double best(Step const& step, std::string const& name) {
  double most = 0;
  for (char const* round : {"1", "2", "3"}) {
    auto const found = step.values.find(name + "-" + round);
    if (found != step.values.end()) most = std::max(most, std::atof(found->second.c_str()));
  }
  return most;
}

int measure() {
  rdscsi::base::testing::TemporaryDirectory directory;
  std::ifstream file("scripts/throughput.guest");
  GuestOptions options;
  options.image = image_folder(LAB_IMAGE_FOLDER);
  options.script =
      "SERVER='rds-sim --listen 127.0.0.1:2222 --latency off --data /tmp/bytes'\nMIB=64\n"
      "NQN=nqn.2000-02.com.mikrotik:vol1\nKERNEL_NQN=nqn.2000-02.com.mikrotik:kernel\n" +
      std::string(std::istreambuf_iterator<char>(file), {});
  add_program(options, RDS_SIM_PROGRAM, "/bin/rds-sim", directory.path());
  add_program(options, LAB_IO_PROGRAM, "/bin/lab_io", directory.path());
  add_program(options, "ssh", "/usr/bin/ssh", directory.path());
  add_program(options, "sshpass", "/usr/bin/sshpass", directory.path());
  Boot const guest = boot(options);
  if (!guest.ended) {
    std::fprintf(stderr, "%s\nlab-throughput: the guest did not come to its end\n", guest.console.c_str());
    return 1;
  }
  auto const& step = guest.step("throughput");
  int measured = 0;
  std::printf("%-18s %14s %14s %7s\n", "MiB per second", "kernel nvmet", "rds-sim", "ratio");
  for (char const* what : {"read-sequential", "write-sequential", "read-random", "write-random"}) {
    double const kernel = best(step, std::string(what) + "-kernel") / (1 << 20);
    double const ours = best(step, std::string(what) + "-simulator") / (1 << 20);
    if (kernel <= 0 || ours <= 0) continue;
    ++measured;
    std::printf("%-18s %14.1f %14.1f %7.2f\n", what, kernel, ours, ours / kernel);
  }
  if (measured < 4) std::fprintf(stderr, "%s\n", guest.console.c_str());
  std::printf("throughput: %d of 4 kinds measured, 3 rounds each\n", measured);
  return measured == 4 ? 0 : 1;
}

}  // namespace
}  // namespace lab

int main() {
  try {
    return lab::measure();
  } catch (std::exception const& error) {
    std::fprintf(stderr, "lab-throughput: %s\n", error.what());
    return 1;
  }
}
