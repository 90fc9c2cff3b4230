// Builds the menu tree from the captured dump and adds what the dump does not tell: which arguments are bare
// flags, which may come unnamed (FACTS 2.4: a free unnamed argument swallows the next word).
#include "simulator/routeros/schema.h"

#include <algorithm>
#include <array>
#include <utility>

namespace rdssim::routeros {

namespace {

constexpr std::array<std::string_view, 26> kFlagWords = {
    "append",         "as-value",  "brief",          "comments",    "compact",
    "count-only",     "detail",    "follow",         "follow-only", "oid",
    "once",           "recursive", "relative",       "show-hidden", "show-ids",
    "show-sensitive", "stats",     "stats-detail",   "terse",       "timestamp",
    "value-list",     "verbose",   "without-paging", "as-string",   "hide-sensitive",
    "as-string-value"};
constexpr std::array<std::string_view, 4> kPositionalWords = {"numbers", "number", "value-name", "message"};
// Where the value is a row and not one of the list commands below, RouterOS takes it unnamed too.
constexpr std::array<std::string_view, 6> kSecondPositional = {"comment", "file",  "file-name",
                                                               "address", "slots", "n"};

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    auto const end = std::min(text.find(' '), text.size());
    if (end > 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

template <std::size_t N>
bool listed(std::array<std::string_view, N> const& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Commands that make or change rows: their other arguments are always named.
bool takes_named_only(std::string_view command) {
  return command == "add" || command == "set" || command == "print" || command == "reset" ||
         command == "copy";
}

struct GlobalCommand {
  std::string_view name, arguments, code, variables;
};
// Unnamed arguments in this order (HELP Scripting; PARSE shows the names message=, value=, name=).
constexpr std::array<GlobalCommand, 26> kGlobals = {{
    {"put", "message", "", ""},
    {"local", "name value do", "do", "name"},
    {"global", "name value do", "do", "name"},
    {"set", "name value do", "do", "name"},
    {"if", "condition do else", "do else", ""},
    {"foreach", "counter in do", "do", "counter"},
    {"for", "counter from to step do", "do", "counter"},
    {"while", "condition do", "do", ""},
    {"do", "command while on-error", "command on-error", ""},
    {"onerror", "error in do", "in do", "error"},
    {"len", "value", "", ""},
    {"typeof", "value", "", ""},
    {"tostr", "value", "", ""},
    {"tonum", "value", "", ""},
    {"toarray", "value", "", ""},
    {"tobool", "value", "", ""},
    {"toid", "value", "", ""},
    {"totime", "value", "", ""},
    {"toip", "value", "", ""},
    {"pick", "value begin end", "", ""},
    {"find", "in key from", "", ""},
    {"error", "message", "", ""},
    {"return", "value", "", ""},
    {"delay", "delay-time", "", ""},
    {"nothing", "", "", ""},
    {"parse", "value", "", ""},
}};

// How many of a global command's arguments may come unnamed: the code arguments of :if, :for, :foreach are
// named.
std::size_t positional_count(GlobalCommand const& global) {
  if (global.name == "local" || global.name == "global" || global.name == "set" || global.name == "onerror")
    return 2;
  if (global.name == "if" || global.name == "while" || global.name == "for" || global.name == "foreach" ||
      global.name == "do") {
    return 1;
  }
  return 3;
}

CommandSchema make_global(GlobalCommand const& global) {
  CommandSchema command;
  command.name = global.name;
  command.arguments = split(global.arguments);
  command.code = split(global.code);
  command.variables = split(global.variables);
  command.positional = command.arguments;
  command.positional.resize(std::min(positional_count(global), command.arguments.size()));
  return command;
}

}  // namespace

bool contains(std::vector<std::string> const& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Schema::Schema(std::string_view dump) {
  while (!dump.empty()) {
    auto const end = std::min(dump.find('\n'), dump.size());
    auto const line = dump.substr(0, end);
    dump.remove_prefix(std::min(end + 1, dump.size()));
    if (line.empty() || line.front() != '/') continue;
    auto const colon = line.find(':');
    if (colon == std::string_view::npos) {
      make_menu(line.substr(0, line.find(' '))).listed = true;
    } else {
      add_command(line.substr(0, colon), line.substr(colon + 1));
    }
  }
}

MenuSchema const* Schema::menu(std::string_view path) const {
  MenuSchema const* at = &root_;
  path.remove_prefix(path.starts_with('/') ? 1 : 0);
  while (!path.empty()) {
    auto const end = std::min(path.find('/'), path.size());
    auto const found = at->menus.find(path.substr(0, end));
    if (found == at->menus.end()) return nullptr;
    at = found->second.get();
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return at;
}

MenuSchema* Schema::menu(std::string_view path) {
  return const_cast<MenuSchema*>(std::as_const(*this).menu(path));
}

MenuSchema& Schema::make_menu(std::string_view path) {
  MenuSchema* at = &root_;
  path.remove_prefix(path.starts_with('/') ? 1 : 0);
  while (!path.empty()) {
    auto const end = std::min(path.find('/'), path.size());
    auto& slot = at->menus[std::string(path.substr(0, end))];
    if (slot == nullptr) {
      slot = std::make_unique<MenuSchema>();
      slot->path = at->path + "/" + std::string(path.substr(0, end));
      slot->parent = at;
    }
    at = slot.get();
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return *at;
}

void Schema::add_command(std::string_view path, std::string_view arguments) {
  auto const slash = path.rfind('/');
  auto& menu = make_menu(path.substr(0, slash));
  CommandSchema command;
  command.name = path.substr(slash + 1);
  auto const words = split(arguments);
  for (auto const& word : words) {
    if (word == "where") {
      command.has_where = true;
    } else if (listed(kFlagWords, word)) {
      command.flags.push_back(word);
    } else {
      command.arguments.push_back(word);
    }
  }
  for (auto name : kPositionalWords) {
    if (contains(command.arguments, name)) command.positional.emplace_back(name);
  }
  if (!takes_named_only(command.name)) {
    for (auto name : kSecondPositional) {
      if (contains(command.arguments, name)) command.positional.emplace_back(name);
    }
  }
  menu.commands[command.name] = std::move(command);
}

void Schema::add_globals(bool with_loop_exits) {
  for (auto const& global : kGlobals) root_.commands[std::string(global.name)] = make_global(global);
  if (!with_loop_exits) return;
  for (std::string_view name : {"break", "continue", "exit"}) {
    root_.commands[std::string(name)] = make_global({name, "", "", ""});
  }
}

WordMeaning find_word(MenuSchema const& menu, std::string_view word) {
  if (auto exact = menu.menus.find(word); exact != menu.menus.end()) return {exact->second.get(), nullptr};
  if (auto exact = menu.commands.find(word); exact != menu.commands.end()) return {nullptr, &exact->second};
  WordMeaning only;
  int candidates = 0;
  for (auto const& [name, child] : menu.menus) {
    if (name.starts_with(word)) {
      ++candidates;
      only = {child.get(), nullptr};
    }
  }
  for (auto const& [name, command] : menu.commands) {
    if (name.starts_with(word)) {
      ++candidates;
      only = {nullptr, &command};
    }
  }
  return candidates == 1 ? only : WordMeaning{};
}

std::string find_argument(CommandSchema const& command, std::string_view word) {
  std::string only;
  int candidates = 0;
  for (auto const* names : {&command.arguments, &command.flags}) {
    for (auto const& name : *names) {
      if (name == word) return name;
      if (name.starts_with(word)) {
        ++candidates;
        only = name;
      }
    }
  }
  return candidates == 1 ? only : std::string();
}

}  // namespace rdssim::routeros
