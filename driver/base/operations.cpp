// Operations: the table of what runs for which volume, the bounded pool that runs it, and the wait of the
// callers. See operations.h for the promises.
#include "base/operations.h"

#include <algorithm>
#include <deque>
#include <exception>
#include <map>
#include <optional>
#include <system_error>

#include "base/log.h"
#include "base/random.h"
#include "base/reasons.h"
#include "base/sync.h"

namespace rdscsi::base {

// Everything but `ctx`, `cancel` and `body` is guarded by State::mutex. A running `body` belongs to its
// worker.
struct OperationHandle::Operation {
  enum class Phase { queued, running, finished };

  Operations::Wish wish;
  std::string id;
  Context ctx;
  CancelSource cancel = {};
  Operations::ErasedBody body;
  TimePoint accepted_at{};
  std::string step = {};
  Phase phase = Phase::queued;
  int waiters = 0;
  std::optional<StatusOr<Operations::Erased>> result = {};
  ConditionVariable finished = {};

  bool same_wish(Operations::Wish const& other) const {
    return wish.kind == other.kind && wish.fingerprint == other.fingerprint && wish.type == other.type;
  }

  // `CreateVolume of pvc-1, 12s old, step "waiting for the RDS"`
  std::string describe() const {
    std::string text = wish.kind + " of " + wish.key + ", ";
    Duration const age = std::chrono::duration_cast<std::chrono::milliseconds>(now() - accepted_at);
    text.append(format_duration(age)).append(" old, ");
    if (phase == Phase::queued) return text.append("waiting for a worker");
    if (step.empty()) return text.append("just started");
    return text.append("step \"").append(step).append("\"");
  }
};

struct Operations::State {
  using Operation = OperationHandle::Operation;
  using Phase = Operation::Phase;

  State(Operations& operations, OperationsOptions limits)
      : owner(operations), options(limits), random(root_stream("operations")) {}

  Operations& owner;
  OperationsOptions const options;
  mutable Mutex mutex;
  ConditionVariable work;     // the queue got longer, or `stopping`
  ConditionVariable emptied;  // by_key became empty
  ConditionVariable callers_gone;
  std::map<std::string, std::shared_ptr<Operation>> by_key;
  std::deque<std::shared_ptr<Operation>> queue;
  std::vector<Thread> workers;
  int running = 0;
  int callers = 0;  // threads inside run()
  bool refusing = false;
  bool stopping = false;
  RandomStream random;

  StatusOr<std::shared_ptr<Operation>> find_or_start(Context const& ctx, Wish wish, ErasedBody body);
  StatusOr<std::shared_ptr<Operation>> start(Context const& ctx, Wish wish, ErasedBody body);
  Status ensure_worker();
  void work_loop();
  StatusOr<Erased> execute(std::shared_ptr<Operation> const& operation);
  void finish(Operation& operation, StatusOr<Erased> result);
  Status left_early(Context const& ctx, Operation& operation);
};

// --- Accepting (all under the mutex) ---

StatusOr<std::shared_ptr<OperationHandle::Operation>> Operations::State::find_or_start(Context const& ctx,
                                                                                       Wish wish,
                                                                                       ErasedBody body) {
  if (auto const found = by_key.find(wish.key); found != by_key.end()) {
    if (found->second->same_wish(wish)) return found->second;
    return fail(Reason::in_progress, Effect::none,
                wish.kind + " of " + wish.key + " has to wait: held by " + found->second->describe());
  }
  return start(ctx, std::move(wish), std::move(body));
}

StatusOr<std::shared_ptr<OperationHandle::Operation>> Operations::State::start(Context const& ctx, Wish wish,
                                                                               ErasedBody body) {
  if (refusing) {
    return fail(Reason::shutting_down, Effect::none,
                wish.kind + " of " + wish.key + " not started: this process is stopping");
  }
  auto const idle = static_cast<std::size_t>(std::max(0, options.workers - running));
  if (queue.size() >= idle + static_cast<std::size_t>(options.queue_max)) {
    return fail(Reason::overloaded, Effect::none,
                wish.kind + " of " + wish.key + " not started: " + std::to_string(running) +
                    " operations are running and " + std::to_string(queue.size()) + " are waiting");
  }
  std::string id = random.hex(8);
  Context op_ctx = ctx.detached().with_field("operation", id);
  // The field order of the aggregate; the rest starts as declared.
  auto operation = std::shared_ptr<Operation>(new Operation{
      .wish = std::move(wish), .id = std::move(id), .ctx = std::move(op_ctx), .body = std::move(body)});
  operation->accepted_at = now();
  queue.push_back(operation);
  if (Status started = ensure_worker(); !started.ok()) {
    queue.pop_back();
    return started;
  }
  by_key.emplace(operation->wish.key, operation);
  work.notify_one();
  return operation;
}

// Workers are started one by one as the queue outgrows the idle ones: most processes never need all of them.
Status Operations::State::ensure_worker() {
  auto const idle = workers.size() - static_cast<std::size_t>(running);
  if (queue.size() <= idle || workers.size() >= static_cast<std::size_t>(std::max(1, options.workers))) {
    return absl::OkStatus();
  }
  try {
    workers.emplace_back("operation-" + std::to_string(workers.size()), [this] { work_loop(); });
  } catch (std::system_error const& error) {
    if (!workers.empty()) return absl::OkStatus();  // slower, but it will be served
    return fail(Reason::overloaded, Effect::none,
                std::string("cannot start a thread for operations: ") + error.what());
  }
  return absl::OkStatus();
}

// --- Running ---

void Operations::State::work_loop() {
  Lock lock(mutex);
  while (true) {
    work.wait(lock, [this] { return stopping || !queue.empty(); });
    if (queue.empty()) return;
    std::shared_ptr<Operation> const operation = queue.front();
    queue.pop_front();
    operation->phase = Phase::running;
    ++running;
    lock.unlock();
    StatusOr<Erased> result = execute(operation);
    operation->body = nullptr;  // what it captured is gone before a caller hears of the end
    lock.lock();
    --running;
    finish(*operation, std::move(result));
  }
}

StatusOr<Operations::Erased> Operations::State::execute(std::shared_ptr<Operation> const& operation) {
  Context const ctx = operation->ctx.with_timeout(options.operation_time_max).with_cancel(operation->cancel);
  OperationHandle handle(owner, operation);
  std::string what;
  try {
    return operation->body(handle, ctx);
  } catch (std::exception const& error) {
    what = error.what();
  } catch (...) {
    what = "not a std::exception";
  }
  // The text of an exception is for us; the caller gets the reference to find it by.
  log(LogLevel::error, ctx, "operation ended with an exception",
      {{"reference", operation->id},
       {"kind", operation->wish.kind},
       {"key", operation->wish.key},
       {"error", what}});
  return fail(
      Reason::internal, Effect::unknown,
      operation->wish.kind + " of " + operation->wish.key + ": internal error, reference " + operation->id);
}

void Operations::State::finish(Operation& operation, StatusOr<Erased> result) {
  operation.result = std::move(result);
  operation.phase = Phase::finished;
  operation.finished.notify_all();
  by_key.erase(operation.wish.key);  // last: it may hold the last reference but the caller's
  if (by_key.empty()) emptied.notify_all();
}

// --- Waiting ---

// Rule 6: the answer is handed over min(500 ms, a tenth) before the caller's deadline.
static TimePoint waiting_ends_at(Context const& ctx) {
  if (!ctx.has_deadline()) return kNoDeadline;
  Duration const margin = std::min<Duration>(std::chrono::milliseconds(500), ctx.remaining() / 10);
  return ctx.deadline() - margin;
}

// Why a caller that did not see the end goes away. What nobody waits for and has not started is
// dropped.
Status Operations::State::left_early(Context const& ctx, Operation& operation) {
  bool const never_started = operation.phase == Phase::queued && operation.waiters == 0;
  std::string const what = operation.describe();
  if (never_started) {
    std::erase_if(queue, [&](auto const& queued) { return queued.get() == &operation; });
    finish(operation, fail(Reason::cancelled, Effect::none, "dropped: nobody waited for it"));
  }
  Effect const effect = never_started ? Effect::none : Effect::unknown;
  std::string const fate = never_started ? " (dropped)" : " (goes on; ask again)";
  if (ctx.cancelled()) return with_effect(annotate(ctx.check(), what + fate), effect);
  return fail(Reason::deadline, effect, "no answer within the time of this call: " + what + fate);
}

StatusOr<Operations::Erased> Operations::run_erased(Context const& ctx, Wish wish, ErasedBody body) {
  if (Status ended = ctx.check(); !ended.ok()) return ended;
  TimePoint const until = waiting_ends_at(ctx);
  if (state_->options.wished) state_->options.wished(wish.key, wish.kind);
  Lock lock(state_->mutex);
  auto const started = state_->find_or_start(ctx, std::move(wish), std::move(body));
  if (!started.ok()) return started.status();
  std::shared_ptr<OperationHandle::Operation> const& operation = *started;
  auto const finished = [&] { return operation->phase == State::Phase::finished; };
  ++operation->waiters;
  ++state_->callers;
  bool const answered = operation->finished.wait(ctx.with_deadline(until), lock, finished);
  --operation->waiters;
  if (--state_->callers == 0) state_->callers_gone.notify_all();
  if (!answered) return state_->left_early(ctx, *operation);
  StatusOr<Erased> const& result = *operation->result;
  if (!result.ok()) return own_copy(result.status());
  return *result;
}

// --- The rest ---

OperationHandle::OperationHandle(Operations& owner, std::shared_ptr<Operation> operation)
    : owner_(owner), operation_(std::move(operation)) {}

void OperationHandle::step(std::string_view what) {
  Guard guard(owner_.state_->mutex);
  operation_->step = what;
}

std::string const& OperationHandle::id() const {
  return operation_->id;
}

Operations::Operations(OperationsOptions options) : state_(std::make_unique<State>(*this, options)) {}

Operations::~Operations() {
  std::vector<std::shared_ptr<OperationHandle::Operation>> running;
  {
    Guard guard(state_->mutex);
    state_->refusing = true;
    state_->stopping = true;
    for (auto const& queued : std::exchange(state_->queue, {})) {
      state_->finish(*queued, fail(Reason::shutting_down, Effect::none, queued->describe() + ": dropped"));
    }
    for (auto const& [key, operation] : state_->by_key) running.push_back(operation);
    state_->work.notify_all();
  }
  // Without the lock: cancelling runs callbacks of whatever the bodies wait for.
  for (auto const& operation : running)
    operation->cancel.cancel(Reason::shutting_down, "this process is stopping");
  for (Thread& worker : state_->workers) worker.join();
  Lock lock(state_->mutex);
  state_->callers_gone.wait(lock, [this] { return state_->callers == 0; });
}

Status Operations::drain(TimePoint deadline) {
  Lock lock(state_->mutex);
  state_->refusing = true;
  if (state_->emptied.wait_until(lock, deadline, [this] { return state_->by_key.empty(); }))
    return absl::OkStatus();
  std::string still;
  for (auto const& [key, operation] : state_->by_key) {
    still.append(still.empty() ? "" : "; ").append(operation->describe());
  }
  return fail(Reason::deadline, Effect::unknown, "still running at the end of the time to drain: " + still);
}

std::vector<OperationInfo> Operations::list() const {
  Guard guard(state_->mutex);
  std::vector<OperationInfo> all;
  for (auto const& [key, operation] : state_->by_key) {
    all.push_back({key, operation->wish.kind, operation->id, operation->step, now() - operation->accepted_at,
                   operation->phase == State::Phase::running});
  }
  return all;
}

std::size_t Operations::size() const {
  Guard guard(state_->mutex);
  return state_->by_key.size();
}

}  // namespace rdscsi::base
