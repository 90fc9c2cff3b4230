// Volume capabilities: which are well formed and which of the well formed ones this driver honours. Used by
// CreateVolume (both are errors there), ValidateVolumeCapabilities and GetCapacity (the second is an answer).
// Source: CSI 1.12 VolumeCapability; knowledge/go-driver 3.2 for the set of modes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "csi/messages.h"

namespace rdscsi::csi {

// INVALID_ARGUMENT for what breaks CSI itself: none given, no access type, no or unknown access mode, fields
// longer than CSI allows.
base::Status check_capabilities_form(std::vector<VolumeCapability> const& capabilities);

// Why this driver cannot honour one of them, and what would be right; nothing when it honours all.
// Honoured: SINGLE_NODE_WRITER and SINGLE_NODE_READER_ONLY with block or mount, MULTI_NODE_MULTI_WRITER with
// block; filesystems ext4 (default), ext3, xfs.
std::optional<std::string> why_unsupported(std::vector<VolumeCapability> const& capabilities);

// Canonical text: equal for equal lists whatever their order. Part of what CreateVolume compares with a
// retry.
std::string canonical_text(std::vector<VolumeCapability> const& capabilities);

std::string_view to_string(AccessMode mode);  // "SINGLE_NODE_WRITER"

}  // namespace rdscsi::csi
