// ChannelSlots: bounds how many commands are in flight on one session, first come first served, so that a
// burst of RPCs queues here instead of being refused by the device (incident 38). Used by rds::Connection.
#pragma once

#include <deque>

#include "base/context.h"
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

  // Everybody who waits now gets `why`; slots in use are not touched.
  void fail_waiters(base::Status const& why);

  int in_use() const;

 private:
  // Lives on the waiting thread's stack; touched under mutex_ only.
  struct Waiter {
    base::ConditionVariable settled;
    bool granted = false;
    base::Status failure;
  };

  int const slots_max_;
  mutable base::Mutex mutex_;
  std::deque<Waiter*> waiting_;
  int in_use_ = 0;
};

}  // namespace rdscsi::rds
