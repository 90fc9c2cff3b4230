// What the menus share: finding the items a command names, the print, get and find commands over rows,
// argument checks with RouterOS' words. Private to simulator/routeros.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "simulator/routeros/console.h"
#include "simulator/routeros/row.h"
#include "simulator/storage/record.h"

namespace rdssim::routeros {

// One menu as its commands see it. `rows` is called anew whenever state may have changed.
struct MenuView {
  std::function<std::vector<Row>(Console&)> rows;
  MenuLayout const* layout = nullptr;
  std::string key;  // the property that names items: slot, name
  bool flags_in_values = false;
};

// A menu's commands by name, and the one that is meant; null for none.
using MenuCommands = std::map<std::string, MenuCommand, std::less<>>;
MenuCommand find_in(MenuCommands const& commands, std::string_view command);

// A stored property as the console's value.
Value to_value(storage::Property const& property);

Value run_print(Invocation& invocation, MenuView const& view);
// The rows that `print` shows: those that `where` and `from` choose.
std::vector<Row> selected_rows(Invocation& invocation, MenuView const& view);
// proplist=, follow and interval of a print with a form of its own. proplist chooses and orders the
// properties of the rows and the layout's table.
void keep_listed(Invocation& invocation, std::vector<Row>& rows, MenuLayout& layout);
// Print options that the device has and this console takes without effect become gaps.
void note_ignored_options(Invocation const& invocation);
// A print that goes on until it is interrupted: the channel stays open.
bool never_ends(Invocation const& invocation);
Value run_find(Invocation& invocation, MenuView const& view);
Value run_get(Invocation& invocation, MenuView const& view);

// The ids that `numbers` names: ids, id lists, names, print numbers, comma lists. Throws `no such item`.
std::vector<std::uint64_t> find_targets(Invocation& invocation, MenuView const& view,
                                        std::string const& argument);

// The item a command has come to. It may be gone by then: named twice, or removed by another session while
// this one was busy. Throws `no such item`.
template <typename Item>
Item& still_there(Invocation const& invocation, Item* item) {
  if (item == nullptr) invocation.fail("no such item");
  return *item;
}

// yes/no as the command line takes it; true/false only as a typed value (FACTS 4).
bool yes_no_argument(Invocation const& invocation, std::string const& name);
// Digits in [low, high].
std::int64_t number_argument(Invocation const& invocation, std::string const& name, std::int64_t low,
                             std::int64_t high);
// 50G, 512M, 1T or a byte count; absent for `auto`. A suffix counts in powers of `kilo`: 1024, or 1000 for
// partition-size (FACTS 1.4).
std::optional<std::int64_t> size_argument(Invocation const& invocation, std::string const& name,
                                          std::int64_t kilo = 1024);
std::string text_or(Invocation const& invocation, std::string const& name, std::string const& otherwise);
// Asks on an interactive console and ends the script unless the answer is yes. Without a terminal the
// device's switch decides whether it goes on or fails (FACTS 2.3).
void confirm(Invocation const& invocation, std::string_view prompt);
// `missing value(s) of argument(s) type name`, without a suffix (errors-add-without-arguments-7.20.8).
void require_arguments(Invocation const& invocation, std::vector<std::string> const& names);
std::vector<std::string> split_list(std::string_view text);
// "2026-02-05 03:04:05": last-modified of files, time of log lines.
std::string wall_time_text();
std::string wall_time_text(std::int64_t ns_since_1970);

}  // namespace rdssim::routeros
