// Model: formatting a disk. Its files, subvolumes and bytes are gone; a filesystem on it is a pool again.
#include "simulator/storage/model.h"

namespace rdssim::storage {

// The bytes of a file disk; only wiping is possible, a filesystem's structures are not made here.
Refusal Model::wipe_image(Record const& disk) {
  auto const* file = file_by_name(file_name_of(disk.text("file-path")));
  if (file == nullptr) return Refusal::no_such_parent;
  if (!writable(file->text("name"))) return Refusal::read_only;
  if (!images.has_bytes(file->id)) return Refusal::none;
  auto const image = image_of(*file);
  if (!image.ok()) return Refusal::host_failed;
  auto const zeroed = (*image)->zero(disk.number("file-offset"), disk.number("size"));
  return zeroed.ok() ? Refusal::none : Refusal::host_failed;
}

Refusal Model::format_disk(std::uint64_t id, std::string_view system, std::string_view label,
                           std::string_view uuid) {
  auto* disk = find_disk(id);
  if (disk == nullptr) return Refusal::none;
  bool const filesystem = system != "-";
  if (disk->text("type") == "file") {
    if (filesystem) return Refusal::no_bytes;
    if (auto const refusal = wipe_image(*disk); refusal != Refusal::none) return refusal;
    unmount_found_filesystem(id);
  }
  auto const slot = disk->text("slot");
  if (auto const* old = pool_of_disk(id)) {
    std::vector<std::uint64_t> lost;
    for (auto const& file : files_) {
      if (file.text("name").starts_with(old->mount_point + "/")) lost.push_back(file.id);
    }
    for (auto const file : lost) erase_file(file);
    std::erase_if(subvolumes_, [&](Record const& row) { return row.text("fs") == slot; });
    std::erase_if(pools_, [&](Pool const& pool) { return pool.disk_id == id; });
  }
  disk->set("fs", std::string(system));
  for (auto const& [name, value] : {std::pair{"fs-label", label}, std::pair{"fs-uuid", uuid}}) {
    if (value.empty()) {
      disk->properties.erase(name);
    } else {
      disk->set(name, std::string(value));
    }
  }
  if (!filesystem || !disk->flag("mount-filesystem", true)) return Refusal::none;
  load_pool({.disk_id = id, .mount_point = slot, .mounted = true, .size = disk->number("size")});
  if (find_file(slot) == nullptr) {
    Record root{.id = next_file_id++, .properties = {}};
    root.set("name", slot);
    root.set("type", std::string("disk"));
    ledger_->add_file(root.id, id);
    files_.push_back(std::move(root));
  }
  return Refusal::none;
}

}  // namespace rdssim::storage
