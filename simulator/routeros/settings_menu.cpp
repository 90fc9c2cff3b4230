// Menus of one item without a number: /ip/ssh, /disk/settings, /system/clock, /system/routerboard: print,
// get, set. What a version has comes from its schema; defaults and words from HELP and MAN pages
// (documented).
#include "simulator/routeros/settings_menu.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/time.h"
#include "simulator/routeros/menu_support.h"
#include "simulator/routeros/menus.h"
#include "simulator/routeros/printers.h"

namespace rdssim::routeros {

namespace {

using storage::Property;
using Words = std::vector<std::string>;

enum class Kind { one, list, read_only, shown_if_told, clock };

struct Setting {
  std::string name;
  Property usual;
  Words words = {};       // what it, or each of its elements, may be; empty: anything of its type
  Kind kind = Kind::one;  // shown_if_told: not there unless a state file says it; clock: what the hour is
};

struct SettingsMenu {
  std::string path;
  std::vector<Setting> settings;  // in print order
};

std::vector<SettingsMenu> const& menus() {
  static auto const* const kMenus = new std::vector<SettingsMenu>{
      // Order: FACTS 5.12; newer names where schema-7.24 has them.
      {"/ip/ssh",
       {{"ciphers", "auto", {"3des-cbc", "aes-cbc", "aes-ctr", "aes-gcm", "auto", "null"}, Kind::list},
        {"forwarding-enabled", "no", {"both", "local", "no", "remote"}},
        {"always-allow-password-login", false},
        {"password-authentication", "yes-if-no-key", {"no", "yes", "yes-if-no-key"}},
        {"publickey-authentication-options", ""},
        {"strong-crypto", false},
        {"allow-none-crypto", false},
        {"host-key-size", std::int64_t{2048}, {"1024", "1536", "2048", "4096", "8192"}},
        {"host-key-type", "rsa", {"ed25519", "rsa"}}}},
      {"/disk/settings",
       {{"auto-smb-sharing", false},
        {"auto-smb-user", ""},
        {"auto-media-sharing", false},
        {"auto-media-interface", "none"},
        {"default-mount-point-template", "[slot]"}}},
      {"/system/clock",
       {{"time", "", {}, Kind::clock},
        {"date", "", {}, Kind::clock},
        {"time-zone-autodetect", true},
        {"time-zone-name", "UTC"},
        {"gmt-offset", "+00:00", {}, Kind::read_only},
        {"dst-active", false, {}, Kind::read_only}}},
      {"/system/routerboard",
       // EVIDENCE(documented): The revision stands behind the model where a board has one; what there is to
       // say of the firmware stands before all. [spec RouterOS manual, RouterBOARD]
       {{"comment", "", {}, Kind::shown_if_told},
        {"routerboard", true},
        {"board-name", "RDS2216"},
        {"model", "RDS2216-2XG-4S+4XS-2XQ"},
        {"revision", "", {}, Kind::shown_if_told},
        {"serial-number", ""},
        {"firmware-type", "al73400"},
        {"factory-firmware", "7.18"},
        {"current-firmware", "7.18"},
        {"upgrade-firmware", "7.18"}}}};
  return *kMenus;
}

SettingsMenu const* menu_at(std::string_view path) {
  auto const found = std::find_if(menus().begin(), menus().end(),
                                  [&](SettingsMenu const& menu) { return menu.path == path; });
  return found == menus().end() ? nullptr : &*found;
}

Setting const* setting_of(SettingsMenu const& menu, std::string_view name) {
  auto const found = std::find_if(menu.settings.begin(), menu.settings.end(),
                                  [&](Setting const& setting) { return setting.name == name; });
  return found == menu.settings.end() ? nullptr : &*found;
}

// What `set` of this version takes, and what no version sets.
bool exists(Profile const& profile, SettingsMenu const& menu, Setting const& setting) {
  auto const* schema = profile.schema->menu(menu.path);
  if (schema == nullptr) return false;
  auto const set = schema->commands.find("set");
  return setting.kind == Kind::read_only || set == schema->commands.end() ||
         contains(set->second.arguments, setting.name);
}

// Null: nobody changed it.
Property const* changed_value(Device::State const& state, SettingsMenu const& menu, Setting const& setting) {
  auto const changed = state.settings.find(menu.path);
  if (changed == state.settings.end()) return nullptr;
  auto const found = changed->second.find(setting.name);
  return found == changed->second.end() ? nullptr : &found->second;
}

// `2026-02-05` as versions before 7.10 say it: `feb/05/2026` (FACTS 1.4).
std::string old_date(std::string const& date) {
  constexpr std::array<char const*, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};
  auto const month = date.size() == 10 ? std::atoi(date.substr(5, 2).c_str()) : 0;
  if (month < 1 || month > 12) return date;
  return std::string(kMonths[static_cast<std::size_t>(month) - 1]) + "/" + date.substr(8) + "/" +
         date.substr(0, 4);
}

Property value_of(Device::State const& state, SettingsMenu const& menu, Setting const& setting) {
  auto const* changed = changed_value(state, menu, setting);
  if (setting.kind != Kind::clock) return changed == nullptr ? setting.usual : *changed;
  if (setting.name == "time") return changed == nullptr ? wall_time_text().substr(11) : *changed;
  auto const date = changed == nullptr ? wall_time_text().substr(0, 10) : std::get<std::string>(*changed);
  return state.profile->old_dates ? old_date(date) : date;
}

bool is_shown(Device::State const& state, SettingsMenu const& menu, Setting const& setting) {
  return exists(*state.profile, menu, setting) &&
         (setting.kind != Kind::shown_if_told || changed_value(state, menu, setting) != nullptr);
}

std::string text_of(Property const& property) {
  if (auto const* truth = std::get_if<bool>(&property)) return *truth ? "yes" : "no";
  return to_value(property).text();
}

Value all_values(Console& console, SettingsMenu const& menu) {
  Value::Array map;
  for (auto const& setting : menu.settings) {
    if (is_shown(console.state(), menu, setting))
      map.keyed[setting.name] = to_value(value_of(console.state(), menu, setting));
  }
  return Value::array(std::move(map));
}

Value settings_print(Invocation& invocation) {
  auto& console = invocation.console;
  auto const& menu = *menu_at(invocation.statement.path);
  if (invocation.statement.has_flag("as-value")) return all_values(console, menu);
  std::vector<std::pair<std::string, std::string>> pairs;
  for (auto const& setting : menu.settings) {
    if (!is_shown(console.state(), menu, setting)) continue;
    auto const text = text_of(value_of(console.state(), menu, setting));
    if (setting.name == "comment") {
      console.write(";;; " + text + "\r\n");
    } else {
      pairs.emplace_back(setting.name, text);
    }
  }
  console.write(print_keys(pairs, 0));
  return {};
}

Value settings_get(Invocation& invocation) {
  auto& console = invocation.console;
  auto const& menu = *menu_at(invocation.statement.path);
  if (!invocation.has("value-name")) return all_values(console, menu);
  auto const* setting = setting_of(menu, invocation.at("value-name").text());
  if (setting == nullptr || !is_shown(console.state(), menu, *setting))
    throw ScriptError{"input does not match any value of value-name"};
  return to_value(value_of(console.state(), menu, *setting));
}

Property read(Invocation const& invocation, Setting const& setting) {
  if (std::holds_alternative<bool>(setting.usual)) return yes_no_argument(invocation, setting.name);
  auto const text = invocation.at(setting.name).text();
  for (auto const& word : setting.kind == Kind::list ? split_list(text) : Words{text}) {
    if (!setting.words.empty() && !contains(setting.words, word))
      throw ScriptError{"input does not match any value of " + setting.name};
  }
  if (!std::holds_alternative<std::int64_t>(setting.usual)) return text;
  return number_argument(invocation, setting.name, 0, std::int64_t{1} << 40);
}

Value settings_set(Invocation& invocation) {
  auto& console = invocation.console;
  auto const& menu = *menu_at(invocation.statement.path);
  std::map<std::string, Property, std::less<>> changes;
  for (auto const& [name, value] : invocation.arguments) {
    auto const* setting = setting_of(menu, name);
    // The schema has it, this menu not: said, not swallowed.
    if (setting == nullptr || setting->kind == Kind::clock) {
      console.state().add_gap(menu.path + "/set " + name);
      continue;
    }
    changes[name] = read(invocation, *setting);
  }
  std::string detail;
  for (auto& [name, value] : changes) {
    detail += (detail.empty() ? "" : " ") + name + "=" + text_of(value);
    console.state().settings[menu.path][name] = value;
  }
  console.record_effect(menu.path, "set", "", detail);
  return {};
}

Value power(Invocation& invocation) {
  auto& console = invocation.console;
  auto const command = invocation.statement.command->name;
  confirm(invocation, command == "reboot" ? "Reboot, yes? [y/N]: " : "Shutdown, yes? [y/N]: ");
  console.put(command == "reboot" ? "system will reboot shortly" : "system will shutdown promptly");
  console.record_effect("/system", command, "", "");
  console.state().power_off = command == "shutdown";
  console.state().enter(BootStage::down);
  return {};
}

}  // namespace

MenuCommand find_settings_command(std::string_view path, std::string_view command) {
  if (path == "/system" && (command == "reboot" || command == "shutdown")) return power;
  if (menu_at(path) == nullptr) return nullptr;
  if (command == "print") return settings_print;
  if (command == "get") return settings_get;
  return command == "set" && path != "/system/routerboard" ? settings_set : nullptr;
}

Property setting_value(Device::State const& state, std::string_view path, std::string_view name) {
  auto const* menu = menu_at(path);
  return value_of(state, *menu, *setting_of(*menu, name));
}

bool is_setting(std::string_view path, std::string_view name, Property const& value) {
  auto const* menu = menu_at(path);
  auto const* setting = menu == nullptr ? nullptr : setting_of(*menu, name);
  return setting != nullptr && setting->usual.index() == value.index();
}

}  // namespace rdssim::routeros
