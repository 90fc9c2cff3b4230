// /user/active: who is logged in. The sessions are the front's; a command asks for them when it needs them
// (ExecutionHooks::sessions). Used by the listed menus.
#pragma once

#include <vector>

#include "simulator/routeros/console.h"

namespace rdssim::routeros {

// Rows of the sessions that are open now, behind those of the state file.
void add_active_users(Console& console, std::vector<storage::Record>& rows);
// request-logout and remove; null for other commands.
MenuCommand find_active_user_command(std::string_view path, std::string_view command);

}  // namespace rdssim::routeros
