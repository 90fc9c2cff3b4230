// Slugs of the reasons: the words that logs, events and metric labels carry. They are an interface: none is
// ever renamed.
#include "base/reasons.h"

namespace rdscsi::base {

std::string_view slug(Reason reason) {
  switch (reason) {  // no default: a reason without a slug must not compile
    case Reason::internal:
      return "internal";
    case Reason::invalid_argument:
      return "invalid-argument";
    case Reason::out_of_range:
      return "out-of-range";
    case Reason::not_found:
      return "not-found";
    case Reason::already_exists:
      return "already-exists";
    case Reason::volume_in_use:
      return "volume-in-use";
    case Reason::not_ours:
      return "not-ours";
    case Reason::in_progress:
      return "in-progress";
    case Reason::cancelled:
      return "cancelled";
    case Reason::deadline:
      return "deadline";
    case Reason::overloaded:
      return "overloaded";
    case Reason::shutting_down:
      return "shutting-down";
    case Reason::rds_unreachable:
      return "rds-unreachable";
    case Reason::rds_host_key:
      return "rds-host-key";
    case Reason::rds_auth:
      return "rds-auth";
    case Reason::rds_turned_away:
      return "rds-turned-away";
    case Reason::rds_session_lost:
      return "rds-session-lost";
    case Reason::rds_timeout:
      return "rds-timeout";
    case Reason::rds_reply_damaged:
      return "rds-reply-damaged";
    case Reason::rds_command_failed:
      return "rds-command-failed";
    case Reason::rds_permission:
      return "rds-permission";
    case Reason::rds_unsupported:
      return "rds-unsupported";
    case Reason::pool_not_visible:
      return "pool-not-visible";
    case Reason::pool_full:
      return "pool-full";
    case Reason::unsupported:
      return "unsupported";
    case Reason::nodes_unknown:
      return "nodes-unknown";
    case Reason::stale_token:
      return "stale-token";
  }
  return "not-a-reason";  // only for a number cast from outside the list; tests count the list with it
}

}  // namespace rdscsi::base
