// SpaceLedger: which bytes of which file take space in which pool. Bytes that a snapshot shares with its
// origin are counted once, until one of the two writes them. Model keeps it in step with files and pools;
// SparseFileImage asks it before each write, so that a pool can be full at write time.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "base/sync.h"

namespace rdssim::storage {

// Any thread may call any member at any time. Amounts are bytes; a negative free space is reported as 0.
class SpaceLedger {
 public:
  using FileId = std::uint64_t;
  using PoolId = std::uint64_t;
  // Space is taken by whole blocks of this size where only written bytes count.
  static constexpr std::int64_t kBlock = 4096;

  // Bytes [from, to) of a file. Two files that hold the same generation of the same bytes share them.
  struct Extent {
    std::int64_t from = 0, to = 0;
    std::uint64_t generation = 0;  // 0 in a saved state: nobody else's
    bool operator==(Extent const&) const = default;
  };

  // What all files of the pool may take together; less than they take already is allowed (nothing more fits).
  void set_limit(PoolId pool, std::int64_t bytes);
  std::int64_t used(PoolId pool) const;
  std::int64_t free(PoolId pool) const;

  // Takes nothing yet. `reserved`: what it once took stays taken when its blocks are zeroed.
  void add_file(FileId file, PoolId pool, bool reserved = false);
  // Before anything is loaded, for each generation that will be: nobody else writes with it.
  void reserve_generation(std::uint64_t generation);
  // As saved: no limit applies. Generations keep their meaning across the files of one saved state.
  void load_extents(FileId file, std::vector<Extent> const& extents);
  void drop(FileId file);

  // Makes the bytes the file's own: missing ones take space, shared ones are copied. False, and nothing
  // changed: the pool has too few bytes. A file nobody added takes what it likes.
  bool allocate(FileId file, std::int64_t from, std::int64_t to);
  // The same for a write into a file of `size` bytes: whole blocks.
  bool allocate_blocks(FileId file, std::int64_t offset, std::int64_t length, std::int64_t size);
  // Gives the bytes back (those nobody else holds).
  void release(FileId file, std::int64_t from, std::int64_t to);
  // Gives back the whole blocks within, unless they are reserved; the last one is whole at the file's end.
  void release_blocks(FileId file, std::int64_t offset, std::int64_t length, std::int64_t size);
  // `copy` (added, empty) shares all bytes of `origin` from now on.
  void share(FileId origin, FileId copy);

  std::vector<Extent> extents(FileId file) const;  // in order
  std::int64_t allocated(FileId file) const;       // shared bytes included
  std::int64_t exclusive(FileId file) const;       // what its removal would give back
  // Adds up every byte anew, slowly; equal to used() unless this class is wrong. For tests.
  std::int64_t recount(PoolId pool) const;

 private:
  struct Piece {
    std::int64_t to = 0;
    std::uint64_t generation = 0;
  };
  using Pieces = std::map<std::int64_t, Piece>;  // by first byte; they do not overlap
  struct File {
    PoolId pool = 0;
    bool reserved = false;
    std::uint64_t generation = 0;  // of what it writes now; no other file holds it
    Pieces pieces;
  };
  struct Pool {
    std::int64_t limit = 0, used = 0;
  };

  static void split(Pieces& pieces, std::int64_t at);
  std::int64_t held_by_others(FileId file, std::uint64_t generation, std::int64_t from,
                              std::int64_t to) const;
  void release_locked(FileId id, File& file, std::int64_t from, std::int64_t to);
  void merge_around(File& file, Pieces::iterator piece);

  mutable rdscsi::base::Mutex mutex_;
  std::map<PoolId, Pool> pools_;
  std::map<FileId, File> files_;
  // Files that may hold pieces of a generation; only where there is more than one such file.
  std::map<std::uint64_t, std::set<FileId>> holders_;
  std::uint64_t next_generation_ = 1;
};

}  // namespace rdssim::storage
