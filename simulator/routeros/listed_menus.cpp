// print, find and get of the listed menus.
#include "simulator/routeros/listed_menus.h"

#include "simulator/routeros/active_users.h"
#include "simulator/routeros/listed_layouts.h"
#include "simulator/routeros/menu_support.h"

namespace rdssim::routeros {

namespace {

ListedMenu const& menu_of(Invocation const& invocation) {
  return listed_menus().find(invocation.statement.path)->second;
}

Style style_of(ListedMenu const& menu, std::string const& name, storage::Property const& property) {
  if (contains(menu.quoted, name)) return Style::quoted;
  if (auto const told = menu.styles.find(name); told != menu.styles.end()) return told->second;
  if (std::holds_alternative<bool>(property)) return Style::yes_no;
  return std::holds_alternative<std::int64_t>(property) ? Style::plain : Style::bare;
}

// Under which name rows keep what this version shows as `shown`; "" if it shows it under another name.
std::string kept_name(Profile const& profile, std::string const& path, std::string const& shown) {
  auto const renamed = profile.renamed.find(path);
  if (renamed == profile.renamed.end()) return shown;
  for (auto const& [kept, name] : renamed->second) {
    if (name == shown) return kept;
    if (kept == shown) return "";
  }
  return shown;
}

Row to_row(Profile const& profile, std::string const& path, ListedMenu const& menu, MenuLayout const& layout,
           storage::Record const& record, std::size_t number) {
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
    auto const found = record.properties.find(kept_name(profile, path, name));
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
    auto records = listed_rows(console.state(), path);
    if (path == "/user/active") add_active_users(console, records);
    for (auto const& record : records)
      all.push_back(to_row(console.profile(), path, menu, layout, record, all.size()));
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
  return run_find(invocation, listed_view(invocation.statement.path));
}

Value listed_get(Invocation& invocation) {
  return run_get(invocation, listed_view(invocation.statement.path));
}

}  // namespace

std::vector<storage::Record> listed_rows(Device::State const& state, std::string_view path) {
  auto const kept = state.listed.find(std::string(path));
  if (kept != state.listed.end()) return kept->second;
  auto const built_in = listed_menus().find(path)->second.built_in;
  return built_in == nullptr ? std::vector<storage::Record>{} : built_in(*state.profile);
}

std::vector<storage::Record>& change_listed_rows(Device::State& state, std::string_view path) {
  auto rows = listed_rows(state, path);
  return state.listed.insert_or_assign(std::string(path), std::move(rows)).first->second;
}

MenuView listed_view(std::string_view path) {
  auto const& menu = listed_menus().find(path)->second;
  return view_of(menu, menu.layout, std::string(path));
}

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
