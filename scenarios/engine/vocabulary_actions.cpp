// What a scenario can do: calls, world changes, and what it can wait for. See vocabulary.h.
#include "scenarios/engine/vocabulary.h"
#include "scenarios/engine/vocabulary_build.h"

namespace scenario {

using namespace make;  // NOLINT(google-build-using-namespace): a table of one-word makers

namespace {

Type access() {
  return choice({"rwo", "rwop", "rwx", "rox"});
}
Type mode() {
  return choice({"filesystem", "block"});
}

Type retry() {
  return either(
      {choice({"none", "provisioner"}),
       map({must("policy", choice({"none", "provisioner"}),
                 "provisioner: as external-provisioner does: 1 s doubling to 5 min on codes that may still "
                 "be in progress and on final ones alike, same arguments, until OK"),
            may("for", duration(), "give up after this long; default: the scenario's end"),
            may("times", integer(), "give up after so many attempts")})});
}

// Arguments every call takes.
std::vector<Field> with_common(std::vector<Field> fields) {
  fields.push_back(may("deadline", duration(), "the caller's gRPC deadline; default 10s"));
  fields.push_back(may("retry", retry(), "who calls again after a failure; default none"));
  fields.push_back(may("controller", integer(), "which controller replica answers, from 0; default 0"));
  return fields;
}

std::vector<Field> publishing_calls() {
  return {
      may("publish_volume",
          map(with_common({
              may("volume", volume_reference(), "the volume a create_volume or given named"),
              may("id", text(), "a literal volume id instead"),
              must("node", text(), "node_id; announced or not as world.nodes says"),
              may("access", access(), "default rwo"),
              may("mode", mode(), "default filesystem"),
              may("fs_type", text(), "csi fs_type; default ext4"),
              may("readonly", boolean(), "default false"),
          })),
          "ControllerPublishVolume; exactly one of volume and id"),
      may("unpublish_volume",
          map(with_common({
              may("volume", volume_reference(), "the volume a create_volume or given named"),
              may("id", text(), "a literal volume id instead"),
              may("node", text(), "node_id; absent: every node"),
          })),
          "ControllerUnpublishVolume; exactly one of volume and id"),
      may("get_volume",
          map(with_common({
              may("volume", volume_reference(), "the volume a create_volume or given named"),
              may("id", text(), "a literal volume id instead"),
          })),
          "ControllerGetVolume; exactly one of volume and id"),
  };
}

std::vector<Field> snapshot_calls() {
  std::vector<Field> const one = {
      may("snapshot", snapshot_reference(), "the snapshot a create_snapshot named"),
      may("id", text(), "a literal snapshot id instead"),
  };
  return {
      may("create_snapshot",
          map(with_common({
              must("name", text(), "CSI name; snapshot-<uuid> as external-snapshotter makes it"),
              may("volume", volume_reference(), "the volume a create_volume or given named"),
              may("id", text(), "a literal volume id instead"),
              may("parameters", dictionary(text()), "VolumeSnapshotClass parameters"),
          })),
          "CreateSnapshot; exactly one of volume and id"),
      may("delete_snapshot", map(with_common(one)), "DeleteSnapshot; exactly one of snapshot and id"),
      may("get_snapshot", map(with_common(one)), "GetSnapshot; exactly one of snapshot and id"),
      may("list_snapshots",
          map(with_common({
              may("max_entries", integer(), "page size; default 0: all"),
              may("starting_token", text(), "where to go on"),
              may("all_pages", boolean(), "follow next_token to the end; default true"),
              may("volume", volume_reference(), "only snapshots of this volume"),
              may("snapshot", snapshot_reference(), "only this snapshot"),
              may("id", text(), "only this snapshot, by its id"),
          })),
          "ListSnapshots"),
  };
}

std::vector<Field> make_calls() {
  std::vector<Field> all = {
      may("create_volume",
          map(with_common({
              must("name", text(),
                   "CSI name; pvc-<uuid> as the provisioner makes it, or anything to be refused"),
              may("size", bytes(), "required_bytes; absent: no capacity range"),
              may("limit", bytes(), "limit_bytes"),
              may("access", access(), "access mode; default rwo"),
              may("mode", mode(), "default filesystem"),
              may("fs_type", text(), "csi fs_type; default ext4"),
              may("parameters", dictionary(text()), "StorageClass parameters"),
              may("from_volume", text(), "content source: a volume's name here, or an id"),
              may("from_snapshot", text(), "content source: a snapshot's name here, or an id"),
          })),
          "CreateVolume"),
      may("delete_volume",
          map(with_common({
              may("volume", volume_reference(), "the volume a create_volume or given named"),
              may("id", text(), "a literal volume id instead"),
          })),
          "DeleteVolume; exactly one of volume and id"),
      may("expand_volume",
          map(with_common({
              may("volume", volume_reference(), "the volume a create_volume or given named"),
              may("id", text(), "a literal volume id instead"),
              may("size", bytes(), "required_bytes"),
              may("limit", bytes(), "limit_bytes"),
          })),
          "ControllerExpandVolume; exactly one of volume and id"),
      may("list_volumes",
          map(with_common({
              may("max_entries", integer(), "page size; absent: no limit"),
              may("starting_token", text(), "literal token"),
              may("all_pages", boolean(), "follow next_token to the end; default true"),
          })),
          "ListVolumes"),
      may("get_capacity",
          map(with_common({
              may("access", access(), "absent: no capability asked for"),
              may("mode", mode(), "default filesystem"),
              may("parameters", dictionary(text()), "StorageClass parameters"),
          })),
          "GetCapacity"),
      may("validate_volume_capabilities",
          map(with_common({
              may("volume", volume_reference(), "the volume a create_volume or given named"),
              may("id", text(), "a literal volume id instead"),
              may("access", access(), "default rwo"),
              may("mode", mode(), "default filesystem"),
              may("parameters", dictionary(text()), "StorageClass parameters"),
              may("context", dictionary(text()), "volume context; default: the one the driver gave"),
          })),
          "ValidateVolumeCapabilities; exactly one of volume and id"),
      may("probe", map(with_common({})), "Identity Probe"),
      may("scrape", map(with_common({})),
          "the page of metrics, from memory; needs the driver's flag metrics-address"),
  };
  for (Field& field : publishing_calls()) all.push_back(std::move(field));
  for (Field& field : snapshot_calls()) all.push_back(std::move(field));
  return all;
}

// How a world change names a disk: through a volume of the scenario, or literally.
std::vector<Field> disk_name(std::vector<Field> more = {}) {
  std::vector<Field> fields = {may("volume", volume_reference(), "the volume's disk"),
                               may("slot", text(), "a literal slot instead")};
  for (Field& field : more) fields.push_back(std::move(field));
  return fields;
}

Type controller_only() {
  return map({may("controller", integer(), "replica, from 0; default 0")});
}

std::vector<Field> make_world_changes() {
  return {
      may("kill_controller", controller_only(),
          "SIGKILL, also while it stops: its threads never run again, its sockets reset"),
      may("restart_controller", controller_only(),
          "starts a killed or stopped controller with empty memory, once it has gone"),
      may("stop_controller", controller_only(), "SIGTERM: graceful stop within 30 s"),
      may("rds_power_loss", map({}), "the RDS goes dark in mid-command; what was not durable is lost"),
      may("rds_power_on",
          map({may("ssh_after", duration(), "until SSH answers; default 30s"),
               may("pool_after", duration(), "after SSH, until the pool is mounted; default 0s")}),
          "the RDS comes back in stages"),
      may("rds_reboot",
          map({may("ssh_after", duration(), "until SSH answers; default 60s"),
               may("pool_after", duration(), "after SSH, until the pool is mounted; default 0s")}),
          "sessions and commands end, connections are refused, then it comes back in stages"),
      may("write_bytes",
          map({must("volume", volume_reference(), "whose file"), must("text", text(), "what is written"),
               may("at", bytes(), "offset; default 0")}),
          "a host writes into the volume, as it would over NVMe/TCP"),
      may("lose_owner", map({must("of", image_reference(), "whose")}),
          "its PersistentVolume or VolumeSnapshotContent is gone, and nobody calls Delete; needs "
          "world.owners"),
      may("owners_lists",
          map({must("are", choice({"right", "stale", "empty", "failing"}),
                    "from now on; stale: as they are now")}),
          "what listing all owners answers; needs world.owners"),
      may("delete_backing_file", map(disk_name()), "the file goes, the disk entry stays"),
      may("remove_disk_entry", map(disk_name()), "the disk entry goes, the file stays"),
      may("set_disk", map(disk_name({must("set", dictionary(text()), "RouterOS property = value")})),
          "somebody changes a disk by hand"),
      may("add_foreign_disk",
          map({must("slot", text(), "its slot"), may("path", text(), "its file; default foreign/<slot>.img"),
               may("size", bytes(), "default 1GiB"), may("comment", text(), "default none"),
               may("export", boolean(), "nvme-tcp-export; default false")}),
          "a disk that is not ours"),
      may("add_foreign_file",
          map({must("path", text(), "full path, no leading slash"), may("size", bytes(), "default 1MiB")}),
          "a file that is not ours"),
  };
}

Type nth() {
  return integer();
}

std::vector<Field> make_events() {
  std::vector<Field> command = {may("menu", text(), "for example /disk"),
                                may("command", text(), "add, set, remove, print ..."),
                                may("nth", nth(), "the n-th that fits, from 1; default 1")};
  std::vector<Field> exec = {must("is", choice({"started", "finished"}), "at the device"),
                             may("nth", nth(), "the n-th that fits, from 1; default 1"),
                             may("text", text(), "only exec lines containing this")};
  return {
      may("rds_effect", map(command),
          "a change of the device's state has just taken effect, inside a script or not"),
      may("rds_command", map(exec), "an exec line has arrived at, or been answered by, the device"),
      may("call",
          map({must("of", call_reference(), "the call's name"),
               must("is", choice({"started", "finished"}), "its state"),
               may("nth", nth(), "the n-th attempt; default 1")}),
          "a call was sent or answered"),
      may("connection",
          map({must("is", choice({"connecting", "up", "down"}), "new state"),
               may("controller", integer(), "replica; default 0"), may("nth", nth(), "default 1")}),
          "the controller's connection to the RDS changed"),
      may("fault",
          map({must("of", fault_reference(), "the fault's name"),
               must("is", choice({"fired", "ended"}), "what happened"), may("nth", nth(), "default 1")}),
          "a fault struck or was healed"),
  };
}

std::vector<Field> make_givens() {
  return {
      may("volume",
          map({must("as", name(), "its name in this file"), must("name", text(), "CSI name"),
               must("size", bytes(), "required_bytes"),
               may("count", integer(), "so many, names ending in -1, -2 ...")}),
          "made by the driver itself before time 0; the create must be OK"),
      may("unmarked_volume",
          map({must("as", name(), "its name in this file"), must("id", text(), "pvc-<uuid>"),
               must("size", bytes(), "size of the disk"),
               may("path", text(), "file; default <base>/<id>.img"),
               may("export", boolean(), "default true")}),
          "as the Go driver left it: right slot and path, no mark"),
      may("foreign_disk",
          map({must("slot", text(), "its slot"), may("path", text(), "its file; default foreign/<slot>.img"),
               may("size", bytes(), "default 1GiB"), may("comment", text(), "default none"),
               may("export", boolean(), "default false"),
               may("count", integer(), "so many, slots ending in -1 ...")}),
          "a disk that is not ours and must stay as it is"),
      may("foreign_file",
          map({must("path", text(), "full path, no leading slash"), may("size", bytes(), "default 1MiB")}),
          "a file that is not ours and must stay as it is"),
  };
}

}  // namespace

std::vector<Field> const& calls() {
  static std::vector<Field> const table = make_calls();
  return table;
}
std::vector<Field> const& world_changes() {
  static std::vector<Field> const table = make_world_changes();
  return table;
}
std::vector<Field> const& events() {
  static std::vector<Field> const table = make_events();
  return table;
}
std::vector<Field> const& givens() {
  static std::vector<Field> const table = make_givens();
  return table;
}

}  // namespace scenario
