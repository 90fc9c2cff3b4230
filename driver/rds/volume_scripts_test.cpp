// The console lines: their exact text, their length, and that no value of a request ever becomes code.
#include "rds/volume_scripts.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "rds/fake_rds_for_test.h"
#include "rds/formats.h"
#include "rds/script.h"
#include "rds/skeleton_for_test.h"

namespace rdscsi::rds {
namespace {

using testing::kId;
using testing::reason_of;
using testing::says;
using testing::skeleton;

constexpr char const* kNonce = "01234567";
constexpr char const* kHostNqn = "nqn.2014-08.org.nvmexpress:uuid:11111111-0000-4000-8000-000000000001";

Mark mark() {
  return {"uq5d7plmst", "n2ofl3jmcuf4ogjy", "2rzgkgai"};
}

// All lines for one volume; index names the line in messages.
std::vector<base::StatusOr<std::string>> all_lines(Territory const& territory, VolumeSpec const& spec) {
  return {create_script(kNonce, territory, spec, mark(), LeftoverFile::refuse),
          create_script(kNonce, territory, spec, mark(), LeftoverFile::remove),
          remake_script(kNonce, territory, spec, mark(), spec.volume_id),
          repair_script(kNonce, territory, spec, mark(), spec.volume_id),
          clear_script(kNonce, territory, spec, mark()),
          remove_script(kNonce, territory, spec.volume_id),
          expand_script(kNonce, territory, {spec.volume_id, spec.size_bytes, spec.size_bytes, 0}),
          publish_script(kNonce, territory, {spec.volume_id, "node", kHostNqn, false, true}),
          publish_script(kNonce, territory, {spec.volume_id, "node", kHostNqn, true, true}),
          adopt_script(kNonce, territory, {spec.volume_id, "node", kHostNqn, false, true}, mark()),
          mend_script(kNonce, territory, {spec.volume_id, "node", kHostNqn, false, true}),
          unpublish_script(kNonce, territory, {spec.volume_id, "node", true}),
          unpublish_script(kNonce, territory, {spec.volume_id, "", true}),
          get_script(kNonce, territory, spec.volume_id),
          list_script(kNonce, territory),
          pool_script(kNonce, territory)};
}

TEST(VolumeScripts, CreateIsThisLine) {
  auto const line =
      create_script(kNonce, testing::territory(), testing::spec(), mark(), LeftoverFile::refuse);
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(
      *line,
      ":put \"01234567\";:local c 0;:local i \"pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427\";"
      ":local s \"pvc-dnhcrorpuei5fcb7aalnhtfee4\";:local m \"storage-pool\";:local g "
      "\"$m/metal-csi/$i.img\";"
      ":local e \"\";:if ([:len [/disk find mount-point=$m]]>0&&[:len [/disk find where slot=$i or slot=$s "
      "or "
      "file-path=\"/$g\"]]=0&&[:len [/file find name=$g]]=0) do={:if ([:len [/disk find "
      "slot~\"^pvc-.{36}\"]]>0) do={"
      ":set s $i};:onerror x in={/disk add type=file file-path=\"/$g\" file-size=1073741824 slot=$s "
      "mount-filesystem=no comment=\"rdscsi1 c=uq5d7plmst v=n2ofl3jmcuf4ogjy p=2rzgkgai fmt=never src=-\" "
      "nvme-tcp-export=yes nvme-tcp-server-nqn=\"nqn.2000-02.com.mikrotik:$i\";:set e \"made\"} do={:set e "
      "$x}};"
      ":foreach p,q in={{{e=$e}};[/disk print detail as-value where slot=$i or slot=$s or file-path=\"/$g\" "
      "or "
      "mount-point=$m];[/file print as-value where name=$g]} do={:foreach n,r in=$q do={:foreach k,v in=$r "
      "do={"
      ":local l \"$p $n $k $v\";:set c ($c+1);:put \"$c $[:len $l] $l $l\"}}};:put \"01234567 $c\"");
}

TEST(VolumeScripts, RemoveIsThisLine) {
  auto const line = remove_script(kNonce, testing::territory(), kId);
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(
      *line,
      ":put \"01234567\";:local c 0;:local i \"pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427\";"
      ":local s \"pvc-dnhcrorpuei5fcb7aalnhtfee4\";:local m \"storage-pool\";"
      ":local w \"storage-pool/metal-csi/([^/.][^/]*/)*$i\\\\.img\\$\";:local e \"\";"
      ":if ([:len [/disk find mount-point=$m]]>0) do={:onerror x in={/disk remove [/disk find where (slot=$i "
      "or slot=$s) "
      "and type=file and file-path~\"^/$w\" and (!(comment~\"^rdscsi\") or "
      "comment~\"^rdscsi1 c=uq5d7plmst v=[a-z2-7]+ p=[a-z2-7]+ fmt=(never|offered:free) "
      "src=[a-z0-9.:-]+\\$\")];"
      ":if ([:len [/disk find where slot=$i or slot=$s]]=0) do={:foreach d in=[/file find name~\"^$w\"] do={"
      ":local n \"/$[/file get $d name]\";:if ([:len [/disk find file-path=$n]]=0) do={/file remove $d}}}} "
      "do={:set e "
      "$x}};"
      ":foreach p,q in={{{e=$e}};[/disk print detail as-value where slot=$i or slot=$s or file-path~\"^/$w\" "
      "or "
      "mount-point=$m];[/file print as-value where name~\"^$w\"]} do={:foreach n,r in=$q do={:foreach k,v "
      "in=$r do={"
      ":local l \"$p $n $k $v\";:set c ($c+1);:put \"$c $[:len $l] $l $l\"}}};:put \"01234567 $c\"");
}

TEST(VolumeScripts, OnlyTheSlotStyleDecidesWhichFormIsCreated) {
  auto const line = [](SlotStyle style) {
    Territory territory = testing::territory();
    territory.slot_style = style;
    return create_script(kNonce, territory, testing::spec(), mark(), LeftoverFile::refuse).value();
  };
  EXPECT_NE(line(SlotStyle::full).find("do={:set s $i;:onerror"), std::string::npos);
  EXPECT_EQ(line(SlotStyle::compact).find(":set s"), std::string::npos);
  EXPECT_NE(line(SlotStyle::automatic).find("[/disk find slot~\"^pvc-.{36}\"]"), std::string::npos);
}

TEST(VolumeScripts, W03_SizesAreBytesToTheLastDigit) {
  for (std::int64_t const size :
       {std::int64_t{512}, 3 * testing::kGiB / 2, 3 * (testing::kGiB * 1024) / 2,
        std::int64_t{10'000'000'000} / 512 * 512, testing::kGiB * 1024 * 1024 - 512}) {
    VolumeSpec spec = testing::spec();
    spec.size_bytes = size;
    auto const line = create_script(kNonce, testing::territory(), spec, mark(), LeftoverFile::refuse);
    ASSERT_TRUE(line.ok());
    EXPECT_NE(line->find(" file-size=" + std::to_string(size) + " "), std::string::npos) << *line;
  }
}

TEST(VolumeScripts, LinesFitWithLongPathsPortsAndSizes) {
  Territory territory = testing::territory();
  VolumeSpec spec = testing::spec();
  spec.size_bytes = testing::kGiB * 64 * 1024;
  spec.nvme_port = 44200;
  territory.base_path = "/nvme-raid-pool/kubernetes/production";
  spec.directory = territory.base_path + "/gold-tier";
  std::size_t longest = 0;
  for (auto const& line : all_lines(territory, spec)) {
    ASSERT_TRUE(line.ok()) << line.status();
    longest = std::max(longest, line->size());
  }
  std::cout << "longest line with a directory of " << spec.directory.size() << " bytes: " << longest << "\n";
  EXPECT_LE(longest, kLineBytesMax);
}

TEST(VolumeScripts, PathThatMakesALineTooLongIsRefusedByName) {
  Territory territory = testing::territory();
  VolumeSpec spec = testing::spec();
  spec.directory = territory.base_path + "/" + std::string(200, 'x');
  auto const line = create_script(kNonce, territory, spec, mark(), LeftoverFile::refuse);
  ASSERT_FALSE(line.ok());
  EXPECT_EQ(reason_of(line.status()), base::Reason::invalid_argument);
  EXPECT_TRUE(says(line.status(), "the longest value in it is backing file")) << line.status();
}

TEST(VolumeScripts, NoPathEverBecomesCode) {
  constexpr std::string_view kNasty = "\"\\$?;[](){}=~# .*^|+'`aZ0-_";
  base::RandomStream random(5);
  auto const benign = all_lines(testing::territory(), testing::spec());
  int compared = 0;
  for (int i = 0; i < 2000; ++i) {
    Territory territory;
    territory.cluster_id = random.hex(6);
    for (int part = 0; part < 2; ++part) {
      territory.base_path += "/n";
      for (std::uint64_t n = random.below(8); n > 0; --n)
        territory.base_path += kNasty[random.below(kNasty.size())];
    }
    VolumeSpec spec = testing::spec();
    spec.directory = territory.base_path;
    auto const hostile = all_lines(territory, spec);
    for (std::size_t line = 0; line < hostile.size(); ++line) {
      if (!hostile[line].ok()) continue;  // too long after escaping
      ASSERT_EQ(skeleton(*hostile[line]), skeleton(*benign[line])) << *hostile[line];
      ++compared;
    }
  }
  EXPECT_GT(compared, 10000);
}

}  // namespace
}  // namespace rdscsi::rds
