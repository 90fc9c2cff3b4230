// Context: deadline, cancellation and log fields; and the sleep that ends when its context does.
// ConditionVariable::wait(ctx, ...) is in sync.cpp.
#include "base/context.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/reasons.h"
#include "base/sync.h"

namespace rdscsi::base {

// One callback, known to every source that may cancel its context. Whoever moves `phase` away from armed owns
// the callback; so it runs at most once, and never after release.
struct Context::Registration::Entry {
  enum Phase { armed, running, ended };
  std::atomic<Phase> phase{armed};
  std::atomic<std::thread::id> runner{};
  std::function<void()> callback;
  std::vector<std::pair<std::shared_ptr<CancelSource::State>, std::uint64_t>>
      sources;  // the registration's own
  Mutex mutex;
  ConditionVariable changed;

  void run();
};

// Its mutex is a std::mutex held for a few instructions with no scheduling point inside: reading a context is
// no scheduling point at L1, and a thread killed there can never take the lock with it.
struct CancelSource::State {
  using Entry = Context::Registration::Entry;

  std::atomic<bool> cancelled{false};
  Reason reason = Reason::cancelled;  // this and `why` are written before `cancelled`, never after
  std::string why;
  std::mutex mutex;
  std::map<std::uint64_t, std::shared_ptr<Entry>> entries;  // in order of registration: callbacks run in it
  std::uint64_t next_id = 0;

  // False when the source is already cancelled.
  bool add(std::shared_ptr<Entry> const& entry, std::uint64_t& id) {
    std::lock_guard guard(mutex);
    if (cancelled.load()) return false;
    id = next_id++;
    entries.emplace(id, entry);
    return true;
  }

  void remove(std::uint64_t id) {
    std::shared_ptr<Entry> last;  // dropped after the lock: its destructor is not ours to know
    std::lock_guard guard(mutex);
    if (auto const found = entries.find(id); found != entries.end()) {
      last = std::move(found->second);
      entries.erase(found);
    }
  }
};

struct Context::Node {
  TimePoint deadline = kNoDeadline;
  std::vector<std::shared_ptr<CancelSource::State>> sources;
  std::map<std::string, std::string> fields;
};

void Context::Registration::Entry::run() {
  Phase expected = armed;
  if (!phase.compare_exchange_strong(expected, running)) return;
  runner.store(std::this_thread::get_id());
  callback();
  Guard guard(mutex);
  phase.store(ended);
  changed.notify_all();
}

// --- CancelSource ---

CancelSource::CancelSource() : state_(std::make_shared<State>()) {}

void CancelSource::cancel(Reason reason, std::string_view why) {
  std::map<std::uint64_t, std::shared_ptr<State::Entry>> entries;
  {
    std::lock_guard guard(state_->mutex);
    if (state_->cancelled.load()) return;
    state_->reason = reason;
    state_->why = why;
    state_->cancelled.store(true);
    entries.swap(state_->entries);
  }
  for (auto const& [id, entry] : entries) entry->run();
}

bool CancelSource::cancelled() const {
  return state_->cancelled.load();
}

// --- Context ---

Context Context::background() {
  static auto const node = std::make_shared<Node const>();
  return Context(node);
}

Context Context::with_deadline(TimePoint deadline) const {
  if (deadline >= node_->deadline) return *this;
  auto node = std::make_shared<Node>(*node_);
  node->deadline = deadline;
  return Context(std::move(node));
}

Context Context::with_timeout(Duration timeout) const {
  TimePoint const start = now();
  if (timeout >= kNoDeadline - start) return *this;
  return with_deadline(start + timeout);
}

Context Context::with_cancel(CancelSource const& source) const {
  auto node = std::make_shared<Node>(*node_);
  auto& sources = node->sources;
  if (std::find(sources.begin(), sources.end(), source.state_) == sources.end())
    sources.push_back(source.state_);
  return Context(std::move(node));
}

Context Context::with_field(std::string key, std::string value) const {
  auto node = std::make_shared<Node>(*node_);
  node->fields.insert_or_assign(std::move(key), std::move(value));
  return Context(std::move(node));
}

Context Context::detached() const {
  auto node = std::make_shared<Node>();
  node->fields = node_->fields;
  return Context(std::move(node));
}

TimePoint Context::deadline() const {
  return node_->deadline;
}

Duration Context::remaining() const {
  if (!has_deadline()) return Duration::max();
  return std::max(Duration::zero(), node_->deadline - now());
}

bool Context::cancelled() const {
  auto const& sources = node_->sources;
  return std::any_of(sources.begin(), sources.end(),
                     [](auto const& source) { return source->cancelled.load(); });
}

Status Context::check() const {
  for (auto const& source : node_->sources) {
    if (source->cancelled.load()) return fail(source->reason, Effect::none, source->why);
  }
  if (has_deadline() && now() >= node_->deadline) {
    return fail(Reason::deadline, Effect::none, "the deadline of this call has passed");
  }
  return absl::OkStatus();
}

std::map<std::string, std::string> const& Context::fields() const {
  return node_->fields;
}

Context::Registration Context::on_cancel(std::function<void()> callback) const {
  Registration registration;
  if (node_->sources.empty()) return registration;
  auto entry = std::make_shared<Registration::Entry>();
  entry->callback = std::move(callback);
  for (auto const& source : node_->sources) {
    std::uint64_t id = 0;
    if (source->add(entry, id)) entry->sources.emplace_back(source, id);
  }
  // A source cancelled before add() does not know the entry; one cancelled since has run it already.
  if (cancelled()) entry->run();
  registration.entry_ = std::move(entry);
  return registration;
}

// --- Registration ---

Context::Registration::Registration(Registration&&) noexcept = default;

Context::Registration& Context::Registration::operator=(Registration&& other) noexcept {
  if (this != &other) {
    release();
    entry_ = std::move(other.entry_);
  }
  return *this;
}

Context::Registration::~Registration() {
  release();
}

void Context::Registration::release() {
  if (!entry_) return;
  auto expected = Entry::armed;
  bool const started = !entry_->phase.compare_exchange_strong(expected, Entry::ended);
  if (started && expected == Entry::running && entry_->runner.load() != std::this_thread::get_id()) {
    Lock lock(entry_->mutex);
    entry_->changed.wait(lock, [this] { return entry_->phase.load() == Entry::ended; });
  }
  for (auto const& [source, id] : entry_->sources) source->remove(id);
  entry_->sources.clear();
  entry_.reset();
}

Status sleep_for(Context const& ctx, Duration duration) {
  if (Status ended = ctx.check(); !ended.ok() || duration <= Duration::zero()) return ended;
  TimePoint const start = now();
  TimePoint const wake = duration >= kNoDeadline - start ? kNoDeadline : start + duration;
  Mutex mutex;
  ConditionVariable never;
  Lock lock(mutex);
  never.wait(ctx.with_deadline(wake), lock, [] { return false; });
  lock.unlock();
  if (ctx.cancelled() || ctx.deadline() < wake) return ctx.check();
  return absl::OkStatus();
}

}  // namespace rdscsi::base
