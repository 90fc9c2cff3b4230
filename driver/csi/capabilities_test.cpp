// Which capabilities are well formed, and which of them are honoured.
#include "csi/capabilities.h"

#include "csi/driver.h"
#include "gtest/gtest.h"

namespace rdscsi::csi {
namespace {

VolumeCapability mount(AccessMode mode, std::string fs_type = "") {
  return {MountAccess{std::move(fs_type), {}, ""}, mode};
}
VolumeCapability block(AccessMode mode) {
  return {BlockAccess{}, mode};
}

std::string form_code(std::vector<VolumeCapability> const& capabilities) {
  return std::string(grpc_code_name(grpc_code(check_capabilities_form(capabilities))));
}

std::string why(VolumeCapability const& capability) {
  return why_unsupported({capability}).value_or("");
}

TEST(CapabilityForm, MissingPartsAreTheCallersMistake) {
  EXPECT_EQ(form_code({}), "INVALID_ARGUMENT");
  EXPECT_EQ(form_code({{std::monostate{}, AccessMode::single_node_writer}}), "INVALID_ARGUMENT");
  EXPECT_EQ(form_code({{MountAccess{}, std::nullopt}}), "INVALID_ARGUMENT");
  EXPECT_EQ(form_code({{MountAccess{}, AccessMode::unknown}}), "INVALID_ARGUMENT");
  EXPECT_EQ(form_code({mount(AccessMode::single_node_writer)}), "OK");
  EXPECT_EQ(form_code({mount(AccessMode::single_node_writer), {MountAccess{}, std::nullopt}}),
            "INVALID_ARGUMENT")
      << "the second one counts as well";
}

TEST(CapabilityForm, FieldsKeepCsisLimits) {
  EXPECT_EQ(form_code({mount(AccessMode::single_node_writer, std::string(129, 'x'))}), "INVALID_ARGUMENT");
  VolumeCapability flags{MountAccess{"", {std::string(4000, 'f'), std::string(97, 'f')}, ""},
                         AccessMode::single_node_writer};
  EXPECT_EQ(form_code({flags}), "INVALID_ARGUMENT");
}

TEST(Capabilities, OneNodeAndSharedBlockVolumesAreHonouredAndNothingElse) {
  EXPECT_EQ(why(mount(AccessMode::single_node_writer)), "");
  EXPECT_EQ(why(block(AccessMode::single_node_writer)), "");
  EXPECT_EQ(why(mount(AccessMode::single_node_reader_only)), "");
  EXPECT_EQ(why(block(AccessMode::single_node_reader_only)), "");
  EXPECT_EQ(why(block(AccessMode::multi_node_multi_writer)), "");
  EXPECT_EQ(why(mount(AccessMode::single_node_single_writer)), "");
  EXPECT_EQ(why(mount(AccessMode::single_node_multi_writer)), "");
  for (auto const mode : {AccessMode::multi_node_reader_only, AccessMode::multi_node_single_writer}) {
    EXPECT_NE(why(mount(mode)).find(to_string(mode)), std::string::npos);
    EXPECT_NE(why(block(mode)).find("SINGLE_NODE_WRITER (ReadWriteOnce)"), std::string::npos)
        << to_string(mode);
  }
}

TEST(Capabilities, ASharedFilesystemIsRefusedWithTheWayOut) {
  EXPECT_NE(why(mount(AccessMode::multi_node_multi_writer)).find("volumeMode: Block"), std::string::npos);
}

TEST(Capabilities, FilesystemsAreExt4Ext3AndXfs) {
  for (auto const* fs : {"", "ext4", "ext3", "xfs"})
    EXPECT_EQ(why(mount(AccessMode::single_node_writer, fs)), "");
  EXPECT_NE(why(mount(AccessMode::single_node_writer, "btrfs")).find("'btrfs'"), std::string::npos);
  EXPECT_NE(why(mount(AccessMode::single_node_writer, "EXT4")), "");
  EXPECT_NE(why({MountAccess{"", {}, "1000"}, AccessMode::single_node_writer}), "");
}

TEST(Capabilities, TheCanonicalTextIgnoresOrderAndRepetition) {
  auto const a = mount(AccessMode::single_node_writer, "xfs");
  auto const b = block(AccessMode::multi_node_multi_writer);
  EXPECT_EQ(canonical_text({a, b}), canonical_text({b, a, a}));
  EXPECT_NE(canonical_text({a}), canonical_text({b}));
  EXPECT_NE(canonical_text({a}), canonical_text({mount(AccessMode::single_node_writer, "ext4")}));
}

}  // namespace
}  // namespace rdscsi::csi
