// Template bodies of base/mailbox.h; included by it only.
#pragma once

#include "base/mailbox.h"
#include "base/reasons.h"

namespace rdscsi::base {

template <typename Message>
StatusOr<Message> Mailbox<Message>::receive(Context const& ctx) {
  Lock lock(mutex_);
  // The moment from which somebody could take something; kNoDeadline while nothing is queued.
  auto const next_visible = [this] { return queue_.empty() ? kNoDeadline : queue_.begin()->first.first; };
  while (true) {
    // An ended context comes first: a receiver in a loop must stop even when its mailbox never runs dry.
    if (Status ended = ctx.check(); !ended.ok()) return ended;
    TimePoint const visible_at = next_visible();
    if (!queue_.empty() && visible_at <= now()) {
      auto node = queue_.extract(queue_.begin());
      return std::move(node.mapped());
    }
    bool const was_closed = closed_;
    if (was_closed && queue_.empty()) {
      return fail(Reason::shutting_down, Effect::none, "the mailbox is closed and empty");
    }
    changed_.wait(ctx.with_deadline(visible_at), lock,
                  [&] { return closed_ != was_closed || next_visible() != visible_at; });
  }
}

}  // namespace rdscsi::base
