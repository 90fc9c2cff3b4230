// Variant 0 is the default. All are guesses in shapes that real errors have (FACTS 2.5): `failure: <text>`;
// none may be relied on by a driver.
#include "simulator/routeros/error_texts.h"

#include <algorithm>

namespace rdssim::routeros {

namespace {

struct Texts {
  std::string_view key;
  std::vector<std::string_view> variants;
};

std::vector<Texts> const& table() {
  static auto const* const kTable = new std::vector<Texts>{
      // EVIDENCE(unknown): What add and set say when the pool has no room. [FACTS 9.1; table pool-full]
      {"pool-full",
       {"failure: not enough space", "failure: No space left on device", "failure: could not allocate file",
        "failure: disk full"}},
      // EVIDENCE(unknown): What add says when the slot is taken. [FACTS 9.1; table slot-exists]
      {"slot-exists",
       {"failure: already have such entry", "failure: slot already in use",
        "failure: disk with the same slot exists"}},
      // EVIDENCE(unknown): What add says when another disk shows the file. [FACTS 9.1; table
      // file-path-in-use]
      {"file-path-in-use",
       {"failure: file already in use", "failure: already have such entry",
        "failure: Device or resource busy"}},
      // EVIDENCE(unknown): What add says to a slot that is too long. [FACTS 9.1; table slot-too-long]
      {"slot-too-long",
       {"value of slot is too long", "failure: slot name too long", "invalid value for argument slot"}},
      // EVIDENCE(unknown): What add says when the directory of file-path is missing. [FACTS 2.5; table
      // no-such-parent]
      {"no-such-parent",
       {"failure: could not open file", "failure: no such file or directory",
        "failure: file path not found"}},
      // EVIDENCE(unknown): What /file add says when the name is taken. [FACTS 2.5; table file-exists]
      {"file-exists", {"failure: already have such name", "failure: file already exists"}},
      // EVIDENCE(unknown): What add says when file-path is a directory. [FACTS 2.5; table not-a-file]
      {"not-a-file", {"failure: not a file", "failure: could not open file"}},
      // EVIDENCE(unknown): What /file remove says of a file that a disk shows, if it refuses at all. [FACTS
      // 9.6; table file-in-use]
      {"file-in-use", {"failure: file in use", "failure: could not remove file"}},
      // EVIDENCE(unknown): What /file remove says of a directory that holds something. [FACTS 3; table
      // directory-not-empty]
      {"directory-not-empty", {"failure: directory not empty", "failure: could not remove file"}},
      // EVIDENCE(unknown): What set says to a smaller file-size, if it refuses at all. [FACTS 9.3; table
      // shrink]
      {"shrink", {"failure: file-size can not be reduced", "failure: not supported"}},
      // EVIDENCE(unknown): What commands say about a file in a read-only snapshot. [FACTS 2.5; table
      // read-only]
      {"read-only", {"failure: Read-only file system", "failure: could not open file"}},
      // EVIDENCE(unknown): What subvolume add says when no btrfs has the label. [FACTS 2.3; table
      // no-such-filesystem]
      {"no-such-filesystem", {"failure: no such filesystem", "input does not match any value of fs"}},
      // EVIDENCE(unknown): What subvolume add says when its parent does not exist. [FACTS 2.3; table
      // no-such-subvolume]
      {"no-such-subvolume", {"failure: no such subvolume", "input does not match any value of parent"}},
      // The shape of btrfs' errors is documented (FACTS 2.3): BTRFS_IOC_... failed: <errno text>.
      // EVIDENCE(inferred): Errors of btrfs have the documented shape `BTRFS_IOC_... failed: text of errno`.
      // [FACTS 2.3; table subvolume-exists]
      {"subvolume-exists",
       {"failure: BTRFS_IOC_SUBVOL_CREATE failed: File exists", "failure: already have such entry"}},
      {"subvolume-not-empty",
       {"failure: BTRFS_IOC_SNAP_DESTROY failed: Directory not empty", "failure: subvolume not empty"}},
      {"no-bytes", {"failure: not simulated: this disk's bytes are not kept", "failure: not supported"}},
      {"not-simulated", {"failure: not simulated", "failure: not supported"}},
      // What exec without a terminal gets from a command that asks (FACTS 2.3).
      // EVIDENCE(unknown): What a command that asks does over exec without a terminal. [FACTS 2.3; table
      // asks-without-terminal]
      {"asks-without-terminal", {"this command requires user input", "interrupted"}},
      // EVIDENCE(unknown): What /disk copy says when it does not fit. [FACTS 9.10; table copy-beyond-end]
      {"copy-beyond-end", {"failure: No space left on device", "failure: size too large"}},
      {"no-room-on-disk", {"failure: no space for partition", "failure: partition overlaps"}},
      {"host-failed", {"failure: Input/output error", "failure: could not write"}},
      // EVIDENCE(unknown): What /file set name= says to a name on another disk. [FACTS 3; table
      // other-filesystem]
      {"other-filesystem", {"failure: Invalid cross-device link", "failure: could not rename file"}},
      // EVIDENCE(unknown): What add says when there is neither a file nor a file-size. [FACTS 9.1; table
      // size-missing]
      {"size-missing", {"failure: file-size must be specified", "failure: could not open file"}},
  };
  return *kTable;
}

Texts const* find(std::string_view key) {
  auto const found =
      std::find_if(table().begin(), table().end(), [&](Texts const& texts) { return texts.key == key; });
  return found == table().end() ? nullptr : &*found;
}

}  // namespace

std::vector<std::string> error_text_keys() {
  std::vector<std::string> keys;
  for (auto const& texts : table()) keys.emplace_back(texts.key);
  return keys;
}

int error_variant_count(std::string_view key) {
  auto const* texts = find(key);
  return texts == nullptr ? 0 : static_cast<int>(texts->variants.size());
}

std::string error_text(std::string_view key, int variant) {
  auto const* texts = find(key);
  if (texts == nullptr) return "";
  auto const last = static_cast<int>(texts->variants.size()) - 1;
  return std::string(texts->variants[static_cast<std::size_t>(std::clamp(variant, 0, last))]);
}

}  // namespace rdssim::routeros
