// Rules every CSI request is held to: field sizes, and the volume size that follows from a capacity range.
// Source: CSI 1.12 "Size Limits" (128 bytes a string, 4 KiB a map); knowledge/go-driver 3 for 1 GiB and 16
// TiB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "csi/messages.h"

namespace rdscsi::csi {

inline constexpr std::size_t kStringBytesMax = 128;
inline constexpr std::size_t kMapBytesMax = 4096;
inline constexpr std::int64_t kVolumeBytesMin = std::int64_t{1} << 30;  // 1 GiB
inline constexpr std::int64_t kVolumeBytesMax = std::int64_t{1} << 44;  // 16 TiB

// INVALID_ARGUMENT when `value` is longer than CSI allows. `field` is named in the message.
base::Status check_text(std::string_view field, std::string_view value);

// As check_text(), and the value must be there.
base::Status check_required_text(std::string_view field, std::string_view value);

// As check_required_text(), and without the characters that CSI 1.12 bans from the names of volumes and
// snapshots: control characters other than tab, line feed and carriage return. `value` is UTF-8, as protobuf
// makes sure.
base::Status check_name(std::string_view field, std::string_view value);

inline constexpr std::size_t kNodeIdBytesMax = 256;  // CSI 1.12, NodeGetInfoResponse

// As check_required_text(), with the longer limit of a node id.
base::Status check_node_id(std::string_view node_id);

// INVALID_ARGUMENT when the keys and values together exceed 4 KiB.
base::Status check_map(std::string_view field, StringMap const& map);

// The size in bytes a new volume gets: the smallest the device can hold (a multiple of rds::kSizeUnitBytes,
// at least 1 GiB) within the range. Negative values are INVALID_ARGUMENT; OUT_OF_RANGE: limit below required,
// above 16 TiB, or no size of the device's fits between the two (W-03: never rounded below what was asked).
base::StatusOr<std::int64_t> choose_size(CapacityRange const& range);

bool is_served_filesystem(std::string_view fs_type);  // ext4, ext3, xfs

// Appends a field so that different lists of fields never give the same text: "<length>:<field>".
void append_field(std::string& text, std::string_view field);

}  // namespace rdscsi::csi
