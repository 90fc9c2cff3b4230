// Failures carry why, what may have happened and when to try again, and keep all three on their way up.
#include "base/status.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/reasons.h"

namespace rdscsi::base {
namespace {

std::string text_of(Status const& status) {
  return std::string(status.message());
}

TEST(Status, AFailureGivesBackReasonEffectAndRetryHint) {
  Status const full =
      fail(Reason::pool_full, Effect::none, "10 GiB wanted, 3 GiB free", std::chrono::seconds(30));
  EXPECT_EQ(failure_of(full).reason, Reason::pool_full);
  EXPECT_EQ(failure_of(full).effect, Effect::none);
  EXPECT_EQ(failure_of(full).retry_after, Duration(std::chrono::seconds(30)));
  EXPECT_EQ(text_of(full), "10 GiB wanted, 3 GiB free");
}

TEST(Status, EveryReasonAndEffectSurvivesTheTrip) {
  int seen = 0;
  for (int number = 0; slug(static_cast<Reason>(number)) != "not-a-reason"; ++number, ++seen) {
    for (Effect const effect : {Effect::none, Effect::unknown, Effect::partial}) {
      Status const status = fail(static_cast<Reason>(number), effect, "x");
      EXPECT_FALSE(status.ok()) << number;
      EXPECT_EQ(failure_of(status).reason, static_cast<Reason>(number));
      EXPECT_EQ(failure_of(status).effect, effect);
      EXPECT_EQ(failure_of(status).retry_after, std::nullopt);
    }
  }
  EXPECT_GE(seen, 24);
}

TEST(Status, AbslsOwnPrintingNamesReasonAndEffect) {
  std::string const printed =
      fail(Reason::rds_timeout, Effect::unknown, "no answer to /disk add in 10s").ToString();
  EXPECT_NE(printed.find("rds-timeout"), std::string::npos) << printed;
  EXPECT_NE(printed.find("effect=unknown"), std::string::npos) << printed;
  EXPECT_NE(printed.find("no answer to /disk add in 10s"), std::string::npos) << printed;
}

TEST(Status, AStatusOfAnotherLibraryIsABugWhoseEffectNobodyKnows) {
  Failure const failure = failure_of(absl::NotFoundError("from grpc"));
  EXPECT_EQ(failure.reason, Reason::internal);
  EXPECT_EQ(failure.effect, Effect::unknown);
}

TEST(Status, TheWorseEffectWinsAndNothingElseChanges) {
  Status const none = fail(Reason::rds_session_lost, Effect::none, "lost", std::chrono::seconds(1));
  Status const partial = with_effect(none, Effect::partial);
  EXPECT_EQ(failure_of(partial).effect, Effect::partial);
  EXPECT_EQ(failure_of(with_effect(partial, Effect::none)).effect, Effect::partial);
  EXPECT_EQ(failure_of(with_effect(partial, Effect::unknown)).effect, Effect::unknown);
  EXPECT_EQ(failure_of(with_effect(with_effect(none, Effect::unknown), Effect::partial)).effect,
            Effect::unknown);
  EXPECT_EQ(failure_of(partial).reason, Reason::rds_session_lost);
  EXPECT_EQ(failure_of(partial).retry_after, Duration(std::chrono::seconds(1)));
  EXPECT_EQ(text_of(partial), "lost");
  EXPECT_EQ(failure_of(none).effect, Effect::none) << "the original is a value of its own";
}

TEST(Status, AnAnnotationGoesInFrontAndKeepsTheFailure) {
  Status const inner =
      fail(Reason::not_ours, Effect::partial, "disk1 carries no mark", std::chrono::seconds(2));
  Status const outer = annotate(inner, "delete pvc-1");
  EXPECT_EQ(text_of(outer), "delete pvc-1: disk1 carries no mark");
  EXPECT_EQ(outer.code(), inner.code());
  EXPECT_EQ(failure_of(outer).reason, Reason::not_ours);
  EXPECT_EQ(failure_of(outer).effect, Effect::partial);
  EXPECT_EQ(failure_of(outer).retry_after, Duration(std::chrono::seconds(2)));
}

TEST(Status, AnOwnCopyIsEqualInAllThatCounts) {
  Status const original = fail(Reason::pool_full, Effect::partial, "full", std::chrono::seconds(3));
  Status const copy = own_copy(original);
  EXPECT_EQ(copy, original);
  EXPECT_NE(copy.message().data(), original.message().data());
  EXPECT_EQ(failure_of(copy).retry_after, Duration(std::chrono::seconds(3)));
  EXPECT_EQ(own_copy(absl::NotFoundError("x")).code(), absl::StatusCode::kNotFound);
}

TEST(Status, SuccessStaysSuccess) {
  EXPECT_TRUE(own_copy(absl::OkStatus()).ok());
  EXPECT_TRUE(with_effect(absl::OkStatus(), Effect::unknown).ok());
  EXPECT_TRUE(annotate(absl::OkStatus(), "anything").ok());
}

TEST(Reasons, SlugsAreDistinctLowerCaseWords) {
  std::set<std::string> slugs;
  for (int number = 0; slug(static_cast<Reason>(number)) != "not-a-reason"; ++number) {
    std::string const word(slug(static_cast<Reason>(number)));
    EXPECT_EQ(word.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string::npos) << word;
    EXPECT_TRUE(slugs.insert(word).second) << word << " is used twice";
  }
  EXPECT_GE(slugs.size(), 24U);
}

}  // namespace
}  // namespace rdscsi::base
