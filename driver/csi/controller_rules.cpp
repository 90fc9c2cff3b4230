// See controller_rules.h.
#include "csi/controller_rules.h"

#include <algorithm>

#include "base/reasons.h"
#include "csi/text.h"

namespace rdscsi::csi {

using base::Effect;
using base::Reason;
using base::Status;

Status invalid(std::string const& message) {
  return base::fail(Reason::invalid_argument, Effect::none, message);
}

base::Context with_reply_margin(base::Context const& ctx) {
  if (!ctx.has_deadline()) return ctx;
  base::Duration const margin =
      std::min<base::Duration>(std::chrono::milliseconds(500), ctx.remaining() / 10);
  return ctx.with_deadline(ctx.deadline() - margin);
}

Status blame_own_deadline(base::Context const& ctx, Status const& status) {
  if (status.ok() || base::failure_of(status).reason != Reason::rds_timeout) return status;
  Status const ended = ctx.check();
  if (ended.ok()) return status;
  std::string const message(status.message().data(), status.message().size());
  return base::fail(base::failure_of(ended).reason, Effect::none, message);
}

bool never_was_ours(Status const& place) {
  return !place.ok() && base::failure_of(place).reason == Reason::not_found;
}

Status check_max_entries(std::int32_t max_entries) {
  if (max_entries >= 0) return Status();
  return invalid("max_entries: " + std::to_string(max_entries) +
                 ": expected 0 (all) or the largest number of entries wanted");
}

base::StatusOr<std::string> first_after(std::string const& starting_token) {
  if (starting_token.empty()) return std::string();
  if (auto id = read_list_token(starting_token)) return *std::move(id);
  return base::fail(Reason::stale_token, Effect::none,
                    "starting_token " + in_quotes(starting_token) +
                        " was not handed out by this driver; start again without a token");
}

}  // namespace rdscsi::csi
