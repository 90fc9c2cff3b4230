// What the console lines of rds/volume_scripts.h and rds/snapshot_scripts.h are put together from. Used by
// their .cpp files only.
//
// Variables, one letter each because a line is short: i full slot (= volume id), s compact slot, m pool, t
// the volume's own subvolume and g its backing file as /file calls them, e outcome, c lines printed. None is
// the name of a property: `where slot=$slot` would compare the property with itself.
#pragma once

#include <string>
#include <string_view>

#include "rds/script.h"
#include "rds/volumes.h"

namespace rdscsi::rds {

// Pool of the base path is mounted, so that absence means something (incident 19). Needs m.
inline constexpr Code kPoolVisible = "[:len [/disk find mount-point=$m]]>0";

// Longest line for this territory: longer where the self-test has shown that the device takes it.
std::size_t line_bytes_max(Territory const& territory);

void open_frame(Script& script, std::string_view nonce);

// Prints the rows of the queries that were written since `:foreach p,q in={`. `p` numbers the query, `n` the
// row.
void close_frame(Script& script, std::string_view nonce);

// A query: the subvolumes whose leaf names match `pattern`.
void print_subvolumes(Script& script, std::string_view pattern);

void declare_slots(Script& script, std::string_view volume_id);
void declare_pool(Script& script, Territory const& territory);

// What follows the pool in a clean absolute directory: "/metal-csi", or nothing.
std::string below_pool(std::string_view directory);

// t, without a subvolume only g. Needs i and m.
void declare_file(Script& script, std::string_view directory, bool own_subvolume);

enum class FilePlace { any, flat, own_subvolume };

// w: the volume's file, in whatever directory below the base path a StorageClass put it. No component may
// begin with a dot, so `..` never matches. Needs the slot in `id`.
void declare_any_file(Script& script, Territory const& territory, FilePlace place = FilePlace::any,
                      Code id = "i");

// Leaves in s the slot to create: a slot that begins with pvc- and has 40 characters proves that this device
// takes such slots (FACTS 2.2).
void choose_slot(Script& script, SlotStyle style);

// The volume's own disk: type, place and mark are tested on the device. Needs i, s and w.
// `format`: an expression for the mark's fmt=.
void find_own_disk(Script& script, Territory const& territory, std::string_view format);

// What `name=` of a subvolume below `directory` begins with: names count from the filesystem's root, which is
// where the pool is mounted (the self-test proves it). "metal-csi/", or nothing.
std::string subvolume_prefix(std::string_view directory);

// An expression for the leaf names of a snapshot's subvolume: of this cluster, or whoever's
// (docs/formats.md).
std::string snapshot_pattern(std::string_view snapshot_id);
std::string own_snapshot_pattern(std::string_view snapshot_id, Territory const& territory);

}  // namespace rdscsi::rds
