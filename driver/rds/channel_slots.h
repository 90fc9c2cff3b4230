// ChannelSlots: bounds how many commands are in flight on one session, first come first served, so that a
// burst of RPCs queues here instead of being refused by the device (incident 38). What a device bears nobody
// documents (FACTS 5.8, 9.5): each refusal lowers the bound to what it bore. Used by rds::Connection.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/context.h"
#include "base/reasons.h"
#include "base/sync.h"

namespace rdscsi::rds {

// Thread-safe. A slot that becomes free is handed to whoever waits longest.
class ChannelSlots {
 public:
  explicit ChannelSlots(int slots_max);  // at least 1

  // OK: the caller holds a slot and owes one release(). Otherwise, with effect none: why `ctx` ended, or what
  // fail_waiters() was given.
  base::Status acquire(base::Context const& ctx) { return wait_for_slot(ctx, Turn::last); }
  // The same for one who had a slot and was refused by the device: before all who wait.
  base::Status acquire_again(base::Context const& ctx) { return wait_for_slot(ctx, Turn::first); }
  // Takes a slot only if one is free at once; does not overtake anybody who waits.
  bool try_acquire();
  void release();
  // As release(), for a holder whose channel the device refused: from now on no more are in use at once than
  // the others hold, one at least. Returns how many that are: 0 means that the device bears not even one.
  int release_refused();
  // A new session: the device may bear as many as ever.
  void forget_refusals();

  // Everybody who waits now fails with `reason` and `why`; slots in use are not touched. Each waiter makes a
  // Status of its own: one shared by many threads looks like a data race to TSan, since abseil's library is
  // not instrumented.
  void fail_waiters(base::Reason reason, std::string_view why);

  int in_use() const;
  int limit() const;  // how many may be, now

 private:
  enum class Turn { first, last };
  base::Status wait_for_slot(base::Context const& ctx, Turn turn);
  void grant();  // under mutex_: to those who wait, while there is room

  // Lives on the waiting thread's stack; touched under mutex_ only.
  struct Waiter {
    base::ConditionVariable settled;
    bool granted = false;
    std::optional<base::Reason> failure;
    std::string why;
  };

  int const slots_max_;
  mutable base::Mutex mutex_;
  std::deque<Waiter*> waiting_;
  int in_use_ = 0;
  int limit_;
};

}  // namespace rdscsi::rds
