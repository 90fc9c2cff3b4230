// The listed menus: how each prints, with the capture that shows it, and print, find and get over the rows of
// the state.
#include "simulator/routeros/listed_menus.h"

#include <map>

#include "simulator/routeros/menu_support.h"

namespace rdssim::routeros {

namespace {

struct ListedMenu {
  MenuLayout layout;
  std::vector<std::string> quoted;  // properties that print in quotes
};

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

std::map<std::string, ListedMenu, std::less<>> const& listed_menus() {
  static auto const* const kMenus =
      new std::map<std::string, ListedMenu, std::less<>>{{"/interface", interfaces()},
                                                         {"/ip/address", addresses()},
                                                         {"/system/resource/cpu", processors()},
                                                         {"/zerotier/peer", zerotier_peers()}};
  return *kMenus;
}

ListedMenu const& menu_of(Invocation const& invocation) {
  return listed_menus().find(invocation.statement.path)->second;
}

Style style_of(ListedMenu const& menu, std::string const& name, storage::Property const& property) {
  if (contains(menu.quoted, name)) return Style::quoted;
  if (std::holds_alternative<bool>(property)) return Style::yes_no;
  return std::holds_alternative<std::int64_t>(property) ? Style::plain : Style::bare;
}

Row to_row(ListedMenu const& menu, MenuLayout const& layout, storage::Record const& record,
           std::size_t number) {
  Row row{.id = record.id,
          .number = number,
          .fields = {},
          .hidden = {},
          .flags = {},
          .comment = record.text("comment")};
  for (auto const& column : layout.flag_columns) {
    for (auto const& flag : column) {
      if (record.has(flag.name)) (record.flag(flag.name) ? row.flags : row.cleared).insert(flag.name);
    }
  }
  for (auto const& name : layout.detail) {
    auto const found = record.properties.find(name);
    if (found == record.properties.end() || name == "comment") continue;
    row.fields.push_back({name, to_value(found->second), style_of(menu, name, found->second)});
  }
  row.hidden.push_back({"comment", Value::string(row.comment), Style::quoted});
  return row;
}

// `layout` outlives the view.
MenuView view_of(ListedMenu const& menu, MenuLayout const& layout, std::string const& path) {
  auto const rows = [path, &menu, &layout](Console& console) {
    std::vector<Row> all;
    for (auto const& record : console.state().listed[path])
      all.push_back(to_row(menu, layout, record, all.size()));
    return all;
  };
  return {rows, &layout, "name", true};
}

Value listed_print(Invocation& invocation) {
  auto const& menu = menu_of(invocation);
  auto layout = menu.layout;
  if (invocation.statement.has_flag("stats")) {
    layout.detail = layout.stats;
    layout.table = layout.stats;
  }
  return run_print(invocation, view_of(menu, layout, invocation.statement.path));
}

Value listed_find(Invocation& invocation) {
  auto const& menu = menu_of(invocation);
  return run_find(invocation, view_of(menu, menu.layout, invocation.statement.path));
}

Value listed_get(Invocation& invocation) {
  auto const& menu = menu_of(invocation);
  return run_get(invocation, view_of(menu, menu.layout, invocation.statement.path));
}

}  // namespace

std::vector<std::string> const& listed_menu_paths() {
  static auto const* const kPaths = [] {
    auto* paths = new std::vector<std::string>;
    for (auto const& [path, menu] : listed_menus()) paths->push_back(path);
    return paths;
  }();
  return *kPaths;
}

MenuCommand find_listed_command(std::string_view path, std::string_view command) {
  if (!listed_menus().contains(path)) return nullptr;
  static auto const* const kCommands =
      new MenuCommands{{"print", listed_print}, {"find", listed_find}, {"get", listed_get}};
  return find_in(*kCommands, command);
}

MenuLayout const& listed_layout(std::string_view path) {
  return listed_menus().find(path)->second.layout;
}

std::vector<std::string> listed_properties(std::string_view path) {
  auto const& layout = listed_layout(path);
  std::vector<std::string> names = {".id", "comment"};
  for (auto const* some : {&layout.detail, &layout.stats})
    names.insert(names.end(), some->begin(), some->end());
  for (auto const& column : layout.flag_columns) {
    for (auto const& flag : column) names.push_back(flag.name);
  }
  return names;
}

}  // namespace rdssim::routeros
