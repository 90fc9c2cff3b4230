// See exec_input.h.
#include "simulator/faults/fuzz/exec_input.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>

#include "simulator/faults/faulty_device.h"

namespace rdssim::faults::fuzz {
namespace {

constexpr std::size_t kInputMax = 1 << 14;
constexpr std::size_t kLinesMax = 4;

[[noreturn]] void broken(char const* what) {
  std::fprintf(stderr, "exec fuzzer: %s\n", what);
  std::abort();
}

std::shared_ptr<routeros::Device> make_router(std::string const& profile) {
  auto made = routeros::Device::make(profile, std::int64_t{1} << 40, 1);
  if (!made.ok()) broken("no device");
  (*made)->set_limits({2000, std::uint64_t{1} << 20});
  (*made)->set_timing({});
  return std::move(*made);
}

// What inputs before left behind must not decide whether a finding repeats; making a router takes several
// times as long as most inputs, so one nothing was done to is used again. Every login and logout writes to
// its log.
std::shared_ptr<routeros::Device> untouched_router(std::string const& profile) {
  static std::map<std::string, std::shared_ptr<routeros::Device>> routers;
  auto& router = routers[profile];
  if (router != nullptr) router->forget_log();
  if (router == nullptr || !router->untouched()) router = make_router(profile);
  return router;
}

// Most inputs that change something leave a state that another has left before: loading it is what takes the
// time.
void must_load(std::string const& saved) {
  constexpr std::size_t kRemembered = 1 << 16;
  static std::unordered_set<std::size_t> loaded;
  if (loaded.size() >= kRemembered) loaded.clear();
  if (!loaded.insert(std::hash<std::string>()(saved)).second) return;
  if (!routeros::Device::from_state(saved, 1).ok()) broken("the state afterwards does not load");
}

}  // namespace

void feed_exec(std::string_view input) {
  if (input.empty()) return;
  auto const mode = static_cast<unsigned char>(input.front());
  input = input.substr(1, kInputMax);
  static auto const names = routeros::Device::profile_names();
  auto const& profile = names[mode % 4 % names.size()];
  auto const router = untouched_router(profile);
  FaultyDeviceOptions options;
  options.latency.off = true;
  options.history_kept = 16;
  options.busy_passes = false;
  FaultyDevice device(router, options);
  if ((mode & 64) != 0) {  // seeds begin with a digit or, damaged, with a letter
    auto fault = parse_fault("output_garbled", {});
    if (fault.ok()) device.inject(*fault);
  }
  auto const session = device.on_connect("192.0.2.1").id;
  device.on_login(session, (mode & 4) != 0 ? "admin+cte240w" : "admin");
  router->forget_log();
  // An empty line alone is one; in between, as in a run of NUL bytes, it costs as much as a full one and adds
  // nothing.
  for (std::size_t lines = 0; lines == 0 || (!input.empty() && lines < kLinesMax); ++lines) {
    auto const line = input.substr(0, input.find('\0'));
    input.remove_prefix(std::min(input.find_first_not_of('\0', line.size()), input.size()));
    ExecMode exec;
    exec.interactive = (mode & 8) != 0;
    auto const verdict = device.exec(session, line, exec);
    // A line may end its own session: it reboots the device, or logs its user out.
    if (verdict.reply == Reply::session_dead && !device.session_open(session)) break;
    if (verdict.reply != Reply::answered && verdict.reply != Reply::never) broken("a reply is missing");
  }
  bool const as_before = router->untouched();
  device.close_session(session);
  if (!as_before) must_load(router->save_state());
}

}  // namespace rdssim::faults::fuzz
