// See active_users.h.
#include "simulator/routeros/active_users.h"

#include <algorithm>

#include "simulator/routeros/listed_menus.h"
#include "simulator/routeros/menu_support.h"

namespace rdssim::routeros {

namespace {

// Ids of sessions are apart from those of rows the state file brought.
constexpr std::uint64_t kFirstSessionRow = std::uint64_t{1} << 20;

std::string group_of(Console& console, std::string const& user) {
  auto const& users = console.state().users;
  auto const found =
      std::find_if(users.begin(), users.end(), [&](User const& row) { return row.name == user; });
  return found == users.end() ? "" : found->group;
}

// EVIDENCE(inferred): request-logout of 7.16, called remove on 7.24, ends the sessions it names. [FACTS 3;
// capture 7.16; capture 7.24]
Value request_logout(Invocation& invocation) {
  auto& console = invocation.console;
  auto const targets = find_targets(invocation, listed_view("/user/active"), "numbers");
  for (auto const id : targets) {
    if (id < kFirstSessionRow) invocation.fail("failure: this session cannot be logged out");
    console.record_effect("/user/active", invocation.statement.command->name,
                          std::to_string(id - kFirstSessionRow), "");
    console.end_session(id - kFirstSessionRow);
  }
  return {};
}

}  // namespace

void add_active_users(Console& console, std::vector<storage::Record>& rows) {
  for (auto const& session : console.open_sessions()) {
    storage::Record row;
    row.id = kFirstSessionRow + session.id;
    row.properties = {{"when", wall_time_text(session.since_ns)},
                      {"name", session.user},
                      {"address", session.address},
                      {"via", session.via},
                      {"group", group_of(console, session.user)}};
    rows.push_back(std::move(row));
  }
}

MenuCommand find_active_user_command(std::string_view path, std::string_view command) {
  bool const ends = command == "request-logout" || command == "remove";
  return path == "/user/active" && ends ? request_logout : nullptr;
}

}  // namespace rdssim::routeros
