// What a front needs to know of logins and of its own settings: /user, /user/ssh-keys, /ip/ssh.
#include <algorithm>

#include "simulator/routeros/console.h"
#include "simulator/routeros/device.h"
#include "simulator/routeros/device_state.h"
#include "simulator/routeros/menu_support.h"
#include "simulator/routeros/permissions.h"
#include "simulator/routeros/settings_menu.h"
#include "simulator/routeros/value.h"

namespace rdssim::routeros {

Device::LoginRules Device::login_rules(std::string_view user) const {
  LoginRules rules;
  for (auto const& row : state_->users) {
    if (row.name != user) continue;
    rules.known = true;
    rules.disabled = row.disabled;
    rules.password = row.password;
    rules.ssh = has_policy(state_->users, state_->groups, user, "ssh");
    rules.available_from = split_list(row.address);
    std::int64_t nanoseconds = 0;
    // EVIDENCE(documented): A console without input for inactivity-timeout is logged out where the user's
    // inactivity-policy says so. [FACTS 5.10]
    if (row.inactivity_policy == "logout" && parse_time(row.inactivity_timeout, nanoseconds))
      rules.logs_out_after = Duration(nanoseconds);
  }
  for (auto const& key : state_->ssh_keys) {
    if (key.user == user) rules.keys.push_back(key.line);
  }
  // The older of the two settings stays at `no` where the newer one exists, and the other way round.
  auto const always = setting_value(*state_, "/ip/ssh", "always-allow-password-login");
  auto const mode = std::get<std::string>(setting_value(*state_, "/ip/ssh", "password-authentication"));
  bool const mixed = std::get<bool>(always) || mode == "yes";
  rules.password_allowed = mode != "no" && (rules.keys.empty() || mixed);
  return rules;
}

Device::SshRules Device::ssh_rules() const {
  SshRules rules;
  rules.host_key_type = std::get<std::string>(setting_value(*state_, "/ip/ssh", "host-key-type"));
  rules.strong_crypto = std::get<bool>(setting_value(*state_, "/ip/ssh", "strong-crypto"));
  rules.ciphers = split_list(std::get<std::string>(setting_value(*state_, "/ip/ssh", "ciphers")));
  return rules;
}

bool Device::give_login(std::string_view name, std::string_view password,
                        std::vector<std::string> const& keys) {
  auto& users = state_->users;
  auto row = std::find_if(users.begin(), users.end(), [&](User const& user) { return user.name == name; });
  if (row == users.end()) {
    User user;
    user.id = next_id(users);
    user.name = std::string(name);
    user.group = "full";
    row = users.insert(users.end(), user);
  }
  if (!password.empty()) row->password = std::string(password);
  for (auto const& line : keys) {
    auto key = read_public_key(line);
    if (!key) return false;
    auto const there = std::any_of(state_->ssh_keys.begin(), state_->ssh_keys.end(), [&](UserKey const& one) {
      return one.user == name && one.line == key->line;
    });
    if (there) continue;
    key->id = next_id(state_->ssh_keys);
    key->user = std::string(name);
    state_->ssh_keys.push_back(*key);
  }
  return true;
}

void Device::clear_logins() {
  state_->users.clear();
  state_->ssh_keys.clear();
}

void Device::set_host_key_type(std::string_view type) {
  state_->settings["/ip/ssh"]["host-key-type"] = std::string(type);
}

}  // namespace rdssim::routeros
