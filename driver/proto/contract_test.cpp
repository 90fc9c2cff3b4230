// The linked CSI descriptor against the contract table, row by row and both ways: every row exists in the
// descriptor, and nothing in the descriptor lacks a row. The table is testdata/csi-v1.12-contract.tsv.
#include <google/protobuf/descriptor.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "proto/csi.pb.h"

namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::ServiceDescriptor;

using Rows = std::multiset<std::string>;

constexpr std::size_t kColumnsMax = 8;

// A row without its trailing empty columns: the table leaves them out.
std::string join(std::vector<std::string> columns) {
  while (!columns.empty() && columns.back().empty()) columns.pop_back();
  std::string row;
  for (std::size_t i = 0; i < columns.size(); ++i) row += (i == 0 ? "" : "\t") + columns[i];
  return row;
}

Rows read_table(std::string const& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  Rows rows;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::vector<std::string> columns;
    std::istringstream stream(line);
    for (std::string column; std::getline(stream, column, '\t');) columns.push_back(column);
    EXPECT_LE(columns.size(), kColumnsMax) << line;
    rows.insert(join(columns));
  }
  return rows;
}

// "csi.v1.VolumeCapability.AccessMode" is called "VolumeCapability.AccessMode" in the table.
std::string local_name(std::string const& full_name) {
  std::string const package = "csi.v1.";
  return full_name.starts_with(package) ? full_name.substr(package.size()) : full_name;
}

std::string type_name(FieldDescriptor const& field);

std::string map_type(FieldDescriptor const& field) {
  return "map<" + type_name(*field.message_type()->map_key()) + "," +
         type_name(*field.message_type()->map_value()) + ">";
}

std::string type_name(FieldDescriptor const& field) {
  if (field.is_map()) return map_type(field);
  if (field.message_type() != nullptr) return local_name(field.message_type()->full_name());
  if (field.enum_type() != nullptr) return local_name(field.enum_type()->full_name());
  return field.type_name();
}

std::string field_options(FieldDescriptor const& field) {
  std::string options;
  if (field.options().GetExtension(csi::v1::csi_secret)) options += "csi_secret";
  if (field.options().GetExtension(csi::v1::alpha_field))
    options += options.empty() ? "alpha_field" : ",alpha_field";
  return options;
}

void add_enum(EnumDescriptor const& descriptor, Rows& rows) {
  EXPECT_FALSE(descriptor.options().GetExtension(csi::v1::alpha_enum)) << "the table has no alpha enum";
  for (int i = 0; i < descriptor.value_count(); ++i) {
    auto const& value = *descriptor.value(i);
    rows.insert(
        join({"enum", local_name(descriptor.full_name()), value.name(), std::to_string(value.number()),
              value.options().GetExtension(csi::v1::alpha_enum_value) ? "alpha_enum_value" : ""}));
  }
}

void add_message(Descriptor const& descriptor, Rows& rows) {
  if (descriptor.options().map_entry()) return;
  std::string const name = local_name(descriptor.full_name());
  std::string const flag = descriptor.options().GetExtension(csi::v1::alpha_message) ? "alpha_message" : "";
  rows.insert(join({"message", name, "", "", "", "", "", flag}));
  for (int i = 0; i < descriptor.field_count(); ++i) {
    auto const& field = *descriptor.field(i);
    auto const* oneof = field.real_containing_oneof();
    bool const repeated = field.is_repeated() && !field.is_map();
    rows.insert(
        join({"message", name, field.name(), std::to_string(field.number()), type_name(field),
              repeated ? "repeated" : "", oneof == nullptr ? "" : oneof->name(), field_options(field)}));
  }
  for (int i = 0; i < descriptor.nested_type_count(); ++i) add_message(*descriptor.nested_type(i), rows);
  for (int i = 0; i < descriptor.enum_type_count(); ++i) add_enum(*descriptor.enum_type(i), rows);
}

void add_service(ServiceDescriptor const& service, Rows& rows) {
  for (int i = 0; i < service.method_count(); ++i) {
    auto const& method = *service.method(i);
    rows.insert(join({"rpc", service.name(), method.name(), local_name(method.input_type()->full_name()),
                      local_name(method.output_type()->full_name()),
                      method.options().GetExtension(csi::v1::alpha_method) ? "alpha_method" : ""}));
  }
  if (service.options().GetExtension(csi::v1::alpha_service)) {
    rows.insert(join({"service", service.name(), "alpha_service"}));
  }
}

Rows describe(FileDescriptor const& file) {
  Rows rows;
  for (int i = 0; i < file.extension_count(); ++i) {
    auto const& extension = *file.extension(i);
    rows.insert(join({"extension", extension.containing_type()->full_name(), extension.name(),
                      std::to_string(extension.number()), type_name(extension)}));
  }
  for (int i = 0; i < file.service_count(); ++i) add_service(*file.service(i), rows);
  for (int i = 0; i < file.message_type_count(); ++i) add_message(*file.message_type(i), rows);
  for (int i = 0; i < file.enum_type_count(); ++i) add_enum(*file.enum_type(i), rows);
  return rows;
}

TEST(Contract, EveryRowOfTheTableIsInTheDescriptorAndNothingElseIs) {
  Rows const table = read_table("testdata/csi-v1.12-contract.tsv");
  Rows const linked = describe(*csi::v1::CreateVolumeRequest::descriptor()->file());
  ASSERT_GT(table.size(), 300U) << "the table is not complete";
  for (auto const& row : table)
    EXPECT_EQ(linked.count(row), table.count(row)) << "missing or different: " << row;
  for (auto const& row : linked)
    EXPECT_EQ(table.count(row), linked.count(row)) << "not in the table: " << row;
  std::printf("contract rows checked: %zu of %zu, descriptor elements: %zu\n", table.size(), table.size(),
              linked.size());
}

TEST(Contract, AChangedRowWouldBeSeen) {
  Rows const table = read_table("testdata/csi-v1.12-contract.tsv");
  Rows linked = describe(*csi::v1::CreateVolumeRequest::descriptor()->file());
  std::string const row = "message\tDeleteVolumeRequest\tvolume_id\t1\tstring";
  ASSERT_EQ(linked.count(row), 1U);
  linked.erase(row);
  linked.insert("message\tDeleteVolumeRequest\tvolume_id\t7\tstring");
  EXPECT_NE(linked, table);
}

// The table has no column for streams; these are facts of the same contract.
TEST(Contract, OnlySnapshotMetadataStreams) {
  auto const& file = *csi::v1::CreateVolumeRequest::descriptor()->file();
  std::set<std::string> streaming;
  for (int i = 0; i < file.service_count(); ++i) {
    for (int j = 0; j < file.service(i)->method_count(); ++j) {
      auto const& method = *file.service(i)->method(j);
      EXPECT_FALSE(method.client_streaming()) << method.full_name();
      if (method.server_streaming()) streaming.insert(method.name());
    }
  }
  EXPECT_EQ(streaming, (std::set<std::string>{"GetMetadataAllocated", "GetMetadataDelta"}));
}

TEST(Contract, PackageAndSyntaxAreTheWireNames) {
  auto const& file = *csi::v1::CreateVolumeRequest::descriptor()->file();
  EXPECT_EQ(file.package(), "csi.v1");
  EXPECT_EQ(file.syntax(), FileDescriptor::SYNTAX_PROTO3);
}

}  // namespace
