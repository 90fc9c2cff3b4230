// The command line: what the parser knows, what --help shows and what the README explains are one list, for
// the server and for each request of ctl.
#include "simulator/program/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <set>

#include "simulator/program/control.h"
#include "simulator/program/testing/running.h"

namespace rdssim::program {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Words of letters, digits and dashes.
std::vector<std::string> words_of(std::string const& text) {
  std::vector<std::string> words(1);
  for (char const c : text) {
    bool const part = c == '-' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (part) {
      words.back() += c;
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  return words;
}

std::vector<std::string> split(std::string const& path) {
  std::vector<std::string> words;
  std::istringstream stream(path);
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::set<std::string> options_shown(std::string const& help) {
  std::set<std::string> shown;
  for (auto const& word : words_of(help)) {
    if (word.starts_with("--") && word != "--help") shown.insert(word);
  }
  return shown;
}

TEST(CommandLine, HelpParserAndReadmeKnowTheSameOptions) {
  std::string const readme = text_of("../README.md");
  auto const known = parser_words();
  std::size_t options = 0;
  for (auto const& [path, names] : known) {
    std::vector<std::string> argv = {RDS_SIM_PROGRAM};
    for (auto const& word : split(path)) argv.push_back(word);
    argv.emplace_back("--help");
    auto const help = run(argv);
    EXPECT_EQ(help.exit_code, 0) << path;
    auto const shown = options_shown(help.stdout_bytes);
    for (auto const& option : names) {
      EXPECT_TRUE(shown.contains(option)) << path << " " << option << " is not in --help";
      EXPECT_THAT(readme, HasSubstr("`" + option)) << "simulator/README.md";
      ++options;
    }
    EXPECT_TRUE(path.empty() || readme.find("`rds-sim " + path) != std::string::npos)
        << path << ": simulator/README.md";
    // Help texts may name options of elsewhere (ctl --socket is the server's --control).
    for (auto const& option : shown) {
      bool const taken = std::any_of(known.begin(), known.end(), [&](auto const& entry) {
        return std::find(entry.second.begin(), entry.second.end(), option) != entry.second.end();
      });
      EXPECT_TRUE(taken) << path << " --help shows " << option << ", nobody takes it";
    }
  }
  EXPECT_GE(options, 23u);
  EXPECT_GE(known.size(), 13u);
  std::cout << "commands: " << known.size() << ", options: " << options
            << " in the parser, in --help and in the README\n";
}

TEST(CommandLine, EveryOptionThatHelpShowsIsAccepted) {
  auto const help = run({RDS_SIM_PROGRAM, "--help"});
  std::size_t accepted = 0;
  for (auto const& option : options_shown(help.stdout_bytes)) {
    auto line = parse_command_line({option, "1"});
    if (line.does == CommandLine::Does::refuse) line = parse_command_line({option});
    EXPECT_EQ(line.does, CommandLine::Does::serve) << option << ": " << line.text;
    ++accepted;
  }
  EXPECT_GE(accepted, 22u);
}

TEST(CommandLine, EveryRequestOfControlHasItsCommandAndTheOtherWayRound) {
  std::set<std::string> commands;
  auto const known = parser_words();
  for (auto const& [path, names] : known) {
    bool const leaf = std::none_of(known.begin(), known.end(), [&, start = path + " "](auto const& other) {
      return other.first.starts_with(start);
    });
    if (leaf && path.starts_with("ctl ")) commands.insert(path.substr(4));
  }
  auto const requests = Control::requests();
  EXPECT_EQ(commands, std::set<std::string>(requests.begin(), requests.end()));
  EXPECT_GE(requests.size(), 10u);
}

TEST(CommandLine, WordsOfCtlBecomeARequest) {
  auto const fill =
      parse_command_line({"ctl", "fill-pool", "storage-pool", "left", "1GiB", "--socket", "/s"});
  ASSERT_EQ(fill.does, CommandLine::Does::control) << fill.text;
  EXPECT_EQ(fill.ctl.socket, "/s");
  EXPECT_EQ(fill.ctl.request, "fill-pool");
  EXPECT_EQ(fill.ctl.arguments,
            (std::map<std::string, std::string>{{"slot", "storage-pool"}, {"left", "1GiB"}}));
  auto const heal = parse_command_line({"ctl", "--socket", "/s", "fault", "heal", "all"});
  EXPECT_EQ(heal.ctl.request, "fault heal");
  EXPECT_EQ(heal.ctl.arguments.at("id"), "all");
  EXPECT_EQ(parse_command_line({"ctl", "pull-cable"}).ctl.arguments.size(), 0u);
  EXPECT_EQ(parse_command_line({"ctl", "pull-cable", "for", "30s"}).ctl.arguments.at("for"), "30s");
  EXPECT_EQ(parse_command_line({"ctl", "save", "f.json"}).ctl.file, "f.json");
  EXPECT_EQ(parse_command_line({}).does, CommandLine::Does::serve);
}

}  // namespace
}  // namespace rdssim::program
