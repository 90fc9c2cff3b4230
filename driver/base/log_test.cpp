// Log lines: one golden line per format and level, and nothing that a value could do to forge a line or a
// field (W-83).
#include "base/log.h"

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/reasons.h"
#include "base/sync.h"

namespace rdscsi::base {
namespace {

constexpr std::int64_t kMoment = 1'770'260'645'678'000'000;  // 2026-02-05T03:04:05.678Z

LogRecord record(std::string message, std::map<std::string, std::string> fields) {
  return LogRecord{LogLevel::info, kMoment, std::move(message), std::move(fields), {}};
}

std::string text_line(LogRecord const& r) {
  return format_log_line(LogFormat::text, r);
}
std::string json_line(LogRecord const& r) {
  return format_log_line(LogFormat::json, r);
}

// Sends what is logged into a vector for as long as it lives.
class Capture {
 public:
  explicit Capture(LogLevel level = LogLevel::trace, LogFormat format = LogFormat::text) {
    configure_logging(
        {.level = level, .format = format, .sink = [this](LogRecord const& r) { records.push_back(r); }});
  }
  ~Capture() { configure_logging({}); }
  std::vector<LogRecord> records;
};

TEST(Log, GoldenLineAsText) {
  EXPECT_EQ(text_line(record("volume created", {{"rpc", "CreateVolume"},
                                                {"volume", "pvc-1"},
                                                {"took", "1.2s"},
                                                {"device", "NVMe disk \"one\""},
                                                {"empty", ""}})),
            "2026-02-05T03:04:05.678Z info \"volume created\" device=\"NVMe disk \\\"one\\\"\" empty=\"\" "
            "rpc=CreateVolume took=1.2s volume=pvc-1");
}

TEST(Log, GoldenLineAsJson) {
  EXPECT_EQ(json_line(record("volume created", {{"rpc", "CreateVolume"},
                                                {"volume", "pvc-1"},
                                                {"took", "1.2s"},
                                                {"device", "NVMe disk \"one\""},
                                                {"empty", ""}})),
            "{\"time\":\"2026-02-05T03:04:05.678Z\",\"level\":\"info\",\"message\":\"volume created\","
            "\"device\":\"NVMe disk \\\"one\\\"\",\"empty\":\"\",\"rpc\":\"CreateVolume\",\"took\":\"1.2s\","
            "\"volume\":\"pvc-1\"}");
}

TEST(Log, W83_NoValueCanBeginALineOrAField) {
  std::string const evil =
      "x\n2026-01-01T00:00:00.000Z error \"forged\"\r\tvolume=other \"quoted\" \\ \x1b[2J\x7f";
  for (LogRecord const& r : {record(evil, {}), record("m", {{"value", evil}}), record("m", {{evil, "v"}})}) {
    for (std::string const& line : {text_line(r), json_line(r)}) {
      for (char const c : line) EXPECT_GE(static_cast<unsigned char>(c), 0x20) << line;
      EXPECT_EQ(line.find('\x7f'), std::string::npos) << line;
    }
  }
  EXPECT_EQ(text_line(record("m", {{"value", "a b=c\"d\ne"}})),
            "2026-02-05T03:04:05.678Z info \"m\" value=\"a b=c\\\"d\\ne\"");
  EXPECT_EQ(text_line(record("m", {{"a b=c\nd", "v"}})), "2026-02-05T03:04:05.678Z info \"m\" a_b_c_d=v");
}

TEST(Log, W83_BytesThatSteerATerminalOrAViewerAreSpeltOut) {
  // NEL, line separator, right-to-left override, and three kinds of bytes that are no UTF-8.
  std::string const steering = "\xC2\x85 \xE2\x80\xA8 \xE2\x80\xAE";
  std::string const broken = "\xFF \xC0\xAF \xED\xA0\x80";
  EXPECT_EQ(text_line(record("m", {{"v", steering}})),
            "2026-02-05T03:04:05.678Z info \"m\" v=\"\\u0085 \\u2028 \\u202e\"");
  EXPECT_EQ(text_line(record("m", {{"v", broken}})),
            "2026-02-05T03:04:05.678Z info \"m\" v=\"\\xff \\xc0\\xaf \\xed\\xa0\\x80\"");
  EXPECT_NE(json_line(record("m", {{"v", broken}})).find("\"\\ufffd \\ufffd\\ufffd \\ufffd\\ufffd\\ufffd\""),
            std::string::npos);
  EXPECT_NE(text_line(record("m", {{"v", "Größe 5 €"}})).find("v=\"Größe 5 €\""), std::string::npos);
}

TEST(Log, AFieldCannotPoseAsAFixedPartOfAJsonLine) {
  std::string const line =
      json_line(record("m", {{"level", "error"}, {"message", "forged"}, {"time", "never"}}));
  EXPECT_EQ(
      line,
      "{\"time\":\"2026-02-05T03:04:05.678Z\",\"level\":\"info\",\"message\":\"m\",\"field_level\":\"error\","
      "\"field_message\":\"forged\",\"field_time\":\"never\"}");
}

TEST(Log, AHugeValueIsCutAndSaysSo) {
  std::string const line = text_line(record("m", {{"reply", std::string(100'000, 'x')}}));
  EXPECT_LT(line.size(), 2'300U);
  EXPECT_NE(line.find("(97952 bytes more)"), std::string::npos) << line;
}

TEST(Log, TheContextsFieldsAreOnTheLineAndTheCallsOwnWin) {
  Capture capture;
  Context const ctx = Context::background().with_field("rpc", "DeleteVolume").with_field("volume", "pvc-1");
  log(LogLevel::warn, ctx, "gone",
      {{"volume", "pvc-2"},
       {"bytes", 42},
       {"ok", true},
       {"after", Duration(1'500'000'000)},
       {"error", fail(Reason::not_found, Effect::none, "no such disk")}});
  ASSERT_EQ(capture.records.size(), 1U);
  EXPECT_EQ(capture.records[0].fields, (std::map<std::string, std::string>{{"rpc", "DeleteVolume"},
                                                                           {"volume", "pvc-2"},
                                                                           {"bytes", "42"},
                                                                           {"ok", "true"},
                                                                           {"after", "1.5s"},
                                                                           {"error", "no such disk"}}));
  EXPECT_NE(capture.records[0].line.find(" warn \"gone\" after=1.5s bytes=42"), std::string::npos);
}

TEST(Log, WhatIsBelowTheLevelIsDropped) {
  Capture capture(LogLevel::warn);
  for (auto const level :
       {LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error}) {
    log(level, Context::background(), to_string(level));
  }
  ASSERT_EQ(capture.records.size(), 2U);
  EXPECT_EQ(capture.records[0].message, "warn");
  EXPECT_EQ(capture.records[1].message, "error");
  EXPECT_FALSE(log_enabled(LogLevel::info));
  EXPECT_TRUE(log_enabled(LogLevel::warn));
}

TEST(Log, WordsOfTheFlagsAreReadAndOthersRefused) {
  EXPECT_EQ(parse_log_level("debug"), LogLevel::debug);
  EXPECT_EQ(parse_log_level("DEBUG"), std::nullopt);
  EXPECT_EQ(parse_log_format("json"), LogFormat::json);
  EXPECT_EQ(parse_log_format("xml"), std::nullopt);
}

TEST(Log, ASinkThatLogsOrThrowsHurtsNobody) {
  int calls = 0;
  configure_logging({.sink = [&](LogRecord const&) {
    ++calls;
    log(LogLevel::error, Context::background(), "from within");
    throw std::runtime_error("disk full");
  }});
  log(LogLevel::info, Context::background(), "one");
  log(LogLevel::info, Context::background(), "two");
  configure_logging({});
  EXPECT_EQ(calls, 2);
}

TEST(Log, LinesOfManyThreadsArriveWholeAndOneAtATime) {
  Capture capture;
  std::vector<Thread> threads;
  for (int number = 0; number < 4; ++number) {
    threads.emplace_back("logger", [number] {
      for (int line = 0; line < 250; ++line) {
        log(LogLevel::info, Context::background(), "line", {{"thread", number}, {"n", line}});
      }
    });
  }
  for (Thread& thread : threads) thread.join();
  EXPECT_EQ(capture.records.size(), 1000U);
}

TEST(Log, StandardErrorGetsTheLineAsItIsEvenWithBraces) {
  configure_logging({});
  ::testing::internal::CaptureStderr();
  log(LogLevel::error, Context::background(), "reply {0} {} %s", {{"v", "{x}"}});
  std::string const written = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(written.substr(24), " error \"reply {0} {} %s\" v=\"{x}\"\n");
}

}  // namespace
}  // namespace rdscsi::base
