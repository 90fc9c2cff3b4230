// Failures as absl::Status: reason, effect and retry hint travel in one payload, in text, so that absl's own
// printing shows them. Used by every room.
#include "base/status.h"

#include <charconv>
#include <cstdint>

#include "absl/strings/cord.h"
#include "base/reasons.h"

namespace rdscsi::base {
namespace {

constexpr std::string_view kPayloadUrl = "rds-csi/failure";

// Only for people who print a status with absl: CSI codes come from driver/csi's own table.
absl::StatusCode canonical_code(Reason reason) {
  switch (reason) {  // no default: a reason without a code must not compile
    case Reason::internal:
      return absl::StatusCode::kInternal;
    case Reason::invalid_argument:
      return absl::StatusCode::kInvalidArgument;
    case Reason::out_of_range:
      return absl::StatusCode::kOutOfRange;
    case Reason::not_found:
      return absl::StatusCode::kNotFound;
    case Reason::already_exists:
      return absl::StatusCode::kAlreadyExists;
    case Reason::volume_in_use:
    case Reason::not_ours:
      return absl::StatusCode::kFailedPrecondition;
    case Reason::in_progress:
      return absl::StatusCode::kAborted;
    case Reason::cancelled:
      return absl::StatusCode::kCancelled;
    case Reason::deadline:
      return absl::StatusCode::kDeadlineExceeded;
    case Reason::overloaded:
      return absl::StatusCode::kUnavailable;
    case Reason::shutting_down:
      return absl::StatusCode::kUnavailable;
    case Reason::nodes_unknown:
      return absl::StatusCode::kUnavailable;
    case Reason::rds_unreachable:
      return absl::StatusCode::kUnavailable;
    case Reason::rds_host_key:
      return absl::StatusCode::kUnauthenticated;
    case Reason::rds_auth:
      return absl::StatusCode::kUnauthenticated;
    case Reason::rds_turned_away:
      return absl::StatusCode::kUnavailable;
    case Reason::rds_session_lost:
      return absl::StatusCode::kUnavailable;
    case Reason::rds_timeout:
      return absl::StatusCode::kUnavailable;
    case Reason::rds_reply_damaged:
      return absl::StatusCode::kDataLoss;
    case Reason::rds_command_failed:
      return absl::StatusCode::kUnknown;
    case Reason::rds_permission:
      return absl::StatusCode::kPermissionDenied;
    case Reason::rds_unsupported:
      return absl::StatusCode::kFailedPrecondition;
    case Reason::pool_not_visible:
      return absl::StatusCode::kUnavailable;
    case Reason::pool_full:
      return absl::StatusCode::kResourceExhausted;
    case Reason::unsupported:
      return absl::StatusCode::kUnimplemented;
    case Reason::stale_token:
      return absl::StatusCode::kAborted;
  }
  return absl::StatusCode::kInternal;
}

// none < partial < unknown: "certainly something" can be read and finished, "maybe" must be read first.
int severity(Effect effect) {
  switch (effect) {
    case Effect::none:
      return 0;
    case Effect::partial:
      return 1;
    case Effect::unknown:
      return 2;
  }
  return 2;
}

constexpr std::string_view kEffect = " effect=";
constexpr std::string_view kRetry = " retry-after-ns=";

// "<number> <slug> effect=<effect>[ retry-after-ns=<n>]". The number is what is read back: a status never
// leaves the process, so the enum's values need not be stable.
std::string encode(Failure const& failure) {
  std::string text = std::to_string(static_cast<int>(failure.reason));
  text.append(" ").append(slug(failure.reason)).append(kEffect).append(to_string(failure.effect));
  if (failure.retry_after) text.append(kRetry).append(std::to_string(failure.retry_after->count()));
  return text;
}

// The number at the start of `text`; nothing when there is none.
template <typename Number>
std::optional<Number> leading_number(std::string_view text) {
  Number value{};
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  return value;
}

std::optional<Failure> decode(std::string_view text) {
  auto const reason = leading_number<int>(text);
  auto const effect_at = text.find(kEffect);
  if (!reason || effect_at == std::string_view::npos) return std::nullopt;
  Failure failure{static_cast<Reason>(*reason), Effect::unknown, std::nullopt};
  std::string_view const effect_word = text.substr(effect_at + kEffect.size());
  for (Effect const effect : {Effect::none, Effect::partial}) {
    if (effect_word.starts_with(to_string(effect))) failure.effect = effect;
  }
  if (auto const retry_at = text.find(kRetry); retry_at != std::string_view::npos) {
    auto const ns = leading_number<std::int64_t>(text.substr(retry_at + kRetry.size()));
    if (ns) failure.retry_after = Duration(*ns);
  }
  return failure;
}

// Debian builds abseil with its own string_view, which does not convert from std's.
absl::string_view to_absl(std::string_view text) {
  return {text.data(), text.size()};
}

void set_failure(Status& status, Failure const& failure) {
  status.SetPayload(to_absl(kPayloadUrl), absl::Cord(encode(failure)));
}

}  // namespace

std::string_view to_string(Effect effect) {
  switch (effect) {
    case Effect::none:
      return "none";
    case Effect::unknown:
      return "unknown";
    case Effect::partial:
      return "partial";
  }
  return "unknown";
}

Status fail(Reason reason, Effect effect, std::string_view message, std::optional<Duration> retry_after) {
  Status status(canonical_code(reason), to_absl(message));
  set_failure(status, Failure{reason, effect, retry_after});
  return status;
}

Failure failure_of(Status const& status) {
  if (auto const payload = status.GetPayload(to_absl(kPayloadUrl))) {
    if (auto const failure = decode(std::string(*payload))) return *failure;
  }
  return Failure{Reason::internal, Effect::unknown, std::nullopt};
}

Status with_effect(Status const& status, Effect at_least) {
  if (status.ok()) return status;
  Failure failure = failure_of(status);
  if (severity(at_least) > severity(failure.effect)) failure.effect = at_least;
  Status worse = status;
  set_failure(worse, failure);
  return worse;
}

Status annotate(Status const& status, std::string_view prefix) {
  if (status.ok()) return status;
  std::string message(prefix);
  message.append(": ").append(status.message().data(), status.message().size());
  Status longer(status.code(), message);
  status.ForEachPayload(
      [&](absl::string_view url, absl::Cord const& payload) { longer.SetPayload(url, payload); });
  return longer;
}

Status own_copy(Status const& status) {
  if (status.ok()) return absl::OkStatus();
  Failure const failure = failure_of(status);
  Status copy(status.code(), absl::string_view(status.message()));
  set_failure(copy, failure);
  return copy;
}

}  // namespace rdscsi::base
