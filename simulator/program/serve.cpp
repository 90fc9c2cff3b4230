// See serve.h.
#include "simulator/program/serve.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "base/status.h"
#include "simulator/faults/faulty_device.h"
#include "simulator/faults/text.h"
#include "simulator/nvme_tcp/target.h"
#include "simulator/program/control.h"
#include "simulator/program/control_socket.h"
#include "simulator/program/flag_values.h"
#include "simulator/program/nvme_faults.h"
#include "simulator/program/nvme_front.h"
#include "simulator/routeros/device.h"
#include "simulator/ssh/server.h"

namespace rdssim::program {
namespace {

using faults::concat;

constexpr char kDefaultPassword[] = "rds-sim";

nvme_tcp::Options nvme_options(Flags const& flags) {
  in_addr v4{};
  in6_addr v6{};
  bool const numeric = inet_pton(AF_INET, flags.nvme_listen.c_str(), &v4) == 1 ||
                       inet_pton(AF_INET6, flags.nvme_listen.c_str(), &v6) == 1;
  if (!numeric)
    refuse("--nvme-listen", flags.nvme_listen, "expected a numeric address such as 127.0.0.1, or off");
  nvme_tcp::Options options;
  options.listen_address = flags.nvme_listen;
  options.ephemeral_ports = flags.nvme_free_ports;
  options.seed = flags.seed;
  return options;
}

std::unique_ptr<routeros::Device> make_device(Flags const& flags) {
  using routeros::Device;
  if (!flags.state.empty()) {
    return checked(Device::from_state(read_file("--state", flags.state), flags.seed), "--state", flags.state);
  }
  auto const bytes = checked(faults::parse_bytes(flags.pool_bytes), "--pool-bytes", flags.pool_bytes);
  auto const names = Device::profile_names();
  if (std::find(names.begin(), names.end(), flags.profile) == names.end()) {
    refuse("--profile", flags.profile, concat("it is one of ", faults::join(names, ", ")));
  }
  return checked(Device::make(flags.profile, bytes, flags.seed), "--profile", flags.profile);
}

faults::LatencyModel latency_of(Flags const& flags) {
  faults::LatencyModel model;
  if (flags.latency == "off") {
    model.off = true;
    return model;
  }
  auto const dash = flags.latency.find('-');
  auto const parse = [&](std::string const& text) {
    auto const duration = faults::parse_duration(text);
    if (!duration.ok()) refuse("--latency", flags.latency, "expected LOW-HIGH such as 150ms-250ms, or off");
    return *duration;
  };
  model.low = parse(flags.latency.substr(0, dash));
  model.high = dash == std::string::npos ? model.low : parse(flags.latency.substr(dash + 1));
  if (model.high < model.low) refuse("--latency", flags.latency, "the second value is below the first");
  return model;
}

// Whoever the flags name; nobody when they name nobody and the device has somebody of that name who can log
// in.
std::vector<ssh::ServerOptions::User> users_of(Flags& flags, routeros::Device const& device) {
  auto keys = public_keys_of("--authorized-key", flags.authorized_keys);
  if (flags.password.empty() && keys.empty()) {
    auto const rules = device.login_rules(flags.user);
    if (rules.known && (!rules.password.empty() || !rules.keys.empty())) return {};
    flags.password = kDefaultPassword;
  }
  return {{flags.user, flags.password, std::move(keys)}};
}

ssh::ServerOptions server_options(Flags const& flags) {
  ssh::ServerOptions options;
  auto const listen = address_of("--listen", flags.listen);
  options.address = listen.host;
  options.port = listen.port;
  options.host_key_file = flags.host_key;
  if (!flags.host_key_type.empty())
    options.host_key_type = host_key_type_of("--host-key-type", flags.host_key_type);
  options.device_limits_sessions = flags.max_sessions < 0;
  if (flags.keepalive != "answered" && flags.keepalive != "silent")
    refuse("--keepalive", flags.keepalive, "it is answered or silent");
  options.answers_keepalive = flags.keepalive == "answered";
  return options;
}

void print_event(faults::Event const& event) {
  using Kind = faults::Event::Kind;
  if (event.kind == Kind::command_started || event.kind == Kind::effect || event.kind == Kind::fault_fired ||
      event.kind == Kind::logged_in || event.kind == Kind::session_closed) {
    // One write per line: several threads report.
    std::string const line = concat("session ", std::to_string(event.session), "  ", to_string(event.kind),
                                    "  ", event.text, "\n");
    std::fputs(line.c_str(), stdout);
    std::fflush(stdout);
  }
}

// Whether a port of the machine can be opened on the address hosts connect to.
bool port_is_free(std::string const& address, std::uint16_t port) {
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  v4.sin_family = AF_INET;
  v6.sin6_family = AF_INET6;
  v4.sin_port = v6.sin6_port = htons(port);
  bool const is_v4 = inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1;
  if (!is_v4) inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr);
  int const fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int const one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  void const* const where = is_v4 ? static_cast<void const*>(&v4) : &v6;
  bool const free = bind(fd, static_cast<sockaddr const*>(where), is_v4 ? sizeof v4 : sizeof v6) == 0;
  close(fd);
  return free;
}

// What a person has to type, ready to be copied.
void greet(Flags const& flags, ssh::Server const& server, std::string const& host,
           faults::FaultyDevice& device) {
  std::string const port = std::to_string(server.port());
  std::string const login = concat("ssh -p ", port, " ", flags.user, "@", host);
  std::string text = concat("rds-sim: listening on ", host, ":", port, "\n", "  host key  ",
                            server.host_key(), "\n", "  log in    ", login);
  if (flags.authorized_keys.empty())
    text += flags.password.empty() ? "     as the state says" : concat("     password: ", flags.password);
  text += concat("\n  try       ", login, " '/disk print detail'\n");
  auto const pools = device.with_device([](routeros::Device& router) { return router.pools(); });
  bool const has_disks =
      device.with_device([](routeros::Device& router) { return router.profile(); }) != "7.16-stock";
  if (!pools.empty() && has_disks) {
    text += concat("  a disk    ", login, " '/disk add type=file slot=vol1 file-path=", pools[0].mount_point,
                   "/vol1.img file-size=1G mount-filesystem=no nvme-tcp-export=yes ",
                   "nvme-tcp-server-nqn=nqn.2000-02.com.mikrotik:vol1'\n");
    if (flags.nvme_listen == "off") {
      text += "  connect   --nvme-listen is off: no host can\n";
    } else {
      text += concat("  connect   nvme connect -t tcp -a ", flags.nvme_listen, " -s ",
                     flags.nvme_free_ports ? "PORT" : "4420", " -n nqn.2000-02.com.mikrotik:vol1",
                     flags.nvme_free_ports ? "   (PORT: bound-port in `ctl state`)" : "", "\n");
    }
  }
  if (flags.control != "off") text += concat("  control   rds-sim ctl --socket ", flags.control, " state\n");
  std::cout << text << "  latency   " << flags.latency << " per command\n  Ctrl-C ends it" << std::endl;
}

// The stages of a boot in their usual proportion, together `boot_time` long.
routeros::BootTiming boot_timing(Flags const& flags) {
  auto const wanted = checked(faults::parse_duration(flags.boot_time), "--boot-time", flags.boot_time);
  routeros::BootTiming timing;
  auto const usual = timing.down + timing.network + timing.ssh + timing.pools;
  double const factor = static_cast<double>(wanted.count()) / static_cast<double>(usual.count());
  auto const scale = [factor](routeros::Duration& stage) {
    stage = routeros::Duration(static_cast<std::int64_t>(static_cast<double>(stage.count()) * factor));
  };
  for (auto* stage : {&timing.down, &timing.network, &timing.ssh, &timing.pools}) scale(*stage);
  return timing;
}

// Hosts meet the device's exports here; nothing of it when --nvme-listen is off.
struct NvmeSide {
  NvmeSide(Flags& flags, faults::FaultyDevice& device) {
    if (flags.nvme_listen == "off") return;
    auto options = nvme_options(flags);
    if (!flags.nvme_free_ports && !port_is_free(flags.nvme_listen, 4420)) {
      std::cout << "rds-sim: port 4420 of " << flags.nvme_listen << " is taken, exports get free ports\n";
      flags.nvme_free_ports = options.ephemeral_ports = true;
    }
    target = std::make_unique<nvme_tcp::Target>(options);
    faults = std::make_unique<NvmeFaults>(device, *target);
    front = std::make_unique<NvmeFront>(device, *target);
  }
  std::unique_ptr<nvme_tcp::Target> target;
  std::unique_ptr<NvmeFaults> faults;
  std::unique_ptr<NvmeFront> front;
};

// Through Control, so that what could never strike is refused as at run time.
void add_faults(Control& control, Flags const& flags) {
  if (flags.faults.empty()) return;
  nlohmann::json const request = {
      {"ctl", "fault add"}, {"faults", read_file("--faults", flags.faults)}, {"name", flags.faults}};
  auto const reply = nlohmann::json::parse(control.answer(request.dump()));
  if (!reply["ok"].get<bool>()) refuse("--faults", flags.faults, reply["error"].get<std::string>());
}

// What each fault did; a fault that never fired is worth a word.
void report(faults::FaultyDevice const& device) {
  for (auto const& record : device.faults()) {
    std::cout << "  fault " << record.fault.description << ": "
              << (record.fired == 0 ? "never fired"
                                    : concat("fired ", std::to_string(record.fired), " times"))
              << "\n";
  }
}

}  // namespace

int serve(Flags& flags) {
  auto options = server_options(flags);
  faults::FaultyDeviceOptions device_options;
  device_options.seed = flags.seed;
  device_options.latency = latency_of(flags);
  device_options.session_limit = std::max(0, flags.max_sessions);
  if (flags.max_channels < 0)
    refuse("--max-channels", std::to_string(flags.max_channels), "expected a number, 0: no limit");
  device_options.channel_limit = flags.max_channels;
  device_options.width = flags.width;
  auto made = make_device(flags);
  // A device without a past has no other user than the one of the flags.
  if (flags.state.empty() && flags.user != "admin") made->clear_logins();
  options.users = users_of(flags, *made);
  DeviceSetup const setup{flags.seed, flags.data, boot_timing(flags),
                          [options](routeros::Device& router) { return ssh::configure(router, options); }};
  faults::FaultyDevice device(std::move(made), device_options);
  if (flags.verbose) device.subscribe(print_event);
  keep_signals();
  device.with_device([&](auto& router) { router.set_boot_timing(setup.boot); });
  if (!flags.data.empty()) {
    checked(device.with_device([&](auto& router) { return router.set_image_directory(flags.data); }),
            "--data", flags.data);
  }
  NvmeSide nvme(flags, device);
  Control control(device, nvme.target.get(), setup);
  add_faults(control, flags);
  auto const server = checked(ssh::Server::start(device, options), "--listen", flags.listen);
  std::unique_ptr<ControlServer> socket;
  if (flags.control.empty()) flags.control = default_control_path(server->port());
  if (flags.control != "off") {
    socket = checked(
        ControlServer::start(flags.control, [&](std::string_view line) { return control.answer(line); }),
        "--control", flags.control);
  }
  greet(flags, *server, options.address, device);
  write_port_file(flags.port_file, server->port());
  wait_for_the_end();
  socket.reset();
  nvme.front.reset();
  nvme.faults.reset();
  nvme.target.reset();
  server->stop();
  report(device);
  if (!flags.save_state.empty()) {
    std::ofstream file(flags.save_state);
    file << device.with_device([](routeros::Device& router) { return router.save_state(); });
    if (!file.flush()) refuse("--save-state", flags.save_state, "cannot be written");
  }
  return 0;
}

}  // namespace rdssim::program
