// See snapshot_scripts.h; what the variables are says rds/script_parts.h.
#include "rds/snapshot_scripts.h"

#include "base/reasons.h"
#include "rds/formats.h"
#include "rds/mark.h"
#include "rds/script_parts.h"

namespace rdscsi::rds {
namespace {

// f is the filesystem as `fs=` names it; d is the pool's disk.
constexpr Code kTakeFilesystem =
    ":local f [/disk get $d fs-label];:if ([:len $f]=0) do={:set f [/disk get $d slot]};";

// Prints the pool, so that absence means something, and subvolumes. Needs m.
base::StatusOr<std::string> finish_with_subvolumes(Script& script, std::string_view nonce,
                                                   Territory const& territory, std::string_view pattern) {
  script.code(":foreach p,q in={[/disk print detail as-value where mount-point=$m];");
  print_subvolumes(script, pattern);
  close_frame(script, nonce);
  return script.finish(line_bytes_max(territory));
}

// The line with an unused variable behind it that brings it to `bytes`.
base::StatusOr<std::string> padded(base::StatusOr<std::string> line, std::size_t bytes) {
  constexpr std::string_view kOpen = ";:local y \"";
  if (!line.ok()) return line;
  if (line->size() + kOpen.size() + 1 > bytes) return line;
  *line += kOpen;
  line->append(bytes - line->size() - 1, 'x');
  *line += '"';
  return line;
}

// All three scratch subvolumes, the copies first.
void drop_scratch(Script& script, std::string_view scratch) {
  script.code(
      ":foreach n in={\"-c\";\"-s\";\"\"} do={:onerror x in={"
      "/disk btrfs subvolume remove [/disk btrfs subvolume find where name=");
  script.joined("scratch", {std::string(scratch), Variable{"n"}}).code("]} do={}};");
}

constexpr std::size_t kScratchDigits = 8;
constexpr std::size_t kCopySuffix = 2;  // "-c" and "-s" of its two copies

}  // namespace

std::string scratch_name_start(Territory const& territory) {
  return "rdscsi-test-" + cluster_hash(territory.cluster_id) + "-";
}

std::optional<std::string> scratch_of(std::string_view leaf, Territory const& territory) {
  std::string const start = scratch_name_start(territory);
  std::size_t const size = start.size() + kScratchDigits;
  if (leaf.size() == size + kCopySuffix && leaf[size] == '-') leaf.remove_suffix(kCopySuffix);
  bool const named = leaf.size() == size && leaf.starts_with(start) &&
                     leaf.find_first_not_of("0123456789abcdef", start.size()) == std::string_view::npos;
  return named ? std::optional(std::string(leaf)) : std::nullopt;
}

base::StatusOr<std::string> evidence_script(std::string_view nonce, Territory const& territory) {
  Script script;
  open_frame(script, nonce);
  declare_pool(script, territory);
  script.code(":local e \"\";:if ([:len [/disk find where type=file and file-path~");
  script.value("base path", "^/" + expression_for(file_menu_name(territory.base_path)) + "/.*/disk\\.img$");
  script.code(" and comment~").value("mark", "^rdscsi1 c=" + cluster_hash(territory.cluster_id) + " ");
  script.code("]]>0) do={:foreach d in=[/disk find mount-point=$m] do={")
      .code(kTakeFilesystem)
      .code(":set e ");
  script.joined("outcome", {std::string(kSeen), Variable{"f"}});
  script.code("}};:foreach p,q in={{{e=$e}};[/disk print detail as-value where mount-point=$m]");
  close_frame(script, nonce);
  return script.finish(line_bytes_max(territory));
}

base::StatusOr<std::string> remove_scratch_script(std::string_view nonce, Territory const& territory,
                                                  std::string_view scratch) {
  Script script;
  open_frame(script, nonce);
  declare_pool(script, territory);
  script.code(":if (").code(kPoolVisible).code(") do={");
  drop_scratch(script, scratch);
  script.code("};");
  return finish_with_subvolumes(script, nonce, territory, "^" + std::string(scratch));
}

// u is the scratch subvolume as /file calls it, f the filesystem.
base::StatusOr<std::string> self_test_script(std::string_view nonce, Territory const& territory,
                                             std::string_view scratch) {
  std::string const name = subvolume_prefix(territory.base_path) + std::string(scratch);
  Script script;
  open_frame(script, nonce);
  declare_pool(script, territory);
  script.code(":local e \"\";:local t ").value("scratch", name);
  script.code(";:local u \"$m/$t\";:foreach d in=[/disk find mount-point=$m] do={:set e ");
  script.value("outcome", kNotBtrfs);
  script.code(";:if ([/disk get $d fs]=\"btrfs\") do={").code(kTakeFilesystem);
  drop_scratch(script, scratch);
  script.code(
      ":onerror x in={/disk btrfs subvolume add fs=$f name=$t;/file add name=\"$u/probe.txt\" contents=");
  script.value("nonce", nonce);
  script.code(
      ";/disk btrfs subvolume add fs=$f name=\"$t-s\" parent=$t read-only=yes;"
      "/file set [/file find where name=\"$u/probe.txt\"] contents=\"overwritten\";"
      "/disk btrfs subvolume add fs=$f name=\"$t-c\" parent=\"$t-s\";:set e (");
  script.value("outcome", kTested);
  script.code(
      ".[/file get [/file find where name=\"$u-s/probe.txt\"] contents].\" \""
      ".[/file get [/file find where name=\"$u-c/probe.txt\"] contents].\" \""
      ".[/file get [/file find where name=\"$u/probe.txt\"] contents].\" $f\")} do={:set e $x};");
  drop_scratch(script, scratch);
  script.code("}};");
  script.code(":foreach p,q in={{{e=$e}};[/disk print detail as-value where mount-point=$m]");
  close_frame(script, nonce);
  return padded(script.finish(kProvenLineBytesMax), kProvenLineBytesMax);
}

base::StatusOr<std::string> snapshot_script(std::string_view nonce, Territory const& territory,
                                            SnapshotName const& name) {
  Script script;
  open_frame(script, nonce);
  declare_slots(script, name.source_volume_id);
  declare_pool(script, territory);
  declare_any_file(script, territory, FilePlace::own_subvolume);
  script.code(":local e \"\";:if (").code(kPoolVisible);
  script.code("&&[:len [/disk btrfs subvolume find where name~");
  script.value("snapshot", snapshot_pattern(name.snapshot_id))
      .code("]]=0) do={:onerror x in={:foreach d in=");
  find_own_disk(script, territory, "[a-z2-7:]+");
  script.code(" do={:local b [/disk get $d file-path];/disk btrfs subvolume add fs=");
  script.value("filesystem", territory.subvolumes_of).code(" name=(");
  script.value("snapshot", subvolume_prefix(territory.base_path) + snapshot_name_start(name));
  script.code(".[/disk get $d size]) parent=[:pick $b ");
  script.number(static_cast<std::int64_t>(territory.pool_mount_point().size() + 2));
  script.code(" [:find $b \"/disk.img\"]] read-only=yes;:set e \"made\"}} do={:set e $x}};");
  script.code(
      ":foreach p,q in={{{e=$e}};[/disk print detail as-value where slot=$i or slot=$s or mount-point=$m];");
  print_subvolumes(script, snapshot_pattern(name.snapshot_id));
  close_frame(script, nonce);
  return script.finish(line_bytes_max(territory));
}

base::StatusOr<std::string> remove_snapshot_script(std::string_view nonce, Territory const& territory,
                                                   std::string_view snapshot_id) {
  Script script;
  open_frame(script, nonce);
  declare_pool(script, territory);
  script.code(":local e \"\";:if (").code(kPoolVisible).code(") do={:onerror x in={");
  script.code("/disk btrfs subvolume remove [/disk btrfs subvolume find where name~");
  script.value("snapshot", own_snapshot_pattern(snapshot_id, territory));
  script.code("];:set e \"made\"} do={:set e $x}};");
  script.code(":foreach p,q in={{{e=$e}};[/disk print detail as-value where mount-point=$m];");
  print_subvolumes(script, snapshot_pattern(snapshot_id));
  close_frame(script, nonce);
  return script.finish(line_bytes_max(territory));
}

namespace {

base::StatusOr<std::string> look_at_snapshots(std::string_view nonce, Territory const& territory,
                                              std::string_view pattern) {
  Script script;
  open_frame(script, nonce);
  declare_pool(script, territory);
  return finish_with_subvolumes(script, nonce, territory, pattern);
}

}  // namespace

base::StatusOr<std::string> get_snapshot_script(std::string_view nonce, Territory const& territory,
                                                std::string_view snapshot_id) {
  return look_at_snapshots(nonce, territory, snapshot_pattern(snapshot_id));
}

base::StatusOr<std::string> list_snapshots_script(std::string_view nonce, Territory const& territory) {
  return look_at_snapshots(nonce, territory, "^snap-[^.]+\\." + cluster_hash(territory.cluster_id) + "\\.");
}

}  // namespace rdscsi::rds
