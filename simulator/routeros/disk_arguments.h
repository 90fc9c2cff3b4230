// What /disk add and set were given, as typed properties. Used by disk_menu.cpp.
#pragma once

#include <map>
#include <string>

#include "simulator/routeros/console.h"
#include "simulator/storage/record.h"

namespace rdssim::routeros {

using Changes = std::map<std::string, storage::Property, std::less<>>;

// Checked in the words of FACTS 2.5; throws them. `auto` leaves a property out.
Changes read_disk_arguments(Invocation const& invocation);
// The limit of FACTS 2.2, where it is switched on.
void check_disk_slot(Invocation const& invocation, Changes const& changes);
void check_disk_type(Invocation const& invocation);

}  // namespace rdssim::routeros
