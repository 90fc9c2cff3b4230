// Menus whose rows are plain records, from the state file ("menus") or as a new device has them: /interface,
// /ip/service, /system/package, ...: print, find and get. Commands that change rows are with their menu
// (service_menu.cpp, active_users.cpp). Used by the profiles, the state file and find_menu_command().
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "simulator/routeros/console.h"
#include "simulator/routeros/menu_support.h"

namespace rdssim::routeros {

// "/interface", ...: every menu of this room.
std::vector<std::string> const& listed_menu_paths();
// print, find, get; null for other commands and other menus.
MenuCommand find_listed_command(std::string_view path, std::string_view command);
// The rows of a menu of this room, as the state file or a command left them, or the built-in ones.
std::vector<storage::Record> listed_rows(Device::State const& state, std::string_view path);
// The same to be changed; they are kept from now on.
std::vector<storage::Record>& change_listed_rows(Device::State& state, std::string_view path);
MenuView listed_view(std::string_view path);
// Names that `where`, `get` and proplist know in a menu of this room.
std::vector<std::string> listed_properties(std::string_view path);

// How a menu of this room prints from 7.16 on.
MenuLayout const& listed_layout(std::string_view path);

}  // namespace rdssim::routeros
