// Context: what travels with every call: a monotonic deadline, cancellation, and the fields of its log lines.
// Every seam and service takes `Context const&` first. Values are immutable; with_*() makes a narrower child.
//
// Threads: a Context may be copied and read from any thread. Cancelling is thread-safe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/time.h"

namespace rdscsi::base {

class Context;

// Owns the right to cancel. Cancelling twice is once. Destroying the source does not cancel; copies are the
// same source.
class CancelSource {
 public:
  CancelSource();
  // Runs the callbacks registered with on_cancel() on this thread: hold no lock that one of them wants.
  void cancel(Reason reason, std::string_view why);
  bool cancelled() const;

 private:
  friend class Context;
  struct State;
  std::shared_ptr<State> state_;
};

class Context {
 public:
  // No deadline, never cancelled, no fields: for main() and background loops.
  static Context background();

  Context with_deadline(TimePoint deadline) const;  // the earlier of both holds
  Context with_timeout(Duration timeout) const;
  Context with_cancel(CancelSource const& source) const;  // cancelled when either is
  Context with_field(std::string key, std::string value) const;
  // Same fields, but neither the deadline nor the cancellation: for operations that outlive their RPC.
  Context detached() const;

  TimePoint deadline() const;
  bool has_deadline() const { return deadline() != kNoDeadline; }
  Duration remaining() const;  // not below zero; Duration::max() without a deadline
  bool cancelled() const;
  // OK, or why this call should stop: reason `deadline`, or the reason given to cancel(). Effect is none:
  // whoever has already sent something raises it with with_effect().
  Status check() const;

  std::map<std::string, std::string> const& fields() const;

  // Runs `callback` once when this context is cancelled (at once, on this thread, if it already is), on the
  // cancelling thread; not for deadlines. It must not throw. Destroying the registration waits for a running
  // callback (except from within it), so do not destroy it while holding a lock the callback takes.
  class Registration {
   public:
    Registration() = default;
    Registration(Registration&&) noexcept;
    Registration& operator=(Registration&&) noexcept;
    ~Registration();

   private:
    friend class CancelSource;
    friend class Context;
    struct Entry;
    void release();
    std::shared_ptr<Entry> entry_;
  };
  [[nodiscard]] Registration on_cancel(std::function<void()> callback) const;

 private:
  struct Node;
  explicit Context(std::shared_ptr<Node const> node) : node_(std::move(node)) {}
  std::shared_ptr<Node const> node_;
};

// Sleeps until `duration` has passed (OK) or `ctx` ends (its check()).
Status sleep_for(Context const& ctx, Duration duration);

}  // namespace rdscsi::base
