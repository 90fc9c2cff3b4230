// Mailbox: the only way two domains talk at L1, and the ordinary bounded-by-owner queue between threads
// elsewhere. A message has the moment from which it is visible, so a link's seeded delay is a property of the
// message.
//
// A message's move constructor must not lock or wait. At L1 a domain killed inside any of these calls leaves
// the mailbox usable for the other one.
//
// Threads: any number of senders and receivers. Messages become visible in order of (visible_at, send order).
#pragma once

#include <map>
#include <utility>

#include "base/context.h"
#include "base/sync.h"

namespace rdscsi::base {

template <typename Message>
class Mailbox {
 public:
  // False when the mailbox is closed; the message is dropped then.
  bool send(Message message, TimePoint visible_at = TimePoint::min()) {
    Guard guard(mutex_);
    detail::Quiet const quiet;
    if (closed_) return false;
    queue_.emplace(Key{visible_at, sequence_++}, std::move(message));
    changed_.notify_all();
    return true;
  }

  // The next visible message. Fails with ctx.check() when ctx ends, with `shutting_down` once closed and
  // empty.
  StatusOr<Message> receive(Context const& ctx);

  // Nothing more is accepted; what is queued can still be received.
  void close() {
    Guard guard(mutex_);
    detail::Quiet const quiet;
    closed_ = true;
    changed_.notify_all();
  }

  // Closes and drops what is queued: a cut cable.
  void abort() {
    std::map<Key, Message> dropped;  // dies after the lock is let go: a message's destructor may be anything
    Guard guard(mutex_);
    detail::Quiet const quiet;
    closed_ = true;
    queue_.swap(dropped);
    changed_.notify_all();
  }

  std::size_t size() const {
    Guard guard(mutex_);
    return queue_.size();
  }

 private:
  using Key = std::pair<TimePoint, std::uint64_t>;
  mutable Mutex mutex_;
  ConditionVariable changed_;
  std::map<Key, Message> queue_;
  std::uint64_t sequence_ = 0;
  bool closed_ = false;
};

}  // namespace rdscsi::base

#include "base/mailbox_impl.h"  // IWYU pragma: keep
