// Model: btrfs subvolumes and snapshots. A subvolume is a directory of its filesystem; a file belongs to the
// innermost one around it. Names, ids and rules are btrfs'; what RouterOS adds is FACTS 2.3.
#include <algorithm>

#include "base/random.h"
#include "simulator/storage/model.h"

namespace rdssim::storage {

namespace {

bool lies_in(std::string_view name, std::string_view directory) {
  return name.size() > directory.size() && name.starts_with(directory) && name[directory.size()] == '/';
}

// Stable for the same filesystem and subvolume id, so that a run repeats.
std::string uuid_of(std::uint64_t disk_id, std::uint64_t subvolume_id) {
  auto stream = rdscsi::base::RandomStream(disk_id).derive("subvolume " + std::to_string(subvolume_id));
  return stream.hex(8) + "-" + stream.hex(4) + "-4" + stream.hex(3) + "-a" + stream.hex(3) + "-" +
         stream.hex(12);
}

}  // namespace

std::string subvolume_path(Pool const& pool, Record const& subvolume) {
  return pool.mount_point + "/" + subvolume.text("name");
}

Record const* Model::subvolume_by_id(std::uint64_t id) const {
  auto const found =
      std::find_if(subvolumes_.begin(), subvolumes_.end(), [&](Record const& row) { return row.id == id; });
  return found == subvolumes_.end() ? nullptr : &*found;
}

Pool const* Model::pool_of_subvolume(Record const& subvolume) const {
  auto const* disk = disk_by_slot(subvolume.text("fs"));
  return disk == nullptr ? nullptr : pool_of_disk(disk->id);
}

Record const* Model::subvolume_of(std::string_view file_name) const {
  Record const* innermost = nullptr;
  std::size_t longest = 0;
  for (auto const& subvolume : subvolumes_) {
    auto const* pool = pool_of_subvolume(subvolume);
    if (pool == nullptr) continue;
    auto const path = subvolume_path(*pool, subvolume);
    if ((path == file_name || lies_in(file_name, path)) && path.size() > longest) {
      innermost = &subvolume;
      longest = path.size();
    }
  }
  return innermost;
}

bool Model::writable(std::string_view name) const {
  if (subvolumes_.empty()) return true;
  auto const* subvolume = subvolume_of(name);
  if (subvolume == nullptr) return true;
  // The directory entry of a subvolume belongs to what is around it.
  auto const* pool = pool_of_subvolume(*subvolume);
  if (pool != nullptr && subvolume_path(*pool, *subvolume) == name) {
    auto const slash = name.rfind('/');
    return slash == std::string_view::npos || writable(name.substr(0, slash));
  }
  return !subvolume->flag("read-only");
}

Pool const* Model::btrfs(std::string_view label_or_slot) const {
  for (auto const& pool : pools_) {
    auto const* disk = disk_by_id(pool.disk_id);
    if (disk == nullptr || disk->text("fs") != "btrfs" || !mounted(pool)) continue;
    if (disk->text("slot") == label_or_slot || disk->text("fs-label") == label_or_slot) return &pool;
  }
  return nullptr;
}

// The files of `origin` again under `name`, sharing their bytes; subvolumes within become empty directories.
Refusal Model::copy_files(Pool const& pool, std::string_view origin, std::string_view name, bool read_only) {
  auto const before = files_;
  for (auto const& file : before) {
    auto const from = file.text("name");
    if (!lies_in(from, origin)) continue;
    auto const* owner = subvolume_of(from);
    auto const* owner_pool = owner == nullptr ? nullptr : pool_of_subvolume(*owner);
    bool const nested = owner_pool != nullptr && subvolume_path(*owner_pool, *owner) != origin;
    if (nested && subvolume_path(*owner_pool, *owner) != from) continue;
    Record copy = file;
    copy.id = next_file_id++;
    copy.set("name", std::string(name) + from.substr(origin.size()));
    images.forget(copy.id);
    ledger_->add_file(copy.id, pool.disk_id, !rules.sparse_files);
    if (images.has_bytes(file.id)) {
      auto const source = images.image(file.id, file.number("size"));
      auto const target = images.image(copy.id, file.number("size"));
      if (!source.ok() || !target.ok() || !(*source)->copy_to(**target).ok()) return Refusal::host_failed;
      (*target)->set_read_only(read_only);
    }
    ledger_->share(file.id, copy.id);
    files_.push_back(std::move(copy));
  }
  return Refusal::none;
}

// EVIDENCE(documented): A snapshot holds its origin's files of that moment, not the subvolumes in it, and
// shares their space. [FACTS 7.6]
Refusal Model::add_subvolume(std::string_view fs, std::string_view name, std::string_view origin,
                             bool read_only, std::string_view when, std::uint64_t& id) {
  auto const* pool = btrfs(fs);
  if (pool == nullptr) return Refusal::no_such_filesystem;
  Pool const where = *pool;
  auto const slot = disk_by_id(where.disk_id)->text("slot");
  Record row{.id = next_subvolume_id, .properties = {}};
  row.set("fs", slot);
  row.set("name", file_name_of(name));
  auto const path = subvolume_path(where, row);
  if (row.text("name").empty() || find_file(path) != nullptr) return Refusal::subvolume_exists;
  if (!parent_visible(path)) return Refusal::no_such_parent;
  if (!writable(path)) return Refusal::read_only;
  row.set("uuid", uuid_of(where.disk_id, row.id));
  if (!origin.empty()) {
    auto const wanted = file_name_of(origin);
    auto const source = std::find_if(subvolumes_.begin(), subvolumes_.end(), [&](Record const& other) {
      return other.text("fs") == slot && other.text("name") == wanted;
    });
    if (source == subvolumes_.end()) return Refusal::no_such_subvolume;
    row.set("parent", wanted);
    row.set("parent-uuid", source->text("uuid"));
    row.set("snapshot", true);
    auto const refusal = copy_files(where, subvolume_path(where, *source), path, read_only);
    if (refusal != Refusal::none) {
      std::vector<std::uint64_t> made;
      for (auto const& file : files_) {
        if (lies_in(file.text("name"), path)) made.push_back(file.id);
      }
      for (auto const file : made) erase_file(file);
      return refusal;
    }
  }
  row.set("read-only", read_only);
  row.set("creation-time", std::string(when));
  Record directory{.id = next_file_id++, .properties = {}};
  directory.set("name", path);
  directory.set("type", std::string("directory"));
  directory.set("last-modified", std::string(when));
  ledger_->add_file(directory.id, where.disk_id);
  files_.push_back(std::move(directory));
  id = next_subvolume_id++;
  subvolumes_.push_back(std::move(row));
  return Refusal::none;
}

Refusal Model::set_subvolume_read_only(std::uint64_t id, bool read_only) {
  for (auto& subvolume : subvolumes_) {
    if (subvolume.id == id) subvolume.set("read-only", read_only);
  }
  for (auto const& file : files_) {
    if (auto const image = images.find(file.id)) image->set_read_only(!writable(file.text("name")));
  }
  return Refusal::none;
}

Refusal Model::remove_subvolume(std::uint64_t id) {
  auto const* subvolume = subvolume_by_id(id);
  if (subvolume == nullptr) return Refusal::none;
  auto const* pool = pool_of_subvolume(*subvolume);
  if (pool == nullptr || !mounted(*pool)) return Refusal::no_such_filesystem;
  auto const path = subvolume_path(*pool, *subvolume);
  for (auto const& other : subvolumes_) {
    auto const* place = pool_of_subvolume(other);
    // EVIDENCE(inferred): A subvolume with others in it cannot be removed, as in btrfs. [FACTS 2.3]
    if (place != nullptr && lies_in(subvolume_path(*place, other), path)) return Refusal::subvolume_not_empty;
  }
  std::vector<std::uint64_t> files;
  for (auto const& file : files_) {
    if (file.text("name") == path || lies_in(file.text("name"), path)) files.push_back(file.id);
  }
  if (!rules.remove_files_in_use) {
    for (auto const& disk : disks_) {
      if (disk.has("file-path") && lies_in(file_name_of(disk.text("file-path")), path))
        return Refusal::file_in_use;
    }
  }
  for (auto const file : files) erase_file(file);
  std::erase_if(subvolumes_, [&](Record const& row) { return row.id == id; });
  return Refusal::none;
}

}  // namespace rdssim::storage
