// console-bench: what the simulated console costs as a device fills: parsing a driver's line, and printing or
// searching 1 000 and 10 000 disks. Run by ci/bench.sh. Ten times the disks may take at most 25 times as
// long, or something is quadratic: exit 1.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "simulator/routeros/device.h"
#include "simulator/routeros/parser.h"
#include "simulator/routeros/profile.h"

namespace {

using rdssim::routeros::Device;

constexpr char const* kProfile = "7.24";
constexpr int kFew = 1'000, kMany = 10'000;
constexpr double kRatioMax = 25;  // ten is linear; a hundred would be quadratic

std::string slot(int number) {
  return "disk-" + std::to_string(number);
}

std::unique_ptr<Device> make_device(int disks) {
  auto made = Device::make(kProfile, std::int64_t{1} << 50, 1);
  if (!made.ok()) return nullptr;
  (*made)->set_timing({});
  for (int number = 0; number < disks; ++number) {
    auto const name = slot(number);
    auto const result =
        (*made)->execute({},
                         "/disk add type=file slot=" + name + " file-path=/storage-pool/metal-csi/" + name +
                             ".img file-size=1048576 mount-filesystem=no nvme-tcp-export=yes "
                             "nvme-tcp-server-nqn=nqn.2000-02.com.mikrotik:" +
                             name,
                         {});
    if (!result.output.empty()) return nullptr;
  }
  return std::move(*made);
}

// Made once for each size: ten thousand adds take longer than what is measured.
Device* device_with(int disks) {
  static std::map<int, std::unique_ptr<Device>> devices;
  auto& device = devices[disks];
  if (device == nullptr) device = make_device(disks);
  return device.get();
}

void run_line(benchmark::State& state, std::string const& line) {
  auto const disks = static_cast<int>(state.range(0));
  auto* const device = device_with(disks);
  if (device == nullptr) {
    state.SkipWithError("the device could not be filled");
    return;
  }
  std::size_t bytes = 0;
  while (state.KeepRunning()) {
    bytes = device->execute({}, line, {}).output.size();
    if (bytes == 0) state.SkipWithError("nothing was printed");
  }
  state.counters["bytes"] = static_cast<double>(bytes);
  state.counters["disks/s"] =
      benchmark::Counter(static_cast<double>(state.iterations() * disks), benchmark::Counter::kIsRate);
}

void print_detail(benchmark::State& state) {
  run_line(state, "/disk print detail");
}
void print_table(benchmark::State& state) {
  run_line(state, "/disk print");
}
void print_as_value(benchmark::State& state) {
  run_line(state, ":put [/disk print as-value]");
}
void find_one(benchmark::State& state) {
  run_line(state, ":put [/disk get [find slot=\"" + slot(kFew - 1) + "\"] slot]");
}

// `range` copies of a statement in one line.
void parse_line(benchmark::State& state) {
  auto const& profile = *rdssim::routeros::find_profile(kProfile);
  std::string line;
  for (std::int64_t i = 0; i < state.range(0); ++i)
    line += ":if ([:len [/disk find slot=\"a\" and type=file]]=0) do={:put \"none $[:len {1;2}]\"};";
  while (state.KeepRunning()) {
    auto const parsed = rdssim::routeros::parse(*profile.schema, line, {profile.bad_parameter, false});
    if (parsed.program == nullptr) state.SkipWithError("the line does not parse");
    benchmark::DoNotOptimize(parsed.program.get());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(line.size()) * state.iterations());
}

BENCHMARK(print_detail)->Arg(kFew)->Arg(kMany)->Unit(benchmark::kMillisecond);
BENCHMARK(print_table)->Arg(kFew)->Arg(kMany)->Unit(benchmark::kMillisecond);
BENCHMARK(print_as_value)->Arg(kFew)->Arg(kMany)->Unit(benchmark::kMillisecond);
BENCHMARK(find_one)->Arg(kFew)->Arg(kMany)->Unit(benchmark::kMillisecond);
BENCHMARK(parse_line)->Arg(kFew)->Arg(kMany)->Unit(benchmark::kMillisecond);

// Keeps the processor times of what it shows.
class RatioReporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(std::vector<Run> const& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (auto const& run : runs) {
      if (run.error_occurred) failed_ = true;
      times_[run.run_name.function_name][run.run_name.args] = run.GetAdjustedCPUTime();
    }
  }

  bool judge() const {
    int compared = 0;
    bool good = !failed_;
    for (auto const& [name, times] : times_) {
      auto const few = times.find(std::to_string(kFew)), many = times.find(std::to_string(kMany));
      if (few == times.end() || many == times.end() || few->second <= 0) continue;
      double const ratio = many->second / few->second;
      std::printf("  %-16s %6.2f times as long for ten times as many   %s\n", name.c_str(), ratio,
                  ratio <= kRatioMax ? "" : "TOO SLOW");
      good = good && ratio <= kRatioMax;
      ++compared;
    }
    std::printf("console benchmarks: %d compared, limit %.0f\n", compared, kRatioMax);
    return good && compared > 0;
  }

 private:
  std::map<std::string, std::map<std::string, double>> times_;
  bool failed_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  RatioReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  benchmark::Shutdown();
  return reporter.judge() ? 0 : 1;
}
