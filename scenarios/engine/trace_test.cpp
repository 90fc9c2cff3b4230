// The digest: the same for the same trace, another after any change, blind to what is no part of a run.
#include <gtest/gtest.h>

#include <functional>

#include "scenarios/engine/double_run.h"
#include "scenarios/engine/report_fixture.h"

namespace scenario {
namespace {

TEST(Digest, IsTheSameForTheSameTraceAndForEver) {
  EXPECT_EQ(sample_trace().digest(), sample_trace().digest());
  EXPECT_EQ(sample_trace().digest().size(), 16u);
  EXPECT_EQ(Trace{}.digest(), "e4db366c33c65d81") << "digests of old runs must stay comparable";
}

TEST(Digest, ChangesWithEverythingThatHappened) {
  std::vector<std::function<void(Trace&)>> const changes = {
      [](Trace& t) { t.events[1].start += rdscsi::base::Duration(1); },
      [](Trace& t) { t.events[1].end += rdscsi::base::Duration(1); },
      [](Trace& t) { t.events[1].lane = Lane::mount; },
      [](Trace& t) { t.events[1].name += "x"; },
      [](Trace& t) { t.events[1].result = ""; },
      [](Trace& t) { t.events[1].outcome = Event::Outcome::ok; },
      [](Trace& t) { t.events[1].fields["name"] = "pvc-2"; },
      [](Trace& t) { t.events[1].fields["more"] = ""; },
      [](Trace& t) { std::swap(t.events[1], t.events[2]); },
      [](Trace& t) { t.events.pop_back(); },
      [](Trace& t) { t.faults[0].fired = 2; },
      [](Trace& t) { t.faults[0].end += rdscsi::base::Duration(1); },
      [](Trace& t) { t.faults.pop_back(); },
      [](Trace& t) { t.counts["execs"] = 15; },
      [](Trace& t) { t.counts["more"] = 0; },
      [](Trace& t) { t.virtual_time += rdscsi::base::Duration(1); }};
  std::string const before = sample_trace().digest();
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Trace changed = sample_trace();
    changes[i](changed);
    EXPECT_NE(changed.digest(), before) << "change " << i;
  }
}

TEST(Digest, DoesNotSeeWhatVariesBetweenMachines) {
  Trace other = sample_trace();
  other.switches = 1;
  other.real_sleeps = 3;
  EXPECT_EQ(other.digest(), sample_trace().digest());
}

// Values that contain separators must not be able to pretend to be other values.
TEST(Digest, KeepsValuesApart) {
  Trace a = sample_trace();
  Trace b = sample_trace();
  a.events[0].fields = {{"x", "1\ty\t2"}};
  b.events[0].fields = {{"x", "1"}, {"y", "2"}};
  EXPECT_NE(a.digest(), b.digest());
  a.events[0].fields = {{"x", "1\\n"}};
  b.events[0].fields = {{"x", "1\n"}};
  EXPECT_NE(a.digest(), b.digest());
}

TEST(FirstDifference, NamesTheLineWhereTwoRunsPart) {
  Trace other = sample_trace();
  EXPECT_EQ(first_difference(sample_trace(), other), "");
  other.events[2].result = "OK";
  std::string const difference = first_difference(sample_trace(), other);
  EXPECT_NE(difference.find("line 3: `event\t1100000000"), std::string::npos) << difference;
  other.events.resize(1);
  EXPECT_NE(first_difference(sample_trace(), other), "");
}

}  // namespace
}  // namespace scenario
