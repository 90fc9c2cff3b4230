// Model: the disks and files of one simulated RDS, the space they take in their pools, and what is visible
// while a pool is not mounted, btrfs subvolumes and snapshots, and the bytes behind the files. The console
// (simulator/routeros) checks arguments and words errors; here live the rules. Source: FACTS 2.2, 2.3 and 3.
// Not thread-safe: the device's owner serialises; hosts write through images meanwhile.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/storage/record.h"
#include "simulator/storage/space_ledger.h"
#include "simulator/storage/sparse_file_image.h"

namespace rdssim::storage {

// Why a change was refused. RouterOS' words for each are in simulator/routeros/error_texts.cpp.
enum class Refusal {
  none,
  pool_full,       // the pool has fewer free bytes than the file needs
  slot_exists,     // another disk has this slot
  file_in_use,     // another disk item shows this file, or a disk item holds the file that is to go
  no_such_parent,  // the directory of file-path is not visible: missing, or its pool is not mounted
  file_exists,     // /file add of a name that is taken
  not_a_file,      // file-path names a directory
  directory_not_empty,
  shrink,              // the new file-size is below the old one
  size_missing,        // file-size=auto and no such file
  read_only,           // the file or its directory lies in a read-only snapshot
  no_such_filesystem,  // no mounted btrfs has this label or slot
  no_such_subvolume,
  subvolume_exists,     // a file, directory or subvolume has this name
  subvolume_not_empty,  // other subvolumes lie in it
  no_bytes,             // a disk whose bytes this simulator does not keep: hardware, raid
  beyond_end,           // a copy does not fit into its destination or begins beyond its source
  no_room_on_disk,      // a partition overlaps another or ends beyond its parent
  host_failed,          // this machine could not hold the bytes
  other_filesystem,     // a file is to be renamed into another pool
};

// What no device has told us yet (FACTS 9), as switches.
struct Rules {
  // EVIDENCE(unknown): Whether a new file takes all its bytes at once or only those written. [FACTS 9.1;
  // switch sparse_files]
  bool sparse_files = false;  // false: a file takes all its bytes at once; true: only bytes written count
  // EVIDENCE(unknown): Whether two disks may show one file. [FACTS 9.1; switch share_files]
  bool share_files = false;  // two disk items may show one file
  // EVIDENCE(unknown): Whether /file remove takes a file that a disk shows. [FACTS 9.6; switch
  // remove_files_in_use]
  bool remove_files_in_use = true;  // /file remove of a file a disk item shows
  // EVIDENCE(unknown): Whether set takes a smaller file-size. [FACTS 9.3; switch shrink_files]
  bool shrink_files = true;  // /disk set file-size= below the present size
  // EVIDENCE(unknown): Whether mount-filesystem=yes makes the server mount what a host made inside an image.
  // [FACTS 2.2; switch mount_found_filesystems]
  bool mount_found_filesystems = true;  // mount-filesystem=yes mounts what hosts made inside an image
};

// A mounted filesystem: a disk row with a mount point, and the flash the device boots from (mount point "").
struct Pool {
  std::uint64_t disk_id = 0;  // 0: the boot flash
  std::string mount_point;    // no slashes at either end
  bool mounted = true;
  std::int64_t size = 0;        // bytes of the block device
  std::int64_t overhead = 0;    // bytes of `size` that the filesystem does not offer
  std::int64_t other_used = 0;  // bytes taken by what is not in our list of files; set by reserve()
  bool gone = false;            // its disk was removed: what lies on it is out of reach
};

class Model {
 public:
  Model();

  Rules rules;
  ImageStore images;  // bytes of files, by file id; made when hosts or scenarios want them

  // Print order. Rows are addressed by id across calls: pointers die with the next change.
  std::vector<Record> const& disks() const { return disks_; }
  std::vector<Record> const& all_files() const { return files_; }
  std::vector<Pool> const& pools() const { return pools_; }

  // Null when there is none.
  Record const* disk_by_id(std::uint64_t id) const;
  Record const* disk_by_slot(std::string_view slot) const;
  // Files of pools that are not mounted are invisible to these two.
  Record const* file_by_name(std::string_view name) const;
  std::vector<Record> visible_files() const;
  // The same by name, for who looks for many; the pointers die with the next change.
  std::map<std::string, Record const*, std::less<>> visible_files_by_name() const;
  Record const* file_by_id(std::uint64_t id) const;

  // --- loading: no rules applied; ids below the next free one move it up ---
  void load_disk(Record disk);
  // `extents`: which bytes take space and are shared; absent: property `allocated`, else all of its size.
  void load_file(Record file, std::optional<std::vector<SpaceLedger::Extent>> extents = std::nullopt);
  void reserve_generation(std::uint64_t generation) { ledger_->reserve_generation(generation); }
  void load_subvolume(Record subvolume);
  void load_pool(Pool pool);
  // After everything is loaded: makes `free` of the pool come out as given (the rest is other_used).
  void settle_pool(std::uint64_t disk_id, std::int64_t free_bytes);
  std::uint64_t next_disk_id = 1;
  std::uint64_t next_file_id = 1;
  std::uint64_t next_subvolume_id = 256;  // btrfs numbers subvolumes from here

  // --- changes: all or nothing; `when` is the last-modified text of files they touch ---
  // `disk` holds what the command gave; slot, size, file-path, model are completed here. Sets `id` on
  // EVIDENCE(confirmed): size is the exact byte count of file-size, not rounded to sectors. [FACTS 2.2;
  // capture disk-print-detail-file-lun-7.24-rds2216]
  // success. Granularity: exact bytes, nothing is rounded to sectors (CHEAT shows exact sizes).
  Refusal add_disk(Record disk, std::string_view when, std::uint64_t& id);
  // Overwrites the given properties; grows or shrinks the backing file when file-size is among them.
  Refusal set_disk(std::uint64_t id, std::map<std::string, Property, std::less<>> const& changes,
                   std::string_view when);
  // The backing file stays (FACTS 2.2).
  void unset_disk(std::uint64_t id, std::string_view property);
  void remove_disk(std::uint64_t id);
  Refusal add_file(std::string_view name, std::string_view type, std::string_view contents,
                   std::string_view when, std::uint64_t& id);
  Refusal remove_file(std::uint64_t id);
  // A directory takes what is in it along. Within its pool only, and not what disks or subvolumes lie in.
  Refusal rename_file(std::uint64_t id, std::string_view name);
  Refusal set_contents(std::uint64_t id, std::string_view contents, std::string_view when);
  Refusal copy_file(std::uint64_t id, std::string_view name, std::string_view when, std::uint64_t& copy);
  // At most `length` bytes from `offset` on; fewer at the end. Errors are this machine's.
  absl::StatusOr<std::string> read_file(Record const& file, std::int64_t offset, std::int64_t length);

  // --- btrfs subvolumes (model_subvolumes.cpp; FACTS 2.3): fs (the pool's slot), name (path below its mount
  // point), read-only, snapshot, uuid, ... ---
  std::vector<Record> const& subvolumes() const { return subvolumes_; }
  Record const* subvolume_by_id(std::uint64_t id) const;
  // The subvolume a file of this name belongs to; null: the filesystem's root.
  Record const* subvolume_of(std::string_view file_name) const;
  // The mounted btrfs with this label or slot; null when there is none.
  Pool const* pool_of_subvolume(Record const& subvolume) const;  // null: its disk is gone
  Pool const* btrfs(std::string_view label_or_slot) const;
  // `origin` empty: an empty subvolume; else a snapshot of that subvolume, with the files and bytes of this
  // moment but without the subvolumes in it. Shares space with its origin.
  Refusal add_subvolume(std::string_view fs, std::string_view name, std::string_view origin, bool read_only,
                        std::string_view when, std::uint64_t& id);
  Refusal set_subvolume_read_only(std::uint64_t id, bool read_only);
  Refusal remove_subvolume(std::uint64_t id);  // and all files in it

  // --- arrays and partitions (model_arrays.cpp) ---
  // Makes the array of this slot follow its members: roles, states, size, model; a disk that is no array is
  // left alone. Called where members change; loaded rows are taken as they are. Linux md's arithmetic with
  // superblocks at the end (version 1.0), checked against disk-print-detail-raid10-7.24-rds2216.
  void settle_array(std::string_view slot);

  // --- bytes ---
  // The image of a visible file, as large as the file. Errors are this machine's.
  absl::StatusOr<std::shared_ptr<SparseFileImage>> image_of(Record const& file);
  std::int64_t allocated(std::uint64_t file_id) const { return ledger_->allocated(file_id); }
  std::vector<SpaceLedger::Extent> extents(std::uint64_t file_id) const { return ledger_->extents(file_id); }
  bool shares_bytes(std::uint64_t file_id) const {
    return ledger_->exclusive(file_id) != ledger_->allocated(file_id);
  }
  // Equal to what the ledger says unless somebody counted wrong; slow, for tests.
  bool accounts_balance() const;
  // Copies bytes between the files of two disks (FACTS 9.4 and 9.10 are open); all of it takes space.
  // All or nothing: a caller that
  // wants a copy to take time asks for it in parts, and what was copied before stays.
  Refusal copy_bytes(std::uint64_t from_disk, std::int64_t from, std::uint64_t to_disk, std::int64_t to,
                     std::int64_t length);

  // A new, empty filesystem on the disk, or none (`system` "-"); all that was there is lost. A file disk can
  // only be wiped (no_bytes else).
  Refusal format_disk(std::uint64_t id, std::string_view system, std::string_view label,
                      std::string_view uuid);

  // --- the server mounts what it finds in images (model_mounts.cpp; the hazard of FACTS 2.2) ---
  // Looks into the image of a type=file disk with mount-filesystem=yes, and mounts a filesystem that a host
  // made there: the disk shows it, the file counts a `server-mounts`, and the bytes of an ext4 really change.
  // False: nothing to mount.
  bool mount_found_filesystem(std::uint64_t disk_id, std::int64_t unix_seconds);
  void unmount_found_filesystem(std::uint64_t disk_id);

  // --- the world ---
  Pool const* pool_of_disk(std::uint64_t disk_id) const;
  std::int64_t free_bytes(Pool const& pool) const;        // never below 0
  bool set_mounted(std::string_view slot, bool mounted);  // false: no such pool
  // While a device boots, no pool is mounted whatever set_mounted() says.
  void set_pools_started(bool started);
  bool mounted(Pool const& pool) const;
  bool reserve(std::string_view slot, std::int64_t bytes);  // adds to other_used; negative gives back

 private:
  explicit Model(std::shared_ptr<SpaceLedger> ledger);
  Record* find_disk(std::uint64_t id);
  Record* find_disk_slot(std::string_view slot);
  Record* find_file(std::string_view name);
  Pool const* pool_of_path(std::string_view name) const;
  bool visible(Record const& file) const;
  bool parent_visible(std::string_view name) const;
  bool writable(std::string_view name) const;  // not in a read-only subvolume
  Record* find_file_id(std::uint64_t id);
  std::int64_t used_by_files(Pool const& pool) const { return ledger_->used(pool.disk_id); }
  void update_limit(Pool const& pool);
  void show_availability();
  // Makes [0, to) of the file its own where files take all their bytes at once.
  bool reserve_bytes(std::uint64_t file_id, std::int64_t from, std::int64_t to);
  void settle_image(Record const& file);
  void erase_file(std::uint64_t id);
  Refusal place_partition(Record& disk);
  void release_members(std::string_view slot);
  Refusal back_with_file(Record& disk, std::string_view when);
  Refusal grow_file(Record& file, std::int64_t size);
  Refusal wipe_image(Record const& disk);
  Refusal copy_files(Pool const& pool, std::string_view origin, std::string_view name, bool read_only);

  std::vector<Record> disks_;
  std::vector<Record> files_;
  std::vector<Pool> pools_;
  std::vector<Record> subvolumes_;
  bool pools_started_ = true;
  std::shared_ptr<SpaceLedger> ledger_;
};

// `/storage-pool//a.img/` -> `storage-pool/a.img`: how /file names what disks call file-path.
std::string file_name_of(std::string_view path);
// Where a subvolume lies: `storage-pool/snapshots/monday`.
std::string subvolume_path(Pool const& pool, Record const& subvolume);
// RouterOS' type column: `.img file` from the name's last dot, `file` without one (FACTS 3).
std::string file_type_of(std::string_view name);

}  // namespace rdssim::storage
