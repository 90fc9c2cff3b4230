// Golden tests of driver/docs/formats.md (every example on that page is here) and of the id and path rules.
#include "rds/formats.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"

namespace rdscsi::rds {
namespace {

constexpr char const* kId = "pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427";

TEST(FormatsGolden, NameThatIsAnIdIsTheIdItself) {
  EXPECT_EQ(volume_id_for_name(kId), kId);
}

TEST(FormatsGolden, OtherNamesAreHashed) {
  EXPECT_EQ(volume_id_for_name("data-0"), "pvc-902fd08c-5ea1-86ef-9bbf-b915c711d4dd");
  EXPECT_EQ(volume_id_for_name("sanity-controller-1"), "pvc-7f333e97-7242-8c05-b085-6779ff2e7fdd");
  EXPECT_EQ(volume_id_for_name(""), "pvc-5e574704-6920-8ec6-b889-07797ea1523e");
  EXPECT_EQ(volume_id_for_name("\xc3\xbcn\xc3\xaf"
                               "code \"; /disk remove"),
            "pvc-fadcaf5b-f73b-81f1-b456-d94b2361c366");
}

TEST(FormatsGolden, Slots) {
  EXPECT_EQ(full_slot(kId), kId);
  EXPECT_EQ(compact_slot(kId), "pvc-dnhcrorpuei5fcb7aalnhtfee4");
  EXPECT_EQ(compact_slot("pvc-00000000-0000-0000-0000-000000000000"), "pvc-aaaaaaaaaaaaaaaaaaaaaaaaaa");
  EXPECT_EQ(compact_slot("pvc-ffffffff-ffff-ffff-ffff-ffffffffffff"), "pvc-77777777777777777777777774");
  EXPECT_EQ(compact_slot(kId).size(), 30U);
}

TEST(FormatsGolden, PathAndNqn) {
  std::string const path = backing_file("/storage-pool/metal-csi", kId);
  EXPECT_EQ(path, "/storage-pool/metal-csi/pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427.img");
  EXPECT_EQ(file_menu_name(path), "storage-pool/metal-csi/pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427.img");
  EXPECT_EQ(nqn_of(kId), "nqn.2000-02.com.mikrotik:pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427");
}

TEST(FormatsGolden, HashesInMarks) {
  EXPECT_EQ(cluster_hash("0b7f9c0e-6d0a-4c8e-9c3e-2f1d5a7b9e10"), "uq5d7plmst");
  EXPECT_EQ(name_hash("data-0"), "zz6awvkx3npnzgqs");
  EXPECT_EQ(name_hash(kId), "n2ofl3jmcuf4ogjy");
  EXPECT_EQ(content_fingerprint("fsType=ext4"), "2rzgkgai");
}

TEST(FormatsGolden, Base32IsRfc4648InLowerCaseWithoutPadding) {
  EXPECT_EQ(base32(""), "");
  EXPECT_EQ(base32("f"), "my");
  EXPECT_EQ(base32("fo"), "mzxq");
  EXPECT_EQ(base32("foo"), "mzxw6");
  EXPECT_EQ(base32("foob"), "mzxw6yq");
  EXPECT_EQ(base32("fooba"), "mzxw6ytb");
  EXPECT_EQ(base32("foobar"), "mzxw6ytboi");
}

TEST(FormatsIds, W07_OnlyLowerCaseUuidsAreIds) {
  EXPECT_TRUE(is_volume_id(kId));
  for (char const* other :
       {"", "pvc-", "storage-pool", "nvme1", "raid10", "snap-1b4e28ba-2fa1-11d2-883f-0016d3cca427",
        "pvc-1B4E28BA-2fa1-11d2-883f-0016d3cca427", "pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca42",
        "pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca4277", "pvc-1b4e28ba-2fa1-11d2-883f_0016d3cca427",
        "pvc-1b4e28ba2fa1-11d2-883f-0016d3cca427-", "1b4e28ba-2fa1-11d2-883f-0016d3cca427", "../../etc",
        "rack7.pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427", "pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427\n",
        "pvc-dnhcrorpuei5fcb7aalnhtfee4"}) {
    EXPECT_FALSE(is_volume_id(other)) << other;
  }
}

TEST(FormatsIds, W07_AnyCsiNameBecomesAnIdOfOurOwn) {
  base::RandomStream random(7);
  std::set<std::string> ids;
  for (int i = 0; i < 20000; ++i) {
    std::string name;
    for (std::uint64_t n = random.below(300); n > 0; --n)
      name.push_back(static_cast<char>(random.below(256)));
    name += std::to_string(i);
    std::string const id = volume_id_for_name(name);
    ASSERT_TRUE(is_volume_id(id)) << id;
    ASSERT_EQ(id, volume_id_for_name(name));
    ASSERT_EQ(id[18], '8') << "version 8: " << id;
    ASSERT_NE(std::string("89ab").find(id[23]), std::string::npos) << "variant 10: " << id;
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 20000U);
}

TEST(FormatsIds, SlotsOfEitherFormLeadBackToTheirVolume) {
  base::RandomStream random(8);
  for (int i = 0; i < 20000; ++i) {
    std::string const id = volume_id_for_name(random.hex(12));
    ASSERT_EQ(volume_id_of_slot(full_slot(id)), id);
    ASSERT_EQ(volume_id_of_slot(compact_slot(id)), id);
    ASSERT_LE(compact_slot(id).size(), 32U);
  }
}

TEST(FormatsIds, OtherSlotsLeadNowhere) {
  for (char const* slot :
       {"", "pvc-", "nvme1", "storage-pool", "vm-storage-001", "pvc-dnhcrorpuei5fcb7aalnhtfee",
        "pvc-dnhcrorpuei5fcb7aalnhtfee44", "pvc-DNHCRORPUEI5FCB7AALNHTFEE4", "pvc-dnhcrorpuei5fcb7aalnhtfee1",
        "pvc-77777777777777777777777775", "snap-dnhcrorpuei5fcb7aalnhtfee4"}) {
    EXPECT_EQ(volume_id_of_slot(slot), std::nullopt) << slot;
  }
}

TEST(FormatsPaths, BelowIsDecidedByComponents) {
  EXPECT_TRUE(is_below("/storage-pool/metal-csi/a.img", "/storage-pool/metal-csi"));
  EXPECT_TRUE(is_below("/storage-pool/metal-csi/team/a.img", "/storage-pool/metal-csi"));
  for (char const* path :
       {"/storage-pool/metal-csi", "/storage-pool/metal-csi-evil/a.img", "/storage-pool/a.img",
        "/storage-pool/metal-csi/../a.img", "/storage-pool/metal-csi/./a.img",
        "/storage-pool/metal-csi//a.img", "/storage-pool/metal-csi/", "storage-pool/metal-csi/a.img",
        "/storage-pool/metal-csi/.hidden/a.img", "/storage-pool/metal-csi/a\n.img", ""}) {
    EXPECT_FALSE(is_below(path, "/storage-pool/metal-csi")) << path;
  }
  EXPECT_FALSE(is_below("/a/b", "/"));
  EXPECT_FALSE(is_below("/a/b", "a"));
}

TEST(FormatsPaths, BackingFilesBearTheirVolumesName) {
  EXPECT_TRUE(is_backing_file(std::string("/p/csi/") + kId + ".img", "/p/csi", kId));
  EXPECT_TRUE(is_backing_file(std::string("/p/csi/gold/") + kId + ".img", "/p/csi", kId));
  EXPECT_FALSE(is_backing_file(std::string("/p/csi/x") + kId + ".img", "/p/csi", kId));
  EXPECT_FALSE(is_backing_file(std::string("/p/csi-evil/") + kId + ".img", "/p/csi", kId));
  EXPECT_FALSE(is_backing_file("/p/csi/other.img", "/p/csi", kId));
}

TEST(Formats, AFileIsOfTheVolumeItIsNamedAfter) {
  EXPECT_EQ(volume_id_of_file(std::string("/p/csi/") + kId + ".img", "/p/csi"), kId);
  EXPECT_EQ(volume_id_of_file(std::string("/p/csi/gold/") + kId + "/disk.img", "/p/csi"), kId);
  for (char const* other : {"/p/csi/disk.img", "/p/csi/backup.img", "/p/csi/pvc-1.img", "/p/csi", ""})
    EXPECT_FALSE(volume_id_of_file(other, "/p/csi").has_value()) << other;
  EXPECT_FALSE(volume_id_of_file(std::string("/p/csi/") + kId, "/p/csi").has_value()) << "a directory";
  EXPECT_FALSE(volume_id_of_file(std::string("/p/csi-evil/") + kId + ".img", "/p/csi").has_value());
}

TEST(FormatsPaths, PoolIsTheFirstComponent) {
  EXPECT_EQ(first_component("/storage-pool/metal-csi"), "storage-pool");
  EXPECT_EQ(first_component("/raid10"), "raid10");
}

}  // namespace
}  // namespace rdscsi::rds
