// /user, /user/group, /user/ssh-keys as the menu table and the profiles see them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "simulator/routeros/console.h"

namespace rdssim::routeros {

MenuCommand find_user_command(std::string_view path, std::string_view command);
// Names that `where`, `get` and proplist know.
std::vector<std::string> user_properties(std::string_view path);

}  // namespace rdssim::routeros
