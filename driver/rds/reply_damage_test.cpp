// Incident 22: for every capture, and for every generated damage of frames whose values hold every capture's
// lines, the reader returns the same records or *unknown*; never a record fewer, never a value changed. Run
// in the source folder: captures are read from testdata/captures.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "base/random.h"
#include "rds/frame_for_test.h"
#include "rds/reply.h"

namespace rdscsi::rds {
namespace {

using testing::make_frame;
using testing::Pairs;
using testing::Section;

constexpr char const* kNonce = "5eed5eed";

struct Capture {
  std::string name;
  std::string text;
  std::vector<std::string> lines;
};

std::vector<Capture> read_captures() {
  std::vector<Capture> captures;
  for (auto const& entry : std::filesystem::directory_iterator("testdata/captures")) {
    std::ifstream file(entry.path(), std::ios::binary);
    std::string source;
    std::getline(file, source);
    EXPECT_TRUE(source.starts_with("# source: ")) << entry.path();
    Capture capture{entry.path().filename().string(), {std::istreambuf_iterator<char>(file), {}}, {}};
    std::size_t start = 0;
    while (start < capture.text.size()) {
      std::size_t const end = std::min(capture.text.find('\n', start), capture.text.size());
      capture.lines.push_back(capture.text.substr(start, end - start));
      start = end + 1;
    }
    captures.push_back(std::move(capture));
  }
  std::sort(captures.begin(), captures.end(), [](auto const& a, auto const& b) { return a.name < b.name; });
  return captures;
}

// Counts damages; each must leave the records as they were, or none.
class Checker {
 public:
  Checker(std::string name, std::string frame, std::vector<Record> expected)
      : name_(std::move(name)), frame_(std::move(frame)), expected_(std::move(expected)) {}

  std::string const& frame() const { return frame_; }
  std::size_t checked() const { return checked_; }
  std::size_t survived() const { return survived_; }

  void check(std::string const& damaged, char const* how) {
    if (damaged == frame_) return;
    ++checked_;
    auto const reading = read_reply(damaged, kNonce);
    if (!reading.reply) return;
    ++survived_;
    ASSERT_EQ(reading.reply->records, expected_) << name_ << ", " << how << ":\n" << damaged;
  }

 private:
  std::string name_;
  std::string frame_;
  std::vector<Record> expected_;
  std::size_t checked_ = 0;
  std::size_t survived_ = 0;
};

std::vector<std::string> split_lines(std::string const& text) {
  std::vector<std::string> lines;
  std::size_t start = 0;
  while (start < text.size()) {
    std::size_t const end = std::min(text.find('\n', start), text.size() - 1) + 1;
    lines.push_back(text.substr(start, end - start));
    start = end;
  }
  return lines;
}

std::string join(std::vector<std::string> const& lines) {
  std::string text;
  for (auto const& line : lines) text += line;
  return text;
}

void cut_everywhere(Checker& checker) {
  std::string const& frame = checker.frame();
  for (std::size_t at = 0; at < frame.size(); ++at) {
    checker.check(frame.substr(0, at), "cut at the end");
    checker.check(frame.substr(at), "cut at the front");
  }
}

void change_bytes(Checker& checker, base::RandomStream& random, int times) {
  for (int i = 0; i < times; ++i) {
    std::string changed = checker.frame();
    std::size_t const at = random.below(changed.size());
    switch (random.below(4)) {
      case 0:
        changed[at] = static_cast<char>(changed[at] ^ (1 << random.below(8)));
        break;
      case 1:
        changed[at] = static_cast<char>(random.below(256));
        break;
      case 2:
        changed.erase(at, 1 + random.below(8));
        break;
      default:
        changed.insert(at, 1, static_cast<char>(random.below(256)));
        break;
    }
    checker.check(changed, "byte changed");
  }
}

void move_lines(Checker& checker) {
  auto const lines = split_lines(checker.frame());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto dropped = lines;
    dropped.erase(dropped.begin() + static_cast<std::ptrdiff_t>(i));
    checker.check(join(dropped), "line dropped");
    auto doubled = lines;
    doubled.insert(doubled.begin() + static_cast<std::ptrdiff_t>(i), lines[i]);
    checker.check(join(doubled), "line doubled");
    for (std::size_t other = i + 1; other < std::min(lines.size(), i + 4); ++other) {
      auto swapped = lines;
      std::swap(swapped[i], swapped[other]);
      checker.check(join(swapped), "lines swapped");
    }
  }
}

void insert_text(Checker& checker, base::RandomStream& random, std::vector<Capture> const& captures,
                 int times) {
  std::string const& frame = checker.frame();
  for (int i = 0; i < times; ++i) {
    auto const& capture = captures[random.below(captures.size())];
    std::string const text =
        random.chance(0.3) || capture.lines.empty()
            ? "11:22:24 system,info,account user admin logged in from 10.5.217.34 via ssh"
            : capture.lines[random.below(capture.lines.size())];
    std::size_t at = random.below(frame.size() + 1);
    if (random.chance(0.5)) at = std::min(frame.find('\n', at), frame.size() - 1) + 1;  // between two lines
    checker.check(frame.substr(0, at) + text + (random.chance(0.7) ? "\r\n" : "") + frame.substr(at),
                  "text inserted");
  }
  for (auto const& capture : captures) {
    checker.check(capture.text + frame, "capture in front");
    checker.check(frame + capture.text, "capture behind");
  }
}

// Line ends as other channels make them. All of them at once may be read; the values must then be the same.
void change_line_ends(Checker& checker, base::RandomStream& random) {
  std::string const& frame = checker.frame();
  std::string without;
  std::string doubled;
  for (char const c : frame) {
    if (c != '\r') without += c;
    doubled += c == '\n' ? "\r\n" : std::string(1, c);
  }
  checker.check(without, "no CR at all");
  checker.check(doubled, "CR before each LF");
  for (int i = 0; i < 20; ++i) {
    std::string some;
    for (char const c : frame) {
      if (c != '\r' || random.chance(0.7)) some += c;
    }
    checker.check(some, "some CR gone");
  }
}

struct Sample {
  std::vector<Section> sections;
  std::vector<Record> records;
};

// Rows whose values are lines of the capture, and one that holds several lines. Cut to lengths that keep the
// test within seconds: every frame is cut at every byte.
Sample sample_of(Capture const& capture, base::RandomStream& random) {
  Sample sample;
  std::size_t const start = capture.lines.empty() ? 0 : random.below(capture.lines.size());
  for (int s = 0; s < 2; ++s) {
    Section section;
    for (int r = 0; r < 2; ++r) {
      Pairs row = {{".id", "*" + std::to_string(r)}};
      for (std::size_t i = 0; i < 3 && !capture.lines.empty(); ++i) {
        row.emplace_back(
            "line-" + std::to_string(i),
            capture.lines[(start + static_cast<std::size_t>(2 * s + r) * 3 + i) % capture.lines.size()]);
      }
      if (r == 1)
        row.emplace_back("several", capture.text.substr(0, std::min<std::size_t>(160, capture.text.size())));
      section.push_back(row);
    }
    sample.sections.push_back(section);
  }
  for (std::size_t s = 0; s < sample.sections.size(); ++s) {
    for (Pairs const& row : sample.sections[s]) {
      Record record{static_cast<int>(s), {}};
      for (auto const& [key, value] : row) record.fields[key] = value;
      sample.records.push_back(record);
    }
  }
  return sample;
}

TEST(ReplyDamage, CapturesThemselvesAreNeverRecords) {
  auto const captures = read_captures();
  ASSERT_GT(captures.size(), 50U);
  for (Capture const& capture : captures) {
    EXPECT_FALSE(read_reply(capture.text, kNonce).reply.has_value()) << capture.name;
    for (std::string const& line : capture.lines) {
      EXPECT_FALSE(read_reply(line + "\r\n", kNonce).reply.has_value()) << capture.name << ": " << line;
    }
  }
}

TEST(ReplyDamage, SameRecordsOrUnknown) {
  auto const captures = read_captures();
  base::RandomStream random(22);
  std::size_t checked = 0;
  std::size_t survived = 0;
  for (std::size_t i = 0; i < captures.size(); ++i) {
    Capture const& capture = captures[i];
    Sample const sample = sample_of(capture, random);
    for (char const* inner : {"\n", "\r\n"}) {
      if (inner[0] == '\r' && i % 4 != 0) continue;  // a quarter of the captures is enough for this variant
      std::string const frame = make_frame(kNonce, sample.sections, "\r\n", inner);
      auto const whole = read_reply(frame, kNonce);
      ASSERT_TRUE(whole.reply.has_value()) << capture.name << ": " << whole.damage;
      ASSERT_EQ(whole.reply->records, sample.records) << capture.name;
      Checker checker(capture.name, frame, sample.records);
      cut_everywhere(checker);
      change_bytes(checker, random, 200);
      move_lines(checker);
      insert_text(checker, random, captures, 60);
      change_line_ends(checker, random);
      if (HasFatalFailure()) return;
      checked += checker.checked();
      survived += checker.survived();
    }
  }
  std::cout << "reply damages: " << checked << " checked, " << survived
            << " of them read as the same records, " << checked - survived << " as unknown\n";
  EXPECT_GT(checked, 100000U);
  EXPECT_GT(survived, 0U) << "another line end must not make a reply unknown";
}

}  // namespace
}  // namespace rdscsi::rds
