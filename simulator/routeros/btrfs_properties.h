// What `where`, `get` and print know of /disk/btrfs rows: names in print order. Used by the schema and the
// menus. No real print of these menus is captured (FACTS 2.3): order as documented.
#pragma once

#include <string>
#include <vector>

namespace rdssim::routeros {

std::vector<std::string> subvolume_properties();
std::vector<std::string> filesystem_properties();

}  // namespace rdssim::routeros
