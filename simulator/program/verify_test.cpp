// `rds-sim verify`: equal transcripts give 0, one altered byte is found where it is, captures of real devices
// are read as they are.
#include "simulator/program/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "simulator/program/command_line.h"
#include "simulator/routeros/device.h"
#include "simulator/transcript/transcript.h"

namespace rdssim::program {
namespace {

using testing::HasSubstr;

class Verify : public testing::Test {
 protected:
  Verify() { std::filesystem::create_directories(dir_); }
  ~Verify() override { std::filesystem::remove_all(dir_); }

  int run(std::vector<std::string> words) {
    out_.str("");
    errors_.str("");
    words.insert(words.begin(), "verify");
    auto const line = parse_command_line(words);
    EXPECT_EQ(line.does, CommandLine::Does::verify) << line.text;
    return verify(line.verify, out_, errors_);
  }
  std::string file(std::string const& name, std::string const& text) {
    std::ofstream(dir_ + "/" + name, std::ios::binary) << text;
    return dir_ + "/" + name;
  }

  // What a device of this profile answers to `lines`, spread over two sessions of one recording.
  std::vector<std::string> record(std::vector<std::string> const& lines) {
    auto device = *routeros::Device::make("7.21", std::int64_t{4} << 40, 1);
    std::vector<std::string> texts;
    for (std::uint64_t session = 1; session <= 2; ++session) {
      transcript::Transcript head;
      head.session = session;
      head.login = "admin+cte120w";
      head.recording = "one";
      texts.push_back(transcript::write_head(head));
    }
    std::uint64_t number = 0;
    for (auto const& line : lines) {
      auto const result = device->execute(routeros::login_options("admin+cte120w"), line, {});
      transcript::Entry entry;
      entry.number = ++number;
      entry.command = line;
      entry.output = result.output;
      entry.end = transcript::Entry::End::exit;
      texts[number % 2] += transcript::write_entry(entry);
    }
    return texts;
  }

  std::string const dir_ = testing::TempDir() + "rds-sim-verify-" + std::to_string(getpid());
  std::ostringstream out_, errors_;
};

std::vector<std::string> const kLines = {
    "/disk add type=file slot=v1 file-path=storage-pool/metal-csi/v1.img file-size=1G",
    "/disk print detail where slot=v1",
    ":put [/disk get v1 size]",
    "/disk remove v1",
    ":put [:len [/disk find slot=v1]]",
    "/no-such-menu print",
};

TEST_F(Verify, OneAlteredByteIsExactlyOneDifference) {
  auto const texts = record(kLines);
  auto const one = file("1", texts[0]);
  EXPECT_EQ(run({one, file("2", texts[1]), "--profile", "7.21"}), 0) << out_.str() << errors_.str();
  EXPECT_EQ(out_.str(), "verify: 6 commands, 6 equal, 0 different\n");
  std::string altered = texts[1];  // holds `:put [/disk get v1 size]`
  auto const at = altered.find("1073741824");
  ASSERT_NE(at, std::string::npos) << altered;
  altered[at + 3] = '9';
  EXPECT_EQ(run({one, file("2", altered)}), 1);
  EXPECT_THAT(out_.str(),
              HasSubstr("\":put [/disk get v1 size]\": stdout differs at byte 4 (line 1 column 4)\n"
                        "  expected \"1079741824\\r\\n\"\n  got      \"1073741824\\r\\n\"\n"));
  EXPECT_THAT(out_.str(), HasSubstr("verify: 6 commands, 5 equal, 1 different\n"));
}

TEST_F(Verify, ACaptureIsReadAsItIs) {
  std::string const folder = "../routeros/testdata/";
  EXPECT_EQ(run({folder + "script-foreach-as-value-7.24-rds2216.txt",
                 folder + "disk-print-detail-raid10-7.24-rds2216.txt", "--state",
                 folder + "states/rds2216-7.24.json", "--width", "240"}),
            1)
      << out_.str() << errors_.str();
  // The scripts' second output is under the first one's prompt: one difference, the author's.
  EXPECT_THAT(out_.str(), HasSubstr("verify: 2 commands, 1 equal, 1 different\n"));
}

TEST_F(Verify, BadInputIsStatusTwo) {
  EXPECT_EQ(run({"/no/such/file"}), 2);
  EXPECT_THAT(errors_.str(), HasSubstr("/no/such/file: cannot be read"));
  EXPECT_EQ(run({file("bad", "no head\n")}), 2);
  EXPECT_THAT(errors_.str(), HasSubstr("bad:1: expected `# source:"));
  auto const good = file("good", record(kLines)[0]);
  EXPECT_EQ(run({good, "--profile", "no-such"}), 2);
  EXPECT_EQ(run({good, "--state", "/no/such/file"}), 2);
  EXPECT_EQ(parse_command_line({"verify"}).does, CommandLine::Does::refuse);
  EXPECT_THAT(parse_command_line({"verify", "x", "--widht", "3"}).text, HasSubstr("did you mean `--width`?"));
}

}  // namespace
}  // namespace rdssim::program
