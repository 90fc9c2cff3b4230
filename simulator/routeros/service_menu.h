// /ip/service: which services listen where, and for whom. Used by the menu table and, of the service ssh, by
// whatever plays the SSH server.
#pragma once

#include "simulator/routeros/console.h"

namespace rdssim::routeros {

// set, enable, disable; null for other commands. print, find and get: listed_menus.h.
MenuCommand find_service_command(std::string_view path, std::string_view command);
Device::ServiceRules service_rules(Device::State const& state, std::string_view name);

}  // namespace rdssim::routeros
