// /file: print, get, find, add, remove. FACTS 3. Names carry no leading slash; files of a pool that is not
// mounted are invisible.
#include <algorithm>

#include "simulator/routeros/menu_support.h"
#include "simulator/routeros/menus.h"
#include "simulator/routeros/printers.h"

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

// Contents of more than this are no property (FACTS 3).
constexpr std::size_t kContentsMax = std::size_t{60} * 1024;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    auto const end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
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
  refuse(invocation, state.storage.add_file(name, type, contents, wall_time_text(), id));
  console.record_effect("/file", "add", name, "type=" + type);
  return Value::id(storage::format_id(id));
}

// EVIDENCE(documented): /file remove prints nothing. [FACTS 3]
Value file_remove(Invocation& invocation) {
  auto& console = invocation.console;
  auto& state = console.state();
  for (auto const id : find_targets(invocation, file_view(console), "numbers")) {
    console.busy(state.timing.file_remove);
    auto const name = still_there(invocation, state.storage.file_by_id(id)).text("name");
    auto const refusal = state.storage.remove_file(id);
    if (refusal == Refusal::file_in_use) invocation.fail(state.error("file-in-use"));
    refuse(invocation, refusal);
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

// EVIDENCE(documented): Contents of a file are set up to 60 KiB. [FACTS 3]
Value file_set(Invocation& invocation) {
  auto& console = invocation.console;
  auto& storage = console.state().storage;
  auto const contents = text_or(invocation, "contents", "");
  if (contents.size() > kContentsMax) throw ScriptError{"invalid value for argument contents"};
  if (invocation.has("type")) console.state().add_gap("/file/set type");
  for (auto const id : find_targets(invocation, file_view(console), "numbers")) {
    auto const name = still_there(invocation, storage.file_by_id(id)).text("name");
    if (invocation.has("contents")) refuse(invocation, storage.set_contents(id, contents, wall_time_text()));
    if (invocation.has("name")) refuse(invocation, storage.rename_file(id, invocation.at("name").text()));
    console.record_effect("/file", "set", name, "");
  }
  return {};
}

// The one file that an argument names.
Record const& file_named(Invocation& invocation, std::string const& argument) {
  auto const ids = find_targets(invocation, file_view(invocation.console), argument);
  if (ids.size() != 1) invocation.fail("no such item");
  return *invocation.console.state().storage.file_by_id(ids.front());
}

std::string bytes_of(Invocation const& invocation, Record const& file, std::int64_t offset,
                     std::int64_t length) {
  auto bytes = invocation.console.state().storage.read_file(file, offset, length);
  if (!bytes.ok()) invocation.fail(invocation.console.state().error("host-failed"));
  return *std::move(bytes);
}

// EVIDENCE(confirmed): /file read prints one chunk as `  data: ` and its bytes. [capture file-read]
// EVIDENCE(documented): chunk-size of /file read is 1 to 32768. [FACTS 3]
Value file_read(Invocation& invocation) {
  constexpr std::int64_t kChunkMax = 32'768;
  auto const offset = invocation.has("offset")
                          ? number_argument(invocation, "offset", 0, std::int64_t{1} << 60)
                          : std::int64_t{0};
  auto const length =
      invocation.has("chunk-size") ? number_argument(invocation, "chunk-size", 1, kChunkMax) : kChunkMax;
  auto const data = bytes_of(invocation, file_named(invocation, "file"), offset, length);
  Value::Array map;
  map.keyed["data"] = Value::string(data);
  if (invocation.statement.has_flag("as-value") || invocation.bracketed) return Value::array(std::move(map));
  invocation.console.write(print_keys({{"data", data}}, 0));
  return {};
}

Value file_copy(Invocation& invocation) {
  auto& console = invocation.console;
  require_arguments(invocation, {"number", "name"});
  auto const id = file_named(invocation, "number").id;
  auto const name = storage::file_name_of(invocation.at("name").text());
  std::uint64_t copy = 0;
  refuse(invocation, console.state().storage.copy_file(id, name, wall_time_text(), copy));
  console.record_effect("/file", "copy", name, "");
  return {};
}

// The first or last lines of a text. Of long files only the ends are looked at.
// EVIDENCE(inferred): head and tail print lines as they are, ten of them; numbered= puts their numbers before
// them. [capture 7.24]
Value file_lines(Invocation& invocation) {
  constexpr std::int64_t kWindow = std::int64_t{1} << 20;
  auto const& file = file_named(invocation, "number");
  bool const head = invocation.statement.command->name == "head";
  auto const wanted = invocation.has("n") ? number_argument(invocation, "n", 1, 10'000) : std::int64_t{10};
  auto const size = file.number("size");
  auto const text = bytes_of(invocation, file, head ? 0 : std::max<std::int64_t>(0, size - kWindow), kWindow);
  auto lines = lines_of(text);
  auto const count = std::min(lines.size(), static_cast<std::size_t>(wanted));
  std::size_t const first = head ? 0 : lines.size() - count;
  bool const numbered = invocation.has("numbered") && yes_no_argument(invocation, "numbered");
  Value::Array values;
  for (std::size_t at = first; at < first + count; ++at) {
    values.list.push_back(Value::string(lines[at]));
    if (!invocation.statement.has_flag("as-value"))
      invocation.console.put((numbered ? std::to_string(at + 1) + " " : "") + lines[at]);
  }
  return invocation.statement.has_flag("as-value") ? Value::array(std::move(values)) : Value();
}

}  // namespace

MenuCommand find_file_command(std::string_view command) {
  static MenuCommands const kCommands = {{"add", file_add},       {"copy", file_copy},   {"head", file_lines},
                                         {"read", file_read},     {"set", file_set},     {"tail", file_lines},
                                         {"remove", file_remove}, {"print", file_print}, {"find", file_find},
                                         {"get", file_get}};
  return find_in(kCommands, command);
}

}  // namespace rdssim::routeros
