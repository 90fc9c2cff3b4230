// The one table: which CSI (gRPC canonical) code a failure means. Declared in csi/driver.h; used by the gRPC
// edge and by the scenario engine's oracle of answers.
//
// Rule 5 and the code rule of knowledge/incidents.md: sidecars treat CANCELLED, DEADLINE_EXCEEDED,
// UNAVAILABLE, RESOURCE_EXHAUSTED and ABORTED as "may still be in progress" and everything else as final. So
// a final code is only for failures whose effect is `none`.
#include "base/reasons.h"
#include "csi/driver.h"

namespace rdscsi::csi {
namespace {

// gRPC's numbers; its header stays out of here.
enum Code : int {
  kOk = 0,
  kCancelled = 1,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
};

// For a failure that certainly did nothing.
Code code_without_effect(base::Reason reason) {
  using base::Reason;
  switch (reason) {  // no default: a reason without a row must not compile
    case Reason::internal:
      return kInternal;
    case Reason::invalid_argument:
      return kInvalidArgument;
    case Reason::out_of_range:
      return kOutOfRange;
    case Reason::not_found:
      return kNotFound;
    case Reason::already_exists:
      return kAlreadyExists;
    case Reason::volume_in_use:
    case Reason::not_ours:
    case Reason::rds_unsupported:
      return kFailedPrecondition;
    case Reason::in_progress:
    case Reason::stale_token:
      return kAborted;
    case Reason::cancelled:
      return kCancelled;
    case Reason::deadline:
      return kDeadlineExceeded;
    // A full queue of ours is no lack of storage: RESOURCE_EXHAUSTED would make the scheduler look for
    // another node for the volume.
    case Reason::overloaded:
    case Reason::shutting_down:
    // The device is away, refuses us or answers what nobody understands: it may do so no longer at the retry.
    case Reason::rds_unreachable:
    case Reason::rds_host_key:
    case Reason::rds_auth:
    case Reason::rds_turned_away:
    case Reason::rds_session_lost:
    case Reason::rds_timeout:
    case Reason::rds_reply_damaged:
    case Reason::rds_command_failed:
    case Reason::rds_permission:
    case Reason::nodes_unknown:
    case Reason::pool_not_visible:
      return kUnavailable;
    case Reason::pool_full:
      return kResourceExhausted;
    case Reason::unsupported:
      return kUnimplemented;
  }
  return kUnavailable;  // a number from outside the list
}

bool is_final(Code code) {
  switch (code) {
    case kDeadlineExceeded:
    case kUnavailable:
    case kResourceExhausted:
    case kAborted:
      return false;
    case kOk:
    case kCancelled:  // says nothing about what was done: not for an unknown outcome
    case kInvalidArgument:
    case kNotFound:
    case kAlreadyExists:
    case kFailedPrecondition:
    case kOutOfRange:
    case kUnimplemented:
    case kInternal:
      return true;
  }
  return true;
}

}  // namespace

int grpc_code(base::Status const& status) {
  if (status.ok()) return kOk;
  base::Failure const failure = base::failure_of(status);
  Code const code = code_without_effect(failure.reason);
  if (failure.effect != base::Effect::none && is_final(code)) return kUnavailable;
  return code;
}

std::string_view grpc_code_name(int code) {
  constexpr std::string_view kNames[] = {
      "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
      "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
      "DATA_LOSS", "UNAUTHENTICATED"};
  if (code < 0 || code >= static_cast<int>(std::size(kNames))) return "NOT_A_CODE";
  return kNames[code];
}

}  // namespace rdscsi::csi
