// The listed menus as data: how each prints and what a new device has in it. Private to listed_menus.cpp and
// the profiles, which know how older versions print the same menus.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "simulator/routeros/profile.h"
#include "simulator/routeros/property_table.h"
#include "simulator/storage/record.h"

namespace rdssim::routeros {

struct ListedMenu {
  MenuLayout layout;
  std::vector<std::string> quoted = {};  // properties that print in quotes
  // The rows while nobody changed any; null: none.
  std::vector<storage::Record> (*built_in)(Profile const&) = nullptr;
  // Of properties that print otherwise than values of their type do.
  std::map<std::string, Style, std::less<>> styles = {};
};

// By path; the process' own, immutable.
std::map<std::string, ListedMenu, std::less<>> const& listed_menus();

}  // namespace rdssim::routeros
