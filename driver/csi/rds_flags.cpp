// See rds_flags.h. yaml-cpp stays inside this file.
#include "csi/rds_flags.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "base/file_system.h"
#include "csi/parameters.h"
#include "rds/ssh_connector.h"

namespace rdscsi::csi {
namespace {

constexpr std::size_t kClusterIdBytesMax = 253;

// An entry's keys: flags without `rds-`, and those that have no such prefix.
std::vector<std::string_view> const& entry_keys() {
  static std::vector<std::string_view> const keys = {"name",
                                                     "address",
                                                     "port",
                                                     "user",
                                                     "key-file",
                                                     "key-passphrase-file",
                                                     "host-key",
                                                     "volume-base-path",
                                                     "nvme-address",
                                                     "channels",
                                                     "heartbeat",
                                                     "connect-timeout",
                                                     "insecure-skip-verify",
                                                     "command-timeout",
                                                     "slot-style"};
  return keys;
}

std::string flag_of(std::string const& key) {
  return key == "slot-style" ? key : "rds-" + key;
}

// Reads the file of -rds-config; the first mistake is thrown as a text, and ends up in the flags' own.
class ConfigFile {
 public:
  explicit ConfigFile(std::string const& path) : path_(path) {}

  std::vector<NamedValues> read(std::string const& text, FlagValues const& flags) {
    try {
      return entries(YAML::Load(text), flags);
    } catch (YAML::Exception const& error) {
      mistake_ = at(error.mark) + "no YAML: " + error.msg;
    } catch (Mistake const& mistake) {
      mistake_ = mistake.text;
    }
    return {};
  }
  std::string const& mistake() const { return mistake_; }

 private:
  struct Mistake {
    std::string text;
  };

  std::string at(YAML::Mark const& mark) const {
    std::string const line = mark.is_null() ? std::string() : "line " + std::to_string(mark.line + 1) + ": ";
    return "--rds-config: " + in_quotes(path_) + ": " + line;
  }
  void expect(bool fits, YAML::Mark const& mark, std::string const& what) const {
    if (!fits) throw Mistake{at(mark) + what};
  }

  std::vector<NamedValues> entries(YAML::Node const& root, FlagValues const& flags) const {
    constexpr char const* kForm = "expected a list of RDSes under `rds:`";
    expect(root.IsMap() && root.size() == 1 && root["rds"] && root["rds"].IsSequence(), root.Mark(), kForm);
    expect(root["rds"].size() > 0, root["rds"].Mark(), "the list is empty; expected one RDS at least");
    std::vector<NamedValues> all;
    for (YAML::Node const& node : root["rds"]) {
      NamedValues one = entry(node, flags);
      bool const twice =
          std::any_of(all.begin(), all.end(), [&](auto const& other) { return other.name == one.name; });
      expect(!twice, node.Mark(), "name: " + in_quotes(one.name) + ": two RDSes have it");
      all.push_back(std::move(one));
    }
    return all;
  }

  NamedValues entry(YAML::Node const& node, FlagValues const& flags) const {
    expect(node.IsMap(), node.Mark(), "expected an RDS as a map of keys: " + comma_list(entry_keys()));
    NamedValues one{"", flags};
    for (auto const& field : node) {
      std::string const key = field.first.IsScalar() ? field.first.Scalar() : "";
      bool const known = std::find(entry_keys().begin(), entry_keys().end(), key) != entry_keys().end();
      expect(known, field.first.Mark(),
             in_quotes(key) + " is no key of an RDS; did you mean " +
                 std::string(nearest_word(key, entry_keys())) + "?");
      expect(field.second.IsScalar(), field.second.Mark(), key + ": expected one value");
      std::string const value = field.second.Scalar();
      if (key == "name") {
        one.name = value;
        continue;
      }
      one.values.slot(flag_of(key)) = value;
      one.values.call(flag_of(key), at(field.second.Mark()) + key);
    }
    expect(is_rds_name(one.name), node.Mark(),
           "name: " + in_quotes(one.name) +
               ": expected at most 32 lower-case letters, digits and hyphens between them: it stands in "
               "volume ids for ever");
    one.values.set_origin("--rds-config: " + in_quotes(path_) + ": " + one.name + ": ");
    return one;
  }

  std::string const path_;
  std::string mistake_;
};

void check_device(FlagValues& values, RdsOptions& options) {
  auto& endpoint = options.endpoint;
  endpoint.address = values.text("rds-address");
  if (!is_host(endpoint.address)) {
    values.refuse("rds-address", "expected the RDS's IP address (IPv6 without brackets) or host name");
  }
  endpoint.port = static_cast<std::uint16_t>(values.number("rds-port", 1, 65535));
  endpoint.user = values.text("rds-user");
  bool const printable =
      endpoint.user.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@+-") == std::string::npos;
  if (endpoint.user.empty() || !printable) {
    values.refuse("rds-user", "expected a RouterOS user name of letters, digits and . _ @ + -");
  }
  options.nvme_address = values.text("rds-nvme-address");
  if (!options.nvme_address.empty() && !is_ip_literal(options.nvme_address)) {
    values.refuse("rds-nvme-address", "expected an IPv4 or IPv6 address without brackets, or nothing");
  }
  auto& connection = options.connection;
  using std::chrono::minutes;
  using std::chrono::seconds;
  connection.channels_max = static_cast<int>(values.number("rds-channels", 1, 64));
  connection.heartbeat_interval = values.duration("rds-heartbeat", seconds(1), minutes(10));
  connection.connect_timeout = values.duration("rds-connect-timeout", seconds(1), minutes(5));
  connection.command_timeout = values.duration("rds-command-timeout", seconds(1), minutes(10));
}

void check_territory(FlagValues& values, RdsOptions& options) {
  auto& territory = options.territory;
  territory.base_path = values.text("rds-volume-base-path");
  if (std::string const problem = path_problem(territory.base_path); !problem.empty()) {
    values.refuse("rds-volume-base-path", problem +
                                              "; expected an absolute, clean path on the RDS, such as "
                                              "/storage-pool/metal-csi");
  }
  territory.cluster_id = values.text("cluster-id");
  bool printable = true;
  for (char const c : territory.cluster_id) printable = printable && c > 0x20 && c < 0x7f;
  if (territory.cluster_id.empty() || territory.cluster_id.size() > kClusterIdBytesMax || !printable) {
    values.refuse("cluster-id", "expected 1 to 253 printable characters without blanks");
  }
  territory.slot_style = values.one_of<rds::SlotStyle>("slot-style", {{"auto", rds::SlotStyle::automatic},
                                                                      {"full", rds::SlotStyle::full},
                                                                      {"compact", rds::SlotStyle::compact}});
}

void check_keys(FlagValues& values, RdsOptions& options, std::vector<std::string>& warnings) {
  auto& endpoint = options.endpoint;
  endpoint.private_key_file = values.text("rds-key-file");
  endpoint.passphrase_file = values.text("rds-key-passphrase-file");
  endpoint.host_key_file = values.text("rds-host-key");
  endpoint.insecure_skip_host_key_verification = values.truth("rds-insecure-skip-verify");
  if (endpoint.host_key_file.empty() && !endpoint.insecure_skip_host_key_verification) {
    values.refuse("rds-host-key",
                  "expected a file with the device's public host key (or, in a laboratory, "
                  "-rds-insecure-skip-verify)");
  }
  if (endpoint.insecure_skip_host_key_verification) {
    warnings.emplace_back(
        "--rds-insecure-skip-verify: any host key is accepted; whoever answers at the "
        "RDS's address gets every command");
  }
  if (!values.mistake().empty()) return;  // the files are only read when everything else is right
  if (auto const status = rds::check_credentials(endpoint); !status.ok())
    values.refuse_as(std::string(status.message()));
}

void absorb(FlagValues& values, FlagValues const& of_one) {
  if (!of_one.mistake().empty()) values.refuse_as(of_one.mistake());
}

}  // namespace

std::vector<NamedValues> rds_values(FlagValues& values) {
  std::string const path = values.text("rds-config");
  if (path.empty()) return {{std::string(kDefaultRds), values}};
  for (char const* const flag : {"rds-address", "rds-volume-base-path"}) {
    if (!values.given(flag)) continue;
    values.refuse(flag, "expected either this flag or -rds-config, which names the RDSes");
    return {};
  }
  auto const text = base::RealFileSystem().read(base::Context::background(), path);
  if (!text.ok()) {
    values.refuse("rds-config", std::string(text.status().message()));
    return {};
  }
  ConfigFile file(path);
  auto devices = file.read(*text, values);
  if (!file.mistake().empty()) values.refuse_as(file.mistake());
  return devices;
}

void check_rds(std::vector<NamedValues>& devices, FlagValues& values, Settings& settings) {
  settings.driver.devices.clear();
  for (auto& [name, of_one] : devices) {
    RdsOptions options;
    options.name = name;
    check_device(of_one, options);
    check_territory(of_one, options);
    absorb(values, of_one);
    settings.driver.devices.push_back(std::move(options));
  }
}

void check_rds_keys(std::vector<NamedValues>& devices, FlagValues& values, Settings& settings) {
  for (std::size_t i = 0; i < devices.size() && values.mistake().empty(); ++i) {
    check_keys(devices[i].values, settings.driver.devices[i], settings.warnings);
    absorb(values, devices[i].values);
  }
}

}  // namespace rdscsi::csi
