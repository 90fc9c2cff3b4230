// A counting semaphore with a queue; see channel_slots.h.
#include "rds/channel_slots.h"

#include <algorithm>

namespace rdscsi::rds {

ChannelSlots::ChannelSlots(int slots_max) : slots_max_(std::max(1, slots_max)), limit_(slots_max_) {}

base::Status ChannelSlots::wait_for_slot(base::Context const& ctx, Turn turn) {
  if (base::Status const ended = ctx.check(); !ended.ok()) return ended;
  base::Lock lock(mutex_);
  if (in_use_ < limit_) {  // nobody can be waiting: grant() leaves no room to those who do
    ++in_use_;
    return absl::OkStatus();
  }
  Waiter self;
  waiting_.insert(turn == Turn::first ? waiting_.begin() : waiting_.end(), &self);
  self.settled.wait(ctx, lock, [&] { return self.granted || self.failure.has_value(); });
  if (self.granted) return absl::OkStatus();
  if (self.failure) return base::fail(*self.failure, base::Effect::none, self.why);
  std::erase(waiting_, &self);
  return ctx.check();
}

bool ChannelSlots::try_acquire() {
  base::Guard const guard(mutex_);
  if (in_use_ >= limit_) return false;
  ++in_use_;
  return true;
}

void ChannelSlots::release() {
  base::Guard const guard(mutex_);
  --in_use_;
  grant();
}

int ChannelSlots::release_refused() {
  base::Guard const guard(mutex_);
  int const others = --in_use_;
  limit_ = std::max(1, std::min(limit_, others));
  grant();
  return others;
}

void ChannelSlots::forget_refusals() {
  base::Guard const guard(mutex_);
  limit_ = slots_max_;
  grant();
}

void ChannelSlots::grant() {
  while (!waiting_.empty() && in_use_ < limit_) {
    Waiter* const next = waiting_.front();
    waiting_.pop_front();
    ++in_use_;
    next->granted = true;
    next->settled.notify_one();
  }
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

int ChannelSlots::limit() const {
  base::Guard const guard(mutex_);
  return limit_;
}

}  // namespace rdscsi::rds
