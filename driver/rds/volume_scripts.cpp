// The console lines themselves. Used through rds/volume_scripts.h.
#include "rds/volume_scripts.h"

#include "rds/formats.h"
#include "rds/script.h"
#include "rds/script_parts.h"
#include "rds/snapshot_name.h"
#include "rds/snapshot_scripts.h"

namespace rdscsi::rds {
namespace {

constexpr std::uint16_t kDefaultPort = 4420;  // nvme-tcp-server-port's documented default (FACTS 2.1)

void declare_volume(Script& script, Territory const& territory, VolumeSpec const& spec) {
  declare_slots(script, spec.volume_id);
  declare_pool(script, territory);
  declare_file(script, spec.directory, spec.own_subvolume);
  script.code(":local e \"\";");
}

void print_volume(Script& script, std::string_view nonce, VolumeSpec const& spec) {
  script.code(
      ":foreach p,q in={{{e=$e}};[/disk print detail as-value where slot=$i or slot=$s or "
      "file-path=\"/$g\" or mount-point=$m");
  if (spec.origin == Origin::volume) script.code(" or slot=$j or slot=$u");
  script.code("];[/file print as-value where name=$g");
  if (spec.own_subvolume) script.code(" or name=$t");
  script.code("]");
  close_frame(script, nonce);
}

// Needs g, i and s, the slot to use; z, the size, when the volume has an origin; and h, the mark, when `mark`
// is empty.
void add_disk(Script& script, VolumeSpec const& spec, std::string_view mark) {
  script.code("/disk add type=file file-path=\"/$g\" file-size=");
  if (spec.origin == Origin::empty) {
    script.number(spec.size_bytes);
  } else {
    script.code("$z");
  }
  script.code(" slot=$s mount-filesystem=no comment=");
  if (mark.empty()) {
    script.code("$h");
  } else {
    script.value("mark", mark);
  }
  script.code(" nvme-tcp-export=yes");
  if (spec.nvme_port != kDefaultPort) script.code(" nvme-tcp-server-port=").number(spec.nvme_port);
  script.code(" nvme-tcp-server-nqn=\"nqn.2000-02.com.mikrotik:$i\"");
}

// Only where no disk refers to a file in it. Needs i; the whole name is compared.
void drop_subvolume(Script& script) {
  script.code("/disk btrfs subvolume remove [/disk btrfs subvolume find where name=$i];");
}

// Needs i; and b, what it begins as, when the volume has an origin.
void make_subvolume(Script& script, Territory const& territory, VolumeSpec const& spec) {
  script.code("/disk btrfs subvolume add fs=").value("filesystem", territory.subvolumes_of).code(" name=");
  std::string const prefix = subvolume_prefix(spec.directory);
  prefix.empty() ? script.code("$i") : script.joined("directory", {prefix, Variable{"i"}});
  if (spec.origin != Origin::empty) script.code(" parent=$b");
  script.code(";");
}

// z is the greater of the wished size and the origin's; what follows runs when z is not above the limit.
void take_size(Script& script, VolumeSpec const& spec) {
  script.code(":if ($z<").number(spec.size_bytes).code(") do={:set z ").number(spec.size_bytes);
  script.code("};:set e ").value("outcome", kOriginTooBig).code(";:if (");
  if (spec.limit_bytes > 0) {
    script.code("$z<=").number(spec.limit_bytes);
  } else {
    script.code("true");
  }
  script.code(") do={");
}

// What follows runs once for the origin, with b, the name of its subvolume, and z, the size to be had.
void open_origin(Script& script, Territory const& territory, VolumeSpec const& spec) {
  switch (spec.origin) {
    case Origin::empty:
      return;
    case Origin::snapshot:
      script.code(":set e ")
          .value("outcome", kNoOrigin)
          .code(";:foreach o in=[/disk btrfs subvolume find where name~");
      script.value("snapshot", own_snapshot_pattern(spec.origin_id, territory)).code("] do={:local b (");
      script.value("base path", subvolume_prefix(territory.base_path));
      script.code(".[/disk btrfs subvolume get $o name]);:local z [:tonum [:pick $b ");
      script.number(
          static_cast<std::int64_t>(subvolume_prefix(territory.base_path).size() + kSnapshotSizeOffset));
      script.code(" 999]];");
      break;
    case Origin::volume:
      script.code(":set e ")
          .value("outcome", kNoOrigin)
          .code(";:foreach o in=[/disk find where (slot=$j or slot=$u) and type=file and ");
      script.code("file-path~\"^/$w\" and comment~");
      script.value("mark pattern", mark_pattern(cluster_hash(territory.cluster_id), "[a-z2-7:]+"));
      script.code("] do={:local b [/disk get $o file-path];:set b [:pick $b ");
      script.number(static_cast<std::int64_t>(territory.pool_mount_point().size() + 2));
      script.code(" [:find $b \"/disk.img\"]];:local z [/disk get $o size];");
      break;
  }
  take_size(script, spec);
}

void close_origin(Script& script, VolumeSpec const& spec) {
  if (spec.origin != Origin::empty) script.code("}}");
}

// j and u are the origin's slots, w its file. Needs nothing.
void declare_origin(Script& script, Territory const& territory, VolumeSpec const& spec) {
  if (spec.origin != Origin::volume) return;
  script.code(":local j ").value("slot", full_slot(spec.origin_id));
  script.code(";:local u ").value("slot", compact_slot(spec.origin_id)).code(";");
  declare_any_file(script, territory, FilePlace::own_subvolume, "j");
}

}  // namespace

base::StatusOr<std::string> create_script(std::string_view nonce, Territory const& territory,
                                          VolumeSpec const& spec, Mark const& mark, LeftoverFile leftover) {
  Script script;
  open_frame(script, nonce);
  declare_volume(script, territory, spec);
  declare_origin(script, territory, spec);
  script.code(":if (").code(kPoolVisible);
  script.code("&&[:len [/disk find where slot=$i or slot=$s or file-path=\"/$g\"]]=0");
  if (leftover == LeftoverFile::refuse) {
    spec.own_subvolume ? script.code("&&[:len [/file find name=$t]]=0")
                       : script.code("&&[:len [/file find name=$g]]=0");
  }
  script.code(") do={");
  choose_slot(script, territory.slot_style);
  script.code(":onerror x in={");
  if (leftover == LeftoverFile::remove) {
    spec.own_subvolume ? drop_subvolume(script) : void(script.code("/file remove [/file find name=$g];"));
  }
  open_origin(script, territory, spec);
  if (spec.own_subvolume) make_subvolume(script, territory, spec);
  add_disk(script, spec, format_mark(mark));
  script.code(";:set e \"made\"");
  close_origin(script, spec);
  script.code("} do={:set e $x}};");
  print_volume(script, nonce, spec);
  return script.finish(line_bytes_max(territory));
}

base::StatusOr<std::string> remake_script(std::string_view nonce, Territory const& territory,
                                          VolumeSpec const& spec, Mark const& mark, std::string_view slot) {
  Script script;
  open_frame(script, nonce);
  script.code(":local i ").value("slot", full_slot(spec.volume_id));
  script.code(";:local s ").value("slot", slot).code(";");
  declare_pool(script, territory);
  declare_file(script, spec.directory, spec.own_subvolume);
  script.code(":local e \"\";:local h ").value("mark", format_mark(mark));
  script.code(";:if (").code(kPoolVisible).code("&&[:len [/file find name=$g]]=0) do={:onerror x in={");
  script.code(":foreach d in=[/disk find where slot=$s comment=$h file-path=\"/$g\"] do={/disk remove $d;");
  if (spec.own_subvolume) {
    drop_subvolume(script);
    make_subvolume(script, territory, spec);
  }
  add_disk(script, spec, "");
  script.code(";:set e \"made\"}} do={:set e $x}};");
  print_volume(script, nonce, spec);
  return script.finish(line_bytes_max(territory));
}

base::StatusOr<std::string> repair_script(std::string_view nonce, Territory const& territory,
                                          VolumeSpec const& spec, Mark const& mark, std::string_view slot) {
  Script script;
  open_frame(script, nonce);
  declare_volume(script, territory, spec);
  script.code(":if (").code(kPoolVisible).code(") do={:onerror x in={/disk set [/disk find where slot=");
  script.value("slot", slot).code(" comment=").value("mark", format_mark(mark));
  script.code(" file-path=\"/$g\"] mount-filesystem=no nvme-tcp-export=yes nvme-tcp-server-port=");
  script.number(spec.nvme_port).code(" nvme-tcp-server-nqn=\"nqn.2000-02.com.mikrotik:$i\";:set e \"made\"");
  script.code("} do={:set e $x}};");
  print_volume(script, nonce, spec);
  return script.finish(line_bytes_max(territory));
}

base::StatusOr<std::string> clear_script(std::string_view nonce, Territory const& territory,
                                         VolumeSpec const& spec, Mark const& mark) {
  Script script;
  open_frame(script, nonce);
  declare_volume(script, territory, spec);
  script.code(":if (").code(kPoolVisible).code(") do={:onerror x in={");
  script.code(":foreach d in=[/disk find where (slot=$i or slot=$s) and comment=")
      .value("mark", format_mark(mark));
  script.code(" and file-path=\"/$g\"] do={:if ([:len [/file find name=$g]]=0||[/disk get $d size]!=");
  script.number(spec.size_bytes).code(") do={/disk remove $d}};");
  script.code(":if ([:len [/disk find where slot=$i or slot=$s or file-path=\"/$g\"]]=0) do={");
  spec.own_subvolume ? drop_subvolume(script) : void(script.code("/file remove [/file find name=$g]"));
  script.code("};");
  script.code(":set e \"made\"} do={:set e $x}};");
  print_volume(script, nonce, spec);
  return script.finish(line_bytes_max(territory));
}

base::StatusOr<std::string> remove_script(std::string_view nonce, Territory const& territory,
                                          std::string_view volume_id) {
  // Where there are no subvolumes the line has no room for them.
  bool const subvolumes = !territory.subvolumes_of.empty();
  Script script;
  open_frame(script, nonce);
  declare_slots(script, volume_id);
  declare_pool(script, territory);
  declare_any_file(script, territory, subvolumes ? FilePlace::any : FilePlace::flat);
  script.code(":local e \"\";:if (").code(kPoolVisible).code(") do={:onerror x in={/disk remove ");
  find_own_disk(script, territory, subvolumes ? "(never|filled|offered:free)" : "(never|offered:free)");
  script.code(
      ";:if ([:len [/disk find where slot=$i or slot=$s]]=0) do={:foreach d in=[/file find name~\"^$w\"] do={"
      ":local n \"/$[/file get $d name]\";:if ([:len [/disk find file-path=$n]]=0) do={/file remove $d}}");
  if (subvolumes) {
    script.code(";:if ([:len [/disk find file-path~\"/$i/\"]]=0) do={");
    drop_subvolume(script);
    script.code("}");
  }
  script.code("}");
  script.code(
      "} do={:set e $x}};:foreach p,q in={{{e=$e}};[/disk print detail as-value where slot=$i or slot=$s or "
      "file-path~\"^/$w\" or mount-point=$m];[/file print as-value where name~\"^$w\"");
  if (subvolumes) script.code(" or name~\"/$i\\$\"");
  script.code("]");
  close_frame(script, nonce);
  return script.finish(line_bytes_max(territory));
}

base::StatusOr<std::string> expand_script(std::string_view nonce, Territory const& territory,
                                          ExpandSpec const& spec) {
  Script script;
  open_frame(script, nonce);
  declare_slots(script, spec.volume_id);
  declare_pool(script, territory);
  declare_any_file(script, territory);
  script.code(":local e \"\";:if (").code(kPoolVisible).code(") do={:onerror x in={:foreach d in=");
  find_own_disk(script, territory, "[a-z2-7:]+");
  script.code(" do={:if ([/disk get $d size]<").number(spec.size_bytes);
  script.code(") do={/disk set $d file-size=").number(spec.size_bytes).code(";:set e \"made\"}}");
  script.code(
      "} do={:set e $x}};:foreach p,q in={{{e=$e}};[/disk print detail as-value where slot=$i or slot=$s or "
      "mount-point=$m]");
  close_frame(script, nonce);
  return script.finish(line_bytes_max(territory));
}

namespace {

// The volume's own disk whose comment is what `comment`, a condition, says; in d. The pool is not asked for
// first: a disk that is there is published as well before its pool is, only the answer waits for the pool.
void open_publish(Script& script, std::string_view nonce, Territory const& territory,
                  std::string_view volume_id) {
  open_frame(script, nonce);
  declare_slots(script, volume_id);
  declare_pool(script, territory);
  script.code(
      ":local e \"\";:onerror x in={:foreach d in=[/disk find where (slot=$i or slot=$s) and file-path~");
  script.joined("base path", {"^/" + expression_for(file_menu_name(territory.base_path)) + "/([^/.][^/]*/)*",
                              Variable{"i"}, std::string("(/disk)*\\.img$")});
}

// Its mark is of this cluster and says `format`, an expression. What the rest must look like read_mark()
// tests on the row.
void with_mark(Script& script, Territory const& territory, std::string_view format) {
  script.code(" and comment~")
      .value("mark pattern", "^rdscsi1 c=" + cluster_hash(territory.cluster_id) +
                                 " v=[^ ]+ p=[^ ]+ fmt=" + std::string(format) + " src=[^ ]+$")
      .code("] do={");
}

void close_publish(Script& script, std::string_view nonce) {
  script.code(
      "}} do={:set e $x};:foreach p,q in={{{e=$e}};[/disk print detail as-value where slot=$i or slot=$s or "
      "mount-point=$m]");
  close_frame(script, nonce);
}

// Which hosts the export lets in from now on.
void allow_host(Script& script, PublishSpec const& spec) {
  script.code(" nvme-tcp-export=yes");
  if (!spec.fencing) return;
  script.code(" nvme-tcp-server-allow-host-name=").value("host NQN", spec.shared ? "" : spec.host_nqn);
}

// A hash is too long to be part of another, so it needs no bounds.
std::string held_by(std::string const& node) {
  return "offered:[a-z2-7:]*" + node + "[a-z2-7:]*";
}

}  // namespace

// k is the comment, f the holders a shared volume would have: not set when that were three.
base::StatusOr<std::string> publish_script(std::string_view nonce, Territory const& territory,
                                           PublishSpec const& spec) {
  constexpr auto kTwoHolders = static_cast<std::int64_t>(2 * kNodeHashCharacters + 1);
  std::string const node = node_hash(spec.node_id);
  Script script;
  open_publish(script, nonce, territory, spec.volume_id);
  with_mark(script, territory, spec.shared ? "[a-z2-7:]+" : "(never|filled|offered:(free|" + node + "))");
  script.code(":local k [/disk get $d comment];");
  if (spec.shared) {
    script.code(":local f [:pick $k ").number(kHoldersOffset).code(" [:find $k \" src=\"]];:if ($k~");
    script.value("pattern", "(never|filled|free) src").code(") do={:set f ").value("node", node);
    script.code("};:if (!($f~").value("node", node).code(")) do={:set f ");
    script.joined("node", {Variable{"f"}, ":" + node}).code("};:if ([:len $f]<=").number(kTwoHolders);
    script.code(") do={");
  }
  script.code(":set e \"made\";");
  if (!spec.shared) script.code(":if ($k~\" fmt=never \") do={:set e \"first\"};");
  script.code("/disk set $d comment=([:pick $k 0 ");
  script.number(kFormatOffset).code("].");
  if (spec.shared) {
    script.joined("holders", {std::string("offered:"), Variable{"f"}});
  } else {
    script.value("node", "offered:" + node);
  }
  script.code(".[:pick $k [:find $k \" src=\"] 200])");
  allow_host(script, spec);
  if (spec.shared) script.code("}");
  close_publish(script, nonce);
  return script.finish(line_bytes_max(territory));
}

base::StatusOr<std::string> adopt_script(std::string_view nonce, Territory const& territory,
                                         PublishSpec const& spec, Mark const& adopted) {
  Script script;
  open_publish(script, nonce, territory, spec.volume_id);
  script.code(
      " and !(comment~\"^rdscsi\")] do={/disk set $d mount-filesystem=no "
      "nvme-tcp-server-nqn=\"nqn.2000-02.com.mikrotik:$i\" comment=");
  script.value("mark", format_mark(adopted));
  allow_host(script, spec);
  script.code(";:set e \"made\"");
  close_publish(script, nonce);
  return script.finish(line_bytes_max(territory));
}

base::StatusOr<std::string> mend_script(std::string_view nonce, Territory const& territory,
                                        PublishSpec const& spec) {
  Script script;
  open_publish(script, nonce, territory, spec.volume_id);
  with_mark(script, territory, held_by(node_hash(spec.node_id)));
  script.code(
      "/disk set $d mount-filesystem=no nvme-tcp-server-nqn=\"nqn.2000-02.com.mikrotik:$i\";:set e \"made\"");
  close_publish(script, nonce);
  return script.finish(line_bytes_max(territory));
}

// a is who is left: the other of two. The export goes first: killed in between, the node is still in the
// mark, and the next call finishes.
base::StatusOr<std::string> unpublish_script(std::string_view nonce, Territory const& territory,
                                             UnpublishSpec const& spec) {
  constexpr auto kFirst = static_cast<std::int64_t>(kHoldersOffset);
  constexpr auto kLength = static_cast<std::int64_t>(kNodeHashCharacters);
  std::string const node = spec.node_id.empty() ? "" : node_hash(spec.node_id);
  Script script;
  open_publish(script, nonce, territory, spec.volume_id);
  with_mark(script, territory, node.empty() ? "offered:[a-z2-7:]+" : held_by(node));
  script.code(":local k [/disk get $d comment];:local a \"free\";");
  if (!node.empty()) {
    script.code(":if ($k~").value("node", node + ":").code(") do={:set a [:pick $k ");
    script.number(kFirst + kLength + 1).code(" ").number(kFirst + 2 * kLength + 1).code("]};:if ($k~");
    script.value("node", "d:.+:" + node).code(") do={:set a [:pick $k ");
    script.number(kFirst).code(" ").number(kFirst + kLength).code("]};");
  }
  if (spec.fencing) {
    script.code(
        ":if ($a=\"free\") do={/disk set $d nvme-tcp-export=no nvme-tcp-server-allow-host-name=\"\"};");
  }
  script.code("/disk set $d comment=([:pick $k 0 ").number(kFormatOffset);
  script.code("].\"offered:$a\".[:pick $k [:find $k \" src=\"] 200]);:set e \"made\"");
  close_publish(script, nonce);
  return script.finish(line_bytes_max(territory));
}

base::StatusOr<std::string> get_script(std::string_view nonce, Territory const& territory,
                                       std::string_view volume_id) {
  Script script;
  open_frame(script, nonce);
  declare_slots(script, volume_id);
  declare_pool(script, territory);
  declare_any_file(script, territory);
  script.code(
      ":foreach p,q in={[/disk print detail as-value where slot=$i or slot=$s or mount-point=$m];[/file "
      "print "
      "as-value where name~\"^$w\"]");
  close_frame(script, nonce);
  return script.finish(line_bytes_max(territory));
}

namespace {

// The rows of all volumes, whosever; the pool's row says that they are all.
void print_all_disks(Script& script, Territory const& territory) {
  script.code(
      "[/disk print detail as-value "
      "proplist=slot,type,comment,file-path,size,free,mount-point,mount-filesystem,"
      "nvme-tcp-export,nvme-tcp-server-port,nvme-tcp-server-nqn where type=file or mount-point=");
  script.value("pool", territory.pool_mount_point()).code("]");
}

}  // namespace

base::StatusOr<std::string> list_script(std::string_view nonce, Territory const& territory) {
  Script script;
  open_frame(script, nonce);
  script.code(":foreach p,q in={");
  print_all_disks(script, territory);
  close_frame(script, nonce);
  return script.finish(line_bytes_max(territory));
}

base::StatusOr<std::string> inventory_script(std::string_view nonce, Territory const& territory) {
  std::string const cluster = cluster_hash(territory.cluster_id);
  Script script;
  open_frame(script, nonce);
  script.code(":foreach p,q in={");
  print_all_disks(script, territory);
  script.code(";[/file print as-value where name~");
  script.value("base path", "^" + expression_for(file_menu_name(territory.base_path)) + "/.*\\.img$")
      .code("]");
  if (!territory.subvolumes_of.empty()) {
    script.code(";");
    print_subvolumes(script, "^(pvc-|snap-[^.]+\\." + cluster + "\\.|" + scratch_name_start(territory) + ")");
  }
  close_frame(script, nonce);
  return script.finish(line_bytes_max(territory));
}

base::StatusOr<std::string> pool_script(std::string_view nonce, Territory const& territory) {
  Script script;
  open_frame(script, nonce);
  script.code(":foreach p,q in={[/disk print detail as-value where mount-point=");
  script.value("pool", territory.pool_mount_point()).code("]");
  close_frame(script, nonce);
  return script.finish(line_bytes_max(territory));
}

}  // namespace rdscsi::rds
