// See snapshot_support.h.
#include "rds/snapshot_support.h"

#include <string_view>

#include "base/backoff.h"
#include "base/log.h"
#include "base/reasons.h"
#include "rds/device_call.h"
#include "rds/formats.h"
#include "rds/routeros_errors.h"
#include "rds/snapshot_scripts.h"

namespace rdscsi::rds {

using base::Effect;
using base::fail;
using base::Reason;
using base::Status;
using base::StatusOr;

namespace {

constexpr base::Duration kTestTimeout = std::chrono::seconds(30);
constexpr base::Duration kSessionPoll = std::chrono::milliseconds(500);

bool has_session(Status const& failure) {
  switch (base::failure_of(failure).reason) {
    case Reason::rds_unreachable:
    case Reason::rds_host_key:
    case Reason::rds_auth:
    case Reason::rds_turned_away:
      return false;
    default:
      return true;
  }
}

constexpr char const* kNotRun = "whether the RDS makes snapshots is not known yet";

// Why a wait for the self-test ended without one.
Status stopped(base::Context const& ctx) {
  Status const ended = ctx.check();
  if (!ended.ok()) return ended;
  return fail(Reason::shutting_down, Effect::none, "the driver stops");
}

}  // namespace

SnapshotSupport::SnapshotSupport(Executor& executor, Territory territory, bool wanted)
    : executor_(executor),
      territory_(std::move(territory)),
      scratch_(scratch_name_start(territory_) + nonces_.draw()) {
  if (!wanted) verdict_ = SnapshotVerdict{"", "snapshots are off (--snapshots=off)"};
}

SnapshotSupport::~SnapshotSupport() {
  stop();
}

void SnapshotSupport::start() {
  if (verdict()) return;
  {
    base::Guard guard(mutex_);
    in_background_ = true;
  }
  background_ = base::Thread("rds-self-test", [this] { settle_in_background(); });
}

void SnapshotSupport::stop() {
  stopping_.cancel(Reason::shutting_down, "the driver stops");
  if (background_.joinable()) background_.join();
}

void SnapshotSupport::settle_in_background() {
  base::Context const ctx = base::Context::background().with_cancel(stopping_);
  base::Backoff backoff;
  auto random = base::root_stream("rds.self-test");
  base::Lock lock(mutex_);
  while (ctx.check().ok() && !verdict_) {
    ++tests_begun_;
    wanted_now_ = false;
    lock.unlock();
    auto const tested = test(ctx.with_timeout(kTestTimeout));
    lock.lock();
    ++tests_ended_;
    if (tested.ok()) {
      verdict_ = *tested;
    } else {
      last_failure_ = tested.status();
    }
    changed_.notify_all();
    if (verdict_) break;
    // Without a session the test has not left this process: it may be tried again and again.
    base::Duration const pause = has_session(last_failure_) ? backoff.next(random) : kSessionPoll;
    changed_.wait(ctx.with_timeout(pause), lock, [this] { return wanted_now_; });
  }
  in_background_ = false;
  changed_.notify_all();
  if (!verdict_) return;
  SnapshotVerdict const settled = *verdict_;
  lock.unlock();
  base::log(base::LogLevel::info, ctx,
            settled.available() ? "the RDS makes snapshots that hold data: they are served"
                                : "no snapshots on this RDS: " + settled.why);
}

std::optional<SnapshotVerdict> SnapshotSupport::verdict() const {
  base::Guard guard(mutex_);
  return verdict_;
}

StatusOr<SnapshotVerdict> SnapshotSupport::settle(base::Context const& ctx) {
  base::Lock lock(mutex_);
  if (verdict_) return *verdict_;
  if (!in_background_) {
    lock.unlock();
    auto tested = test(ctx);
    if (!tested.ok()) return base::annotate(tested.status(), kNotRun);
    lock.lock();
    verdict_ = *tested;
    return *tested;
  }
  std::uint64_t const enough = tests_begun_ + 1;
  wanted_now_ = true;
  changed_.notify_all();
  bool const decided =
      changed_.wait(ctx, lock, [&] { return verdict_ || tests_ended_ >= enough || !in_background_; });
  if (verdict_) return *verdict_;
  return base::annotate(decided && tests_ended_ >= enough ? last_failure_ : harmless(stopped(ctx)), kNotRun);
}

StatusOr<Territory> SnapshotSupport::layout(base::Context const& ctx) {
  if (Status status = check_territory(territory_); !status.ok()) return status;
  auto const settled = settle(ctx);
  if (!settled.ok()) return settled.status();
  Territory territory = territory_;
  territory.subvolumes_of = settled->filesystem;
  return territory;
}

Status SnapshotSupport::remove_scratch(base::Context const& ctx, std::string_view scratch) {
  auto const territory = layout(ctx);
  if (!territory.ok()) return territory.status();
  if (scratch_of(scratch, *territory) != scratch) {
    return fail(Reason::not_ours, Effect::none,
                "\"" + std::string(scratch) + "\" is no scratch subvolume of this cluster");
  }
  DeviceCall call(executor_, nonces_, *territory, ctx, Effect::unknown);
  auto const state =
      call.run([&](std::string_view nonce) { return remove_scratch_script(nonce, *territory, scratch); });
  if (!state.ok()) return state.status();
  if (!state->pool) return pool_not_visible(*territory);
  if (state->subvolumes.empty()) return absl::OkStatus();
  return fail(Reason::rds_command_failed, Effect::partial,
              "the scratch subvolume " + state->subvolumes.front() + " is still there");
}

StatusOr<SnapshotVerdict> SnapshotSupport::test(base::Context const& ctx) {
  if (Status status = check_territory(territory_); !status.ok()) return status;
  DeviceCall call(executor_, nonces_, territory_, ctx, Effect::none);
  std::string known;
  auto const state = call.run([&](std::string_view nonce) {
    known = nonce;
    return self_test_script(nonce, territory_, scratch_);
  });
  if (!state.ok()) {
    auto const failure = base::failure_of(state.status());
    // The console refused the line: the menu is missing, or the line is too long for it.
    if (failure.reason == Reason::rds_unsupported)
      return SnapshotVerdict{"", std::string(state.status().message())};
    return state.status();
  }
  if (!state->pool) {
    return fail(Reason::pool_not_visible, Effect::none,
                "no disk is mounted at \"" + territory_.pool_mount_point() + "\"");
  }
  std::string const& outcome = state->outcome;
  if (outcome == kNotBtrfs) return SnapshotVerdict{"", "the pool is no btrfs"};
  std::string const right = std::string(kTested) + known + " " + known + " overwritten ";
  if (outcome.starts_with(right)) return SnapshotVerdict{outcome.substr(right.size()), ""};
  if (outcome.starts_with(kTested)) {
    return SnapshotVerdict{"", "a snapshot does not hold what its volume held: \"" +
                                   outcome.substr(kTested.size()) + "\" was read"};
  }
  return after_error(ctx, outcome, call.line());
}

StatusOr<SnapshotVerdict> SnapshotSupport::after_error(base::Context const& ctx, std::string const& text,
                                                       std::string_view line) {
  DeviceCall call(executor_, nonces_, territory_, ctx, Effect::none);
  auto const state = call.run([&](std::string_view nonce) { return evidence_script(nonce, territory_); });
  if (!state.ok()) return state.status();
  if (state->outcome.starts_with(kSeen)) return SnapshotVerdict{state->outcome.substr(kSeen.size()), ""};
  Status const failure = to_status(caught_error(text), line, Effect::none);
  // Room may come; the menus are not in doubt.
  if (base::failure_of(failure).reason == Reason::pool_full) return failure;
  return SnapshotVerdict{"", "the self-test failed: " + text};
}

}  // namespace rdscsi::rds
