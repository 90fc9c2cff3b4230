// How the listed menus print, each with the capture that shows it, and the rows a new device has in them.
#include "simulator/routeros/listed_layouts.h"

#include <algorithm>

namespace rdssim::routeros {

namespace {

using storage::Record;

std::vector<Record> numbered(std::vector<Record> rows) {
  for (std::size_t at = 0; at < rows.size(); ++at) rows[at].id = at + 1;
  return rows;
}

// EVIDENCE(documented): The services of a new device, their ports, and www-ssl disabled. [FACTS 3; capture
// ip-service-print-v6-style]
// EVIDENCE(documented): From 7.21 on services stand by port; before, ftp has no VRF. [spec RouterOS manual,
// Services]
// EVIDENCE(inferred): www-ssl is invalid besides being disabled: the legend explains I where the row says X.
// [capture ip-service-print-7.22beta-narrow]
std::vector<Record> built_in_services(Profile const& profile) {
  std::vector<Record> rows;
  auto const add = [&](std::string const& name, std::int64_t port) {
    bool const tls = name.ends_with("-ssl");
    Record row;
    row.properties = {{"name", name},
                      {"port", port},
                      {"proto", "tcp"},
                      {"address", ""},
                      {"max-sessions", std::int64_t{20}},
                      {"disabled", name == "www-ssl"}};
    if (name != "ftp" || profile.services_by_port) row.properties["vrf"] = "main";
    if (name == "www-ssl") row.properties["invalid"] = true;
    if (tls) row.properties.insert({{"certificate", "none"}, {"tls-version", "any"}});
    rows.push_back(std::move(row));
  };
  add("telnet", 23);
  add("ftp", 21);
  add("www", 80);
  add("ssh", 22);
  add("www-ssl", 443);
  add("api", 8728);
  add("winbox", 8291);
  add("api-ssl", 8729);
  if (profile.services_by_port) {
    std::sort(rows.begin(), rows.end(), [](Record const& left, Record const& right) {
      return left.number("port") < right.number("port");
    });
  }
  return numbered(std::move(rows));
}

// EVIDENCE(inferred): An RDS has the packages routeros and rose-storage, of one version and build. [FACTS
// 0.1]
std::vector<Record> built_in_packages(Profile const& profile) {
  auto const version = profile.version.substr(0, profile.version.find(' '));
  std::vector<Record> rows(2);
  auto const package = [&](char const* name, std::int64_t size) {
    return std::map<std::string, storage::Property, std::less<>>{
        {"name", name}, {"version", version}, {"build-time", "2024-09-20 13:00:27"}, {"size", size}};
  };
  rows[0].properties = package("rose-storage", 3'088'500);
  rows[1].properties = package("routeros", 12'268'300);
  return numbered(std::move(rows));
}

// EVIDENCE(unknown): Which sensors an RDS2216 names, and in which order; a state file may say. [FACTS 3;
// switch menus]
std::vector<Record> built_in_sensors(Profile const&) {
  std::vector<Record> rows;
  auto const add = [&](char const* name, char const* value, char const* type) {
    Record row;
    row.properties = {{"name", name}, {"value", value}, {"type", type}};
    rows.push_back(std::move(row));
  };
  add("cpu-temperature", "52", "C");
  add("board-temperature1", "38", "C");
  add("fan1-speed", "5400", "RPM");
  add("fan2-speed", "5400", "RPM");
  add("psu1-state", "ok", "");
  add("psu2-state", "ok", "");
  return numbered(std::move(rows));
}

// Where the comment stands in terse: terse-unquoted-values-7.20.8; the counters:
// as-value-interface-stats-7.20.8.
// EVIDENCE(confirmed): /interface: properties, flags and their order. [capture
// detail-80col-interface-6.42.5; capture detail-multiline-comment-interface]
ListedMenu interfaces() {
  MenuLayout layout;
  layout.flag_columns = {{{'D', "dynamic"}, {'X', "disabled"}}, {{'R', "running"}}, {{'S', "slave"}}};
  layout.detail = {"name",
                   "default-name",
                   "type",
                   "mtu",
                   "actual-mtu",
                   "l2mtu",
                   "max-l2mtu",
                   "mac-address",
                   "last-link-down-time",
                   "last-link-up-time",
                   "comment",
                   "link-downs"};
  layout.table = {"name", "type", "actual-mtu", "l2mtu", "max-l2mtu", "mac-address"};
  layout.stats = {"name",    "rx-byte", "tx-byte",       "rx-packet", "tx-packet",
                  "rx-drop", "tx-drop", "tx-queue-drop", "rx-error",  "tx-error"};
  return {layout, {"name", "default-name", "type"}};
}

// EVIDENCE(confirmed): /ip/address: its three flags share one column. [capture
// detail-comment-address-6.42.5]
ListedMenu addresses() {
  MenuLayout layout;
  layout.flag_columns = {{{'X', "disabled"}, {'I', "invalid"}, {'D', "dynamic"}}};
  layout.detail = {"address", "network", "interface", "actual-interface", "class-id"};
  layout.table = {"address", "network", "interface"};
  return {layout, {}};
}

// EVIDENCE(confirmed): /zerotier/peer: properties and their order. [capture wrap-list-value-zerotier-7.x]
ListedMenu zerotier_peers() {
  MenuLayout layout;
  layout.flag_columns = {{{'B', "bonded"}}};
  layout.detail = {"instance", "zt-address", "bonded", "latency", "role", "path"};
  layout.table = {"instance", "zt-address", "latency", "role", "path"};
  return {layout, {"zt-address", "role"}};
}

// EVIDENCE(confirmed): /system/resource/cpu: columns without flags. [capture system-resource-print-7.1rc2]
ListedMenu processors() {
  MenuLayout layout;
  layout.detail = {"cpu", "load", "irq", "disk"};
  layout.table = layout.detail;
  layout.legend = false;
  return {layout, {"cpu"}};
}

// EVIDENCE(confirmed): /ip/service from 7.21 on: properties, flags and their order. [capture
// ip-service-print-7.22beta-narrow]
ListedMenu services() {
  MenuLayout layout;
  layout.flag_columns = {{{'D', "dynamic"}}, {{'X', "disabled"}, {'I', "invalid"}}, {{'c', "connection"}}};
  // EVIDENCE(documented): Rows of connections and of containers name both ends and the container. [spec
  // RouterOS manual, Services]
  layout.detail = {"name",         "netns",          "container",   "port",        "proto",
                   "address",      "available-from", "certificate", "tls-version", "vrf",
                   "max-sessions", "local",          "remote"};
  layout.table = layout.detail;
  std::erase(layout.table, "tls-version");
  return {layout, {"name"}, built_in_services, {{"address", Style::list}, {"available-from", Style::list}}};
}

// EVIDENCE(confirmed): /system/package: columns; a row says A (available) and no legend names it. [capture
// system-package-print-7.9]
ListedMenu packages() {
  MenuLayout layout;
  layout.flag_columns = {{{'X', "disabled"}}, {{'A', "available", false}}};
  layout.detail = {"name", "version", "build-time", "size", "scheduled"};
  layout.table = layout.detail;
  return {layout, {"name", "version"}, built_in_packages, {{"size", Style::binary}}};
}

// EVIDENCE(confirmed): /user/active: columns and their order. [capture user-active-print]
ListedMenu active_users() {
  MenuLayout layout;
  layout.flag_columns = {{{'R', "radius"}}, {{'M', "by-romon"}}};
  layout.detail = {"when", "name", "address", "via", "group"};
  layout.table = {"when", "name", "address", "via"};
  return {layout, {"name"}};
}

// EVIDENCE(documented): /system/health lists name, value and type of each sensor. [FACTS 3]
ListedMenu sensors() {
  MenuLayout layout;
  layout.detail = {"name", "value", "type"};
  layout.table = layout.detail;
  layout.legend = false;
  return {layout, {"name"}, built_in_sensors, {{"value", Style::reading}}};
}

}  // namespace

std::map<std::string, ListedMenu, std::less<>> const& listed_menus() {
  static auto const* const kMenus = new std::map<std::string, ListedMenu, std::less<>>{
      {"/interface", interfaces()},     {"/ip/address", addresses()},
      {"/ip/service", services()},      {"/system/health", sensors()},
      {"/system/package", packages()},  {"/system/resource/cpu", processors()},
      {"/user/active", active_users()}, {"/zerotier/peer", zerotier_peers()}};
  return *kMenus;
}

}  // namespace rdssim::routeros
