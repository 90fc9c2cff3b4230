// What a person at the keyboard sees.
#include "simulator/ssh/line_editor.h"

#include <gtest/gtest.h>

namespace rdssim::ssh {
namespace {

using Kind = LineEditor::Step::Kind;

struct Typed {
  std::vector<LineEditor::Step> steps;
  std::string echo;
};

Typed type(LineEditor& editor, std::string_view bytes) {
  Typed typed;
  typed.steps = editor.type(bytes, &typed.echo);
  return typed;
}

TEST(LineEditor, EchoesAndHandsOutALineAtEnter) {
  LineEditor editor(true);
  auto const typed = type(editor, "/disk print\r");
  ASSERT_EQ(typed.steps.size(), 1u);
  EXPECT_EQ(typed.steps[0].line, "/disk print");
  EXPECT_EQ(typed.echo, "/disk print\r\n");
}

TEST(LineEditor, ReturnAndNewlineAreOneEnter) {
  LineEditor editor(false);
  EXPECT_EQ(type(editor, "a\r\nb\nc\r").steps.size(), 3u);
  EXPECT_EQ(type(editor, "\n").steps.size(), 0u) << "the newline of the return before, in the next packet";
}

TEST(LineEditor, WithoutEchoNothingComesBack) {
  LineEditor editor(false);
  EXPECT_EQ(type(editor, "abc\x7f\r").echo, "");
}

TEST(LineEditor, BackspaceTakesTheLastCharacter) {
  LineEditor editor(true);
  auto const typed = type(editor,
                          "\x7f"
                          "abc\x7f\x08x\r");
  EXPECT_EQ(typed.steps.at(0).line, "ax");
  EXPECT_EQ(typed.echo, "abc\b \b\b \bx\r\n");
}

TEST(LineEditor, CtrlCDropsTheLineAndCtrlDEndsAnEmptyOne) {
  LineEditor editor(true);
  auto const typed = type(editor, "abc\x03\x04");
  ASSERT_EQ(typed.steps.size(), 2u);
  EXPECT_EQ(typed.steps[0].kind, Kind::interrupt);
  EXPECT_EQ(typed.steps[1].kind, Kind::end_of_input);
  EXPECT_TRUE(type(editor, "abc\x04").steps.empty()) << "not in the middle of a line";
}

TEST(LineEditor, ArrowsRecallLinesAndOtherEscapesVanish) {
  LineEditor editor(true);
  type(editor, "first\rsecond\r");
  EXPECT_EQ(type(editor, "\x1b[A\x1b[A\r").steps.at(0).line, "first");
  EXPECT_EQ(type(editor, "\x1b[A\x1b[Bnew\r").steps.at(0).line, "new");
  EXPECT_EQ(type(editor, "x\x1b[24;80Ry\x1bOPz\r").steps.at(0).line, "xyz")
      << "terminal answers, function keys";
}

TEST(LineEditor, CtrlUClearsTheLine) {
  LineEditor editor(true);
  EXPECT_EQ(type(editor, "wrong\x15right\r").steps.at(0).line, "right");
}

}  // namespace
}  // namespace rdssim::ssh
