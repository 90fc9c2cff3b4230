// ChannelSlots: bounds how many commands are in flight on one session, first come first served, so that a
// burst of RPCs queues here instead of being refused by the device (incident 38). Used by rds::Connection.
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
  base::Status acquire(base::Context const& ctx);
  // Takes a slot only if one is free at once; does not overtake anybody who waits.
  bool try_acquire();
  void release();

  // Everybody who waits now fails with `reason` and `why`; slots in use are not touched. Each waiter makes a
  // Status of its own: one shared by many threads looks like a data race to TSan, since abseil's library is
  // not instrumented.
  void fail_waiters(base::Reason reason, std::string_view why);

  int in_use() const;

 private:
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
};

}  // namespace rdscsi::rds
