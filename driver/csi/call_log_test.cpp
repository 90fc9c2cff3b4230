// The line of each kind of call, pinned in testdata/call_log.golden.
#include "csi/call_log.h"

#include <fstream>
#include <sstream>
#include <vector>

#include "base/reasons.h"
#include "gtest/gtest.h"

namespace rdscsi::csi {
namespace {

using base::Effect;
using base::Reason;

// Collects what is logged while it lives.
class Collector {
 public:
  explicit Collector(base::LogLevel level) {
    base::configure_logging({level, base::LogFormat::text,
                             [this](base::LogRecord const& record) { records_.push_back(record); }});
  }
  ~Collector() { base::configure_logging({}); }

  // The lines at a fixed moment, first as text, then as JSON.
  std::string lines() const {
    std::string text;
    for (auto const format : {base::LogFormat::text, base::LogFormat::json}) {
      for (auto record : records_) {
        record.unix_ns = 1770260645678000000;  // 2026-02-05T03:04:05.678Z
        text += base::format_log_line(format, record) + "\n";
      }
    }
    return text;
  }
  std::vector<base::LogRecord> const& records() const { return records_; }

 private:
  std::vector<base::LogRecord> records_;
};

std::string file_text(std::string const& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

base::Context of(std::string rpc) {
  return base::Context::background().with_field("rpc", std::move(rpc));
}

TEST(CallLog, OneLineOfEachKindIsPinned) {
  Collector collector(base::LogLevel::debug);
  auto const took = std::chrono::microseconds(203'456);
  log_call(of("Probe").with_field("ready", "false"),
           {"Probe", CallKind::chatter, base::Status(), base::Duration(90'000)});
  log_call(of("CreateVolume")
               .with_field("name", "pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427")
               .with_field("volume", "pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427")
               .with_field("bytes", "1073741824"),
           {"CreateVolume", CallKind::change, base::Status(), took});
  log_call(
      of("CreateVolume").with_field("name", "two words\nand a second line"),
      {"CreateVolume", CallKind::change,
       base::fail(Reason::pool_full, Effect::none, "storage-pool: 1048576 bytes free, 1073741824 wanted"),
       took});
  log_call(of("DeleteVolume").with_field("volume", "pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427"),
           {"DeleteVolume", CallKind::change,
            base::fail(Reason::rds_session_lost, Effect::unknown, "the session ended before the answer came"),
            took});
  log_call(
      of("ListVolumes").with_field("reference", "1a2b3c4d").with_field("exception", "vector::_M_range_check"),
      {"ListVolumes", CallKind::chatter,
       base::fail(Reason::internal, Effect::none, "internal error, reference 1a2b3c4d"), took});
  EXPECT_EQ(collector.lines(), file_text("testdata/call_log.golden"));
}

TEST(CallLog, ChatterIsDebugChangesAreInfoFailuresAreWarn) {
  EXPECT_EQ(call_level({"Probe", CallKind::chatter, base::Status(), {}}), base::LogLevel::debug);
  EXPECT_EQ(call_level({"CreateVolume", CallKind::change, base::Status(), {}}), base::LogLevel::info);
  auto const refused = base::fail(Reason::invalid_argument, Effect::none, "x");
  EXPECT_EQ(call_level({"CreateVolume", CallKind::change, refused, {}}), base::LogLevel::warn);
  EXPECT_EQ(call_level({"Probe", CallKind::chatter, refused, {}}), base::LogLevel::warn);
  auto const bug = base::fail(Reason::internal, Effect::none, "x");
  EXPECT_EQ(call_level({"Probe", CallKind::chatter, bug, {}}), base::LogLevel::error);
}

TEST(CallLog, AtTheDefaultLevelProbesAreSilent) {
  Collector collector(base::LogLevel::info);
  log_call(of("Probe"), {"Probe", CallKind::chatter, base::Status(), {}});
  EXPECT_TRUE(collector.records().empty());
  log_call(of("DeleteVolume"), {"DeleteVolume", CallKind::change, base::Status(), {}});
  EXPECT_EQ(collector.records().size(), 1U);
}

}  // namespace
}  // namespace rdscsi::csi
