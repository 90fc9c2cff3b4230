// See console_input.h.
#include "simulator/routeros/fuzz/console_input.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>

#include "simulator/routeros/device.h"
#include "simulator/routeros/parser.h"
#include "simulator/routeros/profile.h"

namespace rdssim::routeros::fuzz {
namespace {

constexpr std::size_t kInputMax = 1 << 14;
constexpr std::int64_t kPoolBytes = std::int64_t{1} << 40;

[[noreturn]] void broken(char const* what) {
  std::fprintf(stderr, "console fuzzer: %s\n", what);
  std::abort();
}

std::unique_ptr<Device> make_device(std::string const& profile) {
  auto device = Device::make(profile, kPoolBytes, 1);
  if (!device.ok()) broken("no device");
  (*device)->set_limits({2000, std::uint64_t{1} << 20});
  (*device)->set_timing({});
  return std::move(*device);
}

// A device nothing was done to: what lines before left behind must not decide whether a finding repeats.
// Making one takes 50 times as long as most lines, so one that is still untouched is used again.
Device& untouched_device(std::string const& profile) {
  static std::map<std::string, std::unique_ptr<Device>> devices;
  auto& device = devices[profile];
  if (device == nullptr || !device->untouched()) device = make_device(profile);
  return *device;
}

// The column of "... (line 1 column 7)"; 0 when there is none.
std::size_t column_of(std::string const& error) {
  auto const at = error.rfind("column ");
  return at == std::string::npos ? 0 : std::strtoull(error.c_str() + at + 7, nullptr, 10);
}

void check_parse(Profile const& profile, std::string_view line) {
  for (bool const bad_parameter : {false, true}) {
    auto const parsed = parse(*profile.schema, line, {bad_parameter, false});
    int const answers =
        (parsed.program != nullptr ? 1 : 0) + (parsed.incomplete ? 1 : 0) + (parsed.error.empty() ? 0 : 1);
    if (answers != 1) broken("neither a program nor an error nor a wish for more, or several of them");
    if (parsed.error.empty()) continue;
    auto const column = column_of(parsed.error);
    if (column == 0 || column > line.size() + 1) broken("a column outside the line");
  }
}

}  // namespace

void feed_console(std::string_view input) {
  if (input.empty()) return;
  auto const mode = static_cast<unsigned char>(input.front());
  auto const line = input.substr(1, kInputMax);
  static auto const names = Device::profile_names();
  auto const& name = names[mode % 4 % names.size()];
  auto const& profile = *find_profile(name);
  check_parse(profile, line);
  auto& device = untouched_device(name);
  SessionOptions session;
  session.width = (mode & 4) != 0 ? 30 : 80;
  session.interactive = (mode & 8) != 0;
  bool const parses = parse(*profile.schema, line, {profile.bad_parameter, false}).program != nullptr;
  device.execute(session, line, {});
  if (!parses && device.effect_count() != 0) broken("a line that does not parse had an effect");
}

void feed_state(std::string_view input) {
  auto const device = Device::from_state(input.substr(0, kInputMax), 1);
  if (!device.ok()) return;
  auto const saved = (*device)->save_state();
  auto const again = Device::from_state(saved, 1);
  if (!again.ok()) {
    std::fprintf(stderr, "%s\n%s\n", std::string(again.status().message()).c_str(), saved.c_str());
    broken("a saved state does not load");
  }
  if ((*again)->save_state() != saved) broken("a state is another one after a save and a load");
  (*again)->set_limits({2000, std::uint64_t{1} << 22});
  for (auto line : {"/disk print detail", "/disk print", "/file print detail", "/system resource print"})
    (*again)->execute({}, line, {});
}

}  // namespace rdssim::routeros::fuzz
