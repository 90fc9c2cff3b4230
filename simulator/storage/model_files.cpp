// Model: what /file does to files besides adding and removing: rename, new contents, copy, read.
#include <algorithm>
#include <cstring>

#include "simulator/storage/model.h"

namespace rdssim::storage {

namespace {

bool is_text(Record const& file) {
  return file.has("contents") || file.text("type") == "directory";
}

}  // namespace

// EVIDENCE(unknown): What becomes of a disk whose file is renamed; here the rename is refused. [FACTS 9.6;
// table file-in-use]
Refusal Model::rename_file(std::uint64_t id, std::string_view name) {
  auto const* file = file_by_id(id);
  if (file == nullptr) return Refusal::none;
  auto const from = file->text("name"), to = file_name_of(name);
  if (from == to) return Refusal::none;
  if (find_file(to) != nullptr) return Refusal::file_exists;
  if (!parent_visible(to) || to.starts_with(from + "/")) return Refusal::no_such_parent;
  if (!writable(from) || !writable(to)) return Refusal::read_only;
  if (pool_of_path(from) != pool_of_path(to) || file->text("type") == "disk")
    return Refusal::other_filesystem;
  auto const moved = [&](std::string const& path) {
    return path == from || path.starts_with(from + "/") ? to + path.substr(from.size()) : std::string();
  };
  for (auto const& disk : disks_) {
    if (disk.has("file-path") && !moved(file_name_of(disk.text("file-path"))).empty())
      return Refusal::file_in_use;
  }
  for (auto const& subvolume : subvolumes_) {
    auto const* pool = pool_of_subvolume(subvolume);
    if (pool != nullptr && !moved(subvolume_path(*pool, subvolume)).empty()) return Refusal::file_in_use;
  }
  for (auto& other : files_) {
    if (auto const path = moved(other.text("name")); !path.empty()) other.set("name", path);
  }
  auto* renamed = find_file_id(id);
  if (renamed->text("type") != "directory") renamed->set("type", file_type_of(to));
  return Refusal::none;
}

Refusal Model::set_contents(std::uint64_t id, std::string_view contents, std::string_view when) {
  auto* file = find_file_id(id);
  if (file == nullptr) return Refusal::none;
  if (!is_text(*file) || file->text("type") == "directory") return Refusal::not_a_file;
  if (!writable(file->text("name"))) return Refusal::read_only;
  auto const size = static_cast<std::int64_t>(contents.size());
  if (size > file->number("size") && !ledger_->allocate(id, file->number("size"), size))
    return Refusal::pool_full;
  if (size < file->number("size")) ledger_->release(id, size, file->number("size"));
  file->set("size", size);
  file->set("contents", std::string(contents));
  file->set("last-modified", std::string(when));
  return Refusal::none;
}

// EVIDENCE(inferred): A copy of a file takes space for all its bytes. [FACTS 3]
Refusal Model::copy_file(std::uint64_t id, std::string_view name, std::string_view when,
                         std::uint64_t& copy) {
  auto const* source = file_by_id(id);
  if (source == nullptr) return Refusal::none;
  if (source->text("type") == "directory" || source->text("type") == "disk") return Refusal::not_a_file;
  auto const from = *source;
  auto const refusal = add_file(name, "file", from.text("contents"), when, copy);
  if (refusal != Refusal::none || is_text(from)) return refusal;
  auto const size = from.number("size");
  if (!ledger_->allocate(copy, 0, size)) {
    erase_file(copy);
    return Refusal::pool_full;
  }
  auto* file = find_file_id(copy);
  file->set("size", size);
  file->properties.erase("contents");
  if (!images.has_bytes(from.id)) return Refusal::none;  // zeros
  auto const reads = image_of(from), writes = image_of(*file);
  std::vector<std::byte> buffer(1 << 20);
  bool good = reads.ok() && writes.ok();
  for (std::int64_t done = 0; good && done < size;) {
    auto const part = std::min<std::int64_t>(static_cast<std::int64_t>(buffer.size()), size - done);
    auto const bytes = std::span<std::byte>(buffer).first(static_cast<std::size_t>(part));
    good = (*reads)->read(done, bytes).ok();
    bool const zeros =
        bytes[0] == std::byte{0} && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
    if (good && !zeros) good = (*writes)->write(done, bytes).ok();
    done += part;
  }
  if (good) return Refusal::none;
  erase_file(copy);
  return Refusal::host_failed;
}

absl::StatusOr<std::string> Model::read_file(Record const& file, std::int64_t offset, std::int64_t length) {
  auto const size = file.number("size");
  offset = std::clamp<std::int64_t>(offset, 0, size);
  length = std::clamp<std::int64_t>(length, 0, size - offset);
  if (is_text(file))
    return file.text("contents").substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(length));
  std::string text(static_cast<std::size_t>(length), '\0');
  if (!images.has_bytes(file.id)) return text;
  auto const image = image_of(file);
  if (!image.ok()) return image.status();
  if (auto status = (*image)->read(offset, std::as_writable_bytes(std::span(text))); !status.ok())
    return status;
  return text;
}

}  // namespace rdssim::storage
