// Captures of real devices, reproduced byte for byte from a state file beside them. testdata/captures.json
// says for every capture of the folder which of its lines which commands print, and for every other line, and
// every other capture, why it is not compared. Prints `captures: N reproduced, M not implemented`.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "simulator/routeros/device.h"

namespace rdssim::routeros {
namespace {

using Json = nlohmann::json;
using Lines = std::vector<std::string>;

std::string read_file(std::string const& path) {
  std::ifstream file("testdata/" + path);
  EXPECT_TRUE(file) << path << " is missing";
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

Lines lines_of(std::string const& text) {
  Lines lines;
  std::stringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

std::string right_trimmed(std::string line) {
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

std::string both_trimmed(std::string line) {
  line = right_trimmed(std::move(line));
  return line.substr(std::min(line.find_first_not_of(' '), line.size()));
}

std::string joined(Lines const& lines) {
  std::string text;
  for (auto const& line : lines) {
    auto const part = both_trimmed(line);
    if (!part.empty()) text += (text.empty() ? "" : " ") + part;
  }
  return text;
}

// The closed lists of captures.json.
// Blanks that whoever published the capture took away.
std::set<std::string> const kBlanks = {"exact", "trimmed", "both-ends-trimmed"};
// How much of our output the capture shows: all of it; consecutive lines; lines in this order; the beginning
// of one line; pairs in this order, wherever lines break.
std::set<std::string> const kExtents = {"whole", "part", "in-order", "start", "pairs"};
// Lines that are no output, or none that could be compared: what was typed; empty ones between commands;
// output of commands that are not implemented; what the publisher cut down or changed.
std::set<std::string> const kNotCompared = {"typed", "blank", "other-menu", "cut", "altered"};
// Why a capture is not compared at all.
std::set<std::string> const kReasons = {"menu-not-implemented", "command-not-implemented"};

Json const& manifest() {
  static auto const* const kManifest = new Json(Json::parse(read_file("captures.json"), nullptr, false));
  return *kManifest;
}

struct Part {
  std::string capture;
  Json json;
};

std::ostream& operator<<(std::ostream& out, Part const& part) {
  return out << part.capture << " lines " << part.json["lines"];
}

std::vector<Part> compared_parts() {
  std::vector<Part> parts;
  for (auto const& [capture, list] : manifest().items()) {
    if (!list.is_array()) continue;
    for (auto const& json : list) {
      if (json.contains("commands")) parts.push_back({capture, json});
    }
  }
  return parts;
}

// What the commands print, one after the other in one session.
Lines output_of(Json const& part) {
  auto device = Device::from_state(read_file("states/" + part.at("state").get<std::string>() + ".json"), 1);
  if (!device.ok()) {
    ADD_FAILURE() << device.status();
    return {};
  }
  SessionOptions session;
  session.width = part.at("width");
  session.user = part.value("user", "admin");
  std::string output;
  for (auto const& command : part.at("commands")) {
    auto const result = (*device)->execute(session, command.get<std::string>(), {});
    EXPECT_EQ(result.exit_status, 0);
    EXPECT_TRUE(result.output.empty() || result.output.ends_with("\r\n")) << command;
    session.menu = result.menu;
    output += result.output;
  }
  return lines_of(output);
}

bool in_order(Lines const& all, Lines const& some) {
  auto at = all.begin();
  for (auto const& line : some) {
    at = std::find(at, all.end(), line);
    if (at == all.end()) return false;
    ++at;
  }
  return true;
}

void compare(std::string const& extent, Lines const& ours, Lines const& theirs) {
  auto const shown = ::testing::PrintToString(ours);
  if (extent == "part") {
    EXPECT_NE(std::search(ours.begin(), ours.end(), theirs.begin(), theirs.end()), ours.end()) << shown;
  } else if (extent == "in-order") {
    EXPECT_TRUE(in_order(ours, theirs)) << shown;
  } else if (extent == "pairs") {
    EXPECT_NE(joined(ours).find(joined(theirs)), std::string::npos) << joined(ours);
  } else if (extent == "start") {
    ASSERT_EQ(theirs.size(), 1U);
    ASSERT_TRUE(theirs[0].ends_with("..."));
    ASSERT_FALSE(ours.empty());
    EXPECT_TRUE((ours[0] + ";").starts_with(theirs[0].substr(0, theirs[0].size() - 3))) << shown;
  } else {
    EXPECT_EQ(ours, theirs);
  }
}

class Capture : public ::testing::TestWithParam<Part> {};

TEST_P(Capture, IsReproduced) {
  auto const& [capture, part] = GetParam();
  auto ours = output_of(part);
  auto const all = lines_of(read_file(capture + ".txt"));
  int const first = part["lines"][0], last = part["lines"][1];
  ASSERT_LE(static_cast<std::size_t>(last), all.size());
  Lines theirs(all.begin() + first - 1, all.begin() + last);
  auto const blanks = part.value("blanks", "exact");
  for (auto* lines : {&ours, &theirs}) {
    for (auto& line : *lines) {
      if (blanks == "trimmed") line = right_trimmed(line);
      if (blanks == "both-ends-trimmed") line = both_trimmed(line);
    }
  }
  ASSERT_FALSE(theirs.empty());
  compare(part.value("extent", "whole"), ours, theirs);
}

std::string case_name(::testing::TestParamInfo<Part> const& info) {
  std::string name;
  for (char c : info.param.capture) name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name + "_" + std::to_string(info.index);
}
INSTANTIATE_TEST_SUITE_P(All, Capture, ::testing::ValuesIn(compared_parts()), case_name);

// Every row of an implemented menu; the others' words are other menus'.
TEST(Captures, AddWithoutArgumentsNamesWhatIsMissing) {
  auto device = Device::make("7.21", 1 << 30, 1);
  std::set<std::string> const menus = {"/disk/add", "/file/add", "/user/add", "/user/group/add",
                                       "/user/ssh-keys/add"};
  std::size_t compared = 0, others = 0;
  for (auto const& line : lines_of(read_file("errors-add-without-arguments-7.20.8-chr.txt"))) {
    auto const tab = line.find('\t');
    if (tab == std::string::npos) continue;
    auto const command = line.substr(0, tab);
    // REST's /execute puts "Script Error: " in front; SSH does not.
    auto expected = line.substr(tab + 1);
    constexpr std::string_view kPrefix = "Script Error: ";
    if (expected.starts_with(kPrefix)) expected.erase(0, kPrefix.size());
    auto const ours = (*device)->execute({}, command, {}).output;
    if (menus.contains(command)) {
      EXPECT_EQ(ours, expected + "\r\n") << command;
      ++compared;
    } else {
      EXPECT_TRUE(ours.starts_with("bad command name ") || ours.starts_with("syntax error"))
          << command << " is implemented: compare its row: " << ours;
      ++others;
    }
  }
  EXPECT_EQ(compared, menus.size());
  EXPECT_EQ(compared + others, 42U);
}

TEST(Captures, TheVendorsExampleOfAFileDiskIsSilent) {
  auto device = Device::from_state(read_file("states/disk1-7.21.json"), 1);
  ASSERT_TRUE(device.ok()) << device.status();
  auto const lines = lines_of(read_file("disk-add-file-nvme-export-example.txt"));
  for (std::size_t at : {1U, 2U}) EXPECT_EQ((*device)->execute({}, lines[at], {}).output, "") << lines[at];
  ASSERT_EQ((*device)->disks().size(), 2U);
  EXPECT_TRUE((*device)->disks()[1].nvme_tcp_export);
  EXPECT_EQ((*device)->disks()[1].size_bytes, std::int64_t{10} << 30);
}

Lines all_profiles() {
  auto names = Device::profile_names();
  for (auto const& older : Device::older_profile_names()) names.push_back(older);
  return names;
}

TEST(Captures, EveryStatePrintsUnderEveryProfile) {
  int printed = 0;
  std::set<std::string> states;
  for (auto const& part : compared_parts()) states.insert(part.json["state"].get<std::string>());
  for (auto const& state : states) {
    auto const text = read_file("states/" + state + ".json");
    auto const start = text.find("\"profile\": \"") + 12;
    ASSERT_NE(start, std::string::npos + 12) << state;
    for (auto const& profile : all_profiles()) {
      auto other = text;
      other.replace(start, text.find('"', start) - start, profile);
      auto device = Device::from_state(other, 1);
      ASSERT_TRUE(device.ok()) << state << ": " << device.status();
      for (auto const* command : {"/disk print", "/disk print detail", "/disk print terse",
                                  "/file print detail", "/user print", "/interface print"}) {
        auto const output = (*device)->execute({}, command, {}).output;
        EXPECT_EQ(output.find("(line 1"), std::string::npos) << state << " " << profile << ": " << output;
        ++printed;
      }
    }
  }
  std::cout << "states: " << states.size() << " printed " << printed << " times\n";
  EXPECT_GT(printed, 100);
}

bool is_registered(std::string const& full_name) {
  auto const& all = *::testing::UnitTest::GetInstance();
  for (int s = 0; s < all.total_test_suite_count(); ++s) {
    auto const* suite = all.GetTestSuite(s);
    for (int t = 0; t < suite->total_test_count(); ++t) {
      if (std::string(suite->name()) + "." + suite->GetTestInfo(t)->name() == full_name) return true;
    }
  }
  return false;
}

// One entry of a capture; counts the lines it speaks for.
void check_part(std::string const& capture, Json const& part, std::vector<int>& covered) {
  int const first = part.at("lines")[0], last = part.at("lines")[1];
  ASSERT_LE(first, last) << capture;
  ASSERT_LT(static_cast<std::size_t>(last), covered.size()) << capture << " has fewer lines";
  for (int line = first; line <= last; ++line) ++covered[static_cast<std::size_t>(line)];
  if (part.contains("test")) {
    EXPECT_TRUE(is_registered(part["test"])) << capture << ": no such test: " << part["test"];
  } else if (part.contains("not-compared")) {
    EXPECT_TRUE(kNotCompared.contains(part["not-compared"])) << capture << ": " << part["not-compared"];
  } else {
    EXPECT_TRUE(part.contains("commands")) << capture << ": " << part;
    EXPECT_TRUE(kBlanks.contains(part.value("blanks", "exact"))) << capture << ": " << part["blanks"];
    EXPECT_TRUE(kExtents.contains(part.value("extent", "whole"))) << capture << ": " << part["extent"];
  }
}

// True if something of the capture is compared.
bool check_capture(std::string const& capture, Json const& entry) {
  if (entry.is_object()) {
    EXPECT_TRUE(kReasons.contains(entry.value("reason", ""))) << capture << ": " << entry;
    std::cout << "  not implemented: " << capture << ": " << entry.value("reason", "") << "\n";
    return false;
  }
  auto const lines = lines_of(read_file(capture + ".txt"));
  EXPECT_TRUE(lines.front().starts_with("# source:")) << capture;
  std::vector<int> covered(lines.size() + 1, 0);
  bool compared = false;
  for (auto const& part : entry) {
    check_part(capture, part, covered);
    compared = compared || part.contains("commands") || part.contains("test");
  }
  for (std::size_t line = 2; line < covered.size(); ++line)
    EXPECT_EQ(covered[line], 1) << capture << " line " << line << ": " << lines[line - 1];
  EXPECT_TRUE(compared) << capture << ": nothing of it is compared: say why";
  return compared;
}

TEST(Captures, EveryCaptureIsReproducedOrExplained) {
  ASSERT_TRUE(manifest().is_object()) << "captures.json is not JSON";
  std::set<std::string> there;
  for (auto const& file : std::filesystem::directory_iterator("testdata")) {
    auto const name = file.path().stem().string();
    if (file.path().extension() == ".txt" && !name.starts_with("implemented-")) there.insert(name);
  }
  int reproduced = 0, not_implemented = 0;
  for (auto const& capture : there) {
    ASSERT_TRUE(manifest().contains(capture)) << capture << ".txt has no entry in captures.json";
    ++(check_capture(capture, manifest()[capture]) ? reproduced : not_implemented);
  }
  for (auto const& [capture, entry] : manifest().items())
    EXPECT_TRUE(there.contains(capture)) << capture << " is in captures.json, but no file";
  std::cout << "captures: " << reproduced << " reproduced, " << not_implemented << " not implemented\n";
  EXPECT_GE(reproduced, 43);
}

}  // namespace
}  // namespace rdssim::routeros
