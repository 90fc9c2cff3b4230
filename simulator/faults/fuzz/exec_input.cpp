// See exec_input.h.
#include "simulator/faults/fuzz/exec_input.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>

#include "simulator/faults/faulty_device.h"

namespace rdssim::faults::fuzz {
namespace {

constexpr std::size_t kInputMax = 1 << 14;

[[noreturn]] void broken(char const* what) {
  std::fprintf(stderr, "exec fuzzer: %s\n", what);
  std::abort();
}

std::unique_ptr<FaultyDevice> make_device(std::string const& profile) {
  auto made = routeros::Device::make(profile, std::int64_t{1} << 40, 1);
  if (!made.ok()) broken("no device");
  (*made)->set_limits({2000, std::uint64_t{1} << 20});
  (*made)->set_timing({});
  FaultyDeviceOptions options;
  options.latency.off = true;
  options.history_kept = 16;
  return std::make_unique<FaultyDevice>(std::move(*made), options);
}

// Every login and logout writes to the log; what is asked for is what lines leave behind.
void forget_log(FaultyDevice& device) {
  device.with_device([](auto& router) { router.forget_log(); });
}

bool untouched(FaultyDevice& device) {
  return device.with_device([](auto const& router) { return router.untouched(); });
}

// What inputs before left behind must not decide whether a finding repeats; making a device takes several
// times as long as most inputs, so one nothing was done to is used again.
FaultyDevice& untouched_device(std::string const& profile) {
  static std::map<std::string, std::unique_ptr<FaultyDevice>> devices;
  auto& device = devices[profile];
  if (device != nullptr) forget_log(*device);
  if (device == nullptr || !untouched(*device)) device = make_device(profile);
  return *device;
}

}  // namespace

void feed_exec(std::string_view input) {
  if (input.empty()) return;
  auto const mode = static_cast<unsigned char>(input.front());
  input = input.substr(1, kInputMax);
  static auto const names = routeros::Device::profile_names();
  auto const& profile = names[mode % 4 % names.size()];
  // A fault draws from the device's own stream: such an input gets a device of its own.
  bool const damaged = (mode & 64) != 0;  // seeds begin with a digit or, damaged, with a letter
  std::unique_ptr<FaultyDevice> own;
  if (damaged) own = make_device(profile);
  auto& device = damaged ? *own : untouched_device(profile);
  if (damaged) {
    auto fault = parse_fault("output_garbled", {});
    if (fault.ok()) device.inject(*fault);
  }
  auto const session = device.on_connect("192.0.2.1").id;
  device.on_login(session, (mode & 4) != 0 ? "admin+cte240w" : "admin");
  forget_log(device);
  while (!input.empty()) {
    auto const line = input.substr(0, input.find('\0'));
    input.remove_prefix(std::min(input.size(), line.size() + 1));
    // A :delay would really pass.
    if (line.find("del") != std::string_view::npos) continue;
    ExecMode exec;
    exec.interactive = (mode & 8) != 0;
    auto const verdict = device.exec(session, line, exec);
    if (verdict.reply != Reply::answered && verdict.reply != Reply::never) broken("a reply is missing");
  }
  bool const as_before = untouched(device);
  device.close_session(session);
  if (as_before) return;
  auto const saved = device.with_device([](auto& router) { return router.save_state(); });
  if (!routeros::Device::from_state(saved, 1).ok()) broken("the state afterwards does not load");
}

}  // namespace rdssim::faults::fuzz
