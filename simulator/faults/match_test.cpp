// Which console lines a fault strikes.
#include "simulator/faults/match.h"

#include <gtest/gtest.h>

namespace rdssim::faults {
namespace {

TEST(Calls, SpacesAndSlashesAreTheSame) {
  EXPECT_TRUE(calls("/disk add slot=x", "/disk", "add"));
  EXPECT_TRUE(calls("/disk/add slot=x", "/disk", "add"));
  EXPECT_TRUE(calls("/disk  add slot=x", "disk", "add"));
  EXPECT_TRUE(calls("/disk btrfs subvolume print", "/disk/btrfs/subvolume", "print"));
}

TEST(Calls, AnywhereInAScript) {
  EXPECT_TRUE(calls(":if ([:len [/disk find slot=x]] = 0) do={/disk add slot=x}", "/disk", "add"));
  EXPECT_TRUE(calls(":local n [/disk/find slot=x]", "/disk", "find"));
}

TEST(Calls, WholeWordsOnly) {
  EXPECT_FALSE(calls("/disk address print", "/disk", "add"));
  EXPECT_FALSE(calls("/mydisk add", "/disk", "add"));
  EXPECT_FALSE(calls("/file remove x", "/disk", "remove"));
  EXPECT_FALSE(calls(":put \"add-on\"", "", "add"));
}

TEST(Calls, EitherMayBeOpen) {
  EXPECT_TRUE(calls("/disk set x comment=y", "/disk", ""));
  EXPECT_TRUE(calls("/file remove x", "", "remove"));
  EXPECT_TRUE(calls(":put 1", "", ""));
}

TEST(Names, ASlotIsNotAPartOfAnother) {
  EXPECT_TRUE(names("/disk add slot=pvc-1 type=file", "pvc-1"));
  EXPECT_TRUE(names("/disk add slot=\"pvc-1\"", "pvc-1"));
  EXPECT_TRUE(names("/disk remove [find slot=pvc-1]", "pvc-1"));
  EXPECT_FALSE(names("/disk add slot=pvc-10", "pvc-1"));
  EXPECT_FALSE(names("/disk add slot=a-pvc-1", "pvc-1"));
  EXPECT_FALSE(names("/disk add file-path=/pool/pvc-1.img", "pvc-1"));
  EXPECT_FALSE(names("/disk add file-path=/pool/pvc-1", "pvc-1")) << "a path, not a slot";
}

TEST(Names, AFileIsFoundWithAndWithoutItsLeadingSlash) {
  EXPECT_TRUE(names("/disk add file-path=/pool/a.img", "pool/a.img"));
  EXPECT_TRUE(names("/file remove \"pool/a.img\"", "/pool/a.img"));
  EXPECT_FALSE(names("/file remove \"/mnt/pool/a.img\"", "pool/a.img"));
}

TEST(LineMatches, AllThatIsGivenMustHold) {
  Match match;
  match.menu = "/disk";
  match.command = "add";
  match.slot = "pvc-1";
  match.user = "csi";
  EXPECT_TRUE(line_matches(match, "/disk add slot=pvc-1", "csi"));
  EXPECT_FALSE(line_matches(match, "/disk add slot=pvc-1", "admin"));
  EXPECT_FALSE(line_matches(match, "/disk add slot=pvc-2", "csi"));
  match.contains = "export=yes";
  EXPECT_FALSE(line_matches(match, "/disk add slot=pvc-1", "csi"));
  EXPECT_TRUE(line_matches(Match{}, "", ""));
}

}  // namespace
}  // namespace rdssim::faults
