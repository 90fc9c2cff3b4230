// SnapshotSupport: whether this device makes snapshots that hold data. Nobody's documentation is believed
// (W-12: the Go driver's snapshots were probably empty): a self-test makes a scratch subvolume with known
// bytes, snapshots it, overwrites the bytes and reads all three. Only then are snapshots offered, and do new
// volumes get a subvolume of their own. Where it cannot be made (a full pool), a volume of this cluster in a
// subvolume of its own proves as much: one passed here before. Used by rds::Volumes, rds::Snapshots and the
// Controller service.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/context.h"
#include "base/sync.h"
#include "rds/executor.h"
#include "rds/nonces.h"
#include "rds/territory.h"

namespace rdscsi::rds {

struct SnapshotVerdict {
  std::string filesystem;  // label of the pool's btrfs; empty: no snapshots on this device
  std::string why;         // not, in words
  bool available() const { return !filesystem.empty(); }
};

// Thread-safe.
class SnapshotSupport {
 public:
  // `wanted`: false settles it at once, and nothing is ever sent.
  SnapshotSupport(Executor& executor, Territory territory, bool wanted);
  ~SnapshotSupport();  // as stop()

  // Settles it in the background, as soon as the device can be asked: start-up never waits for the RDS. Call
  // once, before stop().
  void start();
  void stop();  // joins; safe to call twice

  // The verdict, from memory once it is known. Else the result of one self-test from now: one exec, whose
  // scratch objects are gone afterwards (two where it fails), run by the background thread, or here when it
  // was not started. What the device answers settles it until this process ends. Fails (effect none, nothing
  // settled) when the device cannot be asked, its answer is damaged, the pool is not visible, ctx ends, or
  // with pool_full.
  base::StatusOr<SnapshotVerdict> settle(base::Context const& ctx);

  // The territory with what the device is known to do: Territory::subvolumes_of filled in where it makes
  // snapshots. Fails as settle() does, or invalid_argument for a base path that is not clean.
  base::StatusOr<Territory> layout(base::Context const& ctx);
  // Removes the scratch subvolumes of a self-test that was killed; `scratch` is the leaf name of the first of
  // the three. OK only when none is there any more and the pool was visible. One exec.
  base::Status remove_scratch(base::Context const& ctx, std::string_view scratch);
  // From memory, without waiting; nothing while unknown.
  std::optional<SnapshotVerdict> verdict() const;

 private:
  base::StatusOr<SnapshotVerdict> test(base::Context const& ctx);
  // What becomes of a self-test that ended with this error text.
  base::StatusOr<SnapshotVerdict> after_error(base::Context const& ctx, std::string const& text,
                                              std::string_view line);
  void settle_in_background();

  Executor& executor_;
  Territory const territory_;
  Nonces nonces_;
  std::string const scratch_;  // leaf name of this process's scratch subvolume
  mutable base::Mutex mutex_;
  base::ConditionVariable changed_;
  // All guarded by mutex_:
  std::optional<SnapshotVerdict> verdict_;
  bool in_background_ = false;
  bool wanted_now_ = false;  // somebody waits for a self-test
  std::uint64_t tests_begun_ = 0, tests_ended_ = 0;
  base::Status last_failure_;
  base::CancelSource stopping_;
  base::Thread background_;
};

}  // namespace rdscsi::rds
