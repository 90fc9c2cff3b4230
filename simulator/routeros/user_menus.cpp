// /user, /user/group and /user/ssh-keys: who may log in and what they may do (FACTS 3, 5.4, 5.11; HELP User,
// documented). The rows are Device::State's users and groups, which every command's permissions are judged
// by.
#include <algorithm>

#include "simulator/routeros/menu_support.h"
#include "simulator/routeros/menus.h"
#include "simulator/routeros/user_properties.h"

namespace rdssim::routeros {

namespace {

std::vector<Row> user_rows(Console& console) {
  std::vector<Row> rows;
  for (auto const& user : console.state().users) {
    Row row{.id = user.id,
            .number = rows.size(),
            .fields = {},
            .hidden = {},
            .flags = {},
            .comment = user.comment};
    row.fields = {{"name", Value::string(user.name), Style::quoted},
                  {"group", Value::string(user.group), Style::bare},
                  {"inactivity-timeout", Value::string(user.inactivity_timeout), Style::bare},
                  {"inactivity-policy", Value::string(user.inactivity_policy), Style::bare},
                  {"address", Value::string(user.address), Style::quoted}};
    if (!user.last_logged_in.empty())
      row.fields.push_back({"last-logged-in", Value::string(user.last_logged_in), Style::bare});
    row.hidden = {{"comment", Value::string(user.comment), Style::quoted},
                  {"disabled", Value::boolean(user.disabled), Style::yes_no}};
    if (user.disabled) row.flags.insert("disabled");
    rows.push_back(std::move(row));
  }
  return rows;
}

// EVIDENCE(documented): Order of a user's properties, as an operator shows 7.23's. [spec operators'
// transcripts]
MenuView user_view(Console&) {
  static auto const* const kLayout = new MenuLayout{
      {{{'X', "disabled"}}},
      {"name", "group", "inactivity-timeout", "inactivity-policy", "address", "last-logged-in"},
      {"name", "group", "address", "last-logged-in", "inactivity-policy"}};
  return {user_rows, kLayout, "name", true};
}

// `local,telnet,...,!ftp`: what it has, then what it has not (HELP User).
std::string policy_text(Policies const& has) {
  std::string text;
  for (bool const wanted : {true, false}) {
    for (auto const& policy : all_policies()) {
      if (has.contains(policy) == wanted)
        text += (text.empty() ? "" : ",") + std::string(wanted ? "" : "!") + policy;
    }
  }
  return text;
}

std::vector<Row> group_rows(Console& console) {
  std::vector<Row> rows;
  for (auto const& group : console.state().groups) {
    Row row{.id = group.id,
            .number = rows.size(),
            .fields = {},
            .hidden = {},
            .flags = {},
            .comment = group.comment};
    row.fields = {{"name", Value::string(group.name), Style::quoted},
                  {"policy", Value::string(policy_text(group.policies)), Style::list},
                  {"skin", Value::string("default"), Style::bare}};
    row.hidden = {{"comment", Value::string(group.comment), Style::quoted}};
    rows.push_back(std::move(row));
  }
  return rows;
}

MenuView group_view(Console&) {
  static auto const* const kLayout =
      new MenuLayout{{}, {"name", "policy", "skin"}, {"name", "policy", "skin"}, false, true};
  return {group_rows, kLayout, "name", false};
}

// 7.21 renamed key-owner (FACTS 3).
bool says_info(Console& console) {
  auto const& import = console.profile().schema->menu("/user/ssh-keys")->commands.find("import")->second;
  return !contains(import.arguments, "key-owner");
}

std::vector<Row> key_rows(Console& console) {
  std::vector<Row> rows;
  std::string const owner = says_info(console) ? "info" : "key-owner";
  for (auto const& key : console.state().ssh_keys) {
    Row row{.id = key.id, .number = rows.size(), .fields = {}, .hidden = {}, .flags = {}, .comment = {}};
    row.fields = {{"user", Value::string(key.user), Style::bare},
                  {"key-type", Value::string(key.type), Style::bare},
                  {"bits", Value::number(key.bits), Style::plain},
                  {owner, Value::string(key.owner), Style::quoted}};
    rows.push_back(std::move(row));
  }
  return rows;
}

// EVIDENCE(documented): /user/ssh-keys shows the type before the bits since it says info; before, as here, is
// inferred. [spec RouterOS manual, User]
MenuView key_view(Console& console) {
  static auto const* const kLayout = new MenuLayout{
      {}, {"user", "key-type", "bits", "info"}, {"user", "key-type", "bits", "info"}, false, true};
  static auto const* const kOldLayout = new MenuLayout{
      {}, {"user", "key-type", "bits", "key-owner"}, {"user", "bits", "key-type", "key-owner"}, false, true};
  return {key_rows, says_info(console) ? kLayout : kOldLayout, "user", false};
}

MenuView view_of(Invocation const& invocation) {
  auto const& path = invocation.statement.path;
  if (path == "/user") return user_view(invocation.console);
  return path == "/user/group" ? group_view(invocation.console) : key_view(invocation.console);
}

template <typename Rows>
auto* by_id(Rows& rows, std::uint64_t id) {
  auto const found = std::find_if(rows.begin(), rows.end(), [&](auto const& row) { return row.id == id; });
  return found == rows.end() ? nullptr : &*found;
}

template <typename Rows>
bool has_name(Rows const& rows, std::string const& name, std::uint64_t but) {
  return std::any_of(rows.begin(), rows.end(),
                     [&](auto const& row) { return row.name == name && row.id != but; });
}

// The user with what the command says; checked, not stored.
User changed_user(Invocation const& invocation, User user) {
  auto const& state = invocation.console.state();
  user.name = text_or(invocation, "name", user.name);
  user.group = text_or(invocation, "group", user.group);
  user.address = text_or(invocation, "address", user.address);
  user.comment = text_or(invocation, "comment", user.comment);
  user.password = text_or(invocation, "password", user.password);
  user.inactivity_timeout = text_or(invocation, "inactivity-timeout", user.inactivity_timeout);
  user.inactivity_policy = text_or(invocation, "inactivity-policy", user.inactivity_policy);
  if (invocation.has("disabled")) user.disabled = yes_no_argument(invocation, "disabled");
  if (!has_name(state.groups, user.group, 0)) throw ScriptError{"input does not match any value of group"};
  static std::vector<std::string> const kPolicies = {"lockscreen", "logout", "none"};
  if (!contains(kPolicies, user.inactivity_policy))
    throw ScriptError{"input does not match any value of inactivity-policy"};
  if (has_name(state.users, user.name, user.id))
    invocation.fail("failure: user with the same name already exists");  // FACTS 2.5
  return user;
}

Value user_add(Invocation& invocation) {
  auto& console = invocation.console;
  require_arguments(invocation, {"name", "group", "password"});  // errors-add-without-arguments-7.20.8
  User user;
  user.id = next_id(console.state().users);
  user = changed_user(invocation, user);
  console.state().users.push_back(user);
  console.record_effect("/user", "add", user.name, "group=" + user.group);
  return Value::id(storage::format_id(user.id));
}

Value user_set(Invocation& invocation) {
  auto& console = invocation.console;
  for (auto const id : find_targets(invocation, user_view(console), "numbers")) {
    auto& user = still_there(invocation, by_id(console.state().users, id));
    auto changed = changed_user(invocation, user);
    auto const command = invocation.statement.command->name;
    if (command == "enable" || command == "disable") changed.disabled = command == "disable";
    auto const name = user.name;
    user = std::move(changed);
    console.record_effect("/user", command == "comment" ? "set" : command, name, "");
  }
  return {};
}

Value user_remove(Invocation& invocation) {
  auto& console = invocation.console;
  for (auto const id : find_targets(invocation, user_view(console), "numbers")) {
    auto& state = console.state();
    auto const name = still_there(invocation, by_id(state.users, id)).name;
    std::erase_if(state.users, [&](User const& user) { return user.id == id; });
    std::erase_if(state.ssh_keys, [&](UserKey const& key) { return key.user == name; });
    console.record_effect("/user", "remove", name, "");
  }
  return {};
}

Policies policy_argument(Invocation const& invocation) {
  Policies policies;
  for (auto const& word : split_list(invocation.at("policy").text())) {
    auto const name = word.starts_with('!') ? word.substr(1) : word;
    if (!contains(all_policies(), name)) throw ScriptError{"input does not match any value of policy"};
    if (name == word) policies.insert(name);
  }
  return policies;
}

UserGroup changed_group(Invocation const& invocation, UserGroup group) {
  group.name = text_or(invocation, "name", group.name);
  group.comment = text_or(invocation, "comment", group.comment);
  if (invocation.has("policy")) group.policies = policy_argument(invocation);
  if (group.name.empty()) invocation.fail("failure: invalid group name");  // FACTS 2.5
  if (has_name(invocation.console.state().groups, group.name, group.id))
    invocation.fail("failure: already have such entry");
  return group;
}

Value group_add(Invocation& invocation) {
  auto& console = invocation.console;
  UserGroup group;  // no name: `invalid group name`, not a missing argument (the same capture)
  group.id = next_id(console.state().groups);
  group = changed_group(invocation, group);
  console.state().groups.push_back(group);
  console.record_effect("/user/group", "add", group.name, "policy=" + policy_text(group.policies));
  return Value::id(storage::format_id(group.id));
}

Value group_set(Invocation& invocation) {
  auto& console = invocation.console;
  for (auto const id : find_targets(invocation, group_view(console), "numbers")) {
    auto& group = still_there(invocation, by_id(console.state().groups, id));
    auto const changed = changed_group(invocation, group);
    for (auto& user : console.state().users) {
      if (user.group == group.name) user.group = changed.name;
    }
    group = changed;
    console.record_effect("/user/group", "set", changed.name, "policy=" + policy_text(changed.policies));
  }
  return {};
}

Value group_remove(Invocation& invocation) {
  auto& console = invocation.console;
  for (auto const id : find_targets(invocation, group_view(console), "numbers")) {
    auto& state = console.state();
    auto const name = still_there(invocation, by_id(state.groups, id)).name;
    std::erase_if(state.groups, [&](UserGroup const& group) { return group.id == id; });
    console.record_effect("/user/group", "remove", name, "");
  }
  return {};
}

void add_key(Invocation const& invocation, std::string_view text) {
  auto& state = invocation.console.state();
  auto key = read_public_key(text);
  // QCHR, PARSE (FACTS 3).
  if (!key) invocation.fail("failure: unable to load key file (wrong format or bad passphrase)!");
  require_arguments(invocation, {"user"});
  key->id = next_id(state.ssh_keys);
  key->user = invocation.at("user").text();
  for (char const* name : {"key-owner", "info"}) key->owner = text_or(invocation, name, key->owner);
  if (!has_name(state.users, key->user, 0)) throw ScriptError{"input does not match any value of user"};
  state.ssh_keys.push_back(*key);
}

Value key_add(Invocation& invocation) {
  add_key(invocation, text_or(invocation, "key", ""));
  invocation.console.record_effect("/user/ssh-keys", "add", invocation.at("user").text(), "");
  return Value::id(storage::format_id(invocation.console.state().ssh_keys.back().id));
}

// The file is gone afterwards (HELP SSH).
Value key_import(Invocation& invocation) {
  auto& console = invocation.console;
  require_arguments(invocation, {"public-key-file", "user"});
  auto& storage = console.state().storage;
  auto const* file = storage.file_by_name(storage::file_name_of(invocation.at("public-key-file").text()));
  if (file == nullptr) throw ScriptError{"input does not match any value of public-key-file"};
  add_key(invocation, file->text("contents"));
  storage.remove_file(file->id);
  console.record_effect("/user/ssh-keys", "import", invocation.at("user").text(), "");
  return {};
}

Value key_remove(Invocation& invocation) {
  auto& console = invocation.console;
  for (auto const id : find_targets(invocation, key_view(console), "numbers")) {
    auto& keys = console.state().ssh_keys;
    auto const user = still_there(invocation, by_id(keys, id)).user;
    std::erase_if(keys, [&](UserKey const& key) { return key.id == id; });
    console.record_effect("/user/ssh-keys", "remove", user, "");
  }
  return {};
}

Value rows_print(Invocation& invocation) {
  return run_print(invocation, view_of(invocation));
}
Value rows_find(Invocation& invocation) {
  return run_find(invocation, view_of(invocation));
}
Value rows_get(Invocation& invocation) {
  return run_get(invocation, view_of(invocation));
}

}  // namespace

std::vector<std::string> user_properties(std::string_view path) {
  if (path == "/user")
    return {".id",
            "name",
            "group",
            "address",
            "comment",
            "disabled",
            "last-logged-in",
            "inactivity-timeout",
            "inactivity-policy"};
  if (path == "/user/group") return {".id", "name", "policy", "skin", "comment"};
  return {".id", "user", "key-type", "bits", "key-owner", "info"};
}

MenuCommand find_user_command(std::string_view path, std::string_view command) {
  static MenuCommands const kShared = {{"print", rows_print}, {"find", rows_find}, {"get", rows_get}};
  static MenuCommands const kUsers = {{"add", user_add},    {"set", user_set},     {"remove", user_remove},
                                      {"enable", user_set}, {"disable", user_set}, {"comment", user_set}};
  static MenuCommands const kGroups = {
      {"add", group_add}, {"set", group_set}, {"comment", group_set}, {"remove", group_remove}};
  static MenuCommands const kKeys = {{"add", key_add}, {"import", key_import}, {"remove", key_remove}};
  bool const known = path == "/user" || path == "/user/group" || path == "/user/ssh-keys";
  if (!known) return nullptr;
  if (auto const shared = find_in(kShared, command)) return shared;
  return find_in(path == "/user" ? kUsers : path == "/user/group" ? kGroups : kKeys, command);
}

}  // namespace rdssim::routeros
