// See record.h.
#include "simulator/program/record.h"

#include <sys/random.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>

#include "simulator/faults/faulty_device.h"
#include "simulator/faults/text.h"
#include "simulator/program/flag_values.h"
#include "simulator/record/recorder.h"
#include "simulator/ssh/server.h"

namespace rdssim::program {
namespace {

using faults::concat;
using record::Upstream;
using record::UpstreamOptions;

constexpr char kUpstreamPassword[] = "RDS_SIM_UPSTREAM_PASSWORD";
constexpr char kPassword[] = "RDS_SIM_PASSWORD";
// Only reads; both words are in every profile's /system resource.
constexpr char kWhoAreYou[] =
    ":put ([/system resource get board-name] . \", RouterOS \" . [/system resource get version])";
constexpr std::size_t kDeviceTextMax = 100;

std::string environment(char const* name) {
  char const* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// From the kernel, for passwords and names.
std::string random_hex() {
  std::array<unsigned char, 8> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) std::abort();
  std::string text;
  for (unsigned const byte : bytes) {
    constexpr char kHex[] = "0123456789abcdef";
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

UpstreamOptions upstream_of(RecordFlags const& flags) {
  UpstreamOptions options;
  auto const address = address_of("--upstream", flags.upstream, 22);
  options.host = address.host;
  options.port = address.port;
  if (flags.fingerprint.empty() == flags.known_hosts.empty()) {
    refuse(
        "--fingerprint", flags.fingerprint,
        "the device's host key is known by --fingerprint SHA256:... or by --known-hosts FILE, one of them");
  }
  if (!flags.fingerprint.empty() && !flags.fingerprint.starts_with("SHA256:"))
    refuse("--fingerprint", flags.fingerprint, "expected SHA256:..., as `ssh-keygen -l` prints it");
  if (!flags.known_hosts.empty()) read_file("--known-hosts", flags.known_hosts);
  options.fingerprint = flags.fingerprint;
  options.known_hosts = flags.known_hosts;
  options.key_file = flags.upstream_key;
  if (!flags.upstream_key.empty()) read_file("--upstream-key", flags.upstream_key);
  options.password = environment(kUpstreamPassword);
  if (flags.upstream_key.empty() && options.password.empty()) {
    refuse("--upstream-key", "", concat("a key file, or the password in ", kUpstreamPassword, ", is needed"));
  }
  return options;
}

// `RDS2216-2XG-4S+4XS-2XQ, RouterOS 7.21 (stable)`, or what can be said without it.
std::string describe(Upstream& upstream) {
  std::string text;
  upstream.exec(
      kWhoAreYou, std::nullopt,
      [&](std::string_view bytes, bool on_stderr) {
        if (!on_stderr) text += bytes;
      },
      [] { return false; });
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  bool const plain =
      !text.empty() && text.size() <= kDeviceTextMax &&
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= ' ' && c < 0x7f && c != ';'; });
  return plain && text.find("RouterOS ") != std::string::npos ? text : "version unknown";
}

ssh::ServerOptions front_of(RecordFlags const& flags, std::string const& password) {
  ssh::ServerOptions options;
  auto const listen = address_of("--listen", flags.listen);
  options.address = listen.host;
  options.port = listen.port;
  options.host_key_file = flags.host_key;
  options.host_key_type = host_key_type_of("--host-key-type", flags.host_key_type);
  options.users.push_back({flags.user, password, public_keys_of("--authorized-key", flags.authorized_keys)});
  return options;
}

void log_line(std::string const& text) {
  // One write per line: several threads report.
  std::string const line = "rds-sim record: " + text + "\n";
  std::fputs(line.c_str(), stderr);
}

void greet(RecordFlags const& flags, ssh::Server const& server, std::string const& host,
           std::string const& device, std::string const& password) {
  std::cout << "rds-sim record: listening on " << host << ":" << server.port() << " for " << flags.upstream
            << " (" << device << ")\n  host key  " << server.host_key() << "\n  command   ssh -p "
            << server.port() << " " << flags.user << "@" << host << " '/disk print detail'";
  if (!password.empty()) std::cout << "     password: " << password;
  std::cout << "\n  written   one file per connection in " << flags.output
            << "; look through them before you publish them\n  Ctrl-C ends it" << std::endl;
}

}  // namespace

int record(RecordFlags const& flags) {
  record::RecorderOptions options;
  options.upstream = upstream_of(flags);
  bool const by_key = !flags.authorized_keys.empty();
  std::string const given = environment(kPassword);
  std::string const password = by_key ? "" : (given.empty() ? random_hex() : given);
  auto front = front_of(flags, password);
  if (!std::filesystem::is_directory(flags.output)) refuse("--output", flags.output, "is not a directory");
  options.directory = flags.output;
  options.recording = random_hex();
  options.secrets = {password};
  options.log = log_line;
  umask(077);  // what a device says is not for everybody
  keep_signals();
  {
    auto const probe = Upstream::connect(options.upstream, flags.user);
    if (!probe.ok()) {
      log_line(std::string(probe.status().message()));
      return 1;
    }
    options.device = describe(**probe);
  }
  std::string const device_text = options.device;
  record::Recorder recorder(std::move(options));
  front.relay = &recorder;
  // Keeps the front's sessions; never asked a command.
  faults::FaultyDeviceOptions device_options;
  device_options.session_limit = 0;
  device_options.latency.off = true;
  // Nobody but who was named: the device behind would be theirs, too.
  auto nobody = checked(routeros::Device::make("7.21", 1 << 30, 1), "record", "");
  nobody->clear_logins();
  faults::FaultyDevice device(std::move(nobody), device_options);
  auto const server = checked(ssh::Server::start(device, front), "--listen", flags.listen);
  greet(flags, *server, front.address, device_text, by_key || !given.empty() ? "" : password);
  write_port_file(flags.port_file, server->port());
  wait_for_the_end();
  server->stop();
  auto const totals = recorder.totals();
  std::cout << "recorded: " << totals.commands << " commands of " << totals.sessions << " connections\n";
  return totals.write_failed ? 1 : 0;
}

}  // namespace rdssim::program
