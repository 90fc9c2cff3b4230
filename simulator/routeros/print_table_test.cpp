// Stories of `print` as a table, menu by menu: where columns begin, which way they lean, how a list stands in
// one. The shapes are those the vendor's manual and operators' transcripts show; the values are our own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulator/routeros/device.h"

namespace rdssim::routeros {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// What `command` prints on a device of this state file, 120 columns wide unless told.
std::string shown(std::string const& state, std::string_view command, int width = 120) {
  auto device = Device::from_state(state, 1);
  if (!device.ok()) return "state refused: " + device.status().ToString();
  SessionOptions session;
  session.width = width;
  return (*device)->execute(session, command, {}).output;
}

TEST(Table, ColumnsBeginOneBlankBehindTheNumberWhereTheMenuHasFlagsAndNoneIsSet) {
  EXPECT_THAT(shown(R"({"profile": "7.16"})", "/user print"), HasSubstr("# NAME   GROUP"));
  EXPECT_THAT(shown(R"({"profile": "7.16"})", "/user print"), HasSubstr("\r\n0 admin  full "));
  EXPECT_THAT(shown(R"({"profile": "7.24"})", "/system package print"), HasSubstr("\r\n# NAME "));
  // /file has the flag `shared` from 7.21 on.
  auto const files = [](std::string const& profile) {
    return shown(R"({"profile": ")" + profile + R"(", "files": [{"name": "a.txt", "size": 1}]})",
                 "/file print");
  };
  EXPECT_THAT(files("7.24"), HasSubstr("\r\n# NAME "));
  EXPECT_THAT(files("7.24"), HasSubstr("\r\n0 a.txt "));
}

TEST(Table, ColumnsBeginTwoBlanksBehindTheNumberWhereTheMenuHasNoFlags) {
  EXPECT_THAT(shown(R"({"profile": "7.24"})", "/system health print"), HasSubstr("\r\n#  NAME "));
  EXPECT_THAT(shown(R"({"profile": "7.16", "files": [{"name": "a.txt", "size": 1}]})", "/file print"),
              HasSubstr("\r\n0  a.txt "));
}

TEST(Table, AFlagInUseTakesItsColumn) {
  EXPECT_THAT(shown(R"({"profile": "7.24", "users": [
      {"id": "*1", "name": "admin", "group": "full"}, {"id": "*2", "name": "gone", "group": "read", "disabled": true}]})",
                    "/user print"),
              HasSubstr("\r\n#   NAME "));
}

// A sensor's value is text where one of them is no whole number.
TEST(Table, SensorsLeanLeftUnlessAllAreWholeNumbers) {
  auto const health = [](std::string const& value) {
    return shown(R"({"profile": "7.24", "menus": {"/system/health": [
        {"name": "cpu-temperature", "value": "47", "type": "C"}, {"name": "fan1-speed", "value": ")" +
                     value + R"(", "type": "RPM"}]}})",
                 "/system health print");
  };
  EXPECT_EQ(health("5400"),
            "Columns: NAME, VALUE, TYPE\r\n"
            "#  NAME             VALUE  TYPE\r\n"
            "0  cpu-temperature     47  C   \r\n"
            "1  fan1-speed        5400  RPM \r\n");
  EXPECT_EQ(health("0.5"),
            "Columns: NAME, VALUE, TYPE\r\n"
            "#  NAME             VALUE  TYPE\r\n"
            "0  cpu-temperature  47     C   \r\n"
            "1  fan1-speed       0.5    RPM \r\n");
}

TEST(Table, SizesWithUnitsLeanLeft) {
  EXPECT_EQ(shown(R"({"profile": "7.24", "files": [
      {"name": "big.rsc", "type": "script", "size": 16000, "last-modified": "2026-02-05 10:00:00"},
      {"name": "pub", "type": "directory", "last-modified": "2026-02-05 10:00:01"},
      {"name": "small", "type": "file", "size": 12, "last-modified": "2026-02-05 10:00:02"}]})",
                  "/file print"),
            "Columns: NAME, TYPE, SIZE, LAST-MODIFIED\r\n"
            "# NAME     TYPE       SIZE     LAST-MODIFIED      \r\n"
            "0 big.rsc  script     15.6KiB  2026-02-05 10:00:00\r\n"
            "1 pub      directory           2026-02-05 10:00:01\r\n"
            "2 small    file       12       2026-02-05 10:00:02\r\n");
  EXPECT_THAT(shown(R"({"profile": "7.24", "files": [
      {"name": "a", "type": "file", "size": 0, "last-modified": "2026-02-05 10:00:00"}]})",
                    "/file print"),
              HasSubstr("\r\n0 a     file     0  2026-"));
}

TEST(Table, PackagesSayTheirSize) {
  EXPECT_EQ(shown(R"({"profile": "7.16", "menus": {"/system/package": [
      {"name": "wifi", "version": "7.16.2", "build-time": "2024-11-26 12:09:40", "size": 10695475, "disabled": true},
      {"name": "rose-storage", "version": "7.16.2", "build-time": "2024-11-26 12:09:40", "size": 3088486}]}})",
                  "/system package print"),
            "Flags: X - DISABLED\r\n"
            "Columns: NAME, VERSION, BUILD-TIME, SIZE\r\n"
            "#   NAME          VERSION  BUILD-TIME           SIZE     \r\n"
            "0 X wifi          7.16.2   2024-11-26 12:09:40  10.2MiB  \r\n"
            "1   rose-storage  7.16.2   2024-11-26 12:09:40  3016.1KiB\r\n");
}

TEST(Table, AListStandsOneElementALine) {
  EXPECT_EQ(shown(R"({"profile": "7.21", "menus": {"/ip/service": [
      {"name": "ssh", "port": 22, "proto": "tcp", "address": "10.0.0.0/8,192.168.7.0/24", "vrf": "main", "max-sessions": 20},
      {"name": "ssh", "port": 22, "proto": "tcp", "dynamic": true, "connection": true, "local": "10.0.0.1",
       "remote": "10.0.0.9:51022"}]}})",
                  "/ip service print"),
            "Flags: D - DYNAMIC; c - CONNECTION\r\n"
            "Columns: NAME, PORT, PROTO, ADDRESS, VRF, MAX-SESSIONS, LOCAL, REMOTE\r\n"
            "#    NAME  PORT  PROTO  ADDRESS         VRF   MAX-SESSIONS  LOCAL     REMOTE        \r\n"
            "0    ssh     22  tcp    10.0.0.0/8      main            20                          \r\n"
            "                        192.168.7.0/24                                              \r\n"
            "1 Dc ssh     22  tcp                                        10.0.0.1  10.0.0.9:51022\r\n");
}

TEST(Service, RowsStandByPortFrom721On) {
  constexpr std::string_view kNames = ":foreach s in=[/ip service find] do={:put [/ip service get $s name]}";
  EXPECT_EQ(shown(R"({"profile": "7.24"})", kNames),
            "ftp\r\nssh\r\ntelnet\r\nwww\r\nwww-ssl\r\nwinbox\r\napi\r\napi-ssl\r\n");
  EXPECT_EQ(shown(R"({"profile": "7.16"})", kNames),
            "telnet\r\nftp\r\nwww\r\nssh\r\nwww-ssl\r\napi\r\nwinbox\r\napi-ssl\r\n");
}

// Without a certificate www-ssl is invalid besides being disabled, and the legend says so.
TEST(Service, ADisabledServiceWithoutItsCertificateIsInvalidToo) {
  EXPECT_THAT(shown(R"({"profile": "7.16"})", "/ip service print"),
              StartsWith("Flags: X - DISABLED, I - INVALID\r\n"));
  EXPECT_THAT(shown(R"({"profile": "7.16"})", "/ip service print"),
              HasSubstr("\r\n4 X www-ssl   443  none "));
  EXPECT_THAT(shown(R"({"profile": "7.16"})", "/ip service print"),
              HasSubstr("\r\n1   ftp        21                               20\r\n"))
      << "ftp listens in every VRF on 7.16";
}

// 7.16.2 with rose-storage, as an operator showed it.
TEST(Disk, OfAnRdsNamesTheRaidItIsNotPartOfAndWhatItShares) {
  EXPECT_EQ(shown(R"({"profile": "7.16", "disks": [
      {"type": "hardware", "slot": "usb2", "model": "Stick", "interface": "USB 2.00 480Mbps", "size": 8032092160, "fs": "ext4",
       "raid-master": "none", "block-device": true, "media-sharing": true, "pool": {"mount-point": "usb2", "free": 4585451520}}]})",
                  "/disk print"),
            "Flags: B - BLOCK-DEVICE; M - MOUNTED; m - MEDIA-SHARING\r\n"
            "Columns: SLOT, MODEL, INTERFACE, SIZE, FREE, FS, RAID-MASTER\r\n"
            "#     SLOT  MODEL  INTERFACE                  SIZE           FREE  FS    RAID-MASTER\r\n"
            "0 BMm usb2  Stick  USB 2.00 480Mbps  8 032 092 160  4 585 451 520  ext4  none       \r\n");
}

TEST(SshKeys, NameTheTypeBeforeTheBitsFrom721On) {
  std::string const key =
      R"("ssh-keys": [{"user": "admin", "type": "ed25519", "bits": 256, "owner": "laptop"}]})";
  EXPECT_EQ(shown(R"({"profile": "7.24", )" + key, "/user ssh-keys print"),
            "Columns: USER, KEY-TYPE, BITS, INFO\r\n"
            "#  USER   KEY-TYPE  BITS  INFO  \r\n"
            "0  admin  ed25519    256  laptop\r\n");
}

// The headers of the counters give way first, of equals the last.
TEST(BtrfsFilesystem, ShowsDevicesIdentityAndErrorCounters) {
  std::string const state = R"({"profile": "7.24", "disks": [
      {"slot": "pool", "type": "raid", "fs": "btrfs", "fs-label": "data", "fs-uuid": "u-1", "size": 1073741824,
       "block-device": true, "pool": {"mount-point": "pool"}}]})";
  EXPECT_THAT(shown(state, "/disk btrfs filesystem print", 200),
              StartsWith("Columns: LABEL, DEV-IDS, DEVS, DEFAULT-SUBVOLUME, UUID, WRITE-ERRORS, READ-ERRORS, "
                         "FLUSH-ERRORS, CORRUPTION-ERRORS, GENERATION-ERRORS\r\n"));
  EXPECT_THAT(
      shown(state, "/disk btrfs filesystem print", 87),
      HasSubstr(
          "\r\n# LABEL  DEV-IDS  DEVS  DEFAULT-SUBVOLUME  UUID  WRITE-ERRORS  READ-ERRORS  FLUS  C  G\r\n"
          "0 data         1  pool  <FS_ROOT>          u-1              0            0     0  0  0\r\n"));
}

TEST(Terse, FlagsKeepTheirColumns) {
  std::string const users = R"("users": [
      {"name": "admin", "group": "full", "comment": "ours", "last-logged-in": "2026-02-05 10:00:00"},
      {"name": "gone", "group": "read", "disabled": true}]})";
  EXPECT_EQ(shown(R"({"profile": "7.21", )" + users, "/user print terse"),
            " 0   comment=ours name=admin group=full inactivity-timeout=10m inactivity-policy=none address= "
            "last-logged-in=2026-02-05 10:00:00 \r\n"
            " 1 X name=gone group=read inactivity-timeout=10m inactivity-policy=none address= \r\n");
  EXPECT_EQ(shown(R"({"profile": "7.16", "menus": {"/interface": [
      {"name": "ether1", "type": "ether", "running": true}, {"name": "ether2", "type": "ether", "slave": true}]}})",
                  "/interface print terse"),
            " 0  R  name=ether1 type=ether \r\n"
            " 1   S name=ether2 type=ether \r\n");
  EXPECT_THAT(shown(R"({"profile": "7.21"})", "/system health print terse"), StartsWith(" 0 name="))
      << "a menu without flags has no columns for them";
}

// From 7.24 on only those of the rows shown, as in print detail.
TEST(Terse, ShowsTheColumnsOfUsedFlagsOnlyFrom724On) {
  EXPECT_THAT(shown(R"({"profile": "7.24"})", "/user print terse"), StartsWith(" 0 comment="));
  EXPECT_THAT(shown(R"({"profile": "7.24", "users": [
      {"name": "admin", "group": "full"}, {"name": "gone", "group": "read", "disabled": true}]})",
                    "/user print terse"),
              StartsWith(" 0   name="));
}

// Completion leaves `/ip/ `, and operators go on behind the blank.
TEST(Path, ABlankMayFollowASlash) {
  for (std::string const line :
       {"/system/ identity/ print", "system/identity/ print", "/system/ identity print"}) {
    EXPECT_EQ(shown(R"({"profile": "7.21", "identity": "here"})", line), "  name: here\r\n") << line;
  }
  EXPECT_EQ(shown(R"({"profile": "7.21"})", "/system/identity/"), "") << "enters the menu";
  EXPECT_THAT(shown(R"({"profile": "7.21"})", "/system/ nonsense/ print"),
              HasSubstr("syntax error (line 1 column 18)"));
  EXPECT_THAT(shown(R"({"profile": "7.21"})", "/system/ nonsense print"),
              HasSubstr("bad command name nonsense (line 1 column 10)"));
}

TEST(Routerboard, ShowsItsRevisionAndWhatItHasToSay) {
  auto const board = shown(R"({"profile": "7.24", "settings": {"/system/routerboard":
      {"revision": "r2", "comment": "reboot for the new firmware"}}})",
                           "/system routerboard print");
  EXPECT_THAT(board, StartsWith(";;; reboot for the new firmware\r\n       routerboard: yes\r\n"));
  EXPECT_THAT(board, HasSubstr("          revision: r2\r\n     serial-number: "));
  EXPECT_EQ(shown(R"({"profile": "7.24"})", "/system routerboard print").find("revision"), std::string::npos);
}

TEST(Clock, AStateFileMaySayWhatItShows) {
  std::string const clock = R"(, "settings": {"/system/clock": {"date": "2026-02-05", "time": "03:04:05"}}})";
  EXPECT_THAT(shown(R"({"profile": "7.24")" + clock, "/system clock print"),
              StartsWith("                  time: 03:04:05\r\n                  date: 2026-02-05\r\n"));
  EXPECT_THAT(shown(R"({"profile": "6.49")" + clock, "/system clock print"),
              HasSubstr("                  date: feb/05/2026\r\n"))
      << "before 7.10";
}

}  // namespace
}  // namespace rdssim::routeros
