// Scripts such as a storage driver sends: frames around the output, every value quoted, effects guarded by
// what the device says at that moment. The scripts here are this simulator's own; no driver's text is copied.
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "simulator/routeros/device.h"

namespace rdssim::routeros {
namespace {

constexpr std::int64_t kGiB = std::int64_t{1} << 30;

// Quotes any bytes for the console (FACTS 4): the three special characters, and everything not printable as
// \XX.
std::string quoted(std::string const& text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out = "\"";
  for (char c : text) {
    auto const byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\' || c == '$') {
      out += {'\\', c};
    } else if (byte < 32 || byte == 127) {
      out += {'\\', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::vector<std::string> nasty_strings() {
  return {"",
          " ",
          "plain",
          "a b",
          "\"",
          "\\",
          "$",
          "$x",
          "$[/disk remove [find]]",
          "$(1+1)",
          "\\\"$",
          ";",
          "a;b=c",
          "[x]",
          "]",
          "{x}",
          "}",
          "(",
          ")",
          "# no comment",
          "tab\there",
          "line\nbreak",
          "cr\r\nlf",
          "\xC3\xA9t\xC3\xA9",
          "\xFF\xFE bytes",
          "`'<>|&!^~*?",
          "a,b",
          ".id=*1;slot=forged",
          "yes",
          "007",
          "*1A",
          "1d2h",
          "\\41",
          "end\\"};
}

class DriverScripts : public ::testing::TestWithParam<std::string> {
 protected:
  std::string run(std::string const& line) { return device_->execute({}, line, {}).output; }
  std::unique_ptr<Device> device_ = *Device::make(GetParam(), 10 * kGiB, 1);
};

TEST_P(DriverScripts, EveryStringComesBackThroughPut) {
  for (auto const& text : nasty_strings()) {
    EXPECT_EQ(run(":put " + quoted(text)), text + "\r\n");
    EXPECT_EQ(run(":local v " + quoted(text) + ";:put \"[$v]\""), "[" + text + "]\r\n");
    EXPECT_EQ(run(":put [:len " + quoted(text) + "]"), std::to_string(text.size()) + "\r\n");
  }
}

TEST_P(DriverScripts, EveryStringComesBackAsAComment) {
  for (auto const& text : nasty_strings()) {
    ASSERT_EQ(run("/disk set storage-pool comment=" + quoted(text)), "");
    EXPECT_EQ(run(":put [/disk get storage-pool comment]"), text + "\r\n");
    EXPECT_EQ(device_->disks().at(0).comment, text);
    EXPECT_EQ(run(":put [:len [/disk find where comment=" + quoted(text) + "]]"), "1\r\n") << text;
    if (text.empty()) continue;
    EXPECT_EQ(run(":put ([/disk print detail as-value where slot=storage-pool]->0->\"comment\")"),
              text + "\r\n");
  }
}

// The whole exchange: guard, add, catch the error, print every property with its length.
std::string create_script(std::string const& slot, std::string const& file, std::string const& size) {
  return ":local s " + quoted(slot) + ";:local t \"rdscsi1 c=ab v=cd\";:put \"k3f9 begin\";" +
         ":local d [/disk find slot=$s];:if ([:len $d]=0) do={:onerror e in={/disk add type=file file-path=" +
         quoted("/storage-pool/metal-csi/" + file) + " file-size=" + size +
         " slot=$s mount-filesystem=no comment=$t nvme-tcp-export=yes nvme-tcp-server-port=4420 "
         "nvme-tcp-server-nqn=\"nqn.2000-02.com.mikrotik:$s\"} do={:put (\"err \".[:len $e].\" \".$e)}};"
         ":foreach r in=[/disk print detail as-value where slot=$s] do={:foreach k,v in=$r do={"
         ":local x [:tostr $v];:put (\"$k \".[:len $x].\" $x\")}};:put \"k3f9 end 12\"";
}

std::map<std::string, std::string> fields_of(std::string const& output) {
  std::map<std::string, std::string> fields;
  std::stringstream stream(output);
  for (std::string line; std::getline(stream, line);) {
    line.pop_back();  // CR
    auto const first = line.find(' ');
    auto const second = line.find(' ', first + 1);
    if (second == std::string::npos || line.starts_with("k3f9")) continue;
    EXPECT_EQ(line.substr(first + 1, second - first - 1), std::to_string(line.size() - second - 1)) << line;
    fields[line.substr(0, first)] = line.substr(second + 1);
  }
  return fields;
}

TEST_P(DriverScripts, CreateIsOneExecAndItsRepetitionChangesNothing) {
  auto const script = create_script("pvc-1", "pvc-1.img", "1073741824");
  auto const output = run(script);
  if (GetParam() == "7.16-stock") {
    EXPECT_EQ(output, "expected end of command (line 1 column " +
                          std::to_string(script.find("file-path=") + 1) + ")\r\n");
    EXPECT_TRUE(device_->effects().empty());
    return;
  }
  EXPECT_TRUE(output.starts_with("k3f9 begin\r\n")) << output;
  EXPECT_TRUE(output.ends_with("k3f9 end 12\r\n")) << output;
  auto const fields = fields_of(output);
  EXPECT_EQ(fields.at("slot"), "pvc-1");
  EXPECT_EQ(fields.at("size"), "1073741824");
  EXPECT_EQ(fields.at("file-size"), "1073741824");
  EXPECT_EQ(fields.at("file-path"), "/storage-pool/metal-csi/pvc-1.img");
  EXPECT_EQ(fields.at("comment"), "rdscsi1 c=ab v=cd");
  EXPECT_EQ(fields.at("nvme-tcp-export"), "true");
  EXPECT_EQ(fields.at("mount-filesystem"), "false");
  EXPECT_EQ(fields.at("nvme-tcp-server-nqn"), "nqn.2000-02.com.mikrotik:pvc-1");
  EXPECT_EQ(fields.at("nvme-tcp-server-port"), "4420");
  EXPECT_EQ(run(script), output);
  EXPECT_EQ(device_->effects().size(), 1U);
  EXPECT_EQ(device_->pools().at(0).free_bytes, 9 * kGiB);
}

TEST_P(DriverScripts, AnErrorIsCaughtWithItsLengthAndTheFrameCloses) {
  if (GetParam() == "7.16-stock") return;
  auto const output = run(create_script("pvc-2", "pvc-2.img", "11G"));
  bool const suffix = GetParam() == "7.21" || GetParam() == "7.24";
  std::string const text = std::string("failure: not enough space") + (suffix ? " (/disk/add; line 1)" : "");
  EXPECT_EQ(output, "k3f9 begin\r\nerr " + std::to_string(text.size()) + " " + text + "\r\nk3f9 end 12\r\n");
}

TEST_P(DriverScripts, RemoveTakesDiskAndFileAndIsSilentTheSecondTime) {
  if (GetParam() == "7.16-stock") return;
  run(create_script("pvc-3", "pvc-3.img", "1G"));
  std::string const script =
      ":foreach i in=[/disk find where type=file and slot~\"^pvc-3\\$\"] do={:local p [/disk get $i "
      "file-path];"
      "/disk remove $i;/file remove [find name=[:pick $p 1 [:len $p]]]};:put [:len [/disk find slot=pvc-3]]";
  EXPECT_EQ(run(script), "0\r\n");
  EXPECT_EQ(run(script), "0\r\n");
  EXPECT_EQ(run(":put [:len [/file find name~\"pvc-3\"]]"), "0\r\n");
  EXPECT_EQ(device_->pools().at(0).free_bytes, 10 * kGiB);
}

std::string profile_test_name(::testing::TestParamInfo<std::string> const& tested) {
  std::string name = tested.param;
  for (char& c : name) c = c == '.' || c == '-' ? '_' : c;
  return name;
}
INSTANTIATE_TEST_SUITE_P(Profiles, DriverScripts, ::testing::Values("7.16", "7.16-stock", "7.21", "7.24"),
                         profile_test_name);

}  // namespace
}  // namespace rdssim::routeros
