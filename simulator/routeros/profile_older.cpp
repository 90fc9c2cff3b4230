// Versions of which only shapes of print output are known, for captures of them: their commands are 7.16's.
#include <algorithm>
#include <map>
#include <string_view>

#include "simulator/routeros/listed_menus.h"
#include "simulator/routeros/profile_build.h"
#include "simulator/routeros/schema_data.h"

namespace rdssim::routeros {

namespace {

// A package of its own, on no device whose schema was captured (wrap-list-value-zerotier-7.x).
constexpr std::string_view kZerotierSchema = R"(/zerotier [menu]
/zerotier/peer [menu]
/zerotier/peer/find: where
/zerotier/peer/get: as-string as-string-value number value-name
/zerotier/peer/print: as-value brief count-only detail from proplist terse where without-paging
)";

MenuLayout users_7_12() {
  MenuLayout layout;
  layout.flag_columns = {{{'X', "disabled"}}};
  layout.detail = {"name", "group", "address", "last-logged-in"};
  layout.table = layout.detail;
  return layout;
}

std::string schema_with_zerotier() {
  return schema_dump_7_16_stock().append(kZerotierSchema);
}

// What an RDS looked like before 7.16: no flag of media-sharing
// (disk-print-detail-raid6-and-raid10-rds-7.1x).
Profile make_7_15() {
  auto profile = make_7_16_stock();
  profile.name = "7.15";
  profile.version = "7.15 (stable)";
  std::erase_if(profile.disk.flag_columns,
                [](std::vector<Flag> const& column) { return column[0].name == "media-sharing"; });
  profile.schema = build_schema(schema_with_zerotier(), false, profile.disk.flag_columns);
  return profile;
}

// 7.10 to 7.14 (disk-print-table-usb-pre7.16, file-print-table-7.12): creation-time, legends that describe
// the last flag of a group, and users without an inactivity-policy (schema-7.13.5 has none).
Profile make_7_12() {
  auto profile = make_7_15();
  profile.name = "7.12";
  profile.version = "7.12 (stable)";
  profile.print.legend_of_last = true;
  profile.layouts["/user"] = users_7_12();
  for (auto* names : {&profile.file.detail, &profile.file.table})
    std::replace(names->begin(), names->end(), std::string("last-modified"), std::string("creation-time"));
  // In disk-print-table-usb-pre7.16 the letters before B are not shown: they share no column with it.
  profile.disk.flag_columns[0] = {{'B', "block-device"}};
  profile.disk.flag_columns.insert(profile.disk.flag_columns.begin(), {{'X', "disabled"}, {'E', "empty"}});
  profile.schema = build_schema(schema_with_zerotier(), false, profile.disk.flag_columns);
  return profile;
}

// disk-print-detail-sata-7.7beta-80col: six flag columns, names of that time, lines of the whole width. The
// whole width also in wrap-list-value-zerotier.
Profile make_7_7() {
  auto profile = make_7_12();
  profile.name = "7.7";
  profile.version = "7.7beta (testing)";
  profile.old_dates = true;
  profile.print.detail_margin = 0;
  profile.disk.flag_columns = {{{'X', "disabled"}, {'E', "empty"}, {'M', "mounted"}, {'F', "formatting"}},
                               {{'f', "raid-member-failed"}},
                               {{'r', "raid-member"}},
                               {{'p', "partition"}},
                               {{'m', "manual-partition"}},
                               {{'o', "read-only"}}};
  profile.disk.detail = {"slot",
                         "slot-default",
                         "parent",
                         "device",
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
                         "raid-master",
                         "nvme-tcp-export",
                         "iscsi-export",
                         "nfs-export",
                         "smb-export"};
  profile.schema = build_schema(schema_with_zerotier(), false, profile.disk.flag_columns);
  return profile;
}

MenuLayout users_6() {
  MenuLayout layout;
  layout.flag_columns = {{{'X', "disabled"}}};
  layout.detail = {"name", "group", "address", "last-logged-in"};
  layout.old_table = {{{"name", 24}, {"group", 6}, {"address", 18}, {"last-logged-in", 20}}, 1};
  return layout;
}

MenuLayout active_users_6() {
  MenuLayout layout;
  layout.flag_columns = {{{'R', "radius"}}, {{'M', "by-romon"}}};
  layout.detail = {"when", "name", "address", "via"};
  layout.old_table = {{{"when", 20}, {"name", 10}, {"address", 15}, {"via", 0}}, 1};
  return layout;
}

MenuLayout services_6() {
  MenuLayout layout;
  layout.flag_columns = {{{'X', "disabled"}, {'I', "invalid"}}};
  layout.detail = {"name", "port", "address", "certificate"};
  layout.old_table = {{{"name", 0}, {"port", 0}, {"address", 44}, {"certificate", 12}}, 2};
  return layout;
}

// Items of /interface follow each other without a line between them, those of /ip/address do not.
MenuLayout interfaces_6_42() {
  auto layout = listed_layout("/interface");
  layout.item_gap = false;
  return layout;
}

// EVIDENCE(confirmed): Tables before 7: no line of columns, columns of a least width, comments before the
// item on its own line. [capture user-print; capture user-active-print; capture ip-service-print-v6-style;
// capture disk-print-table-usb-pre7.16]
// EVIDENCE(confirmed): print detail of 6.42 has no line between interfaces and one between addresses.
// [capture detail-80col-interface-6.42.5; capture detail-comment-address-6.42.5]
std::map<std::string, MenuLayout, std::less<>> layouts_6() {
  return {{"/interface", interfaces_6_42()},
          {"/ip/service", services_6()},
          {"/user", users_6()},
          {"/user/active", active_users_6()}};
}

// Before 7: tables without `Columns:`, legends without groups, lines of the whole width
// (detail-80col-interface-6.42.5, whose items follow each other without a line between them).
Profile make_6() {
  auto profile = make_7_7();
  profile.name = "6.42";
  profile.version = "6.42.5 (stable)";
  profile.print = {.detail_margin = 0, .trailing_blank = false, .item_gap = "", .legend_groups = false};
  profile.layouts = layouts_6();
  // error-bad-command-name-6.42.5: without the ipv6 package its menu is there, and empty.
  profile.schema =
      build_schema(schema_with_zerotier().append("/ipv6 [menu]\n"), false, profile.disk.flag_columns);
  // The second table of disk-print-table-usb-pre7.16.
  profile.file.old_table = {{{"name", 27}, {"type", 9}, {"size", 8, true}, {"creation-time", 0}}, 1};
  return profile;
}

// The same with a line between items of every menu: detail-multiline-comment-interface.
Profile make_6_49() {
  auto profile = make_6();
  profile.name = "6.49";
  profile.version = "6.49 (stable)";
  profile.print.trailing_blank = true;
  profile.layouts.erase("/interface");
  return profile;
}

// 7.20.8's /interface over exec; its console is 7.21's.
Profile make_7_20() {
  auto profile = make_7_21();
  profile.name = "7.20";
  profile.version = "7.20.8 (stable)";
  profile.print.terse_closes_up = true;
  profile.schema = build_schema(schema_dump_7_21(), false, profile.disk.flag_columns);
  return profile;
}

}  // namespace

std::vector<Profile> const& older_profiles() {
  static auto const* const kProfiles =
      new std::vector<Profile>{make_6(), make_6_49(), make_7_7(), make_7_12(), make_7_15(), make_7_20()};
  return *kProfiles;
}

}  // namespace rdssim::routeros
