// Values of flags, checked: what is wrong with one becomes a BadFlag that names flag, value and what would be
// right. Used by serve.cpp and record.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "simulator/ssh/keys.h"

namespace rdssim::program {

// One line: `--flag `value`: why`.
struct BadFlag {
  std::string text;
};

[[noreturn]] void refuse(std::string_view flag, std::string_view value, std::string_view why);

void checked(rdscsi::base::Status const& status, std::string_view flag, std::string_view value);
template <typename T>
T checked(rdscsi::base::StatusOr<T> result, std::string_view flag, std::string_view value) {
  checked(result.status(), flag, value);
  return std::move(*result);
}

std::string read_file(std::string_view flag, std::string const& path);

struct Address {
  std::string host;  // without the brackets of [::1]
  std::uint16_t port = 0;
};
// `HOST:PORT`; with a `default_port` also `HOST`.
Address address_of(std::string_view flag, std::string const& value, std::uint16_t default_port = 0);

ssh::HostKeyType host_key_type_of(std::string_view flag, std::string const& value);

// The public keys in these files, lines as in authorized_keys.
std::vector<std::string> public_keys_of(std::string_view flag, std::vector<std::string> const& paths);

// Renamed into place: who waits for the file finds it whole.
void write_port_file(std::string const& path, std::uint16_t port);

// Keeps SIGINT and SIGTERM for wait_for_the_end(); before any thread is started.
void keep_signals();
void wait_for_the_end();

}  // namespace rdssim::program
