// The page of what is confirmed, documented and inferred is what the sources' annotations make, every capture
// and every FACTS section they name exists, and each way an annotation can be wrong is found.
#include "ci/evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

evidence::Collected const& tree() {
  static auto const collected = evidence::read_tree(RDSCSI_SOURCE_ROOT);
  return collected;
}

TEST(Evidence, EveryAnnotationOfTheSimulatorStands) {
  for (auto const& problem : evidence::check(tree())) ADD_FAILURE() << problem;
  int kinds[4] = {};
  for (auto const& note : tree().notes) ++kinds[static_cast<int>(note.kind)];
  std::printf(
      "evidence: %zu statements checked in %d files: %d confirmed, %d documented, %d inferred, %d unknown; "
      "%zu other mentions of FACTS, %zu captures, %zu sections\n",
      tree().notes.size(), tree().files, kinds[0], kinds[1], kinds[2], kinds[3], tree().mentioned.size(),
      tree().captures.size(), tree().facts.size());
  EXPECT_GT(tree().files, 50);
  EXPECT_GE(tree().notes.size(), 120U);
  for (int const count : kinds) EXPECT_GT(count, 0);
}

TEST(Evidence, TheCommittedPageIsTheGeneratedOne) {
  std::ifstream stream(RDSCSI_SOURCE_ROOT "/simulator/docs/evidence.md", std::ios::binary);
  std::string const committed(std::istreambuf_iterator<char>(stream), {});
  std::string const generated = evidence::page(tree());
  EXPECT_EQ(committed, generated) << "run evidence_page --write and commit simulator/docs/evidence.md";
  auto const lines = std::count(generated.begin(), generated.end(), '\n');
  std::printf("evidence page: %ld lines compared\n", static_cast<long>(lines));
}

// Each text as a file of its own; what is said about it.
std::vector<std::string> problems_of(std::string const& text) {
  evidence::Collected collected;
  collected.facts = {"2.4"};
  collected.captures = {"file-read"};
  evidence::add_file("storage/a.cpp", text, collected);
  return evidence::check(collected);
}

TEST(Evidence, AnAnnotationMayRunOverLines) {
  evidence::Collected collected;
  evidence::add_file(
      "storage/a.cpp",
      "  // EVIDENCE(documented): One [x] and\n  // two. [FACTS 2.4;\n  // spec RFC 4254 6.5]\n"
      "  // an ordinary comment, FACTS 9.1 and (FACTS 2.)\n"
      "  call();  // EVIDENCE(confirmed): not a comment of its own [FACTS 1]\n",
      collected);
  ASSERT_THAT(collected.problems, IsEmpty());
  ASSERT_EQ(collected.notes.size(), 1U);
  EXPECT_EQ(collected.notes[0].statement, "One [x] and two.");
  ASSERT_EQ(collected.notes[0].sources.size(), 2U);
  EXPECT_EQ(collected.notes[0].sources[1].kind, "spec");
  EXPECT_EQ(collected.notes[0].sources[1].name, "RFC 4254 6.5");
  EXPECT_THAT(collected.mentioned,
              ElementsAre("storage/a.cpp:4 9.1", "storage/a.cpp:4 2", "storage/a.cpp:5 1"));
  EXPECT_THAT(evidence::page(collected),
              HasSubstr("| documented | One [x] and two. | FACTS 2.4; spec RFC 4254 6.5 |"));
}

TEST(Evidence, EachWayToBeWrongIsFound) {
  struct Case {
    char const* text;
    char const* said;
  };
  Case const cases[] = {
      {"// EVIDENCE(certain): x [FACTS 2.4]\n", "expected confirmed"},
      {"// EVIDENCE(confirmed): x\ncode();\n", "ends with its sources"},
      {"// EVIDENCE(confirmed): x\n// EVIDENCE(confirmed): y [FACTS 2.4]\n", "ends with its sources"},
      {"// EVIDENCE(confirmed): [FACTS 2.4]\n", "no statement"},
      {"// EVIDENCE(confirmed): x []\n", "no source"},
      {"// EVIDENCE(confirmed): x [hearsay y]\n", "is no source"},
      {"// EVIDENCE(confirmed): x [FACTS]\n", "is no source"},
      {"// EVIDENCE(confirmed): x [FACTS 2.44]\n", "no section 2.44"},
      {"// EVIDENCE(confirmed): x [capture file-red]\n", "has file-red.txt"},
      {"// EVIDENCE(confirmed): x [spec RFC 1]\n", "by no capture"},
      {"// EVIDENCE(documented): x [switch y]\nbool y;\n", "nowhere"},
      {"// EVIDENCE(unknown): x [FACTS 2.4]\n", "no switch or table"},
      {"// EVIDENCE(unknown): x [switch y_z]\n", "no switch y_z"},
      {"// mentions FACTS 7.7 in passing\n", "no such section"},
  };
  for (auto const& [text, said] : cases) EXPECT_THAT(problems_of(text), ElementsAre(HasSubstr(said))) << text;
  EXPECT_THAT(problems_of("// EVIDENCE(unknown): x [switch y_z]\nbool y_z = true;\n"), IsEmpty());
  EXPECT_THAT(problems_of("// EVIDENCE(confirmed): x [capture file-read]\n"), IsEmpty());
  std::printf("planted errors: %zu checked\n", std::size(cases));
}

TEST(Evidence, AFolderThatThePageDoesNotShowIsAnError) {
  evidence::Collected collected;
  collected.facts = {"2.4"};
  evidence::add_file("elsewhere/a.cpp", "// EVIDENCE(confirmed): x [FACTS 2.4]\n", collected);
  EXPECT_THAT(evidence::check(collected), ElementsAre(HasSubstr("no room")));
}

}  // namespace
