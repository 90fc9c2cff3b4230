// The waiting half of Mailbox; included by mailbox.h only. It is written so that at L1 a domain killed in any
// of these calls leaves the mailbox unlocked: nothing of a Context is called while the mailbox's own mutex is
// held.
#pragma once

#include <algorithm>

#include "base/mailbox.h"
#include "base/reasons.h"
#include "base/status.h"

namespace rdscsi::base {

namespace detail {
// Why receive() gives up: ctx.check(), never OK.
Status receive_ended(Context const& ctx);
Status mailbox_closed();
}  // namespace detail

template <typename Message>
StatusOr<Message> Mailbox<Message>::receive(Context const& ctx) {
  TimePoint const deadline = ctx.deadline();
  detail::Interrupt cancelled;
  Context::Registration const registration = ctx.on_cancel([this, &cancelled] { changed_.raise(cancelled); });
  {
    Lock lock(mutex_);
    detail::Quiet const quiet;
    TimePoint moment = now();
    // An ended context comes first: a receiver in a loop must stop even when its mailbox never runs dry.
    for (; !cancelled.raised.load(std::memory_order_relaxed) && moment < deadline; moment = now()) {
      auto const first = queue_.begin();
      if (first != queue_.end() && first->first.first <= moment) {
        StatusOr<Message> message(std::move(first->second));
        queue_.erase(first);
        return message;
      }
      if (closed_ && queue_.empty()) return detail::mailbox_closed();
      TimePoint const next = first == queue_.end() ? kNoDeadline : first->first.first;
      changed_.wait_once(lock, std::min(deadline, next), &cancelled);
    }
  }
  return detail::receive_ended(ctx);
}

}  // namespace rdscsi::base
