// See device_call.h.
#include "rds/device_call.h"

#include <algorithm>

#include "base/reasons.h"
#include "rds/formats.h"
#include "rds/routeros_errors.h"

namespace rdscsi::rds {

using base::Effect;
using base::fail;
using base::Reason;
using base::Status;
using base::StatusOr;

namespace {

constexpr int kExecsMax = 2;  // rule 10

}  // namespace

Status harmless(Status const& status) {
  auto const failure = base::failure_of(status);
  return fail(failure.reason, Effect::none, std::string(status.message()), failure.retry_after);
}

Status check_territory(Territory const& territory) {
  if (is_clean_path(territory.base_path)) return absl::OkStatus();
  return fail(
      Reason::invalid_argument, Effect::none,
      "base path \"" + territory.base_path + "\" is not an absolute path without empty, . or .. parts");
}

bool DeviceCall::exhausted() const {
  return execs_ == kExecsMax;
}

StatusOr<DeviceState> DeviceCall::run(Build const& build) {
  while (true) {
    StatusOr<DeviceState> state = run_once(build);
    if (!state.ok() && base::failure_of(state.status()).reason == Reason::rds_unsupported)
      return with_version(state.status());
    if (state.ok() || !unframed_ || exhausted()) return state;
  }
}

StatusOr<DeviceState> DeviceCall::run_once(Build const& build) {
  std::string const nonce = nonces_.draw();
  StatusOr<std::string> line = build(nonce);
  if (!line.ok()) return line.status();
  line_ = *std::move(line);
  unframed_ = false;
  ++execs_;
  auto const reply = executor_.exec(ctx_, line_);
  if (!reply.ok()) return effect_ == Effect::none ? harmless(reply.status()) : reply.status();
  ReplyReading const reading = read_reply(reply->output, nonce);
  if (!reading.reply) return unreadable(reading);
  return read_state(*reading.reply, territory_.pool_mount_point(), effect_);
}

// What the device lacks is known; which RouterOS it runs is asked for people's sake, if the budget allows.
Status DeviceCall::with_version(Status const& missing) {
  if (exhausted()) return missing;
  ++execs_;
  std::string const nonce = nonces_.draw();
  auto const reply = executor_.exec(ctx_, ":put \"" + nonce + " $[/system resource get version]\"");
  if (!reply.ok() || !reply->output.starts_with(nonce + " ")) return missing;
  std::string const version =
      reply->output.substr(nonce.size() + 1, reply->output.find_first_of("\r\n") - nonce.size() - 1);
  bool const plain =
      !version.empty() && version.size() <= 64 &&
      std::all_of(version.begin(), version.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  return plain ? base::annotate(missing, "RouterOS " + version) : missing;
}

Status DeviceCall::unreadable(ReplyReading const& reading) {
  auto const error = recognise_error(reading.error_line);
  if (error) {
    // A parse error means that nothing of the line ran; but only if nothing of the frame was printed before
    // it.
    bool const whole = !reading.begun && error->kind == RouterOsErrorKind::parse;
    unframed_ = !whole && effect_ != Effect::none && error->kind != RouterOsErrorKind::permission;
    return base::with_effect(to_status(*error, line_, effect_), whole ? Effect::none : effect_);
  }
  unframed_ = true;
  return fail(Reason::rds_reply_damaged, effect_,
              "the device's reply does not account for every byte: " + reading.damage);
}

}  // namespace rdscsi::rds
