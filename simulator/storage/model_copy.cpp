// Model: the block copy between two disks (/disk copy). How a device words it and whether it skips holes is
// not known (FACTS 9.4, 9.10); here every byte of the destination is written, as dd does it.
#include "simulator/storage/model.h"

#include <algorithm>
#include <cstring>

namespace rdssim::storage {

// EVIDENCE(inferred): /disk copy writes every byte of its destination and takes space for all of them. [FACTS
// 9.4; FACTS 9.10]
Refusal Model::copy_bytes(std::uint64_t from_disk, std::int64_t from, std::uint64_t to_disk, std::int64_t to,
                          std::int64_t length) {
  auto const* source = disk_by_id(from_disk);
  auto const* target = disk_by_id(to_disk);
  if (source == nullptr || target == nullptr || source->text("type") != "file" ||
      target->text("type") != "file")
    return Refusal::no_bytes;
  auto const* from_file = file_by_name(file_name_of(source->text("file-path")));
  auto const* to_file = file_by_name(file_name_of(target->text("file-path")));
  if (from_file == nullptr || to_file == nullptr) return Refusal::no_such_parent;
  if (!writable(to_file->text("name"))) return Refusal::read_only;
  auto const fits = [length](Record const& disk, std::int64_t at) {
    return at >= 0 && length >= 0 && at <= disk.number("size") && length <= disk.number("size") - at;
  };
  if (!fits(*source, from) || !fits(*target, to)) return Refusal::beyond_end;
  from += source->number("file-offset");
  to += target->number("file-offset");
  if (!ledger_->allocate_blocks(to_file->id, to, length, to_file->number("size"))) return Refusal::pool_full;
  if (!images.has_bytes(from_file->id) && !images.has_bytes(to_file->id)) return Refusal::none;  // zeros
  auto const reads = image_of(*from_file), writes = image_of(*to_file);
  if (!reads.ok() || !writes.ok()) return Refusal::host_failed;
  std::vector<std::byte> buffer(1 << 20);
  for (std::int64_t done = 0; done < length;) {
    auto const part = std::min<std::int64_t>(static_cast<std::int64_t>(buffer.size()), length - done);
    auto const bytes = std::span<std::byte>(buffer).first(static_cast<std::size_t>(part));
    if (!(*reads)->read(from + done, bytes).ok()) return Refusal::host_failed;
    // Zeros take space on the device, not on this machine.
    bool const zeros =
        bytes[0] == std::byte{0} && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
    if (!(zeros ? (*writes)->zero(to + done, part) : (*writes)->write(to + done, bytes)).ok())
      return Refusal::host_failed;
    if (!ledger_->allocate_blocks(to_file->id, to + done, part, to_file->number("size")))
      return Refusal::pool_full;  // a host took it in between
    done += part;
  }
  return Refusal::none;
}

}  // namespace rdssim::storage
