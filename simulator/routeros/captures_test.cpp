// Captures of real devices, reproduced byte for byte from a state file beside them. Where a capture was
// trimmed or shortened by whoever published it, the case says so. Prints `captures: N reproduced, M not
// implemented`.
#include <gtest/gtest.h>

#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

#include "simulator/routeros/device.h"

namespace rdssim::routeros {
namespace {

std::string read_file(std::string const& path) {
  std::ifstream file("testdata/" + path);
  EXPECT_TRUE(file) << path << " is missing";
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> lines_of(std::string const& text) {
  std::vector<std::string> lines;
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

enum class Blanks { exact, trimmed };  // trimmed: line ends were trimmed by the publisher

struct Case {
  std::string capture;
  std::string state;
  int width;
  std::vector<std::string> commands;
  int first, last;  // lines of the capture file, 1-based, both included; the first one is the # source: line
  Blanks blanks;
  std::string note;  // what was done to compare, beyond the lines above
};

std::ostream& operator<<(std::ostream& out, Case const& c) {
  return out << c.capture;
}

std::vector<Case> const kCases = {
    {"disk-print-detail-file-lun-7.24-rds2216",
     "rds2216-7.24",
     240,
     {"/disk/print detail where slot=\"vm-storage-001\""},
     3,
     6,
     Blanks::exact,
     ""},
    {"disk-print-detail-raid10-7.24-rds2216",
     "rds2216-7.24",
     240,
     {"/disk/print detail where slot~\"raid10\""},
     3,
     22,
     Blanks::exact,
     ""},
    {"script-foreach-as-value-7.24-rds2216",
     "rds2216-7.24",
     80,
     {":foreach r in={\"raid10-m0\";\"raid10-m1\";\"raid10-m2\";\"raid10-m3\";\"raid10\"} do={ :local "
      "state "
      "([/disk print detail as-value where slot=$r]->0->\"state\"); :put ($r . \" = \" . $state) }",
      ":local d ([/disk print detail as-value where slot=raid10]->0); :put (\"State:      \" . "
      "($d->\"state\")); "
      ":put (\"Filesystem: \" . ($d->\"fs\")); :put (\"Mounted:    \" . ($d->\"mounted\")); "
      ":put (\"Size:       \" . ($d->\"size\"))"},
     6,
     14,
     Blanks::exact,
     "typed as one line; the second script inferred"},
    {"disk-print-detail-raid6-and-raid10-rds-7.1x",
     "rds-prototype-7.1x",
     166,
     {"/disk print detail where slot=raid1"},
     2,
     4,
     Blanks::exact,
     "first excerpt, behind the legend"},
    {"disk-print-detail-raid6-and-raid10-rds-7.1x",
     "rds-prototype-7.1x",
     166,
     {"/disk print detail where slot=raid10"},
     6,
     8,
     Blanks::exact,
     "second excerpt, behind the legend"},
    {"disk-print-table-7.21rc-chr-80col", "chr-7.21rc", 80, {"/disk/print"}, 13, 16, Blanks::exact, ""},
    {"disk-print-table-swapfile-7.24",
     "swapfile-7.24",
     78,
     {"/disk/print where slot~\"nvme9\""},
     4,
     10,
     Blanks::trimmed,
     "the width of the vendor's terminal is not known"},
    {"disk-print-and-test-7.16", "usb-7.16", 120, {"disk print"}, 3, 6, Blanks::trimmed, "the print"},
    {"disk-print-and-test-7.16",
     "usb-test-7.16",
     120,
     {"disk test disk=usb2 pattern=sequential type=device thread-count=4 block-size=4K direction=write"},
     11,
     20,
     Blanks::trimmed,
     "the test; what each second brought is in the state"},
    {"disk-monitor-traffic-once-7.21-rds",
     "traffic-7.21-rds",
     80,
     {"/disk monitor-traffic storage-pool once"},
     2,
     23,
     Blanks::exact,
     ""},
    {"disk-format-xfs-7.24-rds2216",
     "rds2216-7.24",
     240,
     {"/disk format raid10 file-system=xfs label=ocp-storage mbr-partition-table=no"},
     4,
     19,
     Blanks::trimmed,
     "over exec, where nobody is asked; the last line was trimmed by the publisher"},
    {"disk-format-drive-pre7.19",
     "usb-format-7.16",
     80,
     {"/disk format-drive usb1 file-system=ext4 mbr-partition-table=no"},
     3,
     3,
     Blanks::exact,
     ""},
    {"disk-format-check-repair-test-7.24",
     "swapfile-7.24",
     80,
     {"/disk/check nvme9-part1"},
     11,
     13,
     Blanks::trimmed,
     "a swap file is in use on it"},
    {"disk-format-check-repair-test-7.24",
     "ext4-partition-7.24",
     80,
     {"/disk/check nvme9-part1"},
     16,
     24,
     Blanks::trimmed,
     ""},
    {"disk-format-check-repair-test-7.24",
     "ext4-partition-7.24",
     80,
     {"/disk/repair nvme9-part1"},
     27,
     30,
     Blanks::trimmed,
     "the same capture's last part, a test cut by its publisher, is not compared"},
    {"file-print-detail-7.16.1", "files-7.16.1", 186, {"file print detail"}, 3, 17, Blanks::exact, ""},
    {"file-print-detail-7.21-rds-80col",
     "files-7.21-rds",
     80,
     {"/file print detail where name~\"storage-pool/metal-csi\""},
     2,
     9,
     Blanks::trimmed,
     ""},
    {"system-resource-print-7.11.2",
     "resource-7.11.2",
     80,
     {"system/resource/print"},
     3,
     20,
     Blanks::exact,
     ""},
    {"system-resource-print-7.12.2-chr",
     "resource-7.12.2-chr",
     80,
     {"/system resource print"},
     3,
     18,
     Blanks::exact,
     "behind the first line, whose indent the publisher altered"},
    {"system-resource-print-7.1rc2",
     "resource-7.1rc2",
     80,
     {"/system/resource/print"},
     21,
     38,
     Blanks::exact,
     ""},
    {"system-identity-print", "identity", 80, {"/system identity print"}, 2, 2, Blanks::exact, ""},
    {"log-print-detail", "log-2023", 200, {"/log print detail without-paging"}, 2, 16, Blanks::trimmed, ""},
    {"file-read",
     "text-file",
     80,
     {":put [/file/get text.txt contents]"},
     3,
     4,
     Blanks::exact,
     "the get; /file/read is not implemented"},
};

struct Reason {
  std::string capture, why;
};
std::vector<Reason> const kNotImplemented = {
    {"disk-print-detail-sata-7.7beta-80col", "7.7 names and flags: no profile is that old"},
    {"disk-print-table-usb-pre7.16", "the legend form before 7.16: no profile is that old"},
    {"file-print-table-7.12", "creation-time, before 7.16: no profile is that old"},
    {"disk-smart-info-7.24-rds2216", "/disk smart-info"},
    {"user-print", "/user"},
    {"user-active-print", "/user active"},
    {"ip-service-print-7.22beta-narrow", "/ip service"},
    {"ip-service-print-v6-style", "/ip service, version 6"},
    {"system-package-print-7.9", "/system package"},
    {"as-value-interface-stats-7.20.8-hex", "/interface; its rules are tested on /disk"},
    {"as-value-unescaped-comment-7.20.8-hex", "/interface; its rule is tested on /disk"},
    {"terse-unquoted-values-7.20.8-hex", "/interface; its rule is tested on /disk"},
    {"detail-80col-interface-6.42.5", "/interface, version 6"},
    {"detail-comment-address-6.42.5", "/ip address, version 6"},
    {"detail-multiline-comment-interface", "/interface"},
    {"wrap-list-value-zerotier-7.x", "/zerotier"},
    {"interrupted-7.21rc", "an interactive prompt"},
    {"error-failure-interactive-7.22beta", "/app"},
    {"completions-disk-file-7.21.4-base", "/console inspect"},
    {"console-inspect-disk-7.8beta2", "/console inspect"},
    {"disk-print-detail-file-7.21-rds-80col",
     "names shortened by the publisher: only the order of pairs is compared"},
};

// One excerpt of a print detail starts behind the legend; a resource print behind its first line.
bool ends_with_lines(std::vector<std::string> const& all, std::vector<std::string> const& tail) {
  return all.size() >= tail.size() && std::equal(tail.rbegin(), tail.rend(), all.rbegin());
}

class Capture : public ::testing::TestWithParam<Case> {};

TEST_P(Capture, IsReproduced) {
  auto const& c = GetParam();
  auto device = Device::from_state(read_file("states/" + c.state + ".json"), 1);
  ASSERT_TRUE(device.ok()) << device.status();
  SessionOptions session;
  session.width = c.width;
  std::string output;
  for (auto const& command : c.commands) {
    auto const result = (*device)->execute(session, command, {});
    EXPECT_EQ(result.exit_status, 0);
    EXPECT_TRUE(result.output.ends_with("\r\n")) << command;
    output += result.output;
  }
  auto ours = lines_of(output);
  auto const capture = lines_of(read_file(c.capture + ".txt"));
  ASSERT_TRUE(capture.front().starts_with("# source:"));
  ASSERT_LE(static_cast<std::size_t>(c.last), capture.size());
  std::vector<std::string> theirs(capture.begin() + c.first - 1, capture.begin() + c.last);
  if (c.blanks == Blanks::trimmed) {
    for (auto* lines : {&ours, &theirs}) {
      for (auto& line : *lines) line = right_trimmed(line);
    }
  }
  if (c.note.find("behind") != std::string::npos) {
    EXPECT_TRUE(ends_with_lines(ours, theirs));
    ours.erase(ours.begin(), ours.end() - static_cast<std::ptrdiff_t>(std::min(theirs.size(), ours.size())));
  }
  EXPECT_EQ(ours, theirs);
}

std::string case_name(::testing::TestParamInfo<Case> const& info) {
  std::string name;
  for (char c : info.param.capture) name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name + "_" + std::to_string(info.index);
}
INSTANTIATE_TEST_SUITE_P(All, Capture, ::testing::ValuesIn(kCases), case_name);

TEST(Captures, AddWithoutArgumentsNamesWhatIsMissing) {
  auto device = Device::make("7.21", 1 << 30, 1);
  int compared = 0;
  for (auto const& line : lines_of(read_file("errors-add-without-arguments-7.20.8-chr.txt"))) {
    auto const tab = line.find('\t');
    if (!line.starts_with("/disk/add") && !line.starts_with("/file/add")) continue;
    // REST's /execute puts "Script Error: " in front; SSH does not.
    constexpr std::string_view kPrefix = "Script Error: ";
    auto const expected = line.substr(tab + 1 + kPrefix.size()) + "\r\n";
    EXPECT_EQ((*device)->execute({}, line.substr(0, tab), {}).output, expected);
    ++compared;
  }
  EXPECT_EQ(compared, 2);
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

std::string joined(std::vector<std::string> const& lines) {
  std::string text;
  for (auto const& line : lines) {
    auto const start = line.find_first_not_of(' ');
    if (start != std::string::npos) text += (text.empty() ? "" : " ") + right_trimmed(line.substr(start));
  }
  return text;
}

TEST(Captures, AFileDisksPairsComeInTheCapturedOrder) {
  auto device = Device::from_state(read_file("states/file-disk-7.21-rds.json"), 1);
  ASSERT_TRUE(device.ok()) << device.status();
  auto capture = lines_of(read_file("disk-print-detail-file-7.21-rds-80col.txt"));
  capture.erase(capture.begin());
  auto const ours = joined(lines_of((*device)->execute({}, "/disk print detail where type=file", {}).output));
  EXPECT_NE(ours.find(joined(capture)), std::string::npos) << ours;
}

// Its publisher cut the middle out and left the table's head away.
TEST(Captures, FormattingExt4SaysTheCapturedLines) {
  auto device = Device::from_state(read_file("states/ext4-partition-7.24.json"), 1);
  ASSERT_TRUE(device.ok()) << device.status();
  auto const ours = lines_of((*device)->execute({}, "/disk/format nvme9 file-system=ext4", {}).output);
  auto const capture = lines_of(read_file("disk-format-check-repair-test-7.24.txt"));
  std::size_t at = 0;
  for (std::size_t line : {2U, 3U, 5U, 6U, 7U}) {
    while (at < ours.size() && right_trimmed(ours[at]) != capture[line]) ++at;
    EXPECT_LT(at, ours.size()) << "in this order: " << capture[line];
  }
}

TEST(Captures, EveryStatePrintsUnderEveryProfile) {
  int printed = 0;
  std::set<std::string> states;
  for (auto const& c : kCases) states.insert(c.state);
  for (auto const& state : states) {
    auto const text = read_file("states/" + state + ".json");
    auto const start = text.find("\"profile\": \"") + 12;
    ASSERT_NE(start, std::string::npos + 12) << state;
    for (auto const& profile : Device::profile_names()) {
      auto other = text;
      other.replace(start, text.find('"', start) - start, profile);
      auto device = Device::from_state(other, 1);
      ASSERT_TRUE(device.ok()) << state << ": " << device.status();
      for (auto const* command :
           {"/disk print", "/disk print detail", "/disk print terse", "/file print detail"}) {
        auto const output = (*device)->execute({}, command, {}).output;
        EXPECT_EQ(output.find("(line 1"), std::string::npos) << state << " " << profile << ": " << output;
        ++printed;
      }
    }
  }
  std::cout << "states: " << states.size() << " printed " << printed << " times\n";
  EXPECT_GT(printed, 100);
}

TEST(Captures, ThePoolShowsTheCapturedCapacity) {
  auto device = Device::from_state(read_file("states/files-7.21-rds.json"), 1);
  ASSERT_TRUE(device.ok()) << device.status();
  auto const expected = lines_of(read_file("disk-print-detail-capacity-7.21-rds.txt"))[1];
  auto const ours = joined(
      lines_of((*device)->execute({}, "/disk print detail where mount-point=\"storage-pool\"", {}).output));
  EXPECT_NE(ours.find(expected), std::string::npos) << ours;
}

TEST(Captures, EveryCaptureIsReproducedOrExplained) {
  std::set<std::string> reproduced = {"errors-add-without-arguments-7.20.8-chr",
                                      "disk-add-file-nvme-export-example",
                                      "disk-print-detail-capacity-7.21-rds"};
  for (auto const& c : kCases) reproduced.insert(c.capture);
  std::cout << "captures: " << reproduced.size() << " reproduced, " << kNotImplemented.size()
            << " not implemented\n";
  for (auto const& [capture, why] : kNotImplemented) {
    std::cout << "  not implemented: " << capture << ": " << why << "\n";
    EXPECT_FALSE(reproduced.contains(capture));
  }
  EXPECT_GE(reproduced.size(), 10U);
}

}  // namespace
}  // namespace rdssim::routeros
