// Every word of the captured schemas that this console lacks answers as RouterOS answers an unknown word
// (FACTS 2.4), with slashes and with blanks, and is logged as a gap. What is implemented comes from the code;
// what exists, from the captures.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <sstream>

#include "simulator/routeros/device.h"
#include "simulator/routeros/profile.h"

namespace rdssim::routeros {
namespace {

struct Dump {
  std::set<std::string> menus, commands;                   // "/disk/btrfs", "/disk/add"
  std::map<std::string, std::set<std::string>> arguments;  // of a command
};

Dump read_dump(std::string const& version) {
  Dump dump;
  std::ifstream file("schemas/" + version + ".txt");
  EXPECT_TRUE(file) << "schemas/ is missing";
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("/")) continue;
    auto const colon = line.find(':');
    if (colon == std::string::npos) {
      dump.menus.insert(line.substr(0, line.find(' ')));
      continue;
    }
    auto const command = line.substr(0, colon);
    if (command.rfind('/') == 0) continue;  // commands of the root are none of a menu
    dump.commands.insert(command);
    for (auto at = command.rfind('/'); at != 0; at = command.rfind('/', at - 1))
      dump.menus.insert(command.substr(0, at));
    std::istringstream words(line.substr(colon + 1));
    for (std::string word; words >> word;) dump.arguments[command].insert(word);
  }
  return dump;
}

std::vector<std::string> words_of(std::string const& path) {
  std::vector<std::string> words;
  std::istringstream text(path.substr(1));
  for (std::string word; std::getline(text, word, '/');) words.push_back(word);
  return words;
}

// The menus and commands that exist for this console: every prefix of an implemented command.
std::set<std::string> known_paths(std::vector<std::string> const& implemented) {
  std::set<std::string> known;
  for (auto const& command : implemented) {
    for (auto at = command.size(); at != 0; at = command.rfind('/', at - 1))
      known.insert(command.substr(0, at));
  }
  return known;
}

// FACTS 2.4 for a path of words whose word `unknown` does not exist.
std::string rule(std::vector<std::string> const& words, std::size_t unknown, bool slashes) {
  std::size_t column = 2;
  for (std::size_t at = 0; at < unknown; ++at) column += words[at].size() + 1;
  bool const last = unknown + 1 == words.size();
  if (slashes && !last)
    return "syntax error (line 1 column " + std::to_string(column + words[unknown].size()) + ")\r\n";
  return "bad command name " + words[unknown] + " (line 1 column " + std::to_string(column) + ")\r\n";
}

std::string joined(std::vector<std::string> const& words, char by) {
  std::string text = "/";
  for (auto const& word : words) text += (text.size() > 1 ? std::string(1, by) : "") + word;
  return text;
}

struct Case {
  std::string profile, version;
};
std::vector<Case> const kCases = {
    {"7.16-stock", "7.16"}, {"7.16", "7.16"}, {"7.21", "7.21.1"}, {"7.24", "7.24"}};

TEST(SchemaWords, WhatIsNotImplementedAnswersAsAnUnknownWordAndIsAGap) {
  int words_checked = 0;
  for (auto const& [profile, version] : kCases) {
    auto const dump = read_dump(version);
    auto const known = known_paths(implemented_commands(profile));
    auto paths = dump.menus;
    paths.insert(dump.commands.begin(), dump.commands.end());
    for (auto const& path : paths) {
      if (known.contains(path)) continue;
      auto const words = words_of(path);
      std::size_t unknown = 0;
      std::string prefix;
      while (known.contains(prefix + "/" + words[unknown])) prefix += "/" + words[unknown++];
      auto const device = *Device::make(profile, std::int64_t{1} << 30, 1);
      for (bool const slashes : {true, false}) {
        auto const line = joined(words, slashes ? '/' : ' ');
        EXPECT_EQ(device->execute({}, line, {}).output, rule(words, unknown, slashes))
            << profile << " " << line;
      }
      auto const gap = prefix.empty() ? "/" + words[0] : prefix + " " + words[unknown];
      EXPECT_EQ(device->gaps(), std::vector<std::string>{gap}) << profile << " " << path;
      ++words_checked;
    }
  }
  std::cout << "schema words that are not implemented: " << words_checked << " checked, two forms each\n";
  EXPECT_GT(words_checked, 100);
}

TEST(SchemaWords, EveryImplementedCommandExistsInItsVersionWithAllItsArguments) {
  int commands = 0, arguments = 0;
  auto const documented = read_dump("documented");
  for (auto const& [profile, version] : kCases) {
    if (profile == "7.16") continue;  // composed: 7.16 with the file disks of later versions
    auto const dump = read_dump(version);
    auto const& schema = *find_profile(profile)->schema;
    for (auto const& path : implemented_commands(profile)) {
      auto const slash = path.rfind('/');
      auto const& command = schema.menu(path.substr(0, slash))->commands.find(path.substr(slash + 1))->second;
      ++commands;
      if (!dump.commands.contains(path)) {
        // schema-7.21.1 has /disk and /file only; some menus are documented and in no dump.
        bool const composed = version == "7.21.1" && !path.starts_with("/disk") && !path.starts_with("/file");
        EXPECT_TRUE(composed || documented.commands.contains(path)) << path;
        continue;
      }
      std::set<std::string> ours(command.arguments.begin(), command.arguments.end());
      ours.insert(command.flags.begin(), command.flags.end());
      if (command.has_where) ours.insert("where");
      auto const theirs = dump.arguments.find(path);
      EXPECT_EQ(ours, theirs == dump.arguments.end() ? std::set<std::string>{} : theirs->second) << path;
      arguments += static_cast<int>(ours.size());
    }
  }
  std::cout << "implemented commands: " << commands << " found in their schema, with " << arguments
            << " arguments\n";
  EXPECT_GT(commands, 60);
}

// What each profile implements, as a file a reader can look at and a change must touch.
TEST(SchemaWords, TheImplementedCommandsAreThoseOfTheCommittedList) {
  bool const update = std::getenv("RDSSIM_UPDATE_IMPLEMENTED") != nullptr;
  int compared = 0;
  for (auto const& [profile, version] : kCases) {
    auto const path = "testdata/implemented-" + profile + ".txt";
    std::string ours =
        "# Commands that profile " + profile + " runs; RDSSIM_UPDATE_IMPLEMENTED=1 rewrites it.\n";
    for (auto const& command : implemented_commands(profile)) {
      ours += command + "\n";
      ++compared;
    }
    if (update) std::ofstream(path, std::ios::binary) << ours;
    std::ifstream file(path, std::ios::binary);
    std::string const committed{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    EXPECT_EQ(ours, committed) << path << " differs; if that is meant, run\n  (cd simulator/routeros && "
                               << "RDSSIM_UPDATE_IMPLEMENTED=1 routeros_test --gtest_filter='SchemaWords.*')";
  }
  std::cout << "implemented commands compared with the committed lists: " << compared << "\n";
  EXPECT_GT(compared, 100);
}

}  // namespace
}  // namespace rdssim::routeros
