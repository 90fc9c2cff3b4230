// Every reason with every effect, and the codes sidecars may treat as final.
#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include "base/reasons.h"
#include "csi/driver.h"
#include "gtest/gtest.h"

namespace rdscsi::csi {
namespace {

using base::Effect;
using base::Reason;

// The closed list, found by its slugs, so that a new reason is tested without touching this file.
std::vector<Reason> all_reasons() {
  std::vector<Reason> reasons;
  for (int i = 0; base::slug(static_cast<Reason>(i)) != "not-a-reason"; ++i)
    reasons.push_back(static_cast<Reason>(i));
  return reasons;
}

std::string code(Reason reason, Effect effect = Effect::none) {
  return std::string(grpc_code_name(grpc_code(base::fail(reason, effect, "x"))));
}

// external-provisioner and external-attacher: "may still be in progress" (code rule of
// knowledge/incidents.md).
std::set<std::string> const kNotFinal = {"CANCELLED", "DEADLINE_EXCEEDED", "UNAVAILABLE",
                                         "RESOURCE_EXHAUSTED", "ABORTED"};

TEST(ReasonTable, AnUnknownOrPartialOutcomeNeverGetsAFinalCode) {
  int checked = 0;
  for (Reason const reason : all_reasons()) {
    for (Effect const effect : {Effect::unknown, Effect::partial}) {
      EXPECT_TRUE(kNotFinal.contains(code(reason, effect)))
          << base::slug(reason) << " " << code(reason, effect);
      EXPECT_NE(code(reason, effect), "CANCELLED") << "says nothing about what was done";
      ++checked;
    }
  }
  std::printf("reasons with an effect checked: %d\n", checked);
  EXPECT_GE(checked, 2 * 24);
}

TEST(ReasonTable, EveryReasonWithoutEffectHasACodeAndNoneIsOk) {
  for (Reason const reason : all_reasons()) {
    EXPECT_NE(code(reason), "OK") << base::slug(reason);
    EXPECT_NE(code(reason), "UNKNOWN") << base::slug(reason);
    EXPECT_NE(code(reason), "NOT_A_CODE") << base::slug(reason);
  }
  EXPECT_EQ(grpc_code(base::Status()), 0);
}

TEST(ReasonTable, W18AFullPoolIsResourceExhausted) {
  EXPECT_EQ(code(Reason::pool_full), "RESOURCE_EXHAUSTED");
  EXPECT_EQ(code(Reason::pool_full, Effect::partial), "RESOURCE_EXHAUSTED");
}

TEST(ReasonTable, W19AnErrorOfTheConsoleIsNeverASuccess) {
  for (Effect const effect : {Effect::none, Effect::partial, Effect::unknown}) {
    EXPECT_EQ(code(Reason::rds_command_failed, effect), "UNAVAILABLE");
    EXPECT_EQ(code(Reason::rds_reply_damaged, effect), "UNAVAILABLE");
  }
}

TEST(ReasonTable, W20ADeviceThatIsAwayIsUnavailable) {
  for (Reason const reason : {Reason::rds_unreachable, Reason::rds_host_key, Reason::rds_auth,
                              Reason::rds_turned_away, Reason::rds_session_lost, Reason::rds_timeout}) {
    for (Effect const effect : {Effect::none, Effect::partial, Effect::unknown}) {
      EXPECT_EQ(code(reason, effect), "UNAVAILABLE") << base::slug(reason);
    }
  }
}

TEST(ReasonTable, W21AndW22OnlyProvenAbsenceIsNotFound) {
  EXPECT_EQ(code(Reason::not_found), "NOT_FOUND");
  EXPECT_EQ(code(Reason::not_found, Effect::unknown), "UNAVAILABLE");
  EXPECT_EQ(code(Reason::pool_not_visible), "UNAVAILABLE");
  for (Reason const reason : all_reasons()) {
    EXPECT_EQ(code(reason) == "NOT_FOUND", reason == Reason::not_found) << base::slug(reason);
  }
}

TEST(ReasonTable, TheRestAsCsiNamesIt) {
  EXPECT_EQ(code(Reason::internal), "INTERNAL");
  EXPECT_EQ(code(Reason::invalid_argument), "INVALID_ARGUMENT");
  EXPECT_EQ(code(Reason::out_of_range), "OUT_OF_RANGE");
  EXPECT_EQ(code(Reason::already_exists), "ALREADY_EXISTS");
  EXPECT_EQ(code(Reason::not_ours), "FAILED_PRECONDITION");
  EXPECT_EQ(code(Reason::rds_unsupported), "FAILED_PRECONDITION");
  EXPECT_EQ(code(Reason::in_progress), "ABORTED");
  EXPECT_EQ(code(Reason::stale_token), "ABORTED");
  EXPECT_EQ(code(Reason::deadline, Effect::unknown), "DEADLINE_EXCEEDED");
  EXPECT_EQ(code(Reason::cancelled), "CANCELLED");
  EXPECT_EQ(code(Reason::overloaded), "UNAVAILABLE");
  EXPECT_EQ(code(Reason::shutting_down), "UNAVAILABLE");
  EXPECT_EQ(code(Reason::unsupported), "UNIMPLEMENTED");
}

TEST(ReasonTable, AStatusOfSomebodyElseIsAnUnknownOutcome) {
  EXPECT_EQ(grpc_code_name(grpc_code(absl::NotFoundError("not made by fail()"))), "UNAVAILABLE");
}

}  // namespace
}  // namespace rdscsi::csi
