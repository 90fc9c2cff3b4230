// upstream_map.tsv: each spec of upstream's csi-sanity has a row of codes.tsv, a capability we do not
// advertise, or one of a few reasons; what the capabilities page says of skips is what the map says.
#include <iostream>
#include <map>
#include <set>

#include "csi/capability_table.h"
#include "gtest/gtest.h"
#include "sanity/table.h"

namespace sanity {
namespace {

using rdscsi::csi::Advertised;
using rdscsi::csi::CapabilityKind;

std::set<std::string> const kReasons = {"node-service", "suite-option", "off-upstream"};

// As upstream_verdict.sh groups them.
std::string group_of(std::string spec) {
  std::string const controller = "Controller Service [Controller Server] ";
  if (spec.starts_with(controller)) spec.erase(0, controller.size());
  return spec.substr(0, spec.find(' '));
}

std::set<std::string> names_of_rows() {
  std::set<std::string> names;
  for (auto const& row : read_codes()) names.insert(row.name());
  return names;
}

std::set<std::string> absent_capabilities() {
  std::set<std::string> names;
  for (auto const& row : rdscsi::csi::capability_rows()) {
    bool const asked_first = row.kind == CapabilityKind::plugin || row.kind == CapabilityKind::controller;
    if (asked_first && row.advertised == Advertised::never) names.emplace(row.name);
  }
  return names;
}

TEST(UpstreamMap, EachSpecIsCoveredOrSkippedOrHasAReason) {
  std::map<std::string, std::set<std::string>> const known = {{"covered", names_of_rows()},
                                                              {"if-snapshots", names_of_rows()},
                                                              {"skipped", absent_capabilities()},
                                                              {"not-ours", kReasons}};
  std::set<std::string> specs;
  std::map<std::string, int> count;
  for (auto const& cells : read_table("upstream_map.tsv", 3)) {
    EXPECT_TRUE(specs.insert(cells[0]).second) << cells[0] << " twice";
    auto const verdict = known.find(cells[1]);
    ASSERT_NE(verdict, known.end()) << cells[0] << ": " << cells[1];
    EXPECT_TRUE(verdict->second.contains(cells[2])) << cells[0] << " is " << cells[1] << ": no " << cells[2];
    ++count[cells[1]];
  }
  std::cout << "upstream map: " << specs.size() << " specs, " << count["covered"] << " covered, "
            << count["if-snapshots"] << " covered where there are snapshots, " << count["skipped"]
            << " skipped, " << count["not-ours"] << " not ours, checked\n";
  EXPECT_GE(specs.size(), 96U);  // as many as csi-sanity 5.5 has
}

TEST(UpstreamMap, TheSkipsAreThoseOfTheCapabilitiesPage) {
  using Skip = std::pair<std::string, std::string>;  // group, capability
  std::map<Skip, int> in_map, on_page;
  for (auto const& cells : read_table("upstream_map.tsv", 3)) {
    if (cells[1] == "skipped") ++in_map[{group_of(cells[0]), cells[2]}];
  }
  for (auto const& skip : rdscsi::csi::sanity_skips())
    on_page[{std::string(skip.group), std::string(skip.needs)}] += skip.specs;
  EXPECT_EQ(in_map, on_page) << "driver/csi/capability_table.cpp, sanity_skips()";
}

}  // namespace
}  // namespace sanity
