// Shared behaviour of list menus: targets, print forms, get, find, argument checks.
#include "simulator/routeros/menu_support.h"

#include <algorithm>
#include <unordered_set>

#include "base/time.h"
#include "simulator/routeros/printers.h"

namespace rdssim::routeros {

namespace {

using Kind = Value::Kind;

// The layout of the profile where that version prints the menu otherwise: then the rows show its properties
// only.
MenuLayout layout_of(Invocation const& invocation, MenuView const& view, std::vector<Row>& rows) {
  auto const& layouts = invocation.console.profile().layouts;
  auto const other = layouts.find(invocation.statement.path);
  if (other == layouts.end()) return *view.layout;
  for (auto& row : rows) {
    std::erase_if(row.fields,
                  [&](Field const& field) { return !contains(other->second.detail, field.name); });
  }
  return other->second;
}

// 7.24's order-by=: rows by the values of one property after the other; numbers by size, the rest as text.
void order_rows(Invocation& invocation, std::vector<Row>& rows) {
  if (!invocation.has("order-by")) return;
  auto const names = split_list(invocation.at("order-by").text());
  auto const& known = invocation.console.profile().schema->menu(invocation.statement.path)->properties;
  for (auto const& name : names) {
    if (!contains(known, name)) throw ScriptError{"input does not match any value of order-by"};
  }
  std::stable_sort(rows.begin(), rows.end(), [&](Row const& left, Row const& right) {
    for (auto const& name : names) {
      auto const* first = left.find(name);
      auto const* second = right.find(name);
      if (first == nullptr || second == nullptr) {
        if (first != second) return first == nullptr;
        continue;
      }
      bool const numbers = first->is(Kind::number) && second->is(Kind::number);
      if (numbers && first->as_number() != second->as_number())
        return first->as_number() < second->as_number();
      if (!numbers && first->text() != second->text()) return first->text() < second->text();
    }
    return false;
  });
}

// Without `detail`, as-value holds the columns of the table.
void keep_table_columns(std::vector<Row>& rows, MenuLayout const& layout) {
  for (auto& row : rows) {
    std::erase_if(row.fields, [&](Field const& field) { return !contains(layout.table, field.name); });
  }
}

// EVIDENCE(documented): Print numbers are a session's: they name what its last print showed, also when rows
// came or went since. [FACTS 4]
void remember_printed(Invocation const& invocation, std::vector<Row> const& rows) {
  auto const& memory = invocation.console.session().memory;
  if (memory == nullptr) return;
  auto& printed = memory->printed[invocation.statement.path];
  printed.clear();
  for (auto const& row : rows) printed[static_cast<std::int64_t>(row.number)] = row.id;
}

// The id behind a number of this session's last print of the menu; nothing where it printed none.
std::optional<std::uint64_t> printed_as(Invocation const& invocation, std::int64_t number) {
  auto const& memory = invocation.console.session().memory;
  if (memory == nullptr) return std::nullopt;
  auto const printed = memory->printed.find(invocation.statement.path);
  if (printed == memory->printed.end()) return std::nullopt;
  auto const found = printed->second.find(number);
  if (found == printed->second.end()) invocation.fail("no such item");
  return found->second;
}

std::uint64_t target_of(Invocation const& invocation, std::vector<Row> const& rows, MenuView const& view,
                        Value const& value) {
  auto const text = value.text();
  for (auto const& row : rows) {
    if (storage::format_id(row.id) == text) return row.id;
    auto const* key = row.find(view.key);
    if (key != nullptr && key->text() == text) return row.id;
  }
  std::int64_t number = 0;
  if (parse_number(text, number)) {
    if (auto const id = printed_as(invocation, number)) {
      for (auto const& row : rows) {
        if (row.id == *id) return row.id;
      }
      invocation.fail("no such item");
    }
    for (auto const& row : rows) {
      if (static_cast<std::int64_t>(row.number) == number) return row.id;
    }
  }
  invocation.fail("no such item");
}

}  // namespace

std::vector<Row> selected_rows(Invocation& invocation, MenuView const& view) {
  auto rows = view.rows(invocation.console);
  std::erase_if(rows,
                [&](Row const& row) { return !invocation.console.matches(invocation.statement.where, row); });
  if (!invocation.has("from")) return rows;
  auto const targets = find_targets(invocation, view, "from");
  std::unordered_set<std::uint64_t> const wanted(targets.begin(), targets.end());
  std::erase_if(rows, [&](Row const& row) { return !wanted.contains(row.id); });
  return rows;
}

// proplist= chooses and orders the properties; an unknown name is refused like any enum value.
void keep_listed(Invocation& invocation, std::vector<Row>& rows, MenuLayout& layout) {
  if (!invocation.has("proplist")) return;
  auto const& given = invocation.at("proplist");
  auto names = split_list(given.text());
  if (given.is(Kind::array)) {
    names.clear();
    for (auto const& element : given.as_array().list) names.push_back(element.text());
  }
  auto const& known = invocation.console.profile().schema->menu(invocation.statement.path)->properties;
  for (auto const& name : names) {
    if (!contains(known, name)) throw ScriptError{"input does not match any value of proplist"};
  }
  for (auto& row : rows) {
    std::vector<Field> kept;
    for (auto const& name : names) {
      for (auto const* list : {&row.fields, &row.hidden}) {
        for (auto const& field : *list) {
          if (field.name == name) kept.push_back(field);
        }
      }
    }
    row.fields = std::move(kept);
  }
  layout.table = names;
}

bool never_ends(Invocation const& invocation) {
  return invocation.statement.has_flag("follow") || invocation.statement.has_flag("follow-only") ||
         invocation.has("follow") || invocation.has("follow-only") || invocation.has("interval");
}

void note_ignored_options(Invocation const& invocation) {
  static std::vector<std::string> const kHonoured = {
      "detail", "terse",          "as-value", "count-only", "brief",       "without-paging", "proplist",
      "from",   "show-sensitive", "order-by", "follow",     "follow-only", "interval"};
  auto const note = [&](std::string const& name) {
    if (!contains(kHonoured, name))
      invocation.console.state().add_gap(invocation.statement.path + "/print " + name);
  };
  for (auto const& flag : invocation.statement.flags) note(flag);
  for (auto const& [name, value] : invocation.arguments) note(name);
}

MenuCommand find_in(MenuCommands const& commands, std::string_view command) {
  auto const found = commands.find(command);
  return found == commands.end() ? nullptr : found->second;
}

Value to_value(storage::Property const& property) {
  if (auto const* truth = std::get_if<bool>(&property)) return Value::boolean(*truth);
  if (auto const* number = std::get_if<std::int64_t>(&property)) return Value::number(*number);
  return Value::string(std::get<std::string>(property));
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    auto const comma = std::min(text.find(','), text.size());
    parts.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

std::string wall_time_text() {
  return wall_time_text(rdscsi::base::wall_now_ns());
}

std::string wall_time_text(std::int64_t ns_since_1970) {
  auto text = rdscsi::base::format_wall_time(ns_since_1970).substr(0, 19);
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text;
}

std::vector<std::uint64_t> find_targets(Invocation& invocation, MenuView const& view,
                                        std::string const& argument) {
  require_arguments(invocation, {argument});
  auto const& given = invocation.at(argument);
  auto const rows = view.rows(invocation.console);
  std::vector<std::uint64_t> ids;
  if (given.is(Kind::array)) {
    // Ids of a find: thousands of them against thousands of rows.
    std::unordered_set<std::uint64_t> there;
    for (auto const& row : rows) there.insert(row.id);
    for (auto const& element : given.as_array().list) {
      auto const id = element.is(Kind::id) ? storage::parse_id(element.text()) : std::nullopt;
      ids.push_back(id && there.contains(*id) ? *id : target_of(invocation, rows, view, element));
    }
    return ids;
  }
  if (given.empty()) return ids;
  // The whole text may be one name that holds commas; only then is it a list.
  for (auto const& row : rows) {
    auto const* key = row.find(view.key);
    if (key != nullptr && key->text() == given.text()) return {row.id};
  }
  auto const parts = split_list(given.text());
  if (parts.empty()) invocation.fail("no such item");
  for (auto const& part : parts) ids.push_back(target_of(invocation, rows, view, Value::string(part)));
  return ids;
}

Value run_print(Invocation& invocation, MenuView const& view) {
  auto& console = invocation.console;
  auto const& statement = invocation.statement;
  note_ignored_options(invocation);
  auto rows = selected_rows(invocation, view);
  if (statement.has_flag("count-only")) {
    auto const count = Value::number(static_cast<std::int64_t>(rows.size()));
    if (!invocation.bracketed) console.put(count.text());
    return count;
  }
  order_rows(invocation, rows);
  auto layout = layout_of(invocation, view, rows);
  keep_listed(invocation, rows, layout);
  bool const detail = statement.has_flag("detail");
  auto const& style = console.profile().print;
  if (statement.has_flag("as-value")) {
    bool const chosen = invocation.has("proplist");
    if (!detail && !chosen) keep_table_columns(rows, layout);
    Value::Array records;
    auto const* flags = view.flags_in_values && !chosen ? &layout.flag_columns : nullptr;
    for (auto const& row : rows) records.list.push_back(as_value(row, flags));
    return Value::array(std::move(records));
  }
  if (statement.has_flag("follow-only") || invocation.has("follow-only")) throw RunsForever{};
  remember_printed(invocation, rows);
  if (statement.has_flag("terse")) {
    console.write(print_terse(rows, layout, style));
  } else if (detail) {
    console.write(print_detail(rows, layout, style, console.session().width));
  } else if (!layout.old_table.columns.empty() && !invocation.has("proplist")) {
    console.write(print_old_table(rows, layout, style, console.session().width));
  } else {
    console.write(print_table(rows, layout, style, console.session().width));
  }
  if (never_ends(invocation)) throw RunsForever{};
  return {};
}

Value run_find(Invocation& invocation, MenuView const& view) {
  Value::Array ids;
  for (auto const& row : selected_rows(invocation, view)) {
    ids.list.push_back(Value::id(storage::format_id(row.id)));
  }
  return Value::array(std::move(ids));
}

Value run_get(Invocation& invocation, MenuView const& view) {
  auto const ids = find_targets(invocation, view, "number");
  auto const rows = view.rows(invocation.console);
  auto const row = std::find_if(rows.begin(), rows.end(), [&](Row const& candidate) {
    return !ids.empty() && candidate.id == ids.front();
  });
  if (row == rows.end()) invocation.fail("no such item");
  if (!invocation.has("value-name"))
    return as_value(*row, view.flags_in_values ? &view.layout->flag_columns : nullptr);
  auto const name = invocation.at("value-name").text();
  auto const& known = invocation.console.profile().schema->menu(invocation.statement.path)->properties;
  if (!contains(known, name)) throw ScriptError{"input does not match any value of value-name"};
  if (name == ".id") return Value::id(storage::format_id(row->id));
  if (auto const* value = row->find(name)) return *value;
  for (auto const& column : view.layout->flag_columns) {
    for (auto const& flag : column) {
      if (flag.name == name) return Value::boolean(row->flags.contains(name));
    }
  }
  return {};
}

void require_arguments(Invocation const& invocation, std::vector<std::string> const& names) {
  std::string missing;
  for (auto const& name : names) {
    if (!invocation.has(name)) missing += " " + name;
  }
  if (!missing.empty()) throw ScriptError{"missing value(s) of argument(s)" + missing};
}

bool yes_no_argument(Invocation const& invocation, std::string const& name) {
  auto const& value = invocation.at(name);
  if (value.is(Kind::boolean)) return value.as_bool();
  auto const text = value.text();
  if (text == "yes") return true;
  if (text == "no") return false;
  throw ScriptError{"input does not match any value of " + name};
}

std::int64_t number_argument(Invocation const& invocation, std::string const& name, std::int64_t low,
                             std::int64_t high) {
  std::int64_t number = 0;
  if (!parse_number(invocation.at(name).text(), number))
    throw ScriptError{"invalid value for argument " + name};
  if (number < low || number > high) {
    throw ScriptError{"value of " + name + " is out of range (" + std::to_string(low) + " .. " +
                      std::to_string(high) + ")"};
  }
  return number;
}

std::optional<std::int64_t> size_argument(Invocation const& invocation, std::string const& name,
                                          std::int64_t kilo) {
  auto text = invocation.at(name).text();
  if (text == "auto") return std::nullopt;
  std::int64_t scale = 1;
  constexpr std::string_view kSuffixes = "KMGT";
  if (auto const suffix = text.empty() ? std::string_view::npos : kSuffixes.find(text.back());
      suffix != std::string_view::npos) {
    for (std::size_t at = 0; at <= suffix; ++at) scale *= kilo;
    text.pop_back();
  }
  std::int64_t number = 0;
  constexpr std::int64_t kLargest = std::int64_t{1} << 60;
  if (!parse_number(text, number) || number < 0 || number > kLargest / scale) {
    throw ScriptError{"invalid value for argument " + name};
  }
  return number * scale;
}

std::string text_or(Invocation const& invocation, std::string const& name, std::string const& otherwise) {
  return invocation.has(name) ? invocation.at(name).text() : otherwise;
}

void confirm(Invocation const& invocation, std::string_view prompt) {
  auto& console = invocation.console;
  if (!console.session().interactive) {
    if (!console.state().exec_needs_no_answer)
      throw ScriptError{console.state().error("asks-without-terminal")};
    return;
  }
  auto const answer = console.ask(prompt);
  if (answer != "y" && answer != "Y" && answer != "yes") throw ReturnSignal{};
}

}  // namespace rdssim::routeros
