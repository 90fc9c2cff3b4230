// See capability_table.h. Sources: CSI 1.12 for what each capability promises; FACTS for what the device can.
#include "csi/capability_table.h"

#include <array>

namespace rdscsi::csi {
namespace {

using Kind = CapabilityKind;

constexpr std::string_view kProven =
    "where the RDS has proven that its snapshots hold data: btrfs menus (RouterOS 7.18 on), a btrfs pool, "
    "and "
    "a self-test that read back what it wrote (`--snapshots=auto`)";
constexpr std::string_view kNoNode = "This build has no node service yet.";

constexpr std::array kRows = {
    CapabilityRow{
        Kind::plugin, "VOLUME_ACCESSIBILITY_CONSTRAINTS", Advertised::never,
        "Every node reaches the RDS over the network alike; no volume is nearer to one than to another."},
    CapabilityRow{Kind::plugin, "GROUP_CONTROLLER_SERVICE", Advertised::never,
                  "The RDS has no command that cuts several volumes at one moment."},
    CapabilityRow{
        Kind::plugin, "SNAPSHOT_METADATA_SERVICE", Advertised::never,
        "RouterOS does not say which blocks a file holds or which have changed. Alpha in CSI 1.12."},
    CapabilityRow{
        Kind::volume_expansion, "OFFLINE", Advertised::never,
        "ONLINE is advertised: a volume grows while it is published and need not be taken from its node."},
    CapabilityRow{Kind::controller, "CREATE_DELETE_SNAPSHOT", Advertised::on_condition, kProven},
    CapabilityRow{Kind::controller, "LIST_SNAPSHOTS", Advertised::on_condition, kProven},
    CapabilityRow{Kind::controller, "GET_SNAPSHOT", Advertised::on_condition, kProven},
    CapabilityRow{Kind::controller, "CLONE_VOLUME", Advertised::on_condition, kProven},
    CapabilityRow{
        Kind::controller, "PUBLISH_READONLY", Advertised::never,
        "An NVMe/TCP export of the RDS cannot be read-only for one host; a read-only mount on the node is "
        "what Kubernetes uses."},
    CapabilityRow{
        Kind::controller, "LIST_VOLUMES_PUBLISHED_NODES", Advertised::on_condition,
        "with `--nodes-file`: the RDS keeps a hash of the node's id, and only who knows all nodes can turn "
        "it into a name."},
    CapabilityRow{
        Kind::controller, "MODIFY_VOLUME", Advertised::never,
        "No parameter of a volume can change while it lives: address, port and path are where its data is. "
        "A VolumeAttributesClass is refused."},
    CapabilityRow{Kind::node, "STAGE_UNSTAGE_VOLUME", Advertised::never, kNoNode},
    CapabilityRow{Kind::node, "GET_VOLUME_STATS", Advertised::never, kNoNode},
    CapabilityRow{Kind::node, "EXPAND_VOLUME", Advertised::never, kNoNode},
    CapabilityRow{Kind::node, "VOLUME_CONDITION", Advertised::never, kNoNode},
    CapabilityRow{Kind::node, "SINGLE_NODE_MULTI_WRITER", Advertised::never, kNoNode},
    CapabilityRow{
        Kind::node, "VOLUME_MOUNT_GROUP", Advertised::never,
        "ext4, ext3 and xfs have no mount option for a group; Kubernetes changes the owner of the files "
        "itself (fsGroup)."},
    CapabilityRow{Kind::group_controller, "CREATE_DELETE_GET_VOLUME_GROUP_SNAPSHOT", Advertised::never,
                  "See GROUP_CONTROLLER_SERVICE."},
};

constexpr std::array kSkips = {
    SanitySkip{"CreateVolume", 2, "MODIFY_VOLUME"},
    SanitySkip{"ControllerPublishVolume", 1, "PUBLISH_READONLY"},
    SanitySkip{"ModifyVolume", 6, "MODIFY_VOLUME"},
    SanitySkip{"GroupController", 6, "GROUP_CONTROLLER_SERVICE"},
};

}  // namespace

std::span<CapabilityRow const> capability_rows() {
  return kRows;
}

std::span<SanitySkip const> sanity_skips() {
  return kSkips;
}

}  // namespace rdscsi::csi
