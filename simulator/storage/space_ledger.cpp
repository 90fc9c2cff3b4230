// See space_ledger.h. A file's bytes are kept as pieces with the generation that wrote them. A snapshot
// copies the pieces and gives both files a new generation to write with, so that what is shared is what has
// the same generation at the same place.
#include "simulator/storage/space_ledger.h"

#include <algorithm>
#include <utility>

namespace rdssim::storage {

namespace {

// Lookups are no scheduling points at L1: nobody waits here, and how often a print looks at a pool must not
// decide who runs next.
struct Held {
  explicit Held(rdscsi::base::Mutex& mutex) : guard(mutex) {}
  rdscsi::base::detail::Quiet quiet;
  rdscsi::base::Guard guard;
};

}  // namespace

void SpaceLedger::set_limit(PoolId pool, std::int64_t bytes) {
  Held const held(mutex_);
  pools_[pool].limit = bytes;
}

std::int64_t SpaceLedger::used(PoolId pool) const {
  Held const held(mutex_);
  auto const found = pools_.find(pool);
  return found == pools_.end() ? 0 : found->second.used;
}

std::int64_t SpaceLedger::free(PoolId pool) const {
  Held const held(mutex_);
  auto const found = pools_.find(pool);
  return found == pools_.end() ? 0 : std::max<std::int64_t>(0, found->second.limit - found->second.used);
}

void SpaceLedger::add_file(FileId file, PoolId pool, bool reserved) {
  Held const held(mutex_);
  files_[file] = File{pool, reserved, next_generation_++, {}};
}

void SpaceLedger::reserve_generation(std::uint64_t generation) {
  Held const held(mutex_);
  next_generation_ = std::max(next_generation_, generation + 1);
}

void SpaceLedger::load_extents(FileId id, std::vector<Extent> const& extents) {
  Held const held(mutex_);
  auto const found = files_.find(id);
  if (found == files_.end()) return;
  auto& file = found->second;
  for (auto const& extent : extents) {
    if (extent.to <= extent.from) continue;
    if (extent.generation == 0) {
      release_locked(id, file, extent.from, extent.to);
      pools_[file.pool].used += extent.to - extent.from;
      file.pieces[extent.from] = {extent.to, next_generation_++};
      continue;
    }
    auto& holders = holders_[extent.generation];
    for (auto const& [other, what] : files_) {
      bool const holds = std::any_of(what.pieces.begin(), what.pieces.end(), [&](auto const& piece) {
        return piece.second.generation == extent.generation;
      });
      if (holds) holders.insert(other);
    }
    holders.insert(id);
    release_locked(id, file, extent.from, extent.to);
    auto const shared = held_by_others(id, extent.generation, extent.from, extent.to);
    pools_[file.pool].used += extent.to - extent.from - shared;
    file.pieces[extent.from] = {extent.to, extent.generation};
  }
}

void SpaceLedger::drop(FileId id) {
  Held const held(mutex_);
  auto const found = files_.find(id);
  if (found == files_.end()) return;
  auto& file = found->second;
  if (!file.pieces.empty()) {
    release_locked(id, file, file.pieces.begin()->first, std::prev(file.pieces.end())->second.to);
  }
  for (auto at = holders_.begin(); at != holders_.end();) {
    at->second.erase(id);
    at = at->second.size() < 2 ? holders_.erase(at) : std::next(at);
  }
  files_.erase(found);
}

// Makes `at` a border between pieces.
void SpaceLedger::split(Pieces& pieces, std::int64_t at) {
  auto after = pieces.upper_bound(at);
  if (after == pieces.begin()) return;
  auto& before = *std::prev(after);
  if (before.first == at || before.second.to <= at) return;
  pieces[at] = before.second;
  before.second.to = at;
}

std::int64_t SpaceLedger::held_by_others(FileId file, std::uint64_t generation, std::int64_t from,
                                         std::int64_t to) const {
  auto const holders = holders_.find(generation);
  if (holders == holders_.end()) return 0;
  std::vector<std::pair<std::int64_t, std::int64_t>> parts;
  for (FileId const other : holders->second) {
    auto const found = files_.find(other);
    if (other == file || found == files_.end()) continue;
    auto const& pieces = found->second.pieces;
    auto at = pieces.upper_bound(from);
    if (at != pieces.begin()) --at;
    for (; at != pieces.end() && at->first < to; ++at) {
      if (at->second.generation != generation || at->second.to <= from) continue;
      parts.emplace_back(std::max(from, at->first), std::min(to, at->second.to));
    }
  }
  std::sort(parts.begin(), parts.end());
  std::int64_t covered = 0, reached = from;
  for (auto const& [begin, end] : parts) {
    covered += std::max<std::int64_t>(0, end - std::max(begin, reached));
    reached = std::max(reached, end);
  }
  return covered;
}

void SpaceLedger::release_locked(FileId id, File& file, std::int64_t from, std::int64_t to) {
  split(file.pieces, from);
  split(file.pieces, to);
  auto& used = pools_[file.pool].used;
  auto at = file.pieces.lower_bound(from);
  while (at != file.pieces.end() && at->first < to) {
    used -= at->second.to - at->first - held_by_others(id, at->second.generation, at->first, at->second.to);
    at = file.pieces.erase(at);
  }
}

// Neighbours that one writer made are one piece, so that a file written in order stays one.
void SpaceLedger::merge_around(File& file, Pieces::iterator piece) {
  auto const next = std::next(piece);
  if (next != file.pieces.end() && next->first == piece->second.to &&
      next->second.generation == piece->second.generation) {
    piece->second.to = next->second.to;
    file.pieces.erase(next);
  }
  if (piece == file.pieces.begin()) return;
  auto const before = std::prev(piece);
  if (before->second.to == piece->first && before->second.generation == piece->second.generation) {
    before->second.to = piece->second.to;
    file.pieces.erase(piece);
  }
}

bool SpaceLedger::allocate(FileId id, std::int64_t from, std::int64_t to) {
  if (to <= from) return true;
  Held const held(mutex_);
  auto const found = files_.find(id);
  if (found == files_.end()) return true;
  auto& file = found->second;
  auto& pool = pools_[file.pool];
  std::int64_t own = 0;  // bytes that cost nothing: held already, and by nobody else
  auto at = file.pieces.upper_bound(from);
  if (at != file.pieces.begin()) --at;
  if (at != file.pieces.end() && at->first <= from && at->second.to >= to &&
      at->second.generation == file.generation) {
    return true;  // the usual case: written before
  }
  for (; at != file.pieces.end() && at->first < to; ++at) {
    auto const begin = std::max(from, at->first), end = std::min(to, at->second.to);
    if (end > begin) own += end - begin - held_by_others(id, at->second.generation, begin, end);
  }
  if (pool.used + (to - from - own) > pool.limit && to - from > own) return false;
  release_locked(id, file, from, to);
  pool.used += to - from;
  merge_around(file, file.pieces.insert_or_assign(from, Piece{to, file.generation}).first);
  return true;
}

bool SpaceLedger::allocate_blocks(FileId file, std::int64_t offset, std::int64_t length, std::int64_t size) {
  auto const end = (offset + length + kBlock - 1) / kBlock * kBlock;
  return length <= 0 || allocate(file, offset / kBlock * kBlock, std::min(end, std::max(size, offset)));
}

void SpaceLedger::release(FileId id, std::int64_t from, std::int64_t to) {
  if (to <= from) return;
  Held const held(mutex_);
  auto const found = files_.find(id);
  if (found != files_.end()) release_locked(id, found->second, from, to);
}

void SpaceLedger::release_blocks(FileId file, std::int64_t offset, std::int64_t length, std::int64_t size) {
  auto const from = (offset + kBlock - 1) / kBlock * kBlock;
  auto const end = offset + length >= size ? size : (offset + length) / kBlock * kBlock;
  Held const held(mutex_);
  auto const found = files_.find(file);
  if (found == files_.end() || found->second.reserved || end <= from) return;
  release_locked(file, found->second, from, end);
}

void SpaceLedger::share(FileId origin, FileId copy) {
  Held const held(mutex_);
  auto const from = files_.find(origin), to = files_.find(copy);
  if (from == files_.end() || to == files_.end() || origin == copy) return;
  to->second.pieces = from->second.pieces;
  for (auto const& [begin, piece] : from->second.pieces) {
    auto& holders = holders_[piece.generation];
    holders.insert(origin);
    holders.insert(copy);
  }
  from->second.generation = next_generation_++;
  to->second.generation = next_generation_++;
}

std::vector<SpaceLedger::Extent> SpaceLedger::extents(FileId file) const {
  Held const held(mutex_);
  std::vector<Extent> list;
  if (auto const found = files_.find(file); found != files_.end()) {
    for (auto const& [from, piece] : found->second.pieces) list.push_back({from, piece.to, piece.generation});
  }
  return list;
}

std::int64_t SpaceLedger::allocated(FileId file) const {
  std::int64_t bytes = 0;
  for (auto const& extent : extents(file)) bytes += extent.to - extent.from;
  return bytes;
}

std::int64_t SpaceLedger::exclusive(FileId file) const {
  auto const list = extents(file);
  Held const held(mutex_);
  std::int64_t bytes = 0;
  for (auto const& extent : list) {
    bytes += extent.to - extent.from - held_by_others(file, extent.generation, extent.from, extent.to);
  }
  return bytes;
}

std::int64_t SpaceLedger::recount(PoolId pool) const {
  Held const held(mutex_);
  std::map<std::uint64_t, std::vector<std::pair<std::int64_t, std::int64_t>>> by_generation;
  for (auto const& [id, file] : files_) {
    if (file.pool != pool) continue;
    for (auto const& [from, piece] : file.pieces)
      by_generation[piece.generation].emplace_back(from, piece.to);
  }
  std::int64_t bytes = 0;
  for (auto& [generation, parts] : by_generation) {
    std::sort(parts.begin(), parts.end());
    std::int64_t reached = parts.front().first;
    for (auto const& [from, to] : parts) {
      bytes += std::max<std::int64_t>(0, to - std::max(from, reached));
      reached = std::max(reached, to);
    }
  }
  return bytes;
}

}  // namespace rdssim::storage
