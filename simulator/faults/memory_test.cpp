// A device that runs for weeks holds no more than it did after its first hours: history, log, gaps and
// variables are bounded. RDS_SIM_MEMORY_COMMANDS says how many commands (default 20 000; ci/long.sh: 10^6);
// the first tenth is what the rest is compared with.
#include <gtest/gtest.h>
#include <malloc.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>

#include "simulator/faults/faulty_device.h"

namespace rdssim::faults {
namespace {

constexpr std::int64_t kMiB = std::int64_t{1} << 20;

// A sanitizer keeps what was freed: there the commands run, and resident memory is not judged.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kJudged = false;
#else
constexpr bool kJudged = true;
#endif

int commands_wanted() {
  char const* const text = std::getenv("RDS_SIM_MEMORY_COMMANDS");
  int const wanted = text == nullptr ? 20'000 : std::atoi(text);
  if (wanted < 1000) throw std::invalid_argument("RDS_SIM_MEMORY_COMMANDS: at least 1000 commands");
  return wanted;
}

std::int64_t resident_bytes() {
  malloc_trim(0);
  std::ifstream statm("/proc/self/statm");
  std::int64_t pages = 0, resident = 0;
  statm >> pages >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

// What a driver, an operator and a scanner send, each with something in it that was never there before.
std::string line_of(int number) {
  std::string const n = std::to_string(number), slot = "pvc-" + std::to_string(number / 8 % 50);
  switch (number % 8) {
    case 0:
      return "/disk add type=file slot=" + slot + " file-path=/storage-pool/metal-csi/" + slot +
             ".img file-size=1048576 mount-filesystem=no nvme-tcp-export=yes comment=\"" + n + "\"";
    case 1:
      return "/disk set [find slot=" + slot + "] comment=\"changed " + n + "\"";
    case 2:
      return "/disk print detail where slot=" + slot;
    case 3:
      return "/disk get [find slot=missing" + n + "] slot";
    case 4:
      return "/disk bogus" + n;
    case 5:
      return ":global seen" + std::to_string(number % 64) + " \"" + n + "\"; :put $seen" +
             std::to_string(number % 64);
    case 6:
      return ":log info \"line " + n + "\"";
    default:
      return "/disk remove [find slot=" + slot + "]; /file remove [find name=\"storage-pool/metal-csi/" +
             slot + ".img\"]";
  }
}

void run(FaultyDevice& device, int from, int to) {
  for (int number = from; number < to; ++number) {
    auto const session = device.on_connect("192.0.2.1").id;
    ASSERT_NE(session, 0U);
    device.on_login(session, "admin");
    ASSERT_EQ(device.open_channel(session), ChannelVerdict::accept);
    device.exec(session, line_of(number));
    device.close_channel(session);
    device.close_session(session);
  }
}

TEST(Memory, TheLastNineTenthsOfTheCommandsTakeLessThanAMebibyte) {
  int const wanted = commands_wanted();
  FaultyDeviceOptions options;
  options.latency.off = true;
  auto made = routeros::Device::make("7.24", std::int64_t{1} << 40, 1);
  ASSERT_TRUE(made.ok());
  (*made)->set_timing({});
  FaultyDevice device(*std::move(made), options);
  // Tables with a bound are to be full before it is measured.
  run(device, 0, 10'000);
  run(device, 10'000, 10'000 + wanted / 10);
  auto const before = resident_bytes();
  run(device, 10'000 + wanted / 10, 10'000 + wanted);
  auto const grown = resident_bytes() - before;
  std::cout << "memory: " << wanted << " commands checked, " << grown / 1024
            << " KiB more after the last nine tenths (limit 1024)\n";
  if (kJudged) {
    EXPECT_LE(grown, kMiB);
  }
  EXPECT_EQ(device.counters().execs, static_cast<std::uint64_t>(10'000 + wanted));
}

}  // namespace
}  // namespace rdssim::faults
