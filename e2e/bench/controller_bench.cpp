// rds-bench: CreateVolume against the one command it needs, DeleteVolume, ListVolumes, and the memory of an
// idle controller. The shipped program over real gRPC and real SSH; a device with exactly 200 ms per command.
// Run by ci/bench.sh; exits 1 when CreateVolume's median is more than 1.3 times its floor.
//
// No Google Benchmark: an iteration takes most of a second, and what counts is a ratio of two medians taken
// side by side, so that a busy machine slows both.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include "base/time.h"
#include "e2e/bench/rig.h"

namespace {

using rdscsi::base::Duration;
using rdscsi::bench::milliseconds;
using rdscsi::bench::Rig;
using rdscsi::bench::RigOptions;

constexpr Duration kLatency = std::chrono::milliseconds(200);
constexpr double kRatioMax = 1.3, kRatioAim = 1.1;
constexpr double kMemoryAimMib = 15;
constexpr Duration kIdle = std::chrono::seconds(10);
constexpr int kLists = 10;

Duration median(std::vector<Duration> samples) {
  auto const middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  std::nth_element(samples.begin(), middle, samples.end());
  return *middle;
}

void print_time(char const* what, std::vector<Duration> const& samples) {
  std::printf("  %-34s p50 %7.1f ms   worst %7.1f ms   (%zu calls)\n", what, milliseconds(median(samples)),
              milliseconds(*std::max_element(samples.begin(), samples.end())), samples.size());
}

// `floor`: what one command takes by what the device was told, so that slowness of our own SSH path, which
// slows the bare command too, is not taken out of the figure.
bool judge(std::vector<Duration> const& create, std::vector<Duration> const& bare, Duration floor) {
  double const ratio = milliseconds(median(create)) / milliseconds(floor);
  double const measured = milliseconds(median(create)) / milliseconds(median(bare));
  bool const good = ratio <= kRatioMax && measured <= kRatioMax;
  std::printf("  CreateVolume / its command (%.0f ms)   %.3f\n", milliseconds(floor), ratio);
  std::printf("  CreateVolume / a bare /disk add      %.3f   %s (aim %.1f, limit %.1f)\n", measured,
              good ? (ratio <= kRatioAim ? "as aimed" : "within the limit") : "TOO SLOW", kRatioAim,
              kRatioMax);
  return good;
}

bool measure(char const* title, RigOptions const& options, int calls) {
  std::printf("%s\n", title);
  Rig rig(options);
  // The first call of a session also asks the device what it can do.
  rig.create_volume(0);
  rig.delete_volume(0);

  std::vector<Duration> create, bare, list, remove;
  for (int number = 1; number <= calls; ++number) {
    create.push_back(rig.create_volume(number));
    bare.push_back(rig.bare_disk_add(number));
  }
  for (int i = 0; i < kLists; ++i) list.push_back(rig.list_volumes(calls));
  for (int number = 1; number <= calls; ++number) remove.push_back(rig.delete_volume(number));

  print_time("CreateVolume", create);
  print_time("/disk add alone", bare);
  print_time("DeleteVolume", remove);
  print_time("ListVolumes", list);
  return judge(create, bare, kLatency + options.busy.disk_add);
}

void measure_memory(RigOptions const& options) {
  Rig rig(options);
  std::uint64_t const before = rig.commands();
  rdscsi::base::sleep_for(kIdle);
  std::printf("idle controller, after %lld s\n  anonymous resident memory  %.1f MiB (aim: below %.0f)\n",
              static_cast<long long>(kIdle / std::chrono::seconds(1)), rig.plugin_memory_mib(),
              kMemoryAimMib);
  std::printf("  commands to the RDS meanwhile  %llu\n",
              static_cast<unsigned long long>(rig.commands() - before));
}

int run(int calls) {
  RigOptions options;
  options.latency = kLatency;
  options.plugin = rdscsi::bench::plugin_beside_this_program();
  std::printf("200 ms per command, one call at a time\n\n");
  bool good = measure("a device that needs no time of its own", options, calls);
  options.busy.disk_add = std::chrono::milliseconds(500);
  options.busy.disk_remove = std::chrono::milliseconds(300);
  good = measure("\na device that needs 500 ms for /disk add and 300 ms for /disk remove", options, calls) &&
         good;
  std::printf("\n");
  measure_memory(options);
  return good ? 0 : 1;
}

}  // namespace

// rds-bench [CALLS]
int main(int argc, char** argv) {
  int calls = 20;
  if (argc == 2) {
    char const* const end = argv[1] + std::strlen(argv[1]);
    auto const parsed = std::from_chars(argv[1], end, calls);
    if (parsed.ec != std::errc() || parsed.ptr != end) calls = 0;
  }
  if (argc > 2 || calls < 1 || calls > 1000) {
    std::fprintf(stderr, "usage: rds-bench [CALLS], 1 to 1000, default 20\n");
    return 2;
  }
  try {
    return run(calls);
  } catch (std::exception const& error) {
    std::fprintf(stderr, "rds-bench: %s\n", error.what());
    return 1;
  }
}
