// Failures: absl::Status carrying why (a reason slug), what may have happened (the effect) and when to try
// again. Every room returns these; driver/csi alone maps a reason to a CSI code, an event and a counter.
// Source: DESIGN "Context, effects, operations"; the code rule of knowledge/incidents.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/time.h"

namespace rdscsi::base {

using absl::Status;
using absl::StatusOr;

// What the failed call may have done to the world.
enum class Effect {
  none,     // certainly nothing: may be retried blindly
  unknown,  // sent, no trustworthy answer: must be read before anything is repeated
  partial,  // certainly something, not everything
};

std::string_view to_string(Effect effect);

// Why, as a stable slug ("pool-full", "rds-unreachable"). The closed list lives in base/reasons.h.
enum class Reason;

struct Failure {
  Reason reason;
  Effect effect = Effect::none;
  std::optional<Duration> retry_after = std::nullopt;  // a hint; absent = no opinion
};

// Makes a failed Status. `message` is for people: it names the value, where it came from and what would be
// right.
Status fail(Reason reason, Effect effect, std::string_view message,
            std::optional<Duration> retry_after = std::nullopt);

// The failure carried by a status; a Status not made by fail() reads as {internal, unknown}.
// Must not be called with an OK status.
Failure failure_of(Status const& status);

// Same failure with the worse of the two effects (none < partial < unknown), e.g. after a second step failed.
Status with_effect(Status const& status, Effect at_least);

// Same failure with `prefix: ` in front of the message.
Status annotate(Status const& status, std::string_view prefix);

// The same status in memory of its own, for handing one failure to several threads. Copies of an absl::Status
// share one representation whose reference count lives in abseil's library; that is safe, but TSan does not
// see it and would report the last owner's delete as a race. Payloads of others are dropped.
Status own_copy(Status const& status);

}  // namespace rdscsi::base
