// Model: a server with mount-filesystem=yes mounts what hosts made inside its images (FACTS 2.2: hazard
// inferred; SCZ and CHEAT set mount-filesystem=no for it). A disk shows it as `server-mounted`, the file
// counts `server-mounts`.
#include "simulator/storage/found_filesystem.h"
#include "simulator/storage/model.h"

namespace rdssim::storage {

// EVIDENCE(inferred): A server that mounts an image changes it: mount count, time and place of an ext4.
// [FACTS 2.2]
bool Model::mount_found_filesystem(std::uint64_t disk_id, std::int64_t unix_seconds) {
  auto* disk = find_disk(disk_id);
  if (!rules.mount_found_filesystems || disk == nullptr || disk->text("type") != "file" ||
      !disk->flag("mount-filesystem") || disk->flag("disabled") || disk->flag("swap") ||
      disk->flag("server-mounted"))
    return false;
  auto const name = file_name_of(disk->text("file-path"));
  auto* file = find_file(name);
  // An image nobody wrote to holds no filesystem: it is not even made.
  if (file == nullptr || !visible(*file) || !images.has_bytes(file->id)) return false;
  auto const whole = image_of(*file);
  if (!whole.ok()) return false;
  ImageView image(*whole, disk->number("file-offset"), disk->number("size"));
  auto const found = find_filesystem(image);
  if (!found) {
    disk->set("fs", std::string("-"));
    return false;
  }
  disk->set("fs", found->type);
  if (!found->label.empty()) disk->set("fs-label", found->label);
  disk->set("fs-uuid", found->uuid);
  disk->set("server-mounted", true);
  file->set("server-mounts", file->number("server-mounts") + 1);
  if (disk->flag("mount-read-only") || !writable(name)) return true;
  // A write that fails (pool full, read-only) leaves it mounted without traces, as a kernel would.
  write_mount_traces(image, disk->text("slot"), unix_seconds).IgnoreError();
  return true;
}

void Model::unmount_found_filesystem(std::uint64_t disk_id) {
  if (auto* disk = find_disk(disk_id); disk != nullptr) disk->properties.erase("server-mounted");
}

}  // namespace rdssim::storage
