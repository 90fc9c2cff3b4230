// StorageClass parameters, strictly.
#include "csi/parameters.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "base/reasons.h"
#include "csi/request_rules.h"
#include "csi/text.h"

namespace rdscsi::csi {
namespace {

constexpr std::string_view kKubernetesPrefix = "csi.storage.k8s.io/";
constexpr std::int64_t kSecondsMax = std::numeric_limits<std::int32_t>::max();

// What nobody may put into a path: it ends up in console lines, mount tables and shells of other people.
constexpr std::string_view kForbiddenInPaths = ";|&$`()<>*?[]{}'\"\\";
// The path stands several times in one console line, which has to stay below 1 KiB (FACTS, DESIGN).
constexpr std::size_t kPathBytesMax = 128;

// Accepted because StorageClasses of the Go driver carry them, where they had no effect either.
constexpr std::array<std::string_view, 3> kLegacyKeys = {"sshPort", "nqnPrefix", "fsType"};

std::vector<std::string_view> const& known_keys() {
  static std::vector<std::string_view> const keys = {"rds",
                                                     "rdsAddress",
                                                     "nvmeAddress",
                                                     "nvmePort",
                                                     "volumePath",
                                                     "ctrlLossTmo",
                                                     "reconnectDelay",
                                                     "keepAliveTmo",
                                                     "migrationTimeoutSeconds"};
  return keys;
}

base::Status invalid(std::string_view key, std::string_view value, std::string_view expected) {
  return base::fail(
      base::Reason::invalid_argument, base::Effect::none,
      "parameters." + std::string(key) + ": " + in_quotes(value) + ": expected " + std::string(expected));
}

bool is_legacy(std::string_view key) {
  for (auto const legacy : kLegacyKeys) {
    if (key == legacy) return true;
  }
  return false;
}

base::Status check_keys(StringMap const& parameters) {
  for (auto const& [key, value] : parameters) {
    if (key.starts_with(kKubernetesPrefix) || is_legacy(key)) continue;
    bool known = false;
    for (auto const word : known_keys()) known = known || word == key;
    if (known) continue;
    return base::fail(base::Reason::invalid_argument, base::Effect::none,
                      "parameters: " + in_quotes(key) + " is not a parameter of this driver; did you mean '" +
                          std::string(nearest_word(key, known_keys())) +
                          "'? Known: " + comma_list(known_keys()));
  }
  return base::Status();
}

// Reads the parameters one by one and keeps the first failure.
class Reader {
 public:
  explicit Reader(StringMap const& parameters) : parameters_(parameters) {}

  std::string const* find(std::string const& key) const {
    auto const found = parameters_.find(key);
    return found == parameters_.end() ? nullptr : &found->second;
  }

  std::int64_t integer(std::string const& key, std::int64_t fallback, std::int64_t low, std::int64_t high,
                       std::string_view expected) {
    auto const* text = find(key);
    if (text == nullptr) return fallback;
    auto const value = parse_integer(*text);
    if (value && *value >= low && *value <= high) return *value;
    refuse(key, *text, expected);
    return fallback;
  }

  void refuse(std::string_view key, std::string_view value, std::string_view expected) {
    if (status_.ok()) status_ = invalid(key, value, expected);
  }

  base::Status const& status() const { return status_; }

 private:
  StringMap const& parameters_;
  base::Status status_;
};

void read_addresses(Reader& reader, ParameterDefaults const& defaults, VolumeParameters& result) {
  result.rds_address = defaults.rds_address;
  if (auto const* text = reader.find("rdsAddress")) {
    if (!is_host(*text)) reader.refuse("rdsAddress", *text, "an IP address or a host name");
    result.rds_address = *text;
  }
  if (auto const* text = reader.find("nvmeAddress")) {
    if (!is_ip_literal(*text)) {
      reader.refuse("nvmeAddress", *text, "an IPv4 or IPv6 address without brackets, such as 10.42.68.1");
    }
    result.nvme_address = *text;
    return;
  }
  result.nvme_address = defaults.nvme_address.empty() ? result.rds_address : defaults.nvme_address;
  if (!is_ip_literal(result.nvme_address)) {
    reader.refuse("nvmeAddress", "",
                  "an IPv4 or IPv6 address: the default, the RDS address " + in_quotes(result.rds_address) +
                      ", is a host name, which NVMe/TCP cannot connect to");
  }
}

void read_directory(Reader& reader, ParameterDefaults const& defaults, VolumeParameters& result) {
  result.directory = defaults.default_directory;
  auto const* text = reader.find("volumePath");
  if (text == nullptr) return;
  if (std::string const problem = path_problem(*text); !problem.empty()) {
    reader.refuse("volumePath", *text, "an absolute, clean path, but it " + problem);
  } else if (!is_at_or_below(*text, defaults.base_path)) {
    reader.refuse("volumePath", *text,
                  "a directory at or below --rds-volume-base-path " + in_quotes(defaults.base_path));
  }
  result.directory = *text;
}

void read_filesystem(Reader& reader) {
  std::string const key(std::string(kKubernetesPrefix) + "fstype");
  auto const* text = reader.find(key);
  if (text != nullptr && !text->empty() && !is_served_filesystem(*text)) {
    reader.refuse(key, *text, "ext4, ext3 or xfs");
  }
}

bool is_label(std::string_view label) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
  return label.find_first_not_of(kLetters) == std::string_view::npos;
}

// Labels of letters, digits, hyphens; no label empty or with a hyphen at an end (RFC 1123).
bool is_host_name(std::string_view text) {
  if (text.size() > 253) return false;
  for (std::size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.')) {
    if (!is_label(text.substr(0, dot))) return false;
    text.remove_prefix(dot + 1);
  }
  return is_label(text);
}

std::string component_problem(std::string_view component) {
  if (component.empty()) return "has an empty component";
  if (component == "." || component == "..") return "has a component " + in_quotes(component);
  return "";
}

}  // namespace

bool is_ip_literal(std::string_view text) {
  if (text.empty() || text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos)
    return false;
  std::string const copy(text);
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(AF_INET, copy.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, copy.c_str(), bytes.data()) == 1;
}

bool is_host(std::string_view text) {
  if (is_ip_literal(text)) return true;
  // "10.0.0" or "300.1.1.1" is a mistyped address, not a host name: no top-level domain is a number.
  bool const only_numbers = text.find_first_not_of("0123456789.") == std::string_view::npos;
  return !only_numbers && is_host_name(text);
}

std::string path_problem(std::string_view path) {
  if (path.empty()) return "is empty";
  if (path.front() != '/') return "does not begin with /";
  if (path.size() == 1) return "is the root";
  if (path.size() > kPathBytesMax) {
    return "has " + std::to_string(path.size()) + " bytes, more than " + std::to_string(kPathBytesMax);
  }
  for (char const c : path) {
    bool const printable = c >= 0x20 && c <= 0x7e;
    if (!printable || kForbiddenInPaths.find(c) != std::string_view::npos) {
      return "has the forbidden character " + in_quotes(std::string_view(&c, 1));
    }
  }
  std::size_t begin = 1;
  while (begin <= path.size()) {
    std::size_t const end = std::min(path.find('/', begin), path.size());
    if (std::string const problem = component_problem(path.substr(begin, end - begin)); !problem.empty()) {
      return problem;
    }
    begin = end + 1;
  }
  return "";
}

bool is_at_or_below(std::string_view path, std::string_view base) {
  if (!path.starts_with(base)) return false;
  return path.size() == base.size() || path[base.size()] == '/';
}

base::Status check_snapshot_parameters(StringMap const& parameters, ParameterDefaults const& defaults) {
  if (auto status = check_map("parameters", parameters); !status.ok()) return status;
  for (auto const& [key, value] : parameters) {
    if (key == "volumePath" || key.starts_with(kKubernetesPrefix)) continue;
    return base::fail(base::Reason::invalid_argument, base::Effect::none,
                      "parameters: " + in_quotes(key) +
                          " is not a parameter of a VolumeSnapshotClass of this driver. Known: volumePath");
  }
  Reader reader(parameters);
  VolumeParameters ignored;
  read_directory(reader, defaults, ignored);
  return reader.status();
}

base::StatusOr<VolumeParameters> parse_parameters(StringMap const& parameters,
                                                  ParameterDefaults const& defaults) {
  if (auto status = check_map("parameters", parameters); !status.ok()) return status;
  if (auto status = check_keys(parameters); !status.ok()) return status;
  VolumeParameters result;
  Reader reader(parameters);
  read_addresses(reader, defaults, result);
  result.nvme_port = static_cast<std::uint16_t>(
      reader.integer("nvmePort", result.nvme_port, 1, 65535, "a whole number from 1 to 65535"));
  read_directory(reader, defaults, result);
  result.ctrl_loss_tmo = reader.integer("ctrlLossTmo", result.ctrl_loss_tmo, -1, kSecondsMax,
                                        "whole seconds, -1 (for ever) or more");
  result.reconnect_delay =
      reader.integer("reconnectDelay", result.reconnect_delay, 1, kSecondsMax, "whole seconds, 1 or more");
  result.keep_alive_tmo = reader.integer("keepAliveTmo", result.keep_alive_tmo, 0, kSecondsMax,
                                         "whole seconds, 0 (the kernel's default) or more");
  result.migration_timeout_seconds = reader.integer(
      "migrationTimeoutSeconds", result.migration_timeout_seconds, 30, 3600, "whole seconds from 30 to 3600");
  read_filesystem(reader);
  if (!reader.status().ok()) return reader.status();
  return result;
}

std::string canonical_text(VolumeParameters const& parameters) {
  std::string text;
  for (auto const& field :
       {parameters.rds_address, parameters.nvme_address, std::to_string(parameters.nvme_port),
        parameters.directory, std::to_string(parameters.ctrl_loss_tmo),
        std::to_string(parameters.reconnect_delay), std::to_string(parameters.keep_alive_tmo),
        std::to_string(parameters.migration_timeout_seconds)}) {
    append_field(text, field);
  }
  return text;
}

StringMap volume_context(VolumeParameters const& parameters, std::string const& nqn,
                         std::string const& file_path, std::uint16_t nvme_port) {
  return {{"rdsAddress", parameters.rds_address},
          {"nvmeAddress", parameters.nvme_address},
          {"nvmePort", std::to_string(nvme_port)},
          {"nqn", nqn},
          {"volumePath", file_path},
          {"ctrlLossTmo", std::to_string(parameters.ctrl_loss_tmo)},
          {"reconnectDelay", std::to_string(parameters.reconnect_delay)},
          {"keepAliveTmo", std::to_string(parameters.keep_alive_tmo)},
          {"migrationTimeoutSeconds", std::to_string(parameters.migration_timeout_seconds)}};
}

}  // namespace rdscsi::csi
