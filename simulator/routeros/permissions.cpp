// See permissions.h.
#include "simulator/routeros/permissions.h"

#include <algorithm>
#include <array>

namespace rdssim::routeros {

namespace {

template <std::size_t N>
bool listed(std::array<std::string_view, N> const& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 4> kReads = {"print", "get", "find", "export"};
// HELP User: "test: policy that grants rights to run ping, traceroute, bandwidth-test, ..."; monitor-like
// commands are FACTS 5.11's.
// EVIDENCE(inferred): Which commands need the policy test: monitor-like ones. [FACTS 5.11]
constexpr std::array<std::string_view, 7> kTests = {"monitor", "monitor-traffic", "test",      "blink",
                                                    "scan",    "nvme-discover",   "smart-info"};

Policies all_but(std::initializer_list<std::string_view> missing) {
  Policies policies(all_policies().begin(), all_policies().end());
  for (auto name : missing) policies.erase(policies.find(name));
  return policies;
}

}  // namespace

std::vector<std::string> const& all_policies() {
  static auto const* const kPolicies = new std::vector<std::string>{
      "local",  "telnet",   "ssh", "ftp",   "reboot",    "read", "write", "policy",  "test",
      "winbox", "password", "web", "sniff", "sensitive", "api",  "romon", "rest-api"};
  return *kPolicies;
}

// EVIDENCE(documented): The groups read, write and full and what they may. [FACTS 5.11]
std::vector<UserGroup> built_in_groups() {
  return {{1, "read", all_but({"ftp", "write", "policy"}), ""},
          {2, "write", all_but({"ftp", "policy"}), ""},
          {3, "full", all_but({}), ""}};
}

std::vector<User> built_in_users() {
  return {{1, "admin", "full", "", "system default user", "", false}};
}

// EVIDENCE(documented): read for print, write for add, set and remove, policy for users. [FACTS 5.11]
Policies needed_policies(std::string_view menu, std::string_view command) {
  if (listed(kReads, command)) return {"read"};
  if (menu == "/log") return {};  // :log of any script; inferred
  if (listed(kTests, command)) return {"test"};
  if (menu == "/system" && (command == "reboot" || command == "shutdown")) return {"reboot"};
  // Users, their groups and keys: `policy` "should be used together with write" (HELP User).
  if (menu.starts_with("/user")) return {"policy", "write"};
  return {"write"};
}

bool has_policy(std::vector<User> const& users, std::vector<UserGroup> const& groups, std::string_view user,
                std::string_view policy) {
  auto const row =
      std::find_if(users.begin(), users.end(), [&](User const& one) { return one.name == user; });
  if (row == users.end()) return true;
  auto const group = std::find_if(groups.begin(), groups.end(),
                                  [&](UserGroup const& one) { return one.name == row->group; });
  return !row->disabled && group != groups.end() && group->policies.contains(policy);
}

Policies policies_of(std::vector<User> const& users, std::vector<UserGroup> const& groups,
                     std::string_view user) {
  Policies policies;
  for (auto const& policy : all_policies()) {
    if (has_policy(users, groups, user, policy)) policies.insert(policy);
  }
  return policies;
}

}  // namespace rdssim::routeros
