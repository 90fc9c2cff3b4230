// The storage rules: who may exist beside whom, what takes space, what a lost mount hides.
#include "simulator/storage/model.h"

#include <algorithm>

namespace rdssim::storage {

namespace {

std::string_view first_component(std::string_view name) {
  return name.substr(0, name.find('/'));
}

template <typename Rows>
auto find_id(Rows& rows, std::uint64_t id) {
  auto found = std::find_if(rows.begin(), rows.end(), [&](Record const& row) { return row.id == id; });
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace

// EVIDENCE(confirmed): A relative file-path is shown with a leading slash, /file lists it without. [FACTS
// 2.2; capture disk-print-detail-file-7.21-rds-80col]
std::string file_name_of(std::string_view path) {
  std::string name;
  for (char c : path) {
    if (c == '/' && (name.empty() || name.back() == '/')) continue;
    name += c;
  }
  if (!name.empty() && name.back() == '/') name.pop_back();
  return name;
}

// EVIDENCE(confirmed): The type of a file is `.ext file` by its name. [FACTS 3; capture
// file-print-detail-7.21-rds-80col]
std::string file_type_of(std::string_view name) {
  auto const leaf = name.substr(name.rfind('/') + 1);  // npos + 1 == 0: the whole name
  auto const dot = leaf.rfind('.');
  return dot == std::string_view::npos ? "file" : std::string(leaf.substr(dot)) + " file";
}

Model::Model() : Model(std::make_shared<SpaceLedger>()) {}
Model::Model(std::shared_ptr<SpaceLedger> ledger) : images(ledger), ledger_(std::move(ledger)) {}

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

Record* Model::find_disk_slot(std::string_view slot) {
  return const_cast<Record*>(disk_by_slot(slot));
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

Record* Model::find_file_id(std::uint64_t id) {
  return find_id(files_, id);
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

void Model::load_file(Record file, std::optional<std::vector<SpaceLedger::Extent>> extents) {
  next_file_id = std::max(next_file_id, file.id + 1);
  auto const* pool = pool_of_path(file.text("name"));
  ledger_->add_file(file.id, pool == nullptr ? 0 : pool->disk_id, !rules.sparse_files);
  auto const bytes = file.number("allocated", file.number("size"));
  ledger_->load_extents(file.id, extents ? *extents : std::vector<SpaceLedger::Extent>{{0, bytes, 0}});
  file.properties.erase("allocated");
  files_.push_back(std::move(file));
}

void Model::load_subvolume(Record subvolume) {
  next_subvolume_id = std::max(next_subvolume_id, subvolume.id + 1);
  subvolumes_.push_back(std::move(subvolume));
}

void Model::load_pool(Pool pool) {
  update_limit(pool);
  pools_.push_back(std::move(pool));
}

void Model::settle_pool(std::uint64_t disk_id, std::int64_t wanted) {
  for (auto& pool : pools_) {
    if (pool.disk_id != disk_id || pool.gone) continue;
    pool.other_used = std::max<std::int64_t>(0, pool.size - pool.overhead - wanted - used_by_files(pool));
    update_limit(pool);
  }
}

void Model::update_limit(Pool const& pool) {
  ledger_->set_limit(pool.disk_id, pool.size - pool.overhead - pool.other_used);
}

Pool const* Model::pool_of_disk(std::uint64_t disk_id) const {
  auto found = std::find_if(pools_.begin(), pools_.end(),
                            [&](Pool const& p) { return p.disk_id == disk_id && !p.gone; });
  return found == pools_.end() ? nullptr : &*found;
}

Pool const* Model::pool_of_path(std::string_view name) const {
  Pool const* flash = nullptr;
  for (auto const& pool : pools_) {
    if (pool.mount_point.empty()) flash = &pool;
    if (pool.mount_point.empty() || pool.mount_point != first_component(name)) continue;
    if (!pool.gone) return &pool;
    flash = &pool;  // unless another pool has taken its place
  }
  return flash;
}

bool Model::mounted(Pool const& pool) const {
  return pool.mounted && !pool.gone && (pools_started_ || pool.disk_id == 0);
}

// EVIDENCE(inferred): Files of a pool that is not mounted are not listed. [FACTS 3]
bool Model::visible(Record const& file) const {
  auto const* pool = pool_of_path(file.text("name"));
  return pool == nullptr || mounted(*pool);
}

// The parent must be a visible directory. A pool's root counts while the pool is mounted; a name without a
// slash lies on the boot flash, which is always there.
bool Model::parent_visible(std::string_view name) const {
  auto const slash = name.rfind('/');
  if (slash == std::string_view::npos) return true;
  auto const* pool = pool_of_path(name);
  if (pool != nullptr && !mounted(*pool)) return false;
  auto const parent = name.substr(0, slash);
  if (pool != nullptr && pool->mount_point == parent) return true;
  auto const* entry = file_by_name(parent);
  return entry != nullptr && (entry->text("type") == "directory" || entry->text("type") == "disk");
}

std::int64_t Model::free_bytes(Pool const& pool) const {
  return ledger_->free(pool.disk_id);
}

// What hosts hold of files that come or go with their pool.
void Model::show_availability() {
  for (auto const& file : files_) {
    if (auto const image = images.find(file.id)) image->set_available(visible(file));
  }
}

bool Model::set_mounted(std::string_view slot, bool mounted) {
  auto const* disk = disk_by_slot(slot);
  for (auto& pool : pools_) {
    if (disk == nullptr || pool.disk_id != disk->id) continue;
    pool.mounted = mounted;
    show_availability();
    return true;
  }
  return false;
}

void Model::set_pools_started(bool started) {
  pools_started_ = started;
  show_availability();
}

bool Model::reserve(std::string_view slot, std::int64_t bytes) {
  auto const* disk = disk_by_slot(slot);
  for (auto& pool : pools_) {
    if (disk == nullptr || pool.disk_id != disk->id) continue;
    pool.other_used += bytes;
    update_limit(pool);
    return true;
  }
  return false;
}

bool Model::reserve_bytes(std::uint64_t file_id, std::int64_t from, std::int64_t to) {
  return rules.sparse_files || ledger_->allocate(file_id, from, to);
}

// The image follows its file: what the record says of its size is true of the bytes, too.
void Model::settle_image(Record const& file) {
  if (auto const image = images.find(file.id); image != nullptr && image->size() != file.number("size"))
    image->resize(file.number("size"))
        .IgnoreError();  // the host's file is short of nothing that anybody reads
}

absl::StatusOr<std::shared_ptr<SparseFileImage>> Model::image_of(Record const& file) {
  auto const image = images.image(file.id, file.number("size"));
  if (!image.ok()) return image;
  if ((*image)->size() != file.number("size")) {
    if (absl::Status const status = (*image)->resize(file.number("size")); !status.ok()) return status;
  }
  (*image)->set_available(visible(file));
  (*image)->set_read_only(!writable(file.text("name")));
  return image;
}

// To `size` bytes, up or down.
Refusal Model::grow_file(Record& file, std::int64_t size) {
  auto const before = file.number("size");
  if (size > before && !reserve_bytes(file.id, before, size)) return Refusal::pool_full;
  if (size < before) ledger_->release(file.id, size, before);
  file.set("size", size);
  settle_image(file);
  return Refusal::none;
}

bool Model::accounts_balance() const {
  return std::all_of(pools_.begin(), pools_.end(), [&](Pool const& pool) {
    auto const used = used_by_files(pool), limit = pool.size - pool.overhead - pool.other_used;
    return used >= 0 && used == ledger_->recount(pool.disk_id) &&
           free_bytes(pool) == std::max<std::int64_t>(0, limit - used);
  });
}

// Finds or makes the file behind a type=file disk and completes file-path, size and model from it.
// EVIDENCE(documented): add makes the backing file when it is missing and keeps the bytes of one that is
// there. [FACTS 2.2; capture disk-add-file-nvme-export-example]
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
    if (wanted > file->number("size")) {
      if (!writable(name)) return Refusal::read_only;
      if (auto const refusal = grow_file(*file, wanted); refusal != Refusal::none) return refusal;
    }
    disk.set("file-size", wanted);
    disk.set("size", wanted);
    return Refusal::none;
  }
  if (!disk.has("file-size")) return Refusal::size_missing;
  if (!writable(name)) return Refusal::read_only;
  auto const size = disk.number("file-size");
  auto const* pool = pool_of_path(name);
  ledger_->add_file(next_file_id, pool == nullptr ? 0 : pool->disk_id, !rules.sparse_files);
  if (!reserve_bytes(next_file_id, 0, size)) {
    ledger_->drop(next_file_id);
    return Refusal::pool_full;
  }
  Record file{.id = next_file_id++, .properties = {}};
  file.set("name", name);
  file.set("type", file_type_of(name));
  file.set("size", size);
  file.set("last-modified", std::string(when));
  images.forget(file.id);
  files_.push_back(std::move(file));
  disk.set("size", size);
  return Refusal::none;
}

Refusal Model::add_disk(Record disk, std::string_view when, std::uint64_t& id) {
  if (disk.text("type") == "file" && !disk.has("slot")) {
    // EVIDENCE(documented): A file disk without slot= is called file- and its path with dashes. [FACTS 1.7;
    // capture disk-print-table-swapfile-7.24]
    // file-nvme9-part1-swapfile: FACTS 1.7.
    auto slot = "file-" + file_name_of(disk.text("file-path"));
    std::replace(slot.begin(), slot.end(), '/', '-');
    disk.set("slot", slot);
  }
  if (disk.text("type") == "partition") {
    if (auto const refusal = place_partition(disk); refusal != Refusal::none) return refusal;
  }
  if (!disk.has("slot")) disk.set("slot", "disk" + std::to_string(next_disk_id));
  if (disk_by_slot(disk.text("slot")) != nullptr) return Refusal::slot_exists;
  if (disk.text("type") == "file") {
    if (auto const refusal = back_with_file(disk, when); refusal != Refusal::none) return refusal;
  }
  id = disk.id = next_disk_id++;
  disks_.push_back(disk);
  if (disk.text("type") == "partition")
    find_disk_slot(disk.text("parent"))->set("guid-partition-table", true);
  settle_array(disk.text("type") == "raid" ? disk.text("slot") : disk.text("raid-master"));
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
    if (!writable(name)) return Refusal::read_only;
    if (wanted < file->number("size") && !rules.shrink_files) return Refusal::shrink;
    if (auto const refusal = grow_file(*file, wanted); refusal != Refusal::none) return refusal;
    file->set("last-modified", std::string(when));
    disk->set("size", wanted);
  }
  auto const master_before = disk->text("raid-master");
  for (auto const& [name, value] : changes) disk->set(name, value);
  bool const about_arrays = std::any_of(changes.begin(), changes.end(),
                                        [](auto const& change) { return change.first.starts_with("raid-"); });
  if (!about_arrays) return Refusal::none;
  auto const master = disk->text("raid-master"), own = disk->text("slot");
  if (master_before != master) settle_array(master_before);
  settle_array(own);
  settle_array(master);
  return Refusal::none;
}

void Model::unset_disk(std::uint64_t id, std::string_view property) {
  if (auto* disk = find_disk(id)) disk->properties.erase(std::string(property));
}

// EVIDENCE(documented): Removing a disk does not delete its file. [FACTS 2.2]
void Model::remove_disk(std::uint64_t id) {
  auto const* leaving = disk_by_id(id);
  auto const slot = leaving == nullptr ? "" : leaving->text("slot");
  auto const master = leaving == nullptr ? "" : leaving->text("raid-master");
  std::erase_if(disks_, [&](Record const& disk) { return disk.id == id; });
  for (auto& pool : pools_) pool.gone = pool.gone || (pool.disk_id == id && id != 0);
  if (!slot.empty()) release_members(slot);
  settle_array(master);
  show_availability();
}

Refusal Model::add_file(std::string_view name, std::string_view type, std::string_view contents,
                        std::string_view when, std::uint64_t& id) {
  auto const clean = file_name_of(name);
  if (find_file(clean) != nullptr) return Refusal::file_exists;
  if (!parent_visible(clean)) return Refusal::no_such_parent;
  if (!writable(clean)) return Refusal::read_only;
  auto const* pool = pool_of_path(clean);
  auto const size = type == "directory" ? 0 : static_cast<std::int64_t>(contents.size());
  ledger_->add_file(next_file_id, pool == nullptr ? 0 : pool->disk_id, !rules.sparse_files);
  if (!ledger_->allocate(next_file_id, 0, size)) {
    ledger_->drop(next_file_id);
    return Refusal::pool_full;
  }
  Record file{.id = next_file_id++, .properties = {}};
  file.set("name", clean);
  file.set("type", type == "directory" ? std::string("directory") : file_type_of(clean));
  if (type != "directory") {
    file.set("size", size);
    file.set("contents", std::string(contents));
  }
  file.set("last-modified", std::string(when));
  id = file.id;
  images.forget(id);
  files_.push_back(std::move(file));
  return Refusal::none;
}

void Model::erase_file(std::uint64_t id) {
  images.drop(id);
  ledger_->drop(id);
  std::erase_if(files_, [&](Record const& f) { return f.id == id; });
}

Refusal Model::remove_file(std::uint64_t id) {
  auto const* file = file_by_id(id);
  if (file == nullptr) return Refusal::none;
  auto const name = file->text("name");
  if (!writable(name)) return Refusal::read_only;
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
  // EVIDENCE(documented): rmdir of an empty btrfs subvolume removes it. [spec Linux 4.18 btrfs]
  // rmdir of an empty subvolume removes it (Linux since 4.18).
  std::erase_if(subvolumes_, [&](Record const& subvolume) {
    auto const* pool = pool_of_subvolume(subvolume);
    return pool != nullptr && subvolume_path(*pool, subvolume) == name;
  });
  erase_file(id);
  return Refusal::none;
}

}  // namespace rdssim::storage
