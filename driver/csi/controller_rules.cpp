// See controller_rules.h.
#include "csi/controller_rules.h"

#include <algorithm>

#include "base/reasons.h"
#include "csi/text.h"
#include "rds/formats.h"

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

bool names_another_rds(std::string_view volume_id) {
  auto const dot = volume_id.find('.');
  return dot != std::string_view::npos && dot > 0 && rds::is_volume_id(volume_id.substr(dot + 1));
}

Status another_rds(std::string_view volume_id) {
  return base::fail(
      Reason::not_ours, Effect::none,
      "volume_id " + in_quotes(volume_id) + ": names an RDS this process is not configured for");
}

Status no_id_of_ours(std::string_view volume_id) {
  return base::fail(Reason::not_found, Effect::none,
                    "volume_id " + in_quotes(volume_id) + " is not an id this driver hands out");
}

Status check_known_id(std::string_view volume_id) {
  if (names_another_rds(volume_id)) return another_rds(volume_id);
  if (!rds::is_volume_id(volume_id)) return no_id_of_ours(volume_id);
  return Status();
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
