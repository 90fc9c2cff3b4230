// Parts of console lines. Used through rds/script_parts.h.
#include "rds/script_parts.h"

#include "rds/formats.h"
#include "rds/mark.h"

namespace rdscsi::rds {

std::size_t line_bytes_max(Territory const& territory) {
  return territory.subvolumes_of.empty() ? kLineBytesMax : kProvenLineBytesMax;
}

void open_frame(Script& script, std::string_view nonce) {
  script.code(":put ").value("nonce", nonce).code(";:local c 0;");
}

void close_frame(Script& script, std::string_view nonce) {
  script
      .code(
          "} do={:foreach n,r in=$q do={:foreach k,v in=$r do={:local l \"$p $n $k $v\";:set c ($c+1);"
          ":put \"$c $[:len $l] $l $l\"}}};:put ")
      .joined("nonce", {std::string(nonce) + " ", Variable{"c"}});
}

void print_subvolumes(Script& script, std::string_view pattern) {
  script.code("[/disk btrfs subvolume print detail as-value where name~").value("pattern", pattern).code("]");
}

void declare_slots(Script& script, std::string_view volume_id) {
  script.code(":local i ").value("slot", full_slot(volume_id));
  script.code(";:local s ").value("slot", compact_slot(volume_id)).code(";");
}

void declare_pool(Script& script, Territory const& territory) {
  script.code(":local m ").value("pool", territory.pool_mount_point()).code(";");
}

std::string below_pool(std::string_view directory) {
  return std::string(directory.substr(1 + first_component(directory).size()));
}

void declare_file(Script& script, std::string_view directory, bool own_subvolume) {
  if (own_subvolume) {
    script.code(":local t ")
        .joined("directory", {Variable{"m"}, below_pool(directory) + "/", Variable{"i"}})
        .code(";:local g \"$t/disk.img\";");
    return;
  }
  script.code(":local g ")
      .joined("backing file",
              {Variable{"m"}, below_pool(directory) + "/", Variable{"i"}, std::string(".img")})
      .code(";");
}

void declare_any_file(Script& script, Territory const& territory, FilePlace place, Code id) {
  std::string const ending = place == FilePlace::any             ? "(/disk)*\\.img$"
                             : place == FilePlace::own_subvolume ? "/disk\\.img$"
                                                                 : "\\.img$";
  script.code(":local w ")
      .joined("base path",
              {expression_for(file_menu_name(territory.base_path)) + "/([^/.][^/]*/)*", Variable{id}, ending})
      .code(";");
}

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

void find_own_disk(Script& script, Territory const& territory, std::string_view format) {
  script.code(
      "[/disk find where (slot=$i or slot=$s) and type=file and file-path~\"^/$w\" and "
      "(!(comment~\"^rdscsi\") or comment~");
  script.value("mark pattern", mark_pattern(cluster_hash(territory.cluster_id), format)).code(")]");
}

std::string subvolume_prefix(std::string_view directory) {
  std::string const below = below_pool(directory);
  return below.empty() ? std::string() : below.substr(1) + "/";
}

std::string snapshot_pattern(std::string_view snapshot_id) {
  return "^" + std::string(snapshot_id) + "\\.";
}

std::string own_snapshot_pattern(std::string_view snapshot_id, Territory const& territory) {
  return snapshot_pattern(snapshot_id) + cluster_hash(territory.cluster_id) + "\\.";
}

}  // namespace rdscsi::rds
