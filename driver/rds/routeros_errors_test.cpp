// RouterOS error texts: the captured ones, the documented ones, and the way back from a column to our own
// word.
#include "rds/routeros_errors.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/reasons.h"

namespace rdscsi::rds {
namespace {

using base::Effect;
using base::Reason;

Reason reason_of(base::Status const& status) {
  return base::failure_of(status).reason;
}

TEST(RouterOsErrors, W18_CapturedErrorLinesAreRecognised) {
  std::ifstream file("testdata/captures/errors-ssh-exec-stdout-exit0-7.20.8-hex.txt");
  std::string line;
  std::getline(file, line);
  int seen = 0;
  while (std::getline(file, line)) {
    EXPECT_TRUE(recognise_error(line).has_value()) << line;
    ++seen;
  }
  EXPECT_EQ(seen, 4);
}

TEST(RouterOsErrors, CapturedAddErrorsAreRecognised) {
  std::ifstream file("testdata/captures/errors-add-without-arguments-7.20.8-chr.txt");
  std::string line;
  std::getline(file, line);
  int seen = 0;
  while (std::getline(file, line)) {
    std::size_t const tab = line.find('\t');
    if (tab == std::string::npos) continue;
    EXPECT_TRUE(recognise_error(line.substr(tab + 1)).has_value()) << line;
    ++seen;
  }
  EXPECT_GT(seen, 20);
}

TEST(RouterOsErrors, OrdinaryOutputIsNoError) {
  for (char const* line : {"", "*1A", "5eed5eed", "Flags: X - disabled", "failure", "type=file slot=\"x\"",
                           "user admin logged in", "11:22:24 system,info,account failure: not really"}) {
    EXPECT_FALSE(recognise_error(line).has_value()) << line;
  }
}

TEST(RouterOsErrors, SuffixAndPrefixAreTakenOff) {
  auto const error =
      recognise_error("Script Error: failure: not allowed by device-mode (/system/scheduler/add; line 1)");
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->text, "failure: not allowed by device-mode");
  EXPECT_EQ(error->kind, RouterOsErrorKind::other);
}

TEST(RouterOsErrors, KindsOfRunTimeErrors) {
  EXPECT_EQ(caught_error("not enough permissions (9) (/disk/add; line 1)").kind,
            RouterOsErrorKind::permission);
  EXPECT_EQ(caught_error("std failure: not allowed (9)").kind, RouterOsErrorKind::permission);
  EXPECT_EQ(caught_error("no such item (4)").kind, RouterOsErrorKind::no_item);
  EXPECT_EQ(caught_error("failure: not enough space").kind, RouterOsErrorKind::pool_full);
  EXPECT_EQ(caught_error("failure: No space left on device (/disk/add; line 1)").kind,
            RouterOsErrorKind::pool_full);
  EXPECT_EQ(caught_error("failure: disk FULL").kind, RouterOsErrorKind::pool_full);
  EXPECT_EQ(caught_error("failure: already have such entry").kind, RouterOsErrorKind::other);
  EXPECT_EQ(caught_error("a text nobody has ever seen about space").kind, RouterOsErrorKind::other);
}

constexpr char const* kLine = "/disk add type=file file-path=/p/x.img slot=x";

// FACTS 0.5: `/disk/add type=file file-path=...` gives column 21 on 7.16.
TEST(RouterOsErrors, OlderConsolesPointAtTheNameOfAnUnknownArgument) {
  auto const error = recognise_error("expected end of command (line 1 column 21)");
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->kind, RouterOsErrorKind::parse);
  EXPECT_EQ(error->column, 21U);
  OffendingWord const word = offending_word(kLine, *error);
  EXPECT_EQ(word.word, "file-path");
  EXPECT_EQ(word.command, "/disk add");
  auto const status = to_status(*error, kLine, Effect::unknown);
  EXPECT_EQ(reason_of(status), Reason::rds_unsupported);
  EXPECT_EQ(base::failure_of(status).effect, Effect::none) << "nothing of the line was executed";
  EXPECT_NE(status.message().find(
                "this RouterOS does not know `file-path` in /disk add: file-backed disks need RouterOS "
                "7.17 or later with the rose-storage package"),
            absl::string_view::npos)
      << status;
}

TEST(RouterOsErrors, NewerConsolesPointAtTheEqualsSign) {
  auto const error = recognise_error("bad parameter file-path (line 1 column 30)");
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(offending_word(kLine, *error).word, "file-path");
  EXPECT_EQ(offending_word(kLine, *error).command, "/disk add");
}

TEST(RouterOsErrors, WordsInsideBracesFindTheirCommand) {
  std::string const line = ":if (true) do={:onerror x in={/disk add type=file nvme-tcp-server-nqn=\"n/m\"}}";
  auto const at = line.find("nvme-tcp-server-nqn");
  auto const error =
      recognise_error("expected end of command (line 1 column " + std::to_string(at + 1) + ")");
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(offending_word(line, *error).word, "nvme-tcp-server-nqn");
  EXPECT_EQ(offending_word(line, *error).command, "/disk add");
  EXPECT_NE(to_status(*error, line, Effect::none).message().find("7.21"), absl::string_view::npos);
}

TEST(RouterOsErrors, ColumnsOutsideTheLineDoNoHarm) {
  for (char const* text :
       {"syntax error (line 1 column 0)", "syntax error (line 1 column 4096)",
        "syntax error (line 1 column 99999999999999999999999)", "syntax error (line 1 column )"}) {
    auto const error = recognise_error(text);
    ASSERT_TRUE(error.has_value()) << text;
    EXPECT_EQ(offending_word(kLine, *error).word, "") << text;
    EXPECT_FALSE(to_status(*error, kLine, Effect::none).ok());
  }
}

TEST(RouterOsErrors, ReasonsAndEffects) {
  auto const status = [](char const* text) { return to_status(caught_error(text), kLine, Effect::partial); };
  EXPECT_EQ(reason_of(status("not enough permissions (9)")), Reason::rds_permission);
  EXPECT_EQ(reason_of(status("failure: not enough space")), Reason::pool_full);
  EXPECT_EQ(reason_of(status("input does not match any value of proplist")), Reason::rds_unsupported);
  EXPECT_EQ(reason_of(status("no such item")), Reason::rds_command_failed);
  EXPECT_EQ(reason_of(status("failure: whatever")), Reason::rds_command_failed);
  EXPECT_EQ(base::failure_of(status("failure: whatever")).effect, Effect::partial);
}

}  // namespace
}  // namespace rdscsi::rds
