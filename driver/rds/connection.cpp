// The reconnect loop, the heartbeat and the way of one command; see connection.h.
// Locking: Impl::mutex guards the plain fields and is never held across a call into a Session, a Connector,
// the slots or the log, so that a stuck device can block nobody who only wants to know the state.
#include "rds/connection.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/backoff.h"
#include "base/log.h"
#include "base/random.h"
#include "base/reasons.h"
#include "base/sync.h"
#include "rds/channel_slots.h"
#include "rds/endpoint_text.h"

namespace rdscsi::rds {
namespace {

using base::Effect;
using base::Reason;
using base::Status;
using base::StatusOr;

std::string text_of(Status const& status) {
  return std::string(status.message().data(), status.message().size());
}

bool is_refusal(Status const& failure) {
  Reason const reason = base::failure_of(failure).reason;
  return reason == Reason::rds_host_key || reason == Reason::rds_auth;
}

bool is_timeout(Status const& failure) {
  Reason const reason = base::failure_of(failure).reason;
  return reason == Reason::rds_timeout || reason == Reason::deadline;
}

// What came instead of a heartbeat's answer, short and harmless enough for a message.
std::string excerpt(std::string_view output) {
  constexpr std::size_t kExcerptMax = 60;
  std::string text;
  for (char const c : output.substr(0, kExcerptMax)) text += c >= ' ' && c <= '~' ? c : '.';
  return output.size() > kExcerptMax ? text + "..." : text;
}

// Gives a slot back on every way out.
class HeldSlot {
 public:
  explicit HeldSlot(ChannelSlots& slots) : slots_(slots) {}
  ~HeldSlot() { slots_.release(); }
  HeldSlot(HeldSlot const&) = delete;
  HeldSlot& operator=(HeldSlot const&) = delete;

 private:
  ChannelSlots& slots_;
};

}  // namespace

std::string_view to_string(ConnectionState state) {
  switch (state) {
    case ConnectionState::connecting:
      return "connecting";
    case ConnectionState::up:
      return "up";
    case ConnectionState::down:
      return "down";
    case ConnectionState::refused:
      return "refused";
  }
  return "unknown";
}

struct Connection::Impl {
  // A session and its number; the number tells whether what failed is still what is in use.
  struct Live {
    std::shared_ptr<Session> session;
    std::uint64_t generation = 0;
  };

  Impl(std::shared_ptr<Connector> the_connector, Endpoint the_endpoint, ConnectionOptions the_options)
      : connector(std::move(the_connector)),
        endpoint(std::move(the_endpoint)),
        options(the_options),
        where(host_port(endpoint)),
        log_ctx(base::Context::background().with_field("rds", where)),
        slots(options.channels_max),
        random(base::root_stream("rds-connection")),
        backoff({options.backoff_initial, options.backoff_max, 2.0, options.backoff_jitter}) {}

  // The loop's thread.
  void run();
  bool connect_once();
  void note_connect_failure(Status const& failure);
  void watch(Live const& live);
  void heartbeat(Live const& live);
  void pause();

  // Any thread.
  Live live() const;
  Status why_no_session() const;
  StatusOr<Live> usable();
  StatusOr<ExecReply> exec(base::Context const& ctx, std::string_view line);
  StatusOr<ExecReply> hand_over(base::Context const& ctx, Live const& live, std::string_view line);
  enum class Said { command, heartbeat };
  void note_reply(Live const& live, Said said);
  void judge_failure(Live const& live, Status const& failure);
  void evict(Live const& live, std::string const& why);
  void stop();

  std::shared_ptr<Connector> const connector;
  Endpoint const endpoint;
  ConnectionOptions const options;
  std::string const where;
  base::Context const log_ctx;
  base::CancelSource stop_source;
  ChannelSlots slots;

  mutable base::Mutex mutex;
  base::ConditionVariable changed;   // the loop waits here
  std::shared_ptr<Session> session;  // null unless state is up
  std::uint64_t generation = 0;
  bool stopping = false;
  bool probe_wanted = false;
  bool answered = false;  // this session has answered something
  base::TimePoint
      last_activity;  // newest reply or sending of a heartbeat: the heartbeat's interval counts from here
  base::TimePoint last_reply;
  std::optional<base::TimePoint> next_attempt;
  Status last_failure;  // of the newest attempt or loss; OK while up or before the first
  ConnectionStatus status;

  // Loop's thread only.
  base::RandomStream random;
  base::Backoff backoff;
  base::Duration delay{};  // before the next attempt

  base::Mutex lifecycle;  // start() and stop() against each other
  base::Thread loop;
};

void Connection::Impl::run() {
  while (!stop_source.cancelled()) {
    if (connect_once()) {
      watch(live());
      base::Guard const guard(mutex);
      if (answered) backoff.reset();
      delay = backoff.next(random);
      next_attempt = base::now() + delay;
    }
    pause();
  }
}

// True when a session is up. One attempt, one log line.
bool Connection::Impl::connect_once() {
  {
    base::Guard const guard(mutex);
    ++status.attempts;
    next_attempt.reset();
  }
  base::TimePoint const started = base::now();
  StatusOr<std::shared_ptr<Session>> made =
      connector->connect(log_ctx.with_cancel(stop_source).with_timeout(options.connect_timeout), endpoint);
  if (!made.ok()) {
    if (!stop_source.cancelled()) note_connect_failure(made.status());
    return false;
  }
  bool unwanted = false;
  std::uint64_t attempts = 0;
  {
    base::Guard const guard(mutex);
    unwanted = stopping;
    if (!unwanted) {
      session = *made;
      ++generation;
      ++status.connects;
      status.up_since = base::now();
      attempts = status.attempts;
      status.state = ConnectionState::up;
      status.last_error.clear();
      last_failure = absl::OkStatus();
      answered = false;
      probe_wanted = false;
      last_activity = last_reply = base::now();
    }
  }
  if (unwanted) {
    (*made)->close();
    return false;
  }
  base::log(base::LogLevel::info, log_ctx, "session to the RDS is up",
            {{"attempts", attempts}, {"took", base::now() - started}});
  return true;
}

void Connection::Impl::note_connect_failure(Status const& failure) {
  bool const refused = is_refusal(failure);
  std::uint64_t attempts = 0;
  {
    base::Guard const guard(mutex);
    // A locked account or a foreign host key does not get better by asking more often (incident 36).
    auto const scaled = [&](double factor) {
      return std::chrono::duration_cast<base::Duration>(options.refused_retry * factor);
    };
    delay = refused
                ? random.between(scaled(1.0 - options.backoff_jitter), scaled(1.0 + options.backoff_jitter))
                : backoff.next(random);
    next_attempt = base::now() + delay;
    status.state = refused ? ConnectionState::refused : ConnectionState::down;
    status.last_error = text_of(failure);
    last_failure = failure;
    attempts = status.attempts;
  }
  base::log(refused ? base::LogLevel::error : base::LogLevel::warn, log_ctx, "cannot connect to the RDS",
            {{"error", failure},
             {"reason", base::slug(base::failure_of(failure).reason)},
             {"attempts", attempts},
             {"next_in", delay}});
}

void Connection::Impl::pause() {
  // Ended early only by stop(), which the loop's condition sees.
  base::sleep_for(log_ctx.with_cancel(stop_source), delay).IgnoreError();
}

// Returns when `live` is no longer the session in use, or on stop().
void Connection::Impl::watch(Live const& live) {
  base::Lock lock(mutex);
  while (!stopping && session && generation == live.generation) {
    base::TimePoint const due = last_activity + options.heartbeat_interval;
    bool const woken = changed.wait_until(lock, due, [&] { return stopping || !session || probe_wanted; });
    if (stopping || !session) return;
    if (!woken && base::now() < last_activity + options.heartbeat_interval)
      continue;  // a reply came meanwhile
    probe_wanted = false;
    last_activity = base::now();
    ++status.execs;
    ++status.heartbeats;
    lock.unlock();
    heartbeat(live);
    lock.lock();
  }
}

void Connection::Impl::heartbeat(Live const& live) {
  base::TimePoint const sent = base::now();
  std::string const nonce = "alive-" + random.hex(12);
  bool const holds_slot = slots.try_acquire();
  StatusOr<ExecReply> const reply = live.session->exec(
      log_ctx.with_cancel(stop_source).with_timeout(options.heartbeat_timeout), ":put \"" + nonce + "\"");
  if (holds_slot) slots.release();
  if (reply.ok()) {
    if (reply->output.find(nonce) != std::string::npos) return note_reply(live, Said::heartbeat);
    return evict(live, "heartbeat: the answer lacks the word sent: '" + excerpt(reply->output) + "'");
  }
  if (stop_source.cancelled()) return;
  // A device that is over its channel limit while commands of ours run is busy, not gone.
  if (base::failure_of(reply.status()).reason == Reason::overloaded && slots.in_use() > 0) return;
  if (is_timeout(reply.status()) && !live.session->dead()) {
    base::Guard const guard(mutex);
    if (last_reply > sent) return;  // another command was answered after the heartbeat was sent
  }
  evict(live, "heartbeat: " + text_of(reply.status()));
}

Connection::Impl::Live Connection::Impl::live() const {
  base::Guard const guard(mutex);
  return Live{session, generation};
}

// The fail-fast answer. Call with no lock held.
Status Connection::Impl::why_no_session() const {
  base::Guard const guard(mutex);
  if (stopping)
    return base::fail(Reason::shutting_down, Effect::none, "the connection to " + where + " is stopping");
  std::string message = "no session to the RDS " + where;
  std::optional<base::Duration> retry_after;
  if (next_attempt) retry_after = std::max(base::Duration::zero(), *next_attempt - base::now());
  if (last_failure.ok()) {
    return base::fail(Reason::rds_unreachable, Effect::none, message + ": the first attempt has not ended",
                      retry_after);
  }
  Reason const reason =
      is_refusal(last_failure) ? base::failure_of(last_failure).reason : Reason::rds_unreachable;
  return base::fail(reason, Effect::none, message + ": " + status.last_error, retry_after);
}

// The session to use now. One known to be dead is evicted here, before anything is sent on it.
StatusOr<Connection::Impl::Live> Connection::Impl::usable() {
  Live now_live = live();
  if (!now_live.session) return why_no_session();
  if (!now_live.session->dead()) return now_live;
  evict(now_live, "the transport is gone");
  return why_no_session();
}

StatusOr<ExecReply> Connection::Impl::exec(base::Context const& ctx, std::string_view line) {
  if (StatusOr<Live> const before = usable(); !before.ok()) return before.status();
  if (Status const got = slots.acquire(ctx); !got.ok()) {
    return base::annotate(
        got, "waiting for one of " + std::to_string(options.channels_max) + " channels to " + where);
  }
  HeldSlot const slot(slots);
  // Looked up again: the session may have been lost while this call waited.
  StatusOr<Live> const current = usable();
  if (!current.ok()) return current.status();
  return hand_over(ctx, *current, line);
}

StatusOr<ExecReply> Connection::Impl::hand_over(base::Context const& ctx, Live const& live,
                                                std::string_view line) {
  {
    base::Guard const guard(mutex);
    ++status.execs;
  }
  StatusOr<ExecReply> reply = live.session->exec(ctx.with_timeout(options.command_timeout), line);
  if (reply.ok()) {
    note_reply(live, Said::command);
  } else {
    judge_failure(live, reply.status());
  }
  return reply;
}

void Connection::Impl::note_reply(Live const& live, Said said) {
  base::Guard const guard(mutex);
  if (generation != live.generation) return;
  answered = true;
  last_reply = base::now();
  // A heartbeat counts from its sending, so that latency does not stretch the period.
  if (said == Said::command) last_activity = last_reply;
}

void Connection::Impl::judge_failure(Live const& live, Status const& failure) {
  if (base::failure_of(failure).reason == Reason::rds_session_lost || live.session->dead()) {
    return evict(live, text_of(failure));
  }
  if (!is_timeout(failure)) return;
  // One slow command must not cost the others their session: ask the device whether it is there.
  base::Guard const guard(mutex);
  if (generation != live.generation) return;
  probe_wanted = true;
  changed.notify_all();
}

// Takes `live` out of use once; later calls for the same session do nothing.
void Connection::Impl::evict(Live const& live, std::string const& why) {
  {
    base::Guard const guard(mutex);
    if (generation != live.generation || !session) return;
    session.reset();
    status.state = ConnectionState::down;
    status.last_error = why;
    last_failure = base::fail(Reason::rds_unreachable, Effect::none, why);
    changed.notify_all();
  }
  // Told before anybody can see the consequences.
  if (!stop_source.cancelled()) {
    base::log(base::LogLevel::warn, log_ctx, "session to the RDS is lost", {{"error", why}});
  }
  live.session->close();
  slots.fail_waiters(Reason::rds_unreachable, "the session was lost before anything was sent: " + why);
}

void Connection::Impl::stop() {
  base::Guard const alone(lifecycle);
  // Cancelled before the lock is taken: cancelling runs callbacks.
  stop_source.cancel(Reason::shutting_down, "the connection to " + where + " is stopping");
  std::shared_ptr<Session> last;
  {
    base::Guard const guard(mutex);
    stopping = true;
    last = std::move(session);
    session.reset();
    status.state = ConnectionState::down;
    status.last_error = "stopped";
    changed.notify_all();
  }
  if (last) last->close();
  slots.fail_waiters(Reason::shutting_down, "the connection to " + where + " is stopping");
  if (loop.joinable()) loop.join();
}

Connection::Connection(std::shared_ptr<Connector> connector, Endpoint endpoint, ConnectionOptions options)
    : impl_(std::make_unique<Impl>(std::move(connector), std::move(endpoint), options)) {}

Connection::~Connection() {
  impl_->stop();
}

void Connection::start() {
  base::Guard const alone(impl_->lifecycle);
  if (impl_->loop.joinable() || impl_->stop_source.cancelled()) return;
  impl_->loop = base::Thread("rds-connection", [impl = impl_.get()] { impl->run(); });
}

void Connection::stop() {
  impl_->stop();
}

StatusOr<ExecReply> Connection::exec(base::Context const& ctx, std::string_view line) {
  return impl_->exec(ctx, line);
}

ConnectionStatus Connection::status() const {
  base::Guard const guard(impl_->mutex);
  return impl_->status;
}

bool Connection::up() const {
  base::Guard const guard(impl_->mutex);
  return impl_->status.state == ConnectionState::up;
}

}  // namespace rdscsi::rds
