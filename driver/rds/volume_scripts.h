// The console lines rds::Volumes sends, one per question or change. Each prints the frame that rds/reply.h
// reads, tests its preconditions on the device itself (rule 3: nobody else's memory is trusted) and fits into
// kLineBytesMax. `nonce` is eight hexadecimal digits drawn for this exec. Pure functions; thread-safe.
//
// Rows printed: `e` (what became of the change: empty = not attempted, `made`, or the error text RouterOS
// gave), disks (with `slot`; the pool's row among them) and files (with `name`).
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "rds/mark.h"
#include "rds/volumes.h"

namespace rdscsi::rds {

// What a change script reports in `e` when all of it went through without an error.
inline constexpr std::string_view kMade = "made";

// What create_script reports in `e` instead when the volume's origin is not there, or greater than the limit.
inline constexpr std::string_view kNoOrigin = "none";
inline constexpr std::string_view kOriginTooBig = "big";

enum class LeftoverFile { refuse, remove };

// Adds the disk, with VolumeSpec::own_subvolume in a new subvolume that begins as its origin was, if the pool
// is visible and neither a disk nor a file of this volume is there. With
// LeftoverFile::remove a file of exactly our path that no disk refers to is removed first: it is what a
// half-done delete leaves, and a new volume must be blank (rule 1).
base::StatusOr<std::string> create_script(std::string_view nonce, Territory const& territory,
                                          VolumeSpec const& spec, Mark const& mark, LeftoverFile leftover);

// Removes the entry in `slot` if it bears exactly `mark` and has no file, and adds the disk anew.
base::StatusOr<std::string> remake_script(std::string_view nonce, Territory const& territory,
                                          VolumeSpec const& spec, Mark const& mark, std::string_view slot);

// Sets export, port, NQN and mount-filesystem of the disk in `slot` if it bears exactly `mark`.
base::StatusOr<std::string> repair_script(std::string_view nonce, Territory const& territory,
                                          VolumeSpec const& spec, Mark const& mark, std::string_view slot);

// Removes what a failed add left: an entry that bears exactly `mark` and is incomplete, then the file, if no
// disk refers to it (incident 21).
base::StatusOr<std::string> clear_script(std::string_view nonce, Territory const& territory,
                                         VolumeSpec const& spec, Mark const& mark);

// Removes the volume's disk and file, if they are ours (incidents 25, 27; W-07).
base::StatusOr<std::string> remove_script(std::string_view nonce, Territory const& territory,
                                          std::string_view volume_id);

// Sets file-size of the volume's disk, if it is ours and smaller.
base::StatusOr<std::string> expand_script(std::string_view nonce, Territory const& territory,
                                          ExpandSpec const& spec);

// What publish_script reports in `e` when the volume had never been offered to a node.
inline constexpr std::string_view kFirstOffer = "first";

// Marks the volume as held by the node, turns its export on and allows its host, unless the mark says that
// another node (with `shared`: two others) has it. Only a disk that bears this cluster's mark. A shared
// volume is a block volume, which nobody formats: its first offer is not reported.
base::StatusOr<std::string> publish_script(std::string_view nonce, Territory const& territory,
                                           PublishSpec const& spec);

// Puts `adopted` into the comment of the volume's unmarked disk and exports it as publish_script does.
base::StatusOr<std::string> adopt_script(std::string_view nonce, Territory const& territory,
                                         PublishSpec const& spec, Mark const& adopted);

// Sets NQN and mount-filesystem of the volume's disk, if the mark says that the node holds it.
base::StatusOr<std::string> mend_script(std::string_view nonce, Territory const& territory,
                                        PublishSpec const& spec);

// Takes the node out of the mark; with the last one the export goes off and no host is allowed.
base::StatusOr<std::string> unpublish_script(std::string_view nonce, Territory const& territory,
                                             UnpublishSpec const& spec);

base::StatusOr<std::string> get_script(std::string_view nonce, Territory const& territory,
                                       std::string_view volume_id);
base::StatusOr<std::string> list_script(std::string_view nonce, Territory const& territory);
base::StatusOr<std::string> pool_script(std::string_view nonce, Territory const& territory);

// All file disks, the image files below the base path, and, where there are subvolumes, those of volumes and
// of this cluster's snapshots and self-tests.
base::StatusOr<std::string> inventory_script(std::string_view nonce, Territory const& territory);

}  // namespace rdscsi::rds
