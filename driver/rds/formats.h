// Names that live for ever: volume ids, slots, backing files, NQNs and the hashes that marks carry, exactly
// as driver/docs/formats.md writes them down. Used by rds::Volumes, marks and the Controller service. Pure
// functions of their arguments; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rdscsi::rds {

// `pvc-` and a lower-case UUID, 40 characters: the only ids this driver ever hands out for the default RDS.
bool is_volume_id(std::string_view text);

// The id of a CSI name: the name itself when it is an id, else a UUID (version 8) hashed from it (W-07: a
// foreign name can never become a slot).
std::string volume_id_for_name(std::string_view csi_name);

// The two forms a slot may have; `volume_id` must be a volume id. Both are looked up, one is created.
std::string full_slot(std::string_view volume_id);
std::string compact_slot(std::string_view volume_id);

// The volume a slot of either form stands for; nothing for any other slot (nvme1, raid10, snap-...,
// vm-storage-001).
std::optional<std::string> volume_id_of_slot(std::string_view slot);

// `<directory>/<volume id>.img`; `directory` is absolute and has no trailing slash.
std::string backing_file(std::string_view directory, std::string_view volume_id);

// `<directory>/<volume id>/disk.img`: where the volume has a btrfs subvolume of its own.
std::string backing_file_in_subvolume(std::string_view directory, std::string_view volume_id);

// True for a path of that form, whatever its directory.
bool is_in_own_subvolume(std::string_view path, std::string_view volume_id);

// True for `<directory>/.../<volume id>.img` and `<directory>/.../<volume id>/disk.img` below `directory`,
// the only files a volume's disk may have.
bool is_backing_file(std::string_view path, std::string_view directory, std::string_view volume_id);

// The volume whose backing file it is by its name; nothing for any other file.
std::optional<std::string> volume_id_of_file(std::string_view path, std::string_view directory);

// How the /file menu calls an absolute path: without the leading slash (FACTS 3).
std::string_view file_menu_name(std::string_view path);

// `nqn.2000-02.com.mikrotik:<volume id>`, whatever the slot form.
std::string nqn_of(std::string_view volume_id);

// Absolute, no trailing slash, no control character, no component that is empty or begins with a dot (so no
// `..`).
bool is_clean_path(std::string_view path);

// True when `path` lies strictly below `directory`, compared by whole components (W-81: `/p/csi-evil` is not
// below
// `/p/csi`). Both must be clean, else false.
bool is_below(std::string_view path, std::string_view directory);

// First component of a clean absolute path: what /disk calls the pool's mount-point.
std::string first_component(std::string_view path);

// `snap-` and a lower-case UUID, 41 characters.
bool is_snapshot_id(std::string_view text);

// The id of a CSI snapshot name: `snap-<uuid>` is the id itself, `snapshot-<uuid>` (what external-snapshotter
// sends) keeps its UUID, any other name is hashed to one (version 8).
std::string snapshot_id_for_name(std::string_view csi_name);

// The 26 base32 characters of a volume's or snapshot's UUID, and back; `id` must be one of the two.
std::string compact_uuid(std::string_view id);
std::optional<std::string> uuid_of_compact(std::string_view text);  // without prefix

inline constexpr std::size_t kNodeHashCharacters = 10;

// Hashes in marks: lower-case RFC 4648 base32 without padding over SHA-256, cut to the mark's lengths.
std::string cluster_hash(std::string_view cluster_id);             // 10 characters
std::string name_hash(std::string_view csi_name);                  // 16 characters
std::string content_fingerprint(std::string_view canonical_text);  // 8 characters
std::string node_hash(std::string_view node_id);                   // 10 characters

std::string base32(std::string_view bytes);
std::string sha256(std::string_view bytes);  // 32 raw bytes

}  // namespace rdscsi::rds
