// Field sizes and volume sizes.
#include "csi/request_rules.h"

#include <algorithm>

#include "base/reasons.h"
#include "csi/text.h"
#include "rds/volumes.h"

namespace rdscsi::csi {
namespace {

base::Status invalid(std::string const& message) {
  return base::fail(base::Reason::invalid_argument, base::Effect::none, message);
}

base::Status out_of_range(std::string const& message) {
  return base::fail(base::Reason::out_of_range, base::Effect::none, "capacity_range." + message);
}

// U+0000-U+0008, U+000B, U+000C, U+000E-U+001F, U+007F-U+009F; those from U+0080 on are C2 80 to C2 9F in
// UTF-8.
bool is_banned(std::string_view text, std::size_t at) {
  auto const byte = static_cast<unsigned char>(text[at]);
  if (byte < 0x20) return byte != '\t' && byte != '\n' && byte != '\r';
  if (byte == 0x7f) return true;
  if (byte != 0xc2 || at + 1 == text.size()) return false;
  return static_cast<unsigned char>(text[at + 1]) <= 0x9f;
}

// No overflow: `bytes` is at most kVolumeBytesMax here.
std::int64_t round_up_to_unit(std::int64_t bytes) {
  return (bytes + rds::kSizeUnitBytes - 1) / rds::kSizeUnitBytes * rds::kSizeUnitBytes;
}

}  // namespace

base::Status check_text(std::string_view field, std::string_view value) {
  if (value.size() <= kStringBytesMax) return base::Status();
  return invalid(std::string(field) + ": " + in_quotes(value) + " is longer than the " +
                 std::to_string(kStringBytesMax) + " bytes CSI allows");
}

base::Status check_required_text(std::string_view field, std::string_view value) {
  if (value.empty()) return invalid(std::string(field) + ": is empty, but CSI requires it");
  return check_text(field, value);
}

base::Status check_node_id(std::string_view node_id) {
  if (node_id.empty()) return invalid("node_id: is empty, but CSI requires it");
  if (node_id.size() <= kNodeIdBytesMax) return base::Status();
  return invalid("node_id: " + in_quotes(node_id) + " is longer than the " + std::to_string(kNodeIdBytesMax) +
                 " bytes CSI allows");
}

base::Status check_name(std::string_view field, std::string_view value) {
  if (auto status = check_required_text(field, value); !status.ok()) return status;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (is_banned(value, i)) {
      return invalid(std::string(field) + ": " + in_quotes(value) +
                     ": a control character, which CSI bans from names, at byte " + std::to_string(i));
    }
  }
  return base::Status();
}

base::Status check_map(std::string_view field, StringMap const& map) {
  std::size_t bytes = 0;
  for (auto const& [key, value] : map) bytes += key.size() + value.size();
  if (bytes <= kMapBytesMax) return base::Status();
  return invalid(std::string(field) + ": " + std::to_string(bytes) + " bytes in " +
                 std::to_string(map.size()) + " entries; CSI allows " + std::to_string(kMapBytesMax));
}

base::StatusOr<std::int64_t> choose_size(CapacityRange const& range) {
  auto const [required, limit] = range;
  if (required < 0 || limit < 0) {
    return invalid("capacity_range: required_bytes " + std::to_string(required) + ", limit_bytes " +
                   std::to_string(limit) + ": negative; expected 0 (not given) or a size in bytes");
  }
  if (limit > 0 && limit < required) {
    return out_of_range("limit_bytes " + std::to_string(limit) + " is below required_bytes " +
                        std::to_string(required));
  }
  if (required > kVolumeBytesMax) {
    return out_of_range("required_bytes " + std::to_string(required) + " is above the largest volume, " +
                        std::to_string(kVolumeBytesMax) + " (16 TiB)");
  }
  std::int64_t const size = round_up_to_unit(std::max(required, kVolumeBytesMin));
  if (limit > 0 && size > limit) {
    return out_of_range("limit_bytes " + std::to_string(limit) + " is below the smallest size that fits, " +
                        std::to_string(size) + " (at least 1 GiB, a multiple of " +
                        std::to_string(rds::kSizeUnitBytes) + ")");
  }
  return size;
}

bool is_served_filesystem(std::string_view fs_type) {
  return fs_type == "ext4" || fs_type == "ext3" || fs_type == "xfs";
}

void append_field(std::string& text, std::string_view field) {
  text.append(std::to_string(field.size())).append(":").append(field);
}

}  // namespace rdscsi::csi
