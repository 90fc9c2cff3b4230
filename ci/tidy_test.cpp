// The tidy test: the tree keeps every house rule of ci/tidy.cpp, and each rule bites when its violation is
// planted.
#include "ci/tidy.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <set>

namespace {

struct Plant {
  char const* rule;
  char const* path;
  std::string text;
};

std::string many_lines(int count, std::string const& line) {
  std::string text;
  for (int i = 0; i < count; ++i) text += line + "\n";
  return text;
}

std::vector<Plant> plants() {
  return {
      {"concurrency", "driver/rds/x.cpp", "// x\nstd::mutex lock;\n"},
      {"concurrency", "simulator/ssh/x.cpp", "// x\nabsl::Notification done;\n"},
      {"time-source", "driver/csi/x.cpp", "// x\nauto t = std::chrono::steady_clock::now();\n"},
      {"random-source", "scenarios/engine/x.cpp", "// x\nstd::mt19937 generator;\n"},
      {"regular-expressions", "driver/rds/x.cpp", "// x\nstd::regex r;\n"},
      {"regular-expressions", "simulator/routeros/x.cpp", "// x\nstd::regex r;\n"},
      {"address-order", "scenarios/engine/x.h", "// x\nstd::set<std::shared_ptr<Box>> waiting;\n"},
      {"address-order", "driver/csi/x.h", "// x\nstd::map<Box const*, std::map<int, int>> boxes;\n"},
      {"shell", "driver/base/x.cpp", "// x\nint f() { return std::system(command); }\n"},
      {"layers", "driver/rds/x.cpp", "// x\n#include \"simulator/routeros/device.h\"\n"},
      {"layers", "simulator/ssh/x.cpp", "// x\n#include \"rds/mark.h\"\n"},
      {"layers", "driver/base/x.cpp", "// x\n#include \"rds/mark.h\"\n"},
      {"heavy-headers", "driver/csi/x.h", "// x\n#include <grpcpp/grpcpp.h>\n"},
      {"opening-comment", "driver/csi/x.cpp", "int f();\n"},
      {"opening-comment", "ci/x.sh", "#!/usr/bin/env bash\nset -euo pipefail\n"},
      {"size-limits", "driver/csi/x.cpp", "// x\n" + many_lines(601, "int a;")},
      {"size-limits", "driver/csi/x.cpp", "// x\nint a;" + std::string(130, ' ') + "\n"},
      {"function-length", "driver/csi/x.cpp", "// x\nvoid f() {\n" + many_lines(80, "  g();") + "}\n"},
      {"leftovers", "driver/csi/x.cpp",
       "// x\n// TO"
       "DO: later\n"},
      {"skipped-tests", "driver/csi/x_test.cpp",
       "// x\nTEST(A, B) { GTEST"
       "_SKIP(); }\n"},
      {"pipe-safety", "ci/x.sh", "#!/usr/bin/env bash\n# x\nfalse | true\n"},
  };
}

TEST(Tidy, TheTreeKeepsTheHouseRules) {
  tidy::TreeReport const report = tidy::check_tree(RDSCSI_SOURCE_ROOT);
  std::printf("tidy files: %d checked\n", report.files);
  ASSERT_GT(report.files, 20);
  for (tidy::Finding const& finding : report.findings) {
    ADD_FAILURE() << finding.file << ":" << finding.line << ": [" << finding.rule << "] " << finding.text;
  }
}

TEST(Tidy, EveryPlantedViolationIsFound) {
  for (Plant const& plant : plants()) {
    std::set<std::string> found;
    for (tidy::Finding const& finding : tidy::check_file(plant.path, plant.text)) found.insert(finding.rule);
    EXPECT_TRUE(found.contains(plant.rule)) << plant.rule << " did not bite in " << plant.path;
  }
}

TEST(Tidy, EveryRuleHasAPlantedViolation) {
  std::set<std::string> planted;
  for (Plant const& plant : plants()) planted.insert(plant.rule);
  for (std::string const& rule : tidy::rule_names()) EXPECT_TRUE(planted.contains(rule)) << rule;
}

TEST(Tidy, WordsInCommentsAndStringsAreNoCode) {
  EXPECT_TRUE(
      tidy::check_file("driver/rds/x.cpp", "// std::mutex is banned\nchar const* a = \"std::mutex\";\n")
          .empty());
}

}  // namespace
