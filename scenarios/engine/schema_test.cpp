// schema.json: what is committed is what the vocabulary says, and it refuses mistakes by itself, without our
// own walk.
#include "scenarios/engine/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "scenarios/engine/vocabulary.h"
#include "scenarios/engine/yaml_tree.h"

namespace scenario {
namespace {

std::string file_text(char const* path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::vector<Complaint> refused(std::string const& yaml) {
  std::vector<Complaint> complaints;
  auto const tree = parse_yaml(yaml, "x.yaml", complaints);
  EXPECT_TRUE(tree && complaints.empty());
  if (tree) check_against_schema(*tree, complaints);
  return complaints;
}

std::string with(std::string const& timeline, std::string const& finally = "disks: 1") {
  return "format: 1\nid: x\ntitle: t\nwhy: why\norigin: {kind: spec, evidence: invented}\ntimeline:\n  - " +
         timeline + "\nexpect:\n  finally:\n    - " + finally + "\n";
}

TEST(Schema, CommittedFileIsWhatTheVocabularySays) {
  EXPECT_EQ(file_text("../schema.json"), schema_text())
      << "write it anew: rds-scenario schema > scenarios/schema.json";
}

TEST(Schema, IsDraft7AndListsEveryFault) {
  auto const schema = nlohmann::json::parse(schema_text());
  EXPECT_EQ(schema.at("$schema"), "http://json-schema.org/draft-07/schema#");
  auto const& listed = schema.at("definitions").at("timeline_entry").at("properties").at("fault").at("enum");
  ASSERT_EQ(listed.size(), faults().size());
  for (std::size_t i = 0; i < listed.size(); ++i) EXPECT_EQ(listed[i], faults()[i].name);
}

TEST(Schema, AcceptsWhatIsRight) {
  EXPECT_TRUE(refused(with("{fault: reply_lost, with: {command: add}, for: 10s}")).empty());
  EXPECT_TRUE(refused(with("{call: create_volume, with: {name: a, size: 1GiB}}")).empty());
  EXPECT_TRUE(refused(with("{heal: all}", "result: {of: a, code: [OK, ABORTED]}")).empty());
}

TEST(Schema, RefusesByItselfWhatIsWrong) {
  for (char const* step :
       {"{fault: reply_lots}", "{fault: reply_lost, with: {comand: add}}", "{call: probe, fault: reset}",
        "{at: 10, call: probe}", "{at: 1s, when: {call: {of: a, is: started}}, call: probe}",
        "{call: create_volume}", "{call: create_volume, with: {size: 1GiB}}", "{cal: probe}", "{}",
        "{fault: slow}", "{call: probe, after: {from: 1s}}"}) {
    EXPECT_FALSE(refused(with(step)).empty()) << step;
  }
  for (char const* predicate :
       {"disk: 1", "disks: many", "disks: -1", "result: {is: ok}", "{disks: 1, files: 1}", "{}"}) {
    EXPECT_FALSE(refused(with("{call: probe}", predicate)).empty()) << predicate;
  }
  EXPECT_FALSE(refused("format: 2\n").empty());
}

TEST(Schema, ComplaintsCarryAPlace) {
  auto const complaints = refused(with("{fault: reply_lots}"));
  ASSERT_EQ(complaints.size(), 1u);
  EXPECT_EQ(complaints[0].place.line, 7);
}

}  // namespace
}  // namespace scenario
