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

constexpr std::size_t kReconnectsKept = 256;

// How often in a row the device hangs up before that is more than bad luck at its session limit.
constexpr int kTurnedAwayMin = 3;

bool is_turned_away(Status const& failure) {
  return base::failure_of(failure).reason == Reason::rds_turned_away;
}

bool is_refusal(Status const& failure) {
  Reason const reason = base::failure_of(failure).reason;
  return reason == Reason::rds_host_key || reason == Reason::rds_auth;
}

// The device refused a channel: nothing was sent.
bool is_channel_refused(Status const& failure) {
  return base::failure_of(failure).reason == Reason::overloaded;
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
  ~HeldSlot() {
    if (held_) slots_.release();
  }
  HeldSlot(HeldSlot const&) = delete;
  HeldSlot& operator=(HeldSlot const&) = delete;

  int give_back_refused() {
    held_ = false;
    return slots_.release_refused();
  }

 private:
  ChannelSlots& slots_;
  bool held_ = true;
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
    case ConnectionState::turned_away:
      return "turned-away";
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
  bool waited_for_slot();
  void pause();

  // Any thread.
  Live live() const;
  Status why_no_session() const;
  bool replied_since(base::TimePoint moment) const;
  StatusOr<Live> usable();
  StatusOr<ExecReply> exec(base::Context const& ctx, std::string_view line);
  Status take_slot(base::Context const& ctx, bool again);
  StatusOr<ExecReply> hand_over(base::Context const& ctx, Live const& live, std::string_view line);
  bool refused_beside_others(HeldSlot& slot);
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
  int turned_away = 0;     // attempts in a row

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
  slots.forget_refusals();  // nobody waits: losing the session before failed all who did
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
      if (status.connects > 1) status.reconnects_took.push_back(base::now() - started);
      if (status.reconnects_took.size() > kReconnectsKept) status.reconnects_took.pop_front();
      status.state = ConnectionState::up;
      status.last_error.clear();
      turned_away = 0;
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
    turned_away = is_turned_away(failure) ? turned_away + 1 : 0;
    status.state = refused                         ? ConnectionState::refused
                   : turned_away >= kTurnedAwayMin ? ConnectionState::turned_away
                                                   : ConnectionState::down;
    status.reason = base::failure_of(failure).reason;
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
  bool const holds_slot = slots.try_acquire() || waited_for_slot();
  if (!holds_slot && replied_since(sent)) return;
  StatusOr<ExecReply> const reply = live.session->exec(
      log_ctx.with_cancel(stop_source).with_timeout(options.heartbeat_timeout), ":put \"" + nonce + "\"");
  if (holds_slot) slots.release();
  if (reply.ok()) {
    if (reply->output.find(nonce) != std::string::npos) return note_reply(live, Said::heartbeat);
    return evict(live, "heartbeat: the answer lacks the word sent: '" + excerpt(reply->output) + "'");
  }
  if (stop_source.cancelled()) return;
  // A device that is over its channel limit while commands of ours run is busy, not gone.
  if (is_channel_refused(reply.status()) && slots.in_use() > 0) return;
  // Another command was answered after the heartbeat was sent.
  if (is_timeout(reply.status()) && !live.session->dead() && replied_since(sent)) return;
  evict(live, "heartbeat: " + text_of(reply.status()));
}

// Where the device has been seen to refuse channels, a heartbeat waits for one of those it bears, and only
// goes without if none gets free: then all of them may be stuck.
bool Connection::Impl::waited_for_slot() {
  if (slots.limit() == options.channels_max) return false;
  return slots.acquire_again(log_ctx.with_cancel(stop_source).with_timeout(options.heartbeat_timeout)).ok();
}

bool Connection::Impl::replied_since(base::TimePoint moment) const {
  base::Guard const guard(mutex);
  return last_reply > moment;
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
  bool const says_why = is_refusal(last_failure) || is_turned_away(last_failure);
  Reason const reason = says_why ? base::failure_of(last_failure).reason : Reason::rds_unreachable;
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
  for (bool again = false;; again = true) {
    if (Status const got = take_slot(ctx, again); !got.ok()) return got;
    HeldSlot slot(slots);
    // Looked up again: the session may have been lost while this call waited.
    StatusOr<Live> const current = usable();
    StatusOr<ExecReply> reply = current.ok() ? hand_over(ctx, *current, line) : current.status();
    if (reply.ok() || !is_channel_refused(reply.status())) return reply;
    if (!refused_beside_others(slot)) return reply;
  }
}

Status Connection::Impl::take_slot(base::Context const& ctx, bool again) {
  base::TimePoint const asked = base::now();
  if (Status const got = again ? slots.acquire_again(ctx) : slots.acquire(ctx); !got.ok()) {
    return base::annotate(got,
                          "waiting for one of " + std::to_string(slots.limit()) + " channels to " + where);
  }
  base::Duration const waited = base::now() - asked;
  base::Guard const guard(mutex);
  if (waited > base::Duration::zero()) ++status.queue_waits;
  status.queue_waited += waited;
  return absl::OkStatus();
}

// Gives the slot back. True when the device bears other commands of ours: one of their channels will do.
bool Connection::Impl::refused_beside_others(HeldSlot& slot) {
  int const before = slots.limit();
  int const others = slot.give_back_refused();
  {
    base::Guard const guard(mutex);
    ++status.channel_refusals;
  }
  if (int const now = slots.limit(); now < before) {
    base::log(base::LogLevel::info, log_ctx, "the RDS refused a channel; it gets fewer commands at once",
              {{"channels", std::int64_t{now}}, {"wanted", std::int64_t{options.channels_max}}});
  }
  return others > 0;
}

StatusOr<ExecReply> Connection::Impl::hand_over(base::Context const& ctx, Live const& live,
                                                std::string_view line) {
  {
    auto const rpc = ctx.fields().find("rpc");
    base::Guard const guard(mutex);
    ++status.execs;
    ++status.commands_by_rpc[rpc == ctx.fields().end() ? "" : rpc->second];
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
    status.reason = Reason::rds_unreachable;
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
    status.reason = Reason::shutting_down;
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
  int const in_use = impl_->slots.in_use();
  int const limit = impl_->slots.limit();
  base::Guard const guard(impl_->mutex);
  ConnectionStatus now = impl_->status;
  now.channels_in_use = in_use;
  now.channels_limit = limit;
  return now;
}

bool Connection::up() const {
  base::Guard const guard(impl_->mutex);
  return impl_->status.state == ConnectionState::up;
}

}  // namespace rdscsi::rds
