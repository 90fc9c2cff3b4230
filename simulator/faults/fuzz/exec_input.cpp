// See exec_input.h.
#include "simulator/faults/fuzz/exec_input.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "simulator/faults/faulty_device.h"

namespace rdssim::faults::fuzz {
namespace {

constexpr std::size_t kInputMax = 1 << 14;

[[noreturn]] void broken(char const* what) {
  std::fprintf(stderr, "exec fuzzer: %s\n", what);
  std::abort();
}

}  // namespace

void feed_exec(std::string_view input) {
  if (input.empty()) return;
  auto const mode = static_cast<unsigned char>(input.front());
  input = input.substr(1, kInputMax);
  static auto const names = routeros::Device::profile_names();
  auto made = routeros::Device::make(names[mode % 4 % names.size()], std::int64_t{1} << 40, 1);
  if (!made.ok()) broken("no device");
  (*made)->set_limits({2000, std::uint64_t{1} << 20});
  (*made)->set_timing({});
  FaultyDeviceOptions options;
  options.latency.off = true;
  FaultyDevice device(std::move(*made), options);
  if ((mode & 16) != 0) {
    auto fault = parse_fault("output_garbled", {});
    if (fault.ok()) device.inject(*fault);
  }
  auto const session = device.on_connect("192.0.2.1").id;
  device.on_login(session, (mode & 4) != 0 ? "admin+cte240w" : "admin");
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
  auto const saved = device.with_device([](auto& router) { return router.save_state(); });
  if (!routeros::Device::from_state(saved, 1).ok()) broken("the state afterwards does not load");
}

}  // namespace rdssim::faults::fuzz
