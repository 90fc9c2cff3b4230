// The implemented menus by path. Private to simulator/routeros.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "simulator/routeros/console.h"

namespace rdssim::routeros {

MenuCommand find_disk_command(std::string_view command);
MenuCommand find_disk_tool(std::string_view command);    // disk_tools.cpp: what does not change rows
MenuCommand find_disk_format(std::string_view command);  // disk_format.cpp
MenuCommand find_subvolume_command(std::string_view command);
MenuCommand find_filesystem_command(std::string_view command);
MenuCommand find_file_command(std::string_view command);
MenuCommand find_resource_command(std::string_view command);
MenuCommand find_identity_command(std::string_view command);
MenuCommand find_log_command(std::string_view command);

// The NQN a disk is exported under: the one that was set, else the profile's default.
std::string nqn_of(Profile const& profile, storage::Record const& disk);
// Properties that /disk add completes.
std::map<std::string, storage::Property, std::less<>> disk_defaults(Profile const& profile);
struct MenuView;
MenuView disk_view(Console& console);
// Throws the device's words for a refusal; nothing for none.
void refuse(Invocation const& invocation, storage::Refusal refusal);
// The key in error_texts.h; "" for none.
std::string error_key(storage::Refusal refusal);

}  // namespace rdssim::routeros
