// The facts that differ between RouterOS versions, each with its evidence (FACTS section or capture).
#include "simulator/routeros/profile.h"

#include <algorithm>
#include <memory>

#include "simulator/routeros/btrfs_properties.h"
#include "simulator/routeros/console.h"
#include "simulator/routeros/listed_menus.h"
#include "simulator/routeros/profile_build.h"
#include "simulator/routeros/property_table.h"
#include "simulator/routeros/schema_data.h"
#include "simulator/routeros/user_properties.h"

namespace rdssim::routeros {

namespace {

using Names = std::vector<std::string>;
using FlagColumns = std::vector<std::vector<Flag>>;

// 9 columns: `21 BM        type=` in disk-print-detail-raid6-and-raid10-rds-7.1x; which flags share a column
// is inferred from MAN cli-reference (FACTS 1.2), the letters are documented there.
// EVIDENCE(confirmed): Before 7.17 print detail has nine flag columns on an RDS; which flags share one is
// inferred. [FACTS 1.2; capture disk-print-detail-raid6-and-raid10-rds-7.1x]
FlagColumns flags_before_7_16() {
  return {{{'X', "disabled"}, {'E', "empty"}, {'B', "block-device"}},
          {{'M', "mounted"}, {'F', "formatting"}},
          {{'f', "raid-member-failed"}, {'r', "raid-member"}},
          {{'c', "encrypted"}},
          {{'g', "guid-partition-table"}, {'p', "partition"}},
          {{'t', "nvme-tcp-export"}},
          {{'i', "iscsi-export"}},
          {{'s', "smb-sharing"}},
          {{'n', "nfs-sharing"}}};
}

// EVIDENCE(documented): 7.16 has a column of its own for media-sharing, behind the others. [FACTS 1.2; spec
// operators' transcripts]
FlagColumns flags_7_16() {
  auto columns = flags_before_7_16();
  columns.push_back({{'m', "media-sharing"}});
  return columns;
}

// 11 columns: indent 15 in disk-print-detail-file-7.21-rds-80col. The two new groups: media-sharing and the
// TCG OPAL flags of completions-disk-file-7.21.4-base (grouping inferred).
// EVIDENCE(confirmed): On 7.21 print detail has eleven flag columns (indent 15); the grouping of the two new
// ones is inferred. [capture disk-print-detail-file-7.21-rds-80col; capture
// completions-disk-file-7.21.4-base]
FlagColumns flags_7_21() {
  auto columns = flags_7_16();
  columns[0].insert(columns[0].begin() + 1, {'A', "acquired"});
  columns[1].push_back({'S', "swap-enabled"});
  columns.push_back({{'O', "tcg-opal-self-encryption-enabled"}, {'o', "tcg-opal-self-encryption-supported"}});
  return columns;
}

// Only used columns are shown (disk-print-detail-*-7.24): the order is MAN cli-reference's (FACTS 1.2).
// EVIDENCE(confirmed): On 7.24 print detail has upper-case flags, only those of the printed rows and only
// their columns. [FACTS 1.2; capture disk-print-detail-file-lun-7.24-rds2216]
FlagColumns flags_7_24() {
  return {{{'X', "disabled"}, {'A', "acquired"}, {'E', "empty"}, {'B', "block-device"}},
          {{'M', "mounted"}, {'F', "formatting"}, {'S', "swap-enabled"}},
          {{'f', "raid-member-failed"}, {'r', "raid-member"}},
          {{'c', "encrypted"}},
          {{'g', "guid-partition-table"}, {'p', "partition"}},
          {{'t', "nvme-tcp-export"}},
          {{'i', "iscsi-export"}},
          {{'s', "smb-sharing"}},
          {{'n', "nfs-sharing"}},
          {{'m', "media-sharing"}},
          {{'L', "self-encrypted-and-locked"},
           {'O', "self-encryption-enabled"},
           {'o', "self-encryption-supported"}}};
}

// disk-print-detail-raid6-and-raid10-rds-7.1x (parent=none, uuid=, raid-state=); the hardware properties in
// between are disk-print-detail-sata-7.7beta's.
// EVIDENCE(confirmed): Before 7.17 rows carry parent=none, uuid= and raid-state=. [FACTS 1.3; capture
// disk-print-detail-raid6-and-raid10-rds-7.1x]
Names disk_detail_before_7_17() {
  return {"type",
          "slot",
          "slot-default",
          "parent",
          "uuid",
          "fs",
          "model",
          "serial",
          "fw-version",
          "size",
          "free",
          "interface",
          "interface-speed",
          "partition-number",
          "partition-offset",
          "partition-size",
          "raid-type",
          "raid-device-count",
          "raid-max-component-size",
          "raid-chunk-size",
          "raid-master",
          "raid-role",
          "raid-member-failed",
          "raid-member-state",
          "raid-state",
          "nvme-tcp-export",
          "nvme-tcp-server-port",
          "nvme-tcp-server-allow-host-name",
          "iscsi-export",
          "nfs-sharing",
          "smb-sharing",
          "media-sharing",
          "media-interface"};
}

// FACTS 1.3: from the 7.24 captures; the 7.21 capture of a file disk has the same order.
// EVIDENCE(confirmed): The order of properties in /disk print detail from 7.21 on. [FACTS 1.3; capture
// disk-print-detail-file-lun-7.24-rds2216; capture disk-print-detail-file-7.21-rds-80col]
Names disk_detail_from_7_21() {
  return {"type",
          "slot",
          "slot-default",
          "parent",
          "fs-label",
          "fs-uuid",
          "fs",
          "model",
          "serial",
          "fw-version",
          "size",
          "free",
          "total-inodes",
          "free-inodes",
          "use",
          "mount-point",
          "mount-filesystem",
          "mount-read-only",
          "compress",
          "sector-size",
          "interface",
          "interface-speed",
          "partition-number",
          "partition-offset",
          "partition-size",
          "raid-type",
          "raid-device-count",
          "raid-max-component-size",
          "raid-chunk-size",
          "raid-master",
          "raid-role",
          "raid-member-failed",
          "raid-member-state",
          "state",
          "raid-uuid",
          "nvme-tcp-export",
          "nvme-tcp-server-port",
          "nvme-tcp-server-nqn",
          "nvme-tcp-server-allow-host-name",
          "iscsi-export",
          "nfs-sharing",
          "smb-sharing",
          "media-sharing",
          "media-interface",
          "swap",
          "file-path",
          "file-size",
          "file-offset"};
}

Names file_detail() {
  return {"name",
          "type",
          "size",
          "last-modified",
          "package-name",
          "package-version",
          "package-build-time",
          "package-architecture"};
}

// What the console implements is what find_menu_command() answers, and nothing else: every other command of
// the dump, and every menu without any, is an unknown word and counts as a gap.
bool mark_implemented(MenuSchema& menu) {
  bool any = false;
  for (auto& [name, command] : menu.commands) {
    command.implemented = find_menu_command(menu.path, name) != nullptr;
    any = any || command.implemented;
  }
  for (auto& [name, child] : menu.menus) any = mark_implemented(*child) || any;
  bool const empty = menu.commands.empty() && menu.menus.empty();  // it exists, and there is nothing in it
  menu.implemented = any || empty;
  return any;
}

void list_implemented(MenuSchema const& menu, std::vector<std::string>& names) {
  for (auto const& [name, command] : menu.commands) {
    if (command.implemented) names.push_back(menu.path + "/" + name);
  }
  for (auto const& [name, child] : menu.menus) list_implemented(*child, names);
}

}  // namespace

std::shared_ptr<Schema const> build_schema(std::string_view dump, bool loop_exits, FlagColumns const& flags) {
  auto schema = std::make_shared<Schema>(dump);
  for (auto& [name, child] : const_cast<MenuSchema&>(schema->root()).menus) mark_implemented(*child);
  schema->add_globals(loop_exits);
  auto& disk = *schema->menu("/disk");
  disk.properties = readable_disk_properties(disk);
  for (auto const& column : flags) {
    for (auto const& flag : column) disk.properties.push_back(flag.name);
  }
  schema->menu("/file")->properties = {".id",
                                       "name",
                                       "type",
                                       "size",
                                       "last-modified",
                                       "contents",
                                       "package-name",
                                       "package-version",
                                       "package-build-time",
                                       "package-architecture"};
  if (auto* subvolumes = schema->menu("/disk/btrfs/subvolume"))
    subvolumes->properties = subvolume_properties();
  if (auto* systems = schema->menu("/disk/btrfs/filesystem")) systems->properties = filesystem_properties();
  for (std::string_view path : {"/user", "/user/group", "/user/ssh-keys"}) {
    if (auto* menu = schema->menu(path)) menu->properties = user_properties(path);
  }
  for (auto const& path : listed_menu_paths()) {
    if (auto* menu = schema->menu(path)) menu->properties = listed_properties(path);
  }
  schema->menu("/log")->properties = {".id", "time", "topics", "message"};
  return schema;
}

namespace {

// EVIDENCE(inferred): /ip/service of 7.16 has no protocols and no rows of connections: its schema knows no
// such properties. [capture 7.16; capture ip-service-print-7.22beta-narrow]
MenuLayout services_7_16() {
  auto layout = listed_layout("/ip/service");
  layout.flag_columns = {{{'X', "disabled"}, {'I', "invalid"}}};
  for (auto const* newer : {"proto", "netns", "container", "local", "remote"}) {
    std::erase(layout.detail, newer);
    std::erase(layout.table, newer);
  }
  return layout;
}

}  // namespace

// EVIDENCE(confirmed): A stock 7.16 has no type=file, file-path, file-size, nvme-tcp-server-nqn, compress and
// no /disk/btrfs. [FACTS 0.1; capture 7.16]
Profile make_7_16_stock() {
  Profile profile;
  profile.name = "7.16-stock";
  profile.version = "7.16 (stable)";
  profile.nqn_is_slot = true;
  profile.parent_quoted = false;
  // EVIDENCE(confirmed): On 7.16 a slot has at most 32 characters: the console's own help says so. [FACTS
  // 2.2]
  profile.slot_limit = 32;  // schema-7.16: help of slot says "max length 32"
  profile.disk = {flags_7_16(),
                  disk_detail_before_7_17(),
                  // EVIDENCE(confirmed): Columns of /disk print on 7.16, in this order. [capture
                  // disk-print-and-test-7.16]
                  // disk-print-and-test-7.16
                  {"slot", "model", "serial", "interface", "size", "free", "fs", "raid-master"},
                  true,
                  true};
  profile.file = {
      {}, file_detail(), {"name", "type", "size", "last-modified"}, false, true};  // file-print-detail-7.16.1
  profile.layouts["/ip/service"] = services_7_16();
  profile.schema = build_schema(schema_dump_7_16_stock(), false, profile.disk.flag_columns);
  return profile;
}

namespace {

Profile make_7_16() {
  auto profile = make_7_16_stock();
  profile.name = "7.16";
  profile.file_disks = true;
  profile.nqn_is_slot = false;
  profile.parent_quoted = true;
  // EVIDENCE(unknown): Whether the device that ran 40-character slots really had no limit. [FACTS 2.2; switch
  // slot_limit]
  profile.slot_limit = std::nullopt;  // the seeds' device holds 40-character slots (FACTS 2.2, PEER)
  // Its owner's capture has 7.21's properties (disk-print-detail-file-7.21-rds-80col).
  profile.disk.detail = disk_detail_from_7_21();
  profile.schema = build_schema(schema_dump_7_16(), false, profile.disk.flag_columns);
  return profile;
}

}  // namespace

Profile make_7_21() {
  Profile profile;
  profile.name = "7.21";
  profile.version = "7.21 (stable)";
  // EVIDENCE(confirmed): Run-time errors over exec end in ` (/menu/command; line N)` on 7.20.8 and later.
  // [FACTS 2.5; capture errors-ssh-exec-stdout-exit0-7.20.8-hex]
  profile.error_suffix = true;  // seen from 7.20.8 on (FACTS 2.5)
  profile.services_by_port = true;
  profile.file_disks = true;
  profile.disk = {flags_7_21(),
                  disk_detail_from_7_21(),
                  // EVIDENCE(confirmed): Columns of /disk print on 7.21, in this order. [FACTS 1.5; capture
                  // disk-print-table-7.21rc-chr-80col]
                  // disk-print-table-7.21rc-chr-80col
                  {"slot", "mount-point", "model", "serial", "interface", "size", "free", "use", "fs",
                   "raid-master", "swap"},
                  true,
                  true};
  // One flag column and no legend: file-print-detail-7.21-rds-80col.
  profile.file = {{{{'S', "shared"}}}, file_detail(), {"name", "type", "size", "last-modified"}, false, true};
  profile.schema = build_schema(schema_dump_7_21(), false, profile.disk.flag_columns);
  return profile;
}

namespace {

Profile make_7_24() {
  auto profile = make_7_21();
  profile.name = "7.24";
  profile.version = "7.24 (stable)";
  // EVIDENCE(confirmed): From 7.23 an unknown `name=` is `bad parameter`, its column that of the `=`; before,
  // `expected end of command` at the name. [FACTS 2.4; capture
  // parse-errors-columns-7.20.8-7.22.1-7.23rc1-chr; capture parse-oracle-7.23.3-chr]
  profile.bad_parameter = true;  // from 7.23rc1 (FACTS 2.4)
  // EVIDENCE(inferred): On 7.24 a slot has at most 32 characters: a driver had to shorten its names on a real
  // device. [FACTS 2.2; switch slot_limit]
  profile.slot_limit = 32;  // SCZ on 7.24.4 (FACTS 2.2)
  // disk-print-detail-*-7.24-rds2216: no trailing blank, used flags only, a blank on the line between items.
  // EVIDENCE(confirmed): 7.24: no blank at line ends of print detail, and a line of one blank between items.
  // [FACTS 1.2; capture disk-print-detail-raid10-7.24-rds2216]
  profile.print = {1, false, true, " "};
  profile.disk.flag_columns = flags_7_24();
  profile.renamed["/ip/service"] = {{"address", "available-from"}};
  profile.schema = build_schema(schema_dump_7_24(), true, profile.disk.flag_columns);
  return profile;
}

std::vector<Profile> const& profiles() {
  static auto const* const kProfiles =
      new std::vector<Profile>{make_7_16(), make_7_16_stock(), make_7_21(), make_7_24()};
  return *kProfiles;
}

}  // namespace

Profile const* find_profile(std::string_view name) {
  for (auto const* list : {&profiles(), &older_profiles()}) {
    for (auto const& profile : *list) {
      if (profile.name == name) return &profile;
    }
  }
  return nullptr;
}

std::vector<std::string> older_profile_names() {
  std::vector<std::string> names;
  for (auto const& profile : older_profiles()) names.push_back(profile.name);
  return names;
}

std::vector<std::string> implemented_commands(std::string_view profile) {
  std::vector<std::string> names;
  auto const* found = find_profile(profile);
  if (found == nullptr) return names;
  for (auto const& [name, child] : found->schema->root().menus) list_implemented(*child, names);
  return names;
}

std::vector<std::string> all_profile_names() {
  std::vector<std::string> names;
  for (auto const& profile : profiles()) names.push_back(profile.name);
  return names;
}

}  // namespace rdssim::routeros
