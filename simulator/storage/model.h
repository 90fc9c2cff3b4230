// Model: the disks and files of one simulated RDS, the space they take in their pools, and what is visible
// while a pool is not mounted. The console (simulator/routeros) checks arguments and words errors; here live
// the rules. Source: FACTS 2.2 and 3. Not thread-safe: the device's owner serialises.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/storage/record.h"

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
  shrink,        // the new file-size is below the old one
  size_missing,  // file-size=auto and no such file
};

// What no device has told us yet (FACTS 9), as switches.
struct Rules {
  bool sparse_files = false;  // false: a file takes all its bytes at once; true: only bytes written count
  bool share_files = false;   // two disk items may show one file
  bool remove_files_in_use = true;  // /file remove of a file a disk item shows
  bool shrink_files = true;         // /disk set file-size= below the present size
};

// A mounted filesystem: a disk row with a mount point, and the flash the device boots from (mount point "").
struct Pool {
  std::uint64_t disk_id = 0;  // 0: the boot flash
  std::string mount_point;    // no slashes at either end
  bool mounted = true;
  std::int64_t size = 0;        // bytes of the block device
  std::int64_t overhead = 0;    // bytes of `size` that the filesystem does not offer
  std::int64_t other_used = 0;  // bytes taken by what is not in our list of files; set by reserve()
};

class Model {
 public:
  Rules rules;

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
  void load_file(Record file);
  void load_pool(Pool pool);
  // After everything is loaded: makes `free` of the pool come out as given (the rest is other_used).
  void settle_pool(std::uint64_t disk_id, std::int64_t free_bytes);
  std::uint64_t next_disk_id = 1;
  std::uint64_t next_file_id = 1;

  // --- changes: all or nothing; `when` is the last-modified text of files they touch ---
  // `disk` holds what the command gave; slot, size, file-path, model are completed here. Sets `id` on
  // success. Granularity: exact bytes, nothing is rounded to sectors (CHEAT shows exact sizes).
  Refusal add_disk(Record disk, std::string_view when, std::uint64_t& id);
  // Overwrites the given properties; grows or shrinks the backing file when file-size is among them.
  Refusal set_disk(std::uint64_t id, std::map<std::string, Property, std::less<>> const& changes,
                   std::string_view when);
  // The backing file stays (FACTS 2.2).
  void remove_disk(std::uint64_t id);
  Refusal add_file(std::string_view name, std::string_view type, std::string_view contents,
                   std::string_view when, std::uint64_t& id);
  Refusal remove_file(std::uint64_t id);

  // --- the world ---
  Pool const* pool_of_disk(std::uint64_t disk_id) const;
  std::int64_t free_bytes(Pool const& pool) const;          // never below 0
  bool set_mounted(std::string_view slot, bool mounted);    // false: no such pool
  bool reserve(std::string_view slot, std::int64_t bytes);  // adds to other_used; negative gives back

 private:
  Record* find_disk(std::uint64_t id);
  Record* find_file(std::string_view name);
  Pool const* pool_of_path(std::string_view name) const;
  bool visible(Record const& file) const;
  bool parent_visible(std::string_view name) const;
  std::int64_t used_by_files(Pool const& pool) const;
  Refusal back_with_file(Record& disk, std::string_view when);

  std::vector<Record> disks_;
  std::vector<Record> files_;
  std::vector<Pool> pools_;
};

// `/storage-pool//a.img/` -> `storage-pool/a.img`: how /file names what disks call file-path.
std::string file_name_of(std::string_view path);
// RouterOS' type column: `.img file` from the name's last dot, `file` without one (FACTS 3).
std::string file_type_of(std::string_view name);

}  // namespace rdssim::storage
