// Which volume capabilities are well formed, and which of them this driver honours.
#include "csi/capabilities.h"

#include <algorithm>

#include "base/reasons.h"
#include "csi/request_rules.h"
#include "csi/text.h"

namespace rdscsi::csi {
namespace {

base::Status invalid(std::string const& message) {
  return base::fail(base::Reason::invalid_argument, base::Effect::none, message);
}

std::string place(std::size_t index) {
  return "volume_capabilities[" + std::to_string(index) + "]";
}

base::Status check_mount_form(MountAccess const& mount, std::string const& where) {
  std::size_t flag_bytes = 0;
  for (auto const& flag : mount.mount_flags) flag_bytes += flag.size();
  if (flag_bytes > kMapBytesMax) {
    return invalid(where + ".mount.mount_flags: " + std::to_string(flag_bytes) + " bytes; CSI allows " +
                   std::to_string(kMapBytesMax) + " in total");
  }
  if (auto status = check_text(where + ".mount.fs_type", mount.fs_type); !status.ok()) return status;
  return check_text(where + ".mount.volume_mount_group", mount.volume_mount_group);
}

base::Status check_form(VolumeCapability const& capability, std::string const& where) {
  if (std::holds_alternative<std::monostate>(capability.access)) {
    return invalid(where + ": access_type is missing; expected block or mount");
  }
  if (!capability.mode) return invalid(where + ": access_mode is missing");
  if (*capability.mode == AccessMode::unknown) {
    return invalid(where + ".access_mode: UNKNOWN or not a mode of CSI 1.12; expected SINGLE_NODE_WRITER");
  }
  if (auto const* mount = std::get_if<MountAccess>(&capability.access))
    return check_mount_form(*mount, where);
  return base::Status();
}

// Empty: honoured.
std::string mode_problem(AccessMode mode, bool block) {
  switch (mode) {
    case AccessMode::single_node_writer:
    case AccessMode::single_node_reader_only:
    case AccessMode::single_node_single_writer:
    case AccessMode::single_node_multi_writer:
      return "";
    case AccessMode::multi_node_multi_writer:
      if (block) return "";
      return "needs volumeMode: Block here: a filesystem mounted on two nodes is destroyed; use volumeMode: "
             "Block "
             "with ReadWriteMany, or SINGLE_NODE_WRITER (ReadWriteOnce) for a filesystem";
    case AccessMode::multi_node_reader_only:
    case AccessMode::multi_node_single_writer:
      return "is not served: no volume is shared between nodes outside a live migration; use "
             "SINGLE_NODE_WRITER "
             "(ReadWriteOnce), or volumeMode: Block with ReadWriteMany";
    case AccessMode::unknown:
      break;
  }
  return "is not a mode of CSI 1.12; use SINGLE_NODE_WRITER (ReadWriteOnce)";
}

std::string mount_problem(MountAccess const& mount) {
  if (!mount.fs_type.empty() && !is_served_filesystem(mount.fs_type)) {
    return "fs_type " + in_quotes(mount.fs_type) +
           " is not served; use ext4, ext3 or xfs, or leave it empty for ext4";
  }
  if (!mount.volume_mount_group.empty()) {
    return "volume_mount_group " + in_quotes(mount.volume_mount_group) +
           " is not served, as VOLUME_MOUNT_GROUP is not among the advertised capabilities; leave it empty";
  }
  return "";
}

std::string problem(VolumeCapability const& capability) {
  bool const block = std::holds_alternative<BlockAccess>(capability.access);
  AccessMode const mode = capability.mode.value_or(AccessMode::unknown);
  if (std::string const found = mode_problem(mode, block); !found.empty()) {
    return "access_mode " + std::string(to_string(mode)) + " " + found;
  }
  if (auto const* mount = std::get_if<MountAccess>(&capability.access)) return mount_problem(*mount);
  return "";
}

std::string canonical(VolumeCapability const& capability) {
  std::string text(to_string(capability.mode.value_or(AccessMode::unknown)));
  if (auto const* mount = std::get_if<MountAccess>(&capability.access)) {
    append_field(text, "mount");
    append_field(text, mount->fs_type);
    for (auto const& flag : mount->mount_flags) append_field(text, flag);
  } else {
    append_field(text, "block");
  }
  return text;
}

}  // namespace

base::Status check_capabilities_form(std::vector<VolumeCapability> const& capabilities) {
  if (capabilities.empty()) return invalid("volume_capabilities: none given; CSI requires at least one");
  for (std::size_t i = 0; i < capabilities.size(); ++i) {
    if (auto status = check_form(capabilities[i], place(i)); !status.ok()) return status;
  }
  return base::Status();
}

std::optional<std::string> why_unsupported(std::vector<VolumeCapability> const& capabilities) {
  for (std::size_t i = 0; i < capabilities.size(); ++i) {
    if (std::string const found = problem(capabilities[i]); !found.empty()) return place(i) + ": " + found;
  }
  return std::nullopt;
}

std::string canonical_text(std::vector<VolumeCapability> const& capabilities) {
  std::vector<std::string> texts;
  texts.reserve(capabilities.size());
  for (auto const& capability : capabilities) texts.push_back(canonical(capability));
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  std::string whole;
  for (auto const& text : texts) append_field(whole, text);
  return whole;
}

std::string_view to_string(AccessMode mode) {
  switch (mode) {
    case AccessMode::unknown:
      return "UNKNOWN";
    case AccessMode::single_node_writer:
      return "SINGLE_NODE_WRITER";
    case AccessMode::single_node_reader_only:
      return "SINGLE_NODE_READER_ONLY";
    case AccessMode::multi_node_reader_only:
      return "MULTI_NODE_READER_ONLY";
    case AccessMode::multi_node_single_writer:
      return "MULTI_NODE_SINGLE_WRITER";
    case AccessMode::multi_node_multi_writer:
      return "MULTI_NODE_MULTI_WRITER";
    case AccessMode::single_node_single_writer:
      return "SINGLE_NODE_SINGLE_WRITER";
    case AccessMode::single_node_multi_writer:
      return "SINGLE_NODE_MULTI_WRITER";
  }
  return "UNKNOWN";
}

}  // namespace rdscsi::csi
