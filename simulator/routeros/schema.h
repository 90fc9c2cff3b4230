// Schema: the menu tree of one RouterOS version: directories, commands and their argument names, as
// /console/inspect dumps them. The parser resolves words against it; the menus implement a part of it. Built
// once per profile from the captured dump (schema_data.cpp); immutable afterwards, shared by all devices.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rdssim::routeros {

struct CommandSchema {
  std::string name;
  std::vector<std::string> arguments;   // those that take name=value
  std::vector<std::string> flags;       // bare words
  std::vector<std::string> positional;  // arguments that may come unnamed, in this order
  std::vector<std::string> code;        // arguments whose { ... } is code
  std::vector<std::string> variables;   // arguments that declare or name variables
  bool has_where = false;
  bool implemented = true;  // false: in the real device, not in this simulator
};

struct MenuSchema {
  std::string path;  // "" for the root, "/disk"
  MenuSchema const* parent = nullptr;
  std::map<std::string, std::unique_ptr<MenuSchema>, std::less<>> menus;
  std::map<std::string, CommandSchema, std::less<>> commands;
  bool listed = false;                  // the dump has it itself, with all that is in it
  bool implemented = true;              // false: none of its commands, here and below, is
  std::vector<std::string> properties;  // names `where`, `get` and proplist know
};

class Schema {
 public:
  // `dump`: lines "/disk/add: slot type ..." and "/disk [menu]" as in the captures.
  explicit Schema(std::string_view dump);
  Schema(Schema const&) = delete;
  Schema& operator=(Schema const&) = delete;

  MenuSchema const& root() const { return root_; }
  MenuSchema* menu(std::string_view path);  // null when absent
  MenuSchema const* menu(std::string_view path) const;
  // Adds the console's global commands (:put, :local, ...) to the root. `with_loop_exits`: :break, :continue,
  // :exit.
  void add_globals(bool with_loop_exits);

 private:
  MenuSchema& make_menu(std::string_view path);
  void add_command(std::string_view path, std::string_view arguments);
  MenuSchema root_;
};

// One thing a word in command position may mean.
struct WordMeaning {
  MenuSchema const* menu = nullptr;
  CommandSchema const* command = nullptr;
  bool unknown() const { return menu == nullptr && command == nullptr; }
};
// Exact name first, else the only name that starts with `word`; unknown when none or several do (FACTS 4).
WordMeaning find_word(MenuSchema const& menu, std::string_view word);

// The argument or flag `word` stands for: exact, else the only one it abbreviates; "" when none.
std::string find_argument(CommandSchema const& command, std::string_view word);
bool contains(std::vector<std::string> const& names, std::string_view name);

}  // namespace rdssim::routeros
