// See service_menu.h. Rows are records of the listed menu; only `set` and what it means are here.
#include "simulator/routeros/service_menu.h"

#include "simulator/routeros/listed_menus.h"
#include "simulator/routeros/menu_support.h"

namespace rdssim::routeros {

namespace {

using storage::Record;

constexpr char kPath[] = "/ip/service";

// `10.0.0.0/8`, `2001:db8::/32`, a lone address. What is inside the groups is the device's own business: a
// word of other characters is refused.
bool is_network(std::string_view text) {
  auto const slash = text.find('/');
  if (slash != std::string_view::npos) {
    std::int64_t bits = 0;
    if (!parse_number(text.substr(slash + 1), bits) || bits < 0 || bits > 128) return false;
    text = text.substr(0, slash);
  }
  constexpr std::string_view kDigits = "0123456789abcdefABCDEF:.";
  return !text.empty() && text.find_first_not_of(kDigits) == std::string_view::npos &&
         text.find_first_of(":.") != std::string_view::npos;
}

std::string networks_argument(Invocation const& invocation, std::string const& name) {
  auto text = invocation.at(name).text();
  for (auto const& part : split_list(text)) {
    if (!is_network(part)) throw ScriptError{"invalid value for argument " + name};
  }
  return text;
}

// What `set` was given, by the names rows keep: 7.24's available-from is the older address.
// EVIDENCE(documented): 7.24 renamed address of /ip/service to available-from. [FACTS 3]
// EVIDENCE(documented): max-sessions of a service is 1 to 1000. [FACTS 3]
Record changes_of(Invocation const& invocation) {
  Record changes;
  if (invocation.has("disabled")) changes.set("disabled", yes_no_argument(invocation, "disabled"));
  if (invocation.has("port")) changes.set("port", number_argument(invocation, "port", 1, 65535));
  if (invocation.has("max-sessions"))
    changes.set("max-sessions", number_argument(invocation, "max-sessions", 1, 1000));
  for (char const* name : {"address", "available-from"}) {
    if (invocation.has(name)) changes.set("address", networks_argument(invocation, name));
  }
  for (char const* name : {"certificate", "vrf"}) {
    if (invocation.has(name)) changes.set(name, invocation.at(name).text());
  }
  if (invocation.has("tls-version")) {
    auto const version = invocation.at("tls-version").text();
    if (version != "any" && version != "only-v1.2" && version != "only-1.2")
      throw ScriptError{"input does not match any value of tls-version"};
    changes.set("tls-version", version);
  }
  return changes;
}

Value change(Invocation& invocation, Record const& changes) {
  auto& console = invocation.console;
  for (auto const id : find_targets(invocation, listed_view(kPath), "numbers")) {
    std::string name;
    for (auto& row : change_listed_rows(console.state(), kPath)) {
      if (row.id != id) continue;
      name = row.text("name");
      if (row.flag("dynamic")) invocation.fail("failure: cannot change dynamic service");
      for (auto const& [property, value] : changes.properties) row.set(property, value);
    }
    console.record_effect(kPath, "set", name, "");
  }
  return {};
}

Value service_set(Invocation& invocation) {
  return change(invocation, changes_of(invocation));
}

Value service_enable(Invocation& invocation) {
  Record changes;
  changes.set("disabled", false);
  return change(invocation, changes);
}

Value service_disable(Invocation& invocation) {
  Record changes;
  changes.set("disabled", true);
  return change(invocation, changes);
}

}  // namespace

MenuCommand find_service_command(std::string_view path, std::string_view command) {
  if (path != kPath) return nullptr;
  static auto const* const kCommands =
      new MenuCommands{{"set", service_set}, {"enable", service_enable}, {"disable", service_disable}};
  return find_in(*kCommands, command);
}

Device::ServiceRules service_rules(Device::State const& state, std::string_view name) {
  Device::ServiceRules rules;
  for (auto const& row : listed_rows(state, kPath)) {
    if (row.text("name") != name || row.flag("dynamic")) continue;
    rules.enabled = !row.flag("disabled") && !row.flag("invalid");
    rules.port = static_cast<std::uint16_t>(row.number("port"));
    rules.available_from = split_list(row.text("address"));
    rules.max_sessions = static_cast<int>(row.number("max-sessions", rules.max_sessions));
    break;
  }
  return rules;
}

}  // namespace rdssim::routeros
