// Users, groups and policies: who may run which console command. The rows live in Device::State, so that the
// /user menus, the SSH login and the console read the same ones. Source: FACTS 5.11, HELP User (documented
// policies and the three built-in groups).
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rdssim::routeros {

using Policies = std::set<std::string, std::less<>>;

struct UserGroup {
  std::uint64_t id = 0;
  std::string name;
  Policies policies;
  std::string comment;
};

struct User {
  std::uint64_t id = 0;
  std::string name, group, address, comment, last_logged_in;
  bool disabled = false;
  std::string password = {};  // never printed
  std::string inactivity_timeout = "10m", inactivity_policy = "none";
};

// One row of /user/ssh-keys.
struct UserKey {
  std::uint64_t id = 0;
  std::string user, type, owner;  // type: rsa, ed25519
  std::int64_t bits = 0;
  std::string line;  // `ssh-ed25519 AAAA...`, as authorized_keys has it
};

// `ssh-ed25519 AAAA... owner` as a row without id and user. Nothing when it is no RSA or Ed25519 key (FACTS
// 5.4: ECDSA is refused).
std::optional<UserKey> read_public_key(std::string_view text);

// The id a new row gets.
template <typename Rows>
std::uint64_t next_id(Rows const& rows) {
  std::uint64_t id = 0;
  for (auto const& row : rows) id = std::max(id, row.id);
  return id + 1;
}

// Every policy a group can have, in RouterOS' order.
std::vector<std::string> const& all_policies();
// read, write, full as a new device has them.
std::vector<UserGroup> built_in_groups();
// admin, of group full.
std::vector<User> built_in_users();

// What a command needs, all of it. Which policy belongs to which command is documented by kind only (HELP
// User); the table is inferred from that.
Policies needed_policies(std::string_view menu, std::string_view command);

// Whether a user has it; asked of every command. A name the device does not list has all policies: rds-sim's
// own --user flag and scenarios log in people who are no rows of /user. A disabled user, or one whose group
// is gone, has none.
bool has_policy(std::vector<User> const& users, std::vector<UserGroup> const& groups, std::string_view user,
                std::string_view policy);
// All a user has, by has_policy().
Policies policies_of(std::vector<User> const& users, std::vector<UserGroup> const& groups,
                     std::string_view user);

}  // namespace rdssim::routeros
