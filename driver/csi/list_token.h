// Page tokens of ListVolumes: where the next page begins. Stateless: the token names the last volume of the
// page before, so that volumes made or deleted in between neither repeat nor hide others. Used by
// ControllerService.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rdscsi::csi {

// Opaque to the caller: printable, and checked when it comes back.
std::string make_list_token(std::string_view last_volume_id);

// The volume id a token stands for; nothing when it is not one of ours (a sum over the rest does not match).
std::optional<std::string> read_list_token(std::string_view token);

}  // namespace rdscsi::csi
