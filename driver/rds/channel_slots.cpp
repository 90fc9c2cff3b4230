// A counting semaphore with a queue; see channel_slots.h.
#include "rds/channel_slots.h"

#include <algorithm>

namespace rdscsi::rds {

ChannelSlots::ChannelSlots(int slots_max) : slots_max_(std::max(1, slots_max)) {}

base::Status ChannelSlots::acquire(base::Context const& ctx) {
  if (base::Status const ended = ctx.check(); !ended.ok()) return ended;
  base::Lock lock(mutex_);
  if (in_use_ < slots_max_) {  // nobody can be waiting: release() hands slots over without lowering the count
    ++in_use_;
    return absl::OkStatus();
  }
  Waiter self;
  waiting_.push_back(&self);
  self.settled.wait(ctx, lock, [&] { return self.granted || self.failure.has_value(); });
  if (self.granted) return absl::OkStatus();
  if (self.failure) return base::fail(*self.failure, base::Effect::none, self.why);
  std::erase(waiting_, &self);
  return ctx.check();
}

bool ChannelSlots::try_acquire() {
  base::Guard const guard(mutex_);
  if (in_use_ >= slots_max_) return false;
  ++in_use_;
  return true;
}

void ChannelSlots::release() {
  base::Guard const guard(mutex_);
  if (waiting_.empty()) {
    --in_use_;
    return;
  }
  Waiter* const next = waiting_.front();
  waiting_.pop_front();
  next->granted = true;
  next->settled.notify_one();
}

void ChannelSlots::fail_waiters(base::Reason reason, std::string_view why) {
  base::Guard const guard(mutex_);
  for (Waiter* const waiter : waiting_) {
    waiter->failure = reason;
    waiter->why = why;
    waiter->settled.notify_one();
  }
  waiting_.clear();
}

int ChannelSlots::in_use() const {
  base::Guard const guard(mutex_);
  return in_use_;
}

}  // namespace rdscsi::rds
