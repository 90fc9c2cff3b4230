// The captured menu dumps from which profile.cpp builds its schemas.
#pragma once

#include <string_view>

namespace rdssim::routeros {

// Text in the form Schema's constructor reads. Static storage.
std::string_view schema_dump_7_16();
std::string_view schema_dump_7_21();
std::string_view schema_dump_7_24();

}  // namespace rdssim::routeros
