// The captured menu dumps from which profile.cpp builds its schemas: schemas/*.txt, embedded at build time.
#pragma once

#include <string>
#include <string_view>

namespace rdssim::routeros {

// As captured (/console/inspect of CHR x86 with rose-storage), in the form Schema's constructor reads.
// 7.21.1 holds /disk and /file only.
std::string_view captured_schema_7_16();
std::string_view captured_schema_7_21_1();
std::string_view captured_schema_7_24();
// Menus no dump at hand has, as the vendor's pages document them.
std::string_view captured_schema_documented();

// What each profile's menus are: the dump of its version; for the seeds' device and for 7.21 composed, as
// schema_data.cpp says.
std::string schema_dump_7_16_stock();
std::string schema_dump_7_16();
std::string schema_dump_7_21();
std::string schema_dump_7_24();

}  // namespace rdssim::routeros
