// See flag_values.h.
#include "simulator/program/flag_values.h"

#include <signal.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "simulator/faults/text.h"
#include "simulator/routeros/permissions.h"

namespace rdssim::program {

using faults::concat;

namespace {

sigset_t ends() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

void refuse(std::string_view flag, std::string_view value, std::string_view why) {
  throw BadFlag{concat(flag, " `", value, "`: ", why)};
}

void checked(rdscsi::base::Status const& status, std::string_view flag, std::string_view value) {
  auto const message = status.message();
  if (!status.ok()) refuse(flag, value, {message.data(), message.size()});
}

std::string read_file(std::string_view flag, std::string const& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) refuse(flag, path, "cannot be read");
  return text.str();
}

Address address_of(std::string_view flag, std::string const& value, std::uint16_t default_port) {
  // A colon belongs to the port unless it stands in brackets, or is one of many.
  bool const bracketed = !value.empty() && value.front() == '[';
  auto const close = bracketed ? value.find(']') : std::string::npos;
  auto colon = value.rfind(':');
  if (bracketed && (close == std::string::npos || (colon != std::string::npos && colon < close)))
    colon = std::string::npos;
  Address address{value.substr(0, colon), default_port};
  if (address.host.size() > 2 && bracketed && address.host.back() == ']')
    address.host = address.host.substr(1, address.host.size() - 2);
  unsigned port = default_port;
  bool const has_port = colon != std::string::npos;
  bool const good = !address.host.empty() &&
                    (has_port ? faults::parse_number(std::string_view(value).substr(colon + 1), &port)
                              : default_port != 0) &&
                    port <= 65535;
  if (!good) {
    refuse(flag, value,
           default_port == 0 ? "expected ADDRESS:PORT such as 127.0.0.1:2222 or [::1]:0"
                             : "expected HOST or HOST:PORT such as 192.0.2.1 or [2001:db8::1]:22");
  }
  address.port = static_cast<std::uint16_t>(port);
  return address;
}

ssh::HostKeyType host_key_type_of(std::string_view flag, std::string const& value) {
  if (value != "rsa" && value != "ed25519") refuse(flag, value, "it is rsa or ed25519");
  return value == "rsa" ? ssh::HostKeyType::rsa : ssh::HostKeyType::ed25519;
}

std::vector<std::string> public_keys_of(std::string_view flag, std::vector<std::string> const& paths) {
  std::vector<std::string> keys;
  for (auto const& path : paths) {
    std::istringstream lines(read_file(flag, path));
    for (std::string line; std::getline(lines, line);) {
      if (line.empty() || line.front() == '#') continue;
      if (!routeros::read_public_key(line))
        refuse(flag, path,
               concat("`", line.substr(0, 40),
                      "` is not a public key: `ssh-ed25519 AAAA...` or `ssh-rsa AAAA...`"));
      keys.push_back(line);
    }
  }
  return keys;
}

void write_port_file(std::string const& path, std::uint16_t port) {
  if (path.empty()) return;
  std::ofstream(path + ".part") << port << "\n";
  std::rename((path + ".part").c_str(), path.c_str());
}

void keep_signals() {
  sigset_t const set = ends();
  sigprocmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

void wait_for_the_end() {
  sigset_t const set = ends();
  int number = 0;
  sigwait(&set, &number);
}

}  // namespace rdssim::program
