// Recordings come back as they were written; captures of the folder's kind are read by prompt, echo or
// header.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "simulator/transcript/transcript.h"

namespace rdssim::transcript {
namespace {

Transcript read(std::string const& text) {
  auto result = read_transcript(text, "t");
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *result : Transcript{};
}

std::string error(std::string const& text) {
  auto const result = read_transcript(text, "t");
  EXPECT_FALSE(result.ok());
  return result.ok() ? "" : std::string(result.status().message());
}

constexpr char kHead[] = "# source: s; device/version: d; command: c\n";

TEST(Recording, EveryByteComesBack) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  std::vector<std::string> const outputs = {"", "\n", "a", "a\r\n", "trailing  \r\n\r\n", "# end: exit 0\n",
                                            all};
  Transcript written;
  written.source = "rds-sim record of 192.0.2.1:22";
  written.device = "RDS2216; 7.21";
  written.commands = "below";
  written.session = 3;
  written.login = "admin+cte240w";
  written.recording = "9f2c";
  std::string text = write_head(written);
  std::uint64_t number = 0;
  for (auto const& output : outputs) {
    for (auto const end :
         {Entry::End::exit, Entry::End::no_status, Entry::End::lost, Entry::End::refused, Entry::End::left}) {
      Entry entry;
      entry.number = ++number;
      if (number % 3 == 0) entry.pty = Terminal{132, 50};
      entry.command = all + output;
      entry.output = output;
      entry.errors = number % 5 == 0 ? output : "";
      entry.end = end;
      entry.exit_status = end == Entry::End::exit ? static_cast<int>(number) - 2 : 0;
      text += write_entry(entry);
      written.entries.push_back(entry);
    }
  }
  Transcript const got = read(text);
  EXPECT_TRUE(got.recorded);
  EXPECT_EQ(got.source, written.source);
  EXPECT_EQ(got.device, written.device);
  EXPECT_EQ(got.session, 3u);
  EXPECT_EQ(got.login, "admin+cte240w");
  EXPECT_EQ(got.recording, "9f2c");
  ASSERT_EQ(got.entries.size(), written.entries.size());
  for (std::size_t i = 0; i < got.entries.size(); ++i) {
    Entry const &left = got.entries[i], &right = written.entries[i];
    EXPECT_EQ(left.kind, Entry::Kind::exec);
    EXPECT_EQ(left.number, right.number);
    EXPECT_EQ(left.command, right.command);
    EXPECT_EQ(left.pty.has_value(), right.pty.has_value());
    EXPECT_EQ(left.output, right.output);
    EXPECT_EQ(left.errors, right.errors);
    EXPECT_EQ(left.end, right.end);
    EXPECT_EQ(left.exit_status, right.exit_status);
  }
  std::cout << "entries written and read back: " << got.entries.size() << "\n";
}

TEST(Recording, EachEntryBeginsWhereTheReaderSays) {
  Transcript head;
  Entry entry;
  entry.number = 1;
  entry.output = "a\r\nb";
  std::string const text = write_head(head) + write_entry(entry) + write_entry(entry);
  auto const got = read(text);
  ASSERT_EQ(got.entries.size(), 2u);
  std::istringstream lines(text);
  std::vector<std::string> all;
  for (std::string line; std::getline(lines, line);) all.push_back(line);
  for (auto const& one : got.entries) {
    EXPECT_EQ(all[static_cast<std::size_t>(one.line) - 1].rfind("# command: ", 0), 0u) << one.line;
  }
}

TEST(Recording, DamageIsNamedWithItsLine) {
  std::string const head = std::string(kHead) + "# session: 1; login: a; recording: r\n";
  std::string const command = head + "# command: 1; exec \"x\"\n";
  struct {
    std::string text, says;
  } const cases[] = {
      {"", "t:1: expected `# source:"},
      {"# nothing\n", "t:1: expected `# source:"},
      {std::string(kHead) + "# session: one\n", "t:2: expected `# session:"},
      {head + "# command: 1; exec x\n", "t:3: expected `# command:"},
      {head + "# command: 1; exec \"\\q\"\n", "t:3: expected `# command:"},
      {head + "# command: 1; exec \"x\n", "t:3: expected `# command:"},
      {head + "# command: 1; shell \"x\"\n", "t:3: expected `# command:"},
      {head + "# command: 1; exec pty 80 \"x\"\n", "t:3: expected `# command:"},
      {head + "stray\n", "t:3: this line does not belong here"},
      {command, "the file ends inside a command"},
      {command + "# stdout: 9 bytes\nab\n", "t:4: the file ends before the bytes"},
      {command + "# stdout: 2 bytes\nabc\n", "t:4: expected a line feed"},
      {command + "# stdout: 2\nab\n", "t:4: expected a number and `bytes`"},
      {command + "# stdout: 0 bytes\n# end: exit x\n", "t:5: expected `# end:"},
      {command + "# stdout: 0 bytes\n# end: exit 0\n# end: lost\n", "t:6: this line does not belong here"},
  };
  for (auto const& one : cases) {
    EXPECT_NE(error(one.text).find(one.says), std::string::npos) << error(one.text) << "\n" << one.text;
  }
}

TEST(Capture, PromptsTellCommandsApart) {
  auto const got = read(
      "# source: s; device/version: 7.21, 100-column terminal; command: /app/setup ; /disk print ; print\n"
      "Choose a disk\n\n"
      "[admin@MikroTik] > /disk print \nFlags: B\r\n 0 B\n\n[admin@MikroTik] > \n"
      "[admin@MikroTik] /ip service> print\nx\n");
  ASSERT_EQ(got.entries.size(), 3u);
  EXPECT_FALSE(got.recorded);
  EXPECT_EQ(got.width, 100);
  EXPECT_EQ(got.entries[0].command, "/app/setup");
  EXPECT_EQ(got.entries[0].output, "Choose a disk\n\n");
  EXPECT_EQ(got.entries[1].command, "/disk print");
  EXPECT_EQ(got.entries[1].output, "Flags: B\r\n 0 B\n\n");
  EXPECT_EQ(got.entries[1].line, 4);
  EXPECT_EQ(got.entries[2].command, "/ip service print");
  EXPECT_EQ(got.entries[2].kind, Entry::Kind::shown);
}

TEST(Capture, ACommandTypedOverSeveralLinesIsOne) {
  auto const got = read(std::string(kHead) + "[a@b] > :foreach r in={1} do={\n{...     :put $r\n{... }\n1\n");
  ASSERT_EQ(got.entries.size(), 1u);
  EXPECT_EQ(got.entries[0].command, ":foreach r in={1} do={\n:put $r\n}");
  EXPECT_EQ(got.entries[0].output, "1\n");
}

TEST(Capture, WithoutPromptsTheEchoOrTheHeaderTells) {
  auto const echoed = read(
      "# source: s; device/version: d, line ends trimmed; command: /disk add a=b ; /disk print\n"
      "/disk add a=b \n/disk print\n 0\n");
  ASSERT_EQ(echoed.entries.size(), 2u);
  EXPECT_TRUE(echoed.trimmed);
  EXPECT_EQ(echoed.entries[0].output, "");
  EXPECT_EQ(echoed.entries[1].output, " 0\n");
  auto const single = read("# source: s; device/version: d; command: /disk print\n 0\n 1\n");
  ASSERT_EQ(single.entries.size(), 1u);
  EXPECT_EQ(single.entries[0].output, " 0\n 1\n");
  EXPECT_NE(error("# source: s; device/version: d; command: /a ; /b\nx\n").find("cannot be told apart"),
            std::string::npos);
}

}  // namespace
}  // namespace rdssim::transcript
