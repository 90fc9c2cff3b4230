// /file: print, get, find, add, remove. FACTS 3. Names carry no leading slash; files of a pool that is not
// mounted are invisible.
#include "simulator/routeros/menu_support.h"
#include "simulator/routeros/menus.h"

namespace rdssim::routeros {

namespace {

using storage::Record;
using storage::Refusal;

// EVIDENCE(confirmed): In /file all but the package properties are unquoted. [FACTS 3; capture
// file-print-detail-7.16.1]
Style style_of_file(std::string_view name) {
  if (name == "size") return Style::binary;
  bool const package = name == "package-name" || name == "package-version" || name == "package-architecture";
  return package || name == "contents" ? Style::quoted : Style::bare;
}

Row to_row(Console& console, Record const& file, std::size_t number) {
  Row row{.id = file.id, .number = number, .fields = {}, .hidden = {}, .flags = {}, .comment = {}};
  for (auto const& name : console.profile().file.detail) {
    // Until 7.16 the time is called creation-time (FACTS 3).
    auto const found = file.properties.find(name == "creation-time" ? "last-modified" : name);
    if (found != file.properties.end())
      row.fields.push_back({name, to_value(found->second), style_of_file(name)});
  }
  if (file.has("contents"))
    row.hidden.push_back({"contents", Value::string(file.text("contents")), Style::quoted});
  if (file.flag("shared")) row.flags.insert("shared");
  return row;
}

// EVIDENCE(confirmed): Names of /file have no leading slash. [FACTS 2.2; capture
// file-print-detail-7.21-rds-80col]
std::vector<Row> file_rows(Console& console) {
  std::vector<Row> rows;
  for (auto const& file : console.state().storage.visible_files())
    rows.push_back(to_row(console, file, rows.size()));
  return rows;
}

MenuView file_view(Console& console) {
  return {file_rows, &console.profile().file, "name", false};
}

Value file_add(Invocation& invocation) {
  auto& console = invocation.console;
  auto& state = console.state();
  require_arguments(invocation, {"name"});
  auto const type = text_or(invocation, "type", "file");
  if (type != "file" && type != "directory") throw ScriptError{"input does not match any value of type"};
  auto const contents = text_or(invocation, "contents", "");
  auto const name = storage::file_name_of(invocation.at("name").text());
  std::uint64_t id = 0;
  auto const refusal = state.storage.add_file(name, type, contents, wall_time_text(), id);
  if (refusal != Refusal::none) invocation.fail(state.error(error_key(refusal)));
  console.record_effect("/file", "add", name, "type=" + type);
  return Value::id(storage::format_id(id));
}

// EVIDENCE(documented): /file remove prints nothing. [FACTS 3]
Value file_remove(Invocation& invocation) {
  auto& console = invocation.console;
  auto& state = console.state();
  for (auto const id : find_targets(invocation, file_view(console), "numbers")) {
    console.busy(state.timing.file_remove);
    auto const* file = state.storage.file_by_id(id);
    if (file == nullptr) invocation.fail("no such item");
    auto const name = file->text("name");
    auto const refusal = state.storage.remove_file(id);
    if (refusal == Refusal::file_in_use) invocation.fail(state.error("file-in-use"));
    if (refusal != Refusal::none) invocation.fail(state.error(error_key(refusal)));
    console.record_effect("/file", "remove", name, "");
  }
  return {};
}

Value file_print(Invocation& invocation) {
  return run_print(invocation, file_view(invocation.console));
}
Value file_find(Invocation& invocation) {
  return run_find(invocation, file_view(invocation.console));
}
Value file_get(Invocation& invocation) {
  return run_get(invocation, file_view(invocation.console));
}

}  // namespace

MenuCommand find_file_command(std::string_view command) {
  static MenuCommands const kCommands = {{"add", file_add},
                                         {"remove", file_remove},
                                         {"print", file_print},
                                         {"find", file_find},
                                         {"get", file_get}};
  return find_in(kCommands, command);
}

}  // namespace rdssim::routeros
