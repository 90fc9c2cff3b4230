// Runtime error texts that no device has shown us yet (FACTS 2.5 UNK), with variants, so that a scenario can
// run against each and one edit puts the truth in when a device tells it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rdssim::routeros {

// Keys: pool-full, slot-exists, file-path-in-use, slot-too-long, no-such-parent, file-exists, not-a-file,
// file-in-use, directory-not-empty, shrink, size-missing, read-only, no-such-filesystem, no-such-subvolume,
// subvolume-exists, subvolume-not-empty, no-bytes, not-simulated, asks-without-terminal,
// copy-beyond-end, no-room-on-disk, host-failed.
std::vector<std::string> error_text_keys();
// How many variants a key has; 0 when there is no such key.
int error_variant_count(std::string_view key);
// `variant` beyond the last one counts as the last. "" when there is no such key.
std::string error_text(std::string_view key, int variant);

}  // namespace rdssim::routeros
