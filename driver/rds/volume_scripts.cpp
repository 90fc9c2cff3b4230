// The console lines themselves. Used through rds/volume_scripts.h.
//
// Variables, one letter each because a line is short: i full slot (= volume id), s compact slot, m pool, g
// backing file as /file calls it, e outcome, c lines printed. None is the name of a property: `where
// slot=$slot` would compare the property with itself.
#include "rds/volume_scripts.h"

#include "rds/formats.h"
#include "rds/script.h"

namespace rdscsi::rds {
namespace {

constexpr std::uint16_t kDefaultPort = 4420;  // nvme-tcp-server-port's documented default (FACTS 2.1)

void open_frame(Script& script, std::string_view nonce) {
  script.code(":put ").value("nonce", nonce).code(";:local c 0;");
}

// Prints the rows of the queries that were written since `:foreach p,q in={`. `p` numbers the query, `n` the
// row.
void close_frame(Script& script, std::string_view nonce) {
  script
      .code(
          "} do={:foreach n,r in=$q do={:foreach k,v in=$r do={:local l \"$p $n $k $v\";:set c ($c+1);"
          ":put \"$c $[:len $l] $l $l\"}}};:put ")
      .joined("nonce", {std::string(nonce) + " ", Variable{"c"}});
}

void declare_slots(Script& script, std::string_view volume_id) {
  script.code(":local i ").value("slot", full_slot(volume_id));
  script.code(";:local s ").value("slot", compact_slot(volume_id)).code(";");
}

void declare_pool(Script& script, Territory const& territory) {
  script.code(":local m ").value("pool", territory.pool_mount_point()).code(";");
}

// What follows the pool in a clean absolute directory: "/metal-csi", or nothing.
std::string below_pool(std::string_view directory) {
  return std::string(directory.substr(1 + first_component(directory).size()));
}

// Needs i and m.
void declare_file(Script& script, std::string_view directory) {
  script.code(":local g ")
      .joined("backing file",
              {Variable{"m"}, below_pool(directory) + "/", Variable{"i"}, std::string(".img")});
  script.code(";");
}

void declare_volume(Script& script, Territory const& territory, VolumeSpec const& spec) {
  declare_slots(script, spec.volume_id);
  declare_pool(script, territory);
  declare_file(script, spec.directory);
  script.code(":local e \"\";");
}

constexpr Code kPoolVisible = "[:len [/disk find mount-point=$m]]>0";

void print_volume(Script& script, std::string_view nonce) {
  script.code(
      ":foreach p,q in={{{e=$e}};[/disk print detail as-value where slot=$i or slot=$s or "
      "file-path=\"/$g\" or mount-point=$m];[/file print as-value where name=$g]");
  close_frame(script, nonce);
}

// Needs g, i and s, the slot to use; and h, the mark, when `mark` is empty.
void add_disk(Script& script, VolumeSpec const& spec, std::string_view mark) {
  script.code("/disk add type=file file-path=\"/$g\" file-size=").number(spec.size_bytes);
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

// Leaves in s the slot to create: a slot that begins with pvc- and has 40 characters proves that this device
// takes such slots (FACTS 2.2).
void choose_slot(Script& script, SlotStyle style) {
  switch (style) {
    case SlotStyle::compact:
      return;
    case SlotStyle::full:
      script.code(":set s $i;");
      return;
    case SlotStyle::automatic:
      script.code(":if ([:len [/disk find slot~\"^pvc-.{36}\"]]>0) do={:set s $i};");
      return;
  }
}

}  // namespace

base::StatusOr<std::string> create_script(std::string_view nonce, Territory const& territory,
                                          VolumeSpec const& spec, Mark const& mark, LeftoverFile leftover) {
  Script script;
  open_frame(script, nonce);
  declare_volume(script, territory, spec);
  script.code(":if (").code(kPoolVisible);
  script.code("&&[:len [/disk find where slot=$i or slot=$s or file-path=\"/$g\"]]=0");
  if (leftover == LeftoverFile::refuse) script.code("&&[:len [/file find name=$g]]=0");
  script.code(") do={");
  choose_slot(script, territory.slot_style);
  script.code(":onerror x in={");
  if (leftover == LeftoverFile::remove) script.code("/file remove [/file find name=$g];");
  add_disk(script, spec, format_mark(mark));
  script.code(";:set e \"made\"} do={:set e $x}};");
  print_volume(script, nonce);
  return script.finish();
}

base::StatusOr<std::string> remake_script(std::string_view nonce, Territory const& territory,
                                          VolumeSpec const& spec, Mark const& mark, std::string_view slot) {
  Script script;
  open_frame(script, nonce);
  script.code(":local i ").value("slot", full_slot(spec.volume_id));
  script.code(";:local s ").value("slot", slot).code(";");
  declare_pool(script, territory);
  declare_file(script, spec.directory);
  script.code(":local e \"\";:local h ").value("mark", format_mark(mark));
  script.code(";:if (").code(kPoolVisible).code("&&[:len [/file find name=$g]]=0) do={:onerror x in={");
  script.code(":foreach d in=[/disk find where slot=$s comment=$h file-path=\"/$g\"] do={/disk remove $d;");
  add_disk(script, spec, "");
  script.code(";:set e \"made\"}} do={:set e $x}};");
  print_volume(script, nonce);
  return script.finish();
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
  print_volume(script, nonce);
  return script.finish();
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
  script.code(
      ":if ([:len [/disk find where slot=$i or slot=$s or file-path=\"/$g\"]]=0) do={/file remove [/file "
      "find name=$g]};");
  script.code(":set e \"made\"} do={:set e $x}};");
  print_volume(script, nonce);
  return script.finish();
}

namespace {

// w: the volume's file, in whatever directory below the base path a StorageClass put it. No component may
// begin with a dot, so `..` never matches. Needs i.
void declare_any_file(Script& script, Territory const& territory) {
  script.code(":local w ")
      .joined("base path", {expression_for(file_menu_name(territory.base_path)) + "/([^/.][^/]*/)*",
                            Variable{"i"}, std::string("\\.img$")});
  script.code(";");
}

// The volume's own disk: type, place and mark are tested on the device. Needs i, s and w.
// `format`: an expression for the mark's fmt=.
void find_own_disk(Script& script, Territory const& territory, std::string_view format) {
  script.code(
      "[/disk find where (slot=$i or slot=$s) and type=file and file-path~\"^/$w\" and "
      "(!(comment~\"^rdscsi\") or comment~");
  script.value("mark pattern", mark_pattern(cluster_hash(territory.cluster_id), format)).code(")]");
}

}  // namespace

base::StatusOr<std::string> remove_script(std::string_view nonce, Territory const& territory,
                                          std::string_view volume_id) {
  Script script;
  open_frame(script, nonce);
  declare_slots(script, volume_id);
  declare_pool(script, territory);
  declare_any_file(script, territory);
  script.code(":local e \"\";:if (").code(kPoolVisible).code(") do={:onerror x in={/disk remove ");
  find_own_disk(script, territory, "(never|offered:free)");
  script.code(
      ";:if ([:len [/disk find where slot=$i or slot=$s]]=0) do={:foreach d in=[/file find name~\"^$w\"] do={"
      ":if ([:len [/disk find file-path=\"/$[/file get $d name]\"]]=0) do={/file remove $d}}}");
  script.code(
      "} do={:set e $x}};:foreach p,q in={{{e=$e}};[/disk print detail as-value where slot=$i or slot=$s or "
      "file-path~\"^/$w\" or mount-point=$m];[/file print as-value where name~\"^$w\"]");
  close_frame(script, nonce);
  return script.finish();
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
  return script.finish();
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
                              Variable{"i"}, std::string("\\.img$")});
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
  with_mark(script, territory, spec.shared ? "[a-z2-7:]+" : "(never|offered:(free|" + node + "))");
  script.code(":local k [/disk get $d comment];");
  if (spec.shared) {
    script.code(":local f [:pick $k ").number(kHoldersOffset).code(" [:find $k \" src=\"]];:if ($k~");
    script.value("pattern", "=(never|offered:free) ").code(") do={:set f ").value("node", node);
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
  return script.finish();
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
  return script.finish();
}

base::StatusOr<std::string> mend_script(std::string_view nonce, Territory const& territory,
                                        PublishSpec const& spec) {
  Script script;
  open_publish(script, nonce, territory, spec.volume_id);
  with_mark(script, territory, held_by(node_hash(spec.node_id)));
  script.code(
      "/disk set $d mount-filesystem=no nvme-tcp-server-nqn=\"nqn.2000-02.com.mikrotik:$i\";:set e \"made\"");
  close_publish(script, nonce);
  return script.finish();
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
  return script.finish();
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
  return script.finish();
}

base::StatusOr<std::string> list_script(std::string_view nonce, Territory const& territory) {
  Script script;
  open_frame(script, nonce);
  script.code(
      ":foreach p,q in={[/disk print detail as-value "
      "proplist=slot,type,comment,file-path,size,free,mount-point,mount-filesystem,"
      "nvme-tcp-export,nvme-tcp-server-port,nvme-tcp-server-nqn where type=file or mount-point=");
  script.value("pool", territory.pool_mount_point()).code("]");
  close_frame(script, nonce);
  return script.finish();
}

base::StatusOr<std::string> pool_script(std::string_view nonce, Territory const& territory) {
  Script script;
  open_frame(script, nonce);
  script.code(":foreach p,q in={[/disk print detail as-value where mount-point=");
  script.value("pool", territory.pool_mount_point()).code("]");
  close_frame(script, nonce);
  return script.finish();
}

}  // namespace rdscsi::rds
