// The two scripts around upstream's csi-sanity, without csi-sanity: what upstream_verdict.sh makes of
// reports, and what upstream.sh does where the suite is missing.
#include <fstream>
#include <map>

#include "base/child_process.h"
#include "base/testing/temporary_directory.h"
#include "gtest/gtest.h"
#include "sanity/table.h"

namespace sanity {
namespace {

using rdscsi::base::ChildResult;
using rdscsi::base::Context;

ChildResult run(std::vector<std::string> const& argv) {
  auto const result = rdscsi::base::run_child(
      Context::background(),
      {.argv = argv, .env = {{"PATH", "/usr/bin:/bin"}}, .timeout = std::chrono::minutes(2)});
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *result : ChildResult{};
}

// A JUnit report as csi-sanity writes it.
class Report {
 public:
  // Every spec of the map, ended as its row says.
  Report() {
    for (auto const& cells : read_table("upstream_map.tsv", 3))
      status_[cells[0]] = cells[1] == "covered"        ? "passed"
                          : cells[2] == "off-upstream" ? "pending"
                                                       : "skipped";
  }

  std::string first(std::string const& status) const {
    for (auto const& [spec, its] : status_) {
      if (its == status) return spec;
    }
    ADD_FAILURE() << "no spec is " << status;
    return "";
  }
  Report with(std::string const& spec, std::string const& status) const {
    Report other = *this;
    other.status_[spec] = status;
    return other;
  }
  Report without(std::string const& spec) const {
    Report other = *this;
    other.status_.erase(spec);
    return other;
  }
  Report all(std::string const& status) const {
    Report other = *this;
    for (auto& [spec, its] : other.status_) its = status;
    return other;
  }

  ChildResult judged(std::string const& mode = "") const {
    rdscsi::base::testing::TemporaryDirectory const folder;
    std::ofstream file(folder.file("junit.xml"));
    file << "<?xml version=\"1.0\"?>\n<testsuites>\n<testcase name=\"[ReportAfterSuite] x\" "
            "status=\"passed\"/>\n";
    for (auto const& [spec, status] : status_) {
      file << "<testcase name=\"[It] " << spec << "\" classname=\"suite\" status=\"" << status
           << "\" time=\"0.1\"><system-err>&gt; name=\"x\"</system-err></testcase>\n";
    }
    file << "</testsuites>\n";
    file.close();
    std::vector<std::string> argv = {"bash", "upstream_verdict.sh", folder.file("junit.xml"),
                                     "upstream_map.tsv"};
    if (!mode.empty()) argv.push_back(mode);
    return run(argv);
  }

 private:
  std::map<std::string, std::string> status_;
};

// What the script says when it is red; empty when it is green.
std::string red(ChildResult const& result) {
  EXPECT_EQ(result.stderr_bytes, "");
  EXPECT_EQ(result.term_signal, 0);
  return result.exit_code == 0 ? "" : result.stdout_bytes;
}

TEST(UpstreamVerdict, AReportThatIsAsTheMapSaysIsGreen) {
  auto const result = Report().judged();
  EXPECT_TRUE(result.success()) << result.stdout_bytes << result.stderr_bytes;
  EXPECT_NE(result.stdout_bytes.find("0 failed"), std::string::npos) << result.stdout_bytes;
  EXPECT_NE(result.stdout_bytes.find("; 0 not as the map says"), std::string::npos) << result.stdout_bytes;
}

TEST(UpstreamVerdict, EveryOtherEndIsRedAndNamed) {
  Report const report;
  auto const passed = report.first("passed"), skipped = report.first("skipped");
  for (std::string const status : {"failed", "panicked", "timedout", "skipped", "pending"})
    EXPECT_NE(red(report.with(passed, status).judged()).find("must be passed, is " + status + ": " + passed),
              std::string::npos);
  std::string capability_spec;
  for (auto const& cells : read_table("upstream_map.tsv", 3)) {
    if (cells[1] == "skipped") capability_spec = cells[0];
  }
  for (std::string const status : {"passed", "failed"})
    EXPECT_NE(red(report.with(capability_spec, status).judged()).find("must be skipped, is " + status),
              std::string::npos);
  EXPECT_NE(red(report.with("CreateVolume should fly", "passed").judged()).find("no row in the map, passed"),
            std::string::npos);
  EXPECT_NE(red(report.without(passed).judged()).find("no such spec: " + passed), std::string::npos);
  EXPECT_NE(red(report.without(skipped).judged()).find("no such spec: " + skipped), std::string::npos);
  EXPECT_NE(red(report.with(report.first("pending"), "failed").judged()).find("not ours, but failed"),
            std::string::npos);
  EXPECT_NE(red(report.all("skipped").judged("partial")).find("0 specs passed"), std::string::npos);
}

TEST(UpstreamVerdict, AChosenFewNeedNotBeAll) {
  Report const report;
  auto const passed = report.first("passed");
  EXPECT_EQ(red(report.with(passed, "skipped").judged("partial")), "");
  EXPECT_NE(red(report.with(passed, "failed").judged("partial")), "");
}

TEST(Upstream, ItsAbsenceIsSaidAndRedWhereItIsRequired) {
  auto const optional = run({"bash", "upstream.sh"});
  EXPECT_EQ(optional.exit_code, 0);
  EXPECT_NE(optional.stdout_bytes.find("csi-sanity is not on PATH"), std::string::npos);
  auto const required = run({"bash", "upstream.sh", "--require"});
  EXPECT_EQ(required.exit_code, 1);
  EXPECT_NE(required.stdout_bytes.find("csi-sanity is not on PATH"), std::string::npos);
}

}  // namespace
}  // namespace sanity
