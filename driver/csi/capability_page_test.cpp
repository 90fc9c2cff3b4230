// docs/capabilities.md: every CSI 1.12 capability, asked of the services over real gRPC and joined with the
// reasons of capability_table.cpp. RDSCSI_UPDATE_CAPABILITIES=1 writes the page again.
#include <grpcpp/grpcpp.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <set>

#include "csi/capabilities.h"
#include "csi/capability_table.h"
#include "csi/grpc_convert.h"
#include "csi/testing/fake_snapshot_store.h"
#include "csi/testing/server_rig.h"
#include "gtest/gtest.h"

namespace rdscsi::csi {
namespace {

namespace wire = ::csi::v1;
using google::protobuf::EnumDescriptor;
using testing::call_context;

constexpr char kPage[] = "../docs/capabilities.md";

// One enum of csi.proto, and which of its values the running services advertise.
struct Section {
  CapabilityKind kind;
  std::string title;
  EnumDescriptor const* values;
  std::set<std::string> always;        // whatever the configuration
  std::set<std::string> on_condition;  // with a node directory that names every node, and proven snapshots
};

std::set<std::string> names_of(wire::ControllerGetCapabilitiesResponse const& response) {
  std::set<std::string> names;
  for (auto const& one : response.capabilities())
    names.insert(wire::ControllerServiceCapability::RPC::Type_Name(one.rpc().type()));
  return names;
}

// What a controller says that knows all its nodes, and whose RDS makes snapshots.
std::set<std::string> controller_with_everything() {
  testing::FakeVolumeStore store;
  FixedNodeDirectory nodes(std::vector<NodeRecord>{{"node-1", ""}});
  base::Operations operations;
  testing::FakeSnapshotStore snapshots;
  ControllerService const service({"10.42.68.1", "/storage-pool", "/storage-pool"}, store, nodes, operations,
                                  true, &snapshots);
  wire::ControllerGetCapabilitiesResponse response;
  to_wire(service.capabilities(), response);
  return names_of(response);
}

std::vector<Section> ask() {
  testing::ServerRig rig;
  EXPECT_TRUE(rig.started.ok()) << rig.started;
  testing::Client const client(rig.target);
  wire::GetPluginCapabilitiesResponse plugin;
  EXPECT_TRUE(client.identity->GetPluginCapabilities(call_context().get(), {}, &plugin).ok());
  std::set<std::string> services, expansions;
  for (auto const& one : plugin.capabilities()) {
    if (one.has_service()) services.insert(wire::PluginCapability::Service::Type_Name(one.service().type()));
    if (one.has_volume_expansion())
      expansions.insert(wire::PluginCapability::VolumeExpansion::Type_Name(one.volume_expansion().type()));
  }
  wire::ControllerGetCapabilitiesResponse controller;
  EXPECT_TRUE(client.controller->ControllerGetCapabilities(call_context().get(), {}, &controller).ok());
  wire::NodeGetCapabilitiesResponse node;
  auto const node_stub = wire::Node::NewStub(client.channel);
  EXPECT_TRUE(node_stub->NodeGetCapabilities(call_context().get(), {}, &node).ok());
  std::set<std::string> node_names;
  for (auto const& one : node.capabilities())
    node_names.insert(wire::NodeServiceCapability::RPC::Type_Name(one.rpc().type()));
  auto const group_stub = wire::GroupController::NewStub(client.channel);
  wire::GroupControllerGetCapabilitiesResponse group;
  EXPECT_EQ(group_stub->GroupControllerGetCapabilities(call_context().get(), {}, &group).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
  return {
      {CapabilityKind::plugin, "Plugin", wire::PluginCapability::Service::Type_descriptor(), services, {}},
      {CapabilityKind::volume_expansion,
       "Volume expansion",
       wire::PluginCapability::VolumeExpansion::Type_descriptor(),
       expansions,
       {}},
      {CapabilityKind::controller, "Controller", wire::ControllerServiceCapability::RPC::Type_descriptor(),
       names_of(controller), controller_with_everything()},
      {CapabilityKind::node, "Node", wire::NodeServiceCapability::RPC::Type_descriptor(), node_names, {}},
      {CapabilityKind::group_controller,
       "Group controller",
       wire::GroupControllerServiceCapability::RPC::Type_descriptor(),
       {},
       {}}};
}

// Whose rows are checked off as the page is written.
using Rows = std::map<std::pair<CapabilityKind, std::string>, CapabilityRow>;

Rows rows_by_name() {
  Rows rows;
  for (auto const& row : capability_rows()) {
    EXPECT_FALSE(row.why.empty()) << row.name;
    EXPECT_EQ(row.why.find_first_of("|\n"), std::string_view::npos) << row.name;
    EXPECT_TRUE(rows.emplace(std::pair(row.kind, std::string(row.name)), row).second) << row.name << " twice";
  }
  return rows;
}

// "yes | |", "no | why |" or "yes | condition |"; a capability and its row that contradict each other fail.
std::string verdict(Section const& section, std::string const& name, Rows& rows) {
  auto const row = rows.extract({section.kind, name});
  bool const always = section.always.contains(name);
  bool const sometimes = !always && section.on_condition.contains(name);
  if (always) {
    EXPECT_TRUE(row.empty()) << name << " is advertised, and capability_table.cpp says why it is not";
    return "yes | |";
  }
  if (row.empty()) {
    ADD_FAILURE() << name << " is not advertised, and capability_table.cpp does not say why";
    return "no | |";
  }
  EXPECT_EQ(row.mapped().advertised, sometimes ? Advertised::on_condition : Advertised::never) << name;
  return (sometimes ? "yes, " + std::string("on a condition | ") : "no | ") + std::string(row.mapped().why) +
         " |";
}

std::string capability_sections(int& count) {
  Rows rows = rows_by_name();
  std::string page;
  for (auto const& section : ask()) {
    page += "\n## " + section.title + "\n\n| capability | advertised | why not, or when |\n|---|---|---|\n";
    for (int i = 0; i < section.values->value_count(); ++i) {
      auto const& name = section.values->value(i)->name();
      if (name == "UNKNOWN") continue;
      page += "| " + name + " | " + verdict(section, name, rows) + "\n";
      ++count;
    }
  }
  for (auto const& [key, row] : rows) ADD_FAILURE() << row.name << " is no capability of CSI 1.12";
  return page;
}

std::string mode_section() {
  std::string page = "\n## Access modes\n\n| access mode | block | filesystem |\n|---|---|---|\n";
  auto const* modes = wire::VolumeCapability::AccessMode::Mode_descriptor();
  for (int i = 0; i < modes->value_count(); ++i) {
    auto const& name = modes->value(i)->name();
    if (name == "UNKNOWN") continue;
    auto const mode = static_cast<AccessMode>(modes->value(i)->number());
    EXPECT_EQ(to_string(mode), name);
    auto const served = [](VolumeCapability const& one) { return why_unsupported({one}) ? "no" : "yes"; };
    page += "| " + name + " | " + served({BlockAccess{}, mode}) + " | " +
            served({MountAccess{"ext4", {}, ""}, mode}) + " |\n";
  }
  return page +
         "\nFilesystems: ext4 (default), ext3, xfs. A filesystem mounted on two nodes is destroyed, so "
         "MULTI_NODE_MULTI_WRITER\nis for block volumes alone, for the time of a live migration.\n";
}

std::string skip_section(int& specs) {
  std::string page =
      "\n## What csi-sanity skips\n\nIts specs ask for a capability first and skip themselves without it. "
      "Each row's "
      "reason is the capability's, above.\n\n| specs of | skipped | need |\n|---|---|---|\n";
  for (auto const& skip : sanity_skips()) {
    page += "| " + std::string(skip.group) + " | " + std::to_string(skip.specs) + " | " +
            std::string(skip.needs) + " |\n";
    specs += skip.specs;
    bool known = false;
    for (auto const& row : capability_rows()) known = known || row.name == skip.needs;
    EXPECT_TRUE(known) << skip.needs << " is advertised, so nothing skips for want of it";
  }
  return page + "\nWhich spec is which, and what is not run at all: `sanity/upstream_map.tsv`.\n";
}

std::string const kHead =
    "# Capabilities\n\n"
    "What this driver tells a container orchestrator it can do: every capability of CSI 1.12, yes or no.\n"
    "A controller RPC is served if and only if its capability is advertised; every other one answers\n"
    "UNIMPLEMENTED.\n\n"
    "Written by `csi_edge_test` from the running services and `driver/csi/capability_table.cpp`; do not "
    "edit.\n"
    "To write it again, in `driver/csi`:\n"
    "`RDSCSI_UPDATE_CAPABILITIES=1 csi_edge_test --gtest_filter='CapabilityPage.*'`.\n";

std::string const kBeyond =
    "\n## Beyond the RPCs\n\n"
    "| feature | served | why not |\n|---|---|---|\n"
    "| ephemeral inline volumes (`volumeLifecycleModes: Ephemeral`) | no | They are made by the node that "
    "runs the pod, "
    "and only the controller may change the RDS. Generic ephemeral volumes, which are ordinary claims, work. "
    "|\n";

TEST(CapabilityPage, IsWhatTheServicesSay) {
  int capabilities = 0, specs = 0;
  std::string page = kHead + capability_sections(capabilities) + mode_section() + kBeyond;
  page += skip_section(specs);
  if (std::getenv("RDSCSI_UPDATE_CAPABILITIES") != nullptr) std::ofstream(kPage, std::ios::binary) << page;
  std::ifstream file(kPage, std::ios::binary);
  std::string const committed{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_EQ(page, committed) << kPage << " differs; if that is meant, run the command it names";
  std::cout << "CSI capabilities: " << capabilities << " compared with the page, " << specs
            << " skips of csi-sanity explained\n";
  EXPECT_GT(capabilities, 20);
}

}  // namespace
}  // namespace rdscsi::csi
