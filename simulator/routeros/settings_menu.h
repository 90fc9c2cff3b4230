// Menus of one item. Their values live in Device::State::settings, only those that were changed. Used by the
// menu table (system_menus.cpp) and the state file.
#pragma once

#include <string_view>

#include "simulator/routeros/console.h"
#include "simulator/storage/record.h"

namespace rdssim::routeros {

MenuCommand find_settings_command(std::string_view path, std::string_view command);
// What it is now: as it was set, or as it usually is. The menu and the property must exist.
storage::Property setting_value(Device::State const& state, std::string_view path, std::string_view name);
// Whether a menu of one item has this property, of this type.
bool is_setting(std::string_view path, std::string_view name, storage::Property const& value);

}  // namespace rdssim::routeros
