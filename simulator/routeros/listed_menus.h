// Menus that only list rows of the state file ("menus"): /interface, /ip/address, ... Nothing in the
// simulator acts on them; what is known of them are the shapes of their print output. Used by the profiles,
// the state file and find_menu_command(). A menu that gets commands of its own leaves this room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "simulator/routeros/console.h"

namespace rdssim::routeros {

// "/interface", ...: every menu of this room.
std::vector<std::string> const& listed_menu_paths();
// print, find, get; null for other commands and other menus.
MenuCommand find_listed_command(std::string_view path, std::string_view command);
// Names that `where`, `get` and proplist know in a menu of this room.
std::vector<std::string> listed_properties(std::string_view path);

// How a menu of this room prints from 7.16 on.
MenuLayout const& listed_layout(std::string_view path);

}  // namespace rdssim::routeros
