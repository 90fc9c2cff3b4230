// The storage rules: who may exist beside whom, what takes space, what a lost mount hides.
#include "simulator/storage/model.h"

#include <algorithm>

namespace rdssim::storage {

namespace {

std::string_view first_component(std::string_view name) {
  return name.substr(0, name.find('/'));
}

std::int64_t allocated(Record const& file) {
  return file.number("allocated", file.number("size"));
}

template <typename Rows>
auto find_id(Rows& rows, std::uint64_t id) {
  auto found = std::find_if(rows.begin(), rows.end(), [&](Record const& row) { return row.id == id; });
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace

std::string file_name_of(std::string_view path) {
  std::string name;
  for (char c : path) {
    if (c == '/' && (name.empty() || name.back() == '/')) continue;
    name += c;
  }
  if (!name.empty() && name.back() == '/') name.pop_back();
  return name;
}

std::string file_type_of(std::string_view name) {
  auto const leaf = name.substr(name.rfind('/') + 1);  // npos + 1 == 0: the whole name
  auto const dot = leaf.rfind('.');
  return dot == std::string_view::npos ? "file" : std::string(leaf.substr(dot)) + " file";
}

Record const* Model::disk_by_id(std::uint64_t id) const {
  return find_id(disks_, id);
}
Record* Model::find_disk(std::uint64_t id) {
  return find_id(disks_, id);
}

Record const* Model::disk_by_slot(std::string_view slot) const {
  auto found =
      std::find_if(disks_.begin(), disks_.end(), [&](Record const& d) { return d.text("slot") == slot; });
  return found == disks_.end() ? nullptr : &*found;
}

Record* Model::find_file(std::string_view name) {
  auto found =
      std::find_if(files_.begin(), files_.end(), [&](Record const& f) { return f.text("name") == name; });
  return found == files_.end() ? nullptr : &*found;
}

Record const* Model::file_by_name(std::string_view name) const {
  auto found = std::find_if(files_.begin(), files_.end(),
                            [&](Record const& f) { return f.text("name") == name && visible(f); });
  return found == files_.end() ? nullptr : &*found;
}

Record const* Model::file_by_id(std::uint64_t id) const {
  auto const* file = find_id(files_, id);
  return file != nullptr && visible(*file) ? file : nullptr;
}

std::vector<Record> Model::visible_files() const {
  std::vector<Record> shown;
  std::copy_if(files_.begin(), files_.end(), std::back_inserter(shown),
               [&](Record const& f) { return visible(f); });
  return shown;
}

std::map<std::string, Record const*, std::less<>> Model::visible_files_by_name() const {
  std::map<std::string, Record const*, std::less<>> shown;
  for (auto const& file : files_) {
    if (visible(file)) shown.emplace(file.text("name"), &file);
  }
  return shown;
}

void Model::load_disk(Record disk) {
  next_disk_id = std::max(next_disk_id, disk.id + 1);
  disks_.push_back(std::move(disk));
}

void Model::load_file(Record file) {
  next_file_id = std::max(next_file_id, file.id + 1);
  files_.push_back(std::move(file));
}

void Model::load_pool(Pool pool) {
  pools_.push_back(std::move(pool));
}

void Model::settle_pool(std::uint64_t disk_id, std::int64_t wanted) {
  for (auto& pool : pools_) {
    if (pool.disk_id == disk_id) pool.other_used = pool.size - pool.overhead - wanted - used_by_files(pool);
  }
}

Pool const* Model::pool_of_disk(std::uint64_t disk_id) const {
  auto found =
      std::find_if(pools_.begin(), pools_.end(), [&](Pool const& p) { return p.disk_id == disk_id; });
  return found == pools_.end() ? nullptr : &*found;
}

Pool const* Model::pool_of_path(std::string_view name) const {
  Pool const* flash = nullptr;
  for (auto const& pool : pools_) {
    if (pool.mount_point.empty()) flash = &pool;
    if (!pool.mount_point.empty() && pool.mount_point == first_component(name)) return &pool;
  }
  return flash;
}

bool Model::visible(Record const& file) const {
  auto const* pool = pool_of_path(file.text("name"));
  return pool == nullptr || pool->mounted;
}

// The parent must be a visible directory. A pool's root counts while the pool is mounted; a name without a
// slash lies on the boot flash, which is always there.
bool Model::parent_visible(std::string_view name) const {
  auto const slash = name.rfind('/');
  if (slash == std::string_view::npos) return true;
  auto const* pool = pool_of_path(name);
  if (pool != nullptr && !pool->mounted) return false;
  auto const parent = name.substr(0, slash);
  if (pool != nullptr && pool->mount_point == parent) return true;
  auto const* entry = file_by_name(parent);
  return entry != nullptr && (entry->text("type") == "directory" || entry->text("type") == "disk");
}

std::int64_t Model::used_by_files(Pool const& pool) const {
  std::int64_t used = 0;
  for (auto const& file : files_) {
    if (pool_of_path(file.text("name")) == &pool) used += allocated(file);
  }
  return used;
}

std::int64_t Model::free_bytes(Pool const& pool) const {
  return std::max<std::int64_t>(0, pool.size - pool.overhead - pool.other_used - used_by_files(pool));
}

bool Model::set_mounted(std::string_view slot, bool mounted) {
  auto const* disk = disk_by_slot(slot);
  for (auto& pool : pools_) {
    if (disk != nullptr && pool.disk_id == disk->id) {
      pool.mounted = mounted;
      return true;
    }
  }
  return false;
}

bool Model::reserve(std::string_view slot, std::int64_t bytes) {
  auto const* disk = disk_by_slot(slot);
  for (auto& pool : pools_) {
    if (disk != nullptr && pool.disk_id == disk->id) {
      pool.other_used += bytes;
      return true;
    }
  }
  return false;
}

// Finds or makes the file behind a type=file disk and completes file-path, size and model from it.
Refusal Model::back_with_file(Record& disk, std::string_view when) {
  auto const name = file_name_of(disk.text("file-path"));
  disk.set("file-path", "/" + name);
  disk.set("model", "/" + name);
  if (!parent_visible(name)) return Refusal::no_such_parent;
  if (!rules.share_files) {
    for (auto const& other : disks_) {
      if (file_name_of(other.text("file-path")) == name) return Refusal::file_in_use;
    }
  }
  if (auto* file = find_file(name)) {
    if (file->text("type") == "directory" || file->text("type") == "disk") return Refusal::not_a_file;
    // An existing file keeps its bytes; a larger file-size grows it, a smaller one shows only its beginning.
    auto const wanted = disk.number("file-size", file->number("size"));
    auto const more = std::max<std::int64_t>(0, wanted - file->number("size"));
    auto const* pool = pool_of_path(name);
    if (!rules.sparse_files && pool != nullptr && free_bytes(*pool) < more) return Refusal::pool_full;
    file->set("size", file->number("size") + more);
    if (!rules.sparse_files) file->set("allocated", allocated(*file) + more);
    disk.set("file-size", wanted);
    disk.set("size", wanted);
    return Refusal::none;
  }
  if (!disk.has("file-size")) return Refusal::size_missing;
  auto const size = disk.number("file-size");
  auto const* pool = pool_of_path(name);
  if (!rules.sparse_files && pool != nullptr && free_bytes(*pool) < size) return Refusal::pool_full;
  Record file{.id = next_file_id++, .properties = {}};
  file.set("name", name);
  file.set("type", file_type_of(name));
  file.set("size", size);
  if (rules.sparse_files) file.set("allocated", std::int64_t{0});
  file.set("last-modified", std::string(when));
  files_.push_back(std::move(file));
  disk.set("size", size);
  return Refusal::none;
}

Refusal Model::add_disk(Record disk, std::string_view when, std::uint64_t& id) {
  if (disk.text("type") == "file" && !disk.has("slot")) {
    // file-nvme9-part1-swapfile: FACTS 1.7.
    auto slot = "file-" + file_name_of(disk.text("file-path"));
    std::replace(slot.begin(), slot.end(), '/', '-');
    disk.set("slot", slot);
  }
  if (!disk.has("slot")) disk.set("slot", "disk" + std::to_string(next_disk_id));
  if (disk_by_slot(disk.text("slot")) != nullptr) return Refusal::slot_exists;
  if (disk.text("type") == "file") {
    if (auto const refusal = back_with_file(disk, when); refusal != Refusal::none) return refusal;
  }
  id = disk.id = next_disk_id++;
  disks_.push_back(std::move(disk));
  return Refusal::none;
}

Refusal Model::set_disk(std::uint64_t id, std::map<std::string, Property, std::less<>> const& changes,
                        std::string_view when) {
  auto* disk = find_disk(id);
  if (disk == nullptr) return Refusal::none;
  if (auto slot = changes.find("slot"); slot != changes.end()) {
    auto const* holder = disk_by_slot(std::get<std::string>(slot->second));
    if (holder != nullptr && holder->id != id) return Refusal::slot_exists;
  }
  auto const size = changes.find("file-size");
  if (size != changes.end() && disk->text("type") == "file") {
    auto const wanted = std::get<std::int64_t>(size->second);
    auto const name = file_name_of(disk->text("file-path"));
    auto* file = find_file(name);
    if (file == nullptr || !visible(*file)) return Refusal::no_such_parent;
    auto const more = wanted - file->number("size");
    if (more < 0 && !rules.shrink_files) return Refusal::shrink;
    auto const* pool = pool_of_path(name);
    if (!rules.sparse_files && pool != nullptr && free_bytes(*pool) < more) return Refusal::pool_full;
    if (!rules.sparse_files && file->has("allocated")) file->set("allocated", allocated(*file) + more);
    file->set("size", wanted);
    file->set("last-modified", std::string(when));
    disk->set("size", wanted);
  }
  for (auto const& [name, value] : changes) disk->set(name, value);
  return Refusal::none;
}

void Model::remove_disk(std::uint64_t id) {
  std::erase_if(disks_, [&](Record const& disk) { return disk.id == id; });
  std::erase_if(pools_, [&](Pool const& pool) { return pool.disk_id == id && id != 0; });
}

Refusal Model::add_file(std::string_view name, std::string_view type, std::string_view contents,
                        std::string_view when, std::uint64_t& id) {
  auto const clean = file_name_of(name);
  if (find_file(clean) != nullptr) return Refusal::file_exists;
  if (!parent_visible(clean)) return Refusal::no_such_parent;
  auto const* pool = pool_of_path(clean);
  auto const size = static_cast<std::int64_t>(contents.size());
  if (pool != nullptr && free_bytes(*pool) < size) return Refusal::pool_full;
  Record file{.id = next_file_id++, .properties = {}};
  file.set("name", clean);
  file.set("type", type == "directory" ? std::string("directory") : file_type_of(clean));
  if (type != "directory") {
    file.set("size", size);
    file.set("contents", std::string(contents));
  }
  file.set("last-modified", std::string(when));
  id = file.id;
  files_.push_back(std::move(file));
  return Refusal::none;
}

Refusal Model::remove_file(std::uint64_t id) {
  auto const* file = file_by_id(id);
  if (file == nullptr) return Refusal::none;
  auto const name = file->text("name");
  if (file->text("type") == "directory") {
    auto const prefix = name + "/";
    for (auto const& other : files_) {
      if (other.text("name").starts_with(prefix)) return Refusal::directory_not_empty;
    }
  }
  if (!rules.remove_files_in_use) {
    for (auto const& disk : disks_) {
      if (disk.has("file-path") && file_name_of(disk.text("file-path")) == name) return Refusal::file_in_use;
    }
  }
  std::erase_if(files_, [&](Record const& f) { return f.id == id; });
  return Refusal::none;
}

}  // namespace rdssim::storage
