// What the menus share: finding the items a command names, the print, get and find commands over rows,
// argument checks with RouterOS' words. Private to simulator/routeros.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "simulator/routeros/console.h"
#include "simulator/routeros/row.h"

namespace rdssim::routeros {

// One menu as its commands see it. `rows` is called anew whenever state may have changed.
struct MenuView {
  std::function<std::vector<Row>(Console&)> rows;
  MenuLayout const* layout = nullptr;
  std::string key;  // the property that names items: slot, name
  bool flags_in_values = false;
};

Value run_print(Invocation& invocation, MenuView const& view);
Value run_find(Invocation& invocation, MenuView const& view);
Value run_get(Invocation& invocation, MenuView const& view);

// The ids that `numbers` names: ids, id lists, names, print numbers, comma lists. Throws `no such item`.
std::vector<std::uint64_t> find_targets(Invocation& invocation, MenuView const& view,
                                        std::string const& argument);

// yes/no as the command line takes it; true/false only as a typed value (FACTS 4).
bool yes_no_argument(Invocation const& invocation, std::string const& name);
// Digits in [low, high].
std::int64_t number_argument(Invocation const& invocation, std::string const& name, std::int64_t low,
                             std::int64_t high);
// 50G, 512M, 1T (binary) or a byte count; absent for `auto`.
std::optional<std::int64_t> size_argument(Invocation const& invocation, std::string const& name);
// `missing value(s) of argument(s) type name`, without a suffix (errors-add-without-arguments-7.20.8).
void require_arguments(Invocation const& invocation, std::vector<std::string> const& names);
std::vector<std::string> split_list(std::string_view text);
// "2026-02-05 03:04:05": last-modified of files, time of log lines.
std::string wall_time_text();

}  // namespace rdssim::routeros
