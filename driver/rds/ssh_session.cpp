// The owner thread and its channels; see ssh_session.h.
//
// libssh is used non-blocking and driven by one poll on the socket and a bell. Each exec() is a small state
// machine (Stage) that the owner advances whenever bytes came in or the bell rang; libssh's callbacks only
// store and flag.
#include "rds/ssh_session.h"

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <poll.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/reasons.h"
#include "base/sync.h"
#include "rds/tcp_connect.h"
#include "rds/wakeup.h"

namespace rdscsi::rds {
namespace {

using base::Effect;
using base::Reason;
using base::Status;
using base::StatusOr;

// One exec(). Shared by the waiting thread and the owner.
struct Call {
  std::string line;

  // Under SshSession::mutex_.
  enum class Phase { queued, sent, done };
  Phase phase = Phase::queued;
  bool abandoned = false;
  StatusOr<ExecReply> result = ExecReply{};
  base::ConditionVariable changed;

  // Owner only.
  enum class Stage { fresh, opening, requesting, running, over };
  Stage stage = Stage::fresh;
  ssh_channel channel = nullptr;
  ssh_channel_callbacks_struct callbacks{};
  ExecReply reply;
  bool eof = false;
  bool closed = false;
  bool too_long = false;
};

int on_data(ssh_session, ssh_channel, void* data, std::uint32_t length, int is_stderr, void* user) {
  auto& call = *static_cast<Call*>(user);
  if (is_stderr == 0 && !call.too_long) {
    call.too_long = call.reply.output.size() + length > kReplyBytesMax;
    if (!call.too_long) call.reply.output.append(static_cast<char const*>(data), length);
  }
  return static_cast<int>(length);
}

void on_eof(ssh_session, ssh_channel, void* user) {
  static_cast<Call*>(user)->eof = true;
}

void on_close(ssh_session, ssh_channel, void* user) {
  static_cast<Call*>(user)->closed = true;
}

void on_exit_status(ssh_session, ssh_channel, int status, void* user) {
  static_cast<Call*>(user)->reply.exit_status = status;
}

class SshSession final : public Session {
 public:
  SshSession(SshHandle session, std::string where, base::Duration channel_open_limit)
      : where_(std::move(where)), channel_open_limit_(channel_open_limit), session_(std::move(session)) {
    owner_ = base::Thread("rds-ssh", [this] { run(); });
  }

  ~SshSession() override {
    close();
    owner_.join();
  }

  StatusOr<ExecReply> exec(base::Context const& ctx, std::string_view line) override;
  bool dead() const override;
  void close() override;

 private:
  // The waiting side.
  Status gave_up(base::Context const& ctx, std::string const& waited);
  void lose_all(std::string const& why);
  void finish_locked(Call& call, StatusOr<ExecReply> result);

  // The owner's side.
  void run();
  void take_new();
  void advance_all();
  void advance(Call& call);
  bool open_channel(Call& call);
  bool may_send(Call& call);
  void request_exec(Call& call);
  void look_for_end(Call& call);
  void end(Call& call, StatusOr<ExecReply> result);
  void forget(Call& call);
  void drop_channel(Call& call);
  bool closing();
  bool abandoned(Call& call);
  std::string last_error() const;

  std::string const where_;
  base::Duration const channel_open_limit_;
  Wakeup wakeup_;

  mutable base::Mutex mutex_;
  bool closing_ = false;
  bool dead_ = false;
  std::string death_;                            // why, once dead_
  std::vector<std::shared_ptr<Call>> incoming_;  // not yet seen by the owner
  std::vector<std::shared_ptr<Call>> active_;    // changed by the owner only, under mutex_

  SshHandle session_;  // the owner's alone once it runs
  ssh_counter_struct traffic_{};
  base::Thread owner_;
};

// --- the waiting side ---

StatusOr<ExecReply> SshSession::exec(base::Context const& ctx, std::string_view line) {
  if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
    return base::fail(Reason::internal, Effect::none,
                      "a console line for " + where_ + " holds a line end or NUL");
  }
  if (Status const ended = ctx.check(); !ended.ok()) return ended;
  base::Context const opening = ctx.with_timeout(channel_open_limit_);
  std::string const allowed_open = allowed_time(opening, channel_open_limit_);
  std::string const allowed_answer = allowed_time(ctx, base::Duration::max());
  auto const call = std::make_shared<Call>();
  call->line = line;
  {
    base::Guard const guard(mutex_);
    if (dead_) {
      return base::fail(Reason::rds_session_lost, Effect::none,
                        "the session to " + where_ + " is gone: " + death_);
    }
    incoming_.push_back(call);
  }
  wakeup_.ring();
  base::Lock lock(mutex_);
  call->changed.wait(opening, lock, [&] { return call->phase != Call::Phase::queued; });
  if (call->phase == Call::Phase::queued) {
    call->abandoned = true;
    lock.unlock();
    return gave_up(ctx, "opening a channel: no answer within " + allowed_open + " from ");
  }
  call->changed.wait(ctx, lock, [&] { return call->phase == Call::Phase::done; });
  if (call->phase == Call::Phase::done) return std::move(call->result);
  call->abandoned = true;
  lock.unlock();
  return base::with_effect(gave_up(ctx, "running a command: no answer within " + allowed_answer + " from "),
                           Effect::unknown);
}

// The call is already marked as abandoned; the owner closes its channel.
Status SshSession::gave_up(base::Context const& ctx, std::string const& waited) {
  wakeup_.ring();
  if (ctx.cancelled()) return ctx.check();
  return base::fail(Reason::rds_timeout, Effect::none, waited + where_);
}

bool SshSession::dead() const {
  base::Guard const guard(mutex_);
  return dead_;
}

void SshSession::close() {
  {
    base::Guard const guard(mutex_);
    closing_ = true;
  }
  lose_all("closed by this process");
  wakeup_.ring();
}

// Every waiting call learns it now, not when the owner comes round to it.
void SshSession::lose_all(std::string const& why) {
  base::Guard const guard(mutex_);
  if (!dead_) death_ = why;
  dead_ = true;
  for (auto const* const calls : {&incoming_, &active_}) {
    for (std::shared_ptr<Call> const& call : *calls) {
      if (call->phase == Call::Phase::done) continue;
      bool const sent = call->phase == Call::Phase::sent;
      std::string const when =
          sent ? " was lost while a command ran: " : " was lost before a command was sent: ";
      finish_locked(*call, base::fail(Reason::rds_session_lost, sent ? Effect::unknown : Effect::none,
                                      "the session to " + where_ + when + death_));
    }
  }
  incoming_.clear();
}

void SshSession::finish_locked(Call& call, StatusOr<ExecReply> result) {
  if (call.phase == Call::Phase::done) return;
  call.result = std::move(result);
  call.phase = Call::Phase::done;
  call.changed.notify_all();
}

// --- the owner's side ---

void SshSession::run() {
  ssh_set_counters(session_.get(), &traffic_, nullptr);
  ssh_event const event = ssh_event_new();
  auto const on_bell = [](socket_t, int, void* self) {
    static_cast<SshSession*>(self)->wakeup_.drain();
    return 0;
  };
  bool const ready = event != nullptr && ssh_event_add_session(event, session_.get()) == SSH_OK &&
                     ssh_event_add_fd(event, wakeup_.fd(), POLLIN, on_bell, this) == SSH_OK;
  while (ready && !closing() && ssh_is_connected(session_.get()) == 1) {
    take_new();
    advance_all();
    if (ssh_is_connected(session_.get()) != 1) break;
    if (ssh_event_dopoll(event, -1) == SSH_ERROR) break;
  }
  advance_all();  // a reply that arrived whole before the end is a reply
  lose_all(last_error());
  for (std::shared_ptr<Call> const& call : active_) drop_channel(*call);
  if (event != nullptr) {
    ssh_event_remove_fd(event, wakeup_.fd());
    ssh_event_remove_session(event, session_.get());
    ssh_event_free(event);
  }
  session_.reset();
}

bool SshSession::closing() {
  base::Guard const guard(mutex_);
  return closing_;
}

bool SshSession::abandoned(Call& call) {
  base::Guard const guard(mutex_);
  return call.abandoned;
}

std::string SshSession::last_error() const {
  std::string const text = ssh_get_error(session_.get());
  return text.empty() ? "the device closed the connection" : text;
}

void SshSession::take_new() {
  base::Guard const guard(mutex_);
  active_.insert(active_.end(), incoming_.begin(), incoming_.end());
  incoming_.clear();
}

// Advancing one call reads the socket and may deliver news for another, so it goes round until nothing came
// in.
void SshSession::advance_all() {
  std::uint64_t seen = 0;
  do {
    seen = traffic_.in_bytes;
    for (std::shared_ptr<Call> const& call : active_) advance(*call);
  } while (seen != traffic_.in_bytes);
  base::Guard const guard(mutex_);
  std::erase_if(active_, [](std::shared_ptr<Call> const& call) { return call->stage == Call::Stage::over; });
}

void SshSession::advance(Call& call) {
  switch (call.stage) {
    case Call::Stage::fresh:
    case Call::Stage::opening:
      if (!open_channel(call)) return;
      if (!may_send(call)) return forget(call);
      call.stage = Call::Stage::requesting;
      [[fallthrough]];
    case Call::Stage::requesting:
      request_exec(call);
      if (call.stage != Call::Stage::running) return;
      [[fallthrough]];
    case Call::Stage::running:
      look_for_end(call);
      return;
    case Call::Stage::over:
      return;
  }
}

// True when the channel is open. One whose opening was asked for must be waited for even if nobody wants it
// any more: only an open channel can be closed.
bool SshSession::open_channel(Call& call) {
  if (call.stage == Call::Stage::fresh) {
    if (abandoned(call)) {
      call.stage = Call::Stage::over;
      return false;
    }
    call.channel = ssh_channel_new(session_.get());
    ssh_callbacks_init(&call.callbacks);
    call.callbacks.userdata = &call;
    call.callbacks.channel_data_function = on_data;
    call.callbacks.channel_eof_function = on_eof;
    call.callbacks.channel_close_function = on_close;
    call.callbacks.channel_exit_status_function = on_exit_status;
    ssh_set_channel_callbacks(call.channel, &call.callbacks);
    call.stage = Call::Stage::opening;
  }
  int const rc = ssh_channel_open_session(call.channel);
  if (rc == SSH_OK) return true;
  // With the connection gone, lose_all() speaks for this call.
  if (rc != SSH_AGAIN && ssh_is_connected(session_.get()) == 1) {
    end(call, base::fail(Reason::overloaded, Effect::none,
                         "the device " + where_ + " refused a channel: " + last_error()));
  }
  return false;
}

// The moment from which the effect is unknown. False when the caller has gone: then nothing is sent.
bool SshSession::may_send(Call& call) {
  base::Guard const guard(mutex_);
  if (call.abandoned || call.phase != Call::Phase::queued) return false;
  call.phase = Call::Phase::sent;
  call.changed.notify_all();
  return true;
}

void SshSession::request_exec(Call& call) {
  int const rc = ssh_channel_request_exec(call.channel, call.line.c_str());
  bool const ran = !call.reply.output.empty() || call.reply.exit_status;
  // The whole reply may be here although libssh only reports that the connection has ended since.
  if (rc == SSH_OK || (call.closed && ran)) {
    call.stage = Call::Stage::running;
    return;
  }
  if (ssh_is_connected(session_.get()) != 1) return;
  if (rc == SSH_AGAIN && !call.closed) {
    if (abandoned(call)) forget(call);
    return;
  }
  end(call, base::fail(Reason::rds_command_failed, Effect::unknown,
                       "the device " + where_ + " refused the exec request: " + last_error()));
}

void SshSession::look_for_end(Call& call) {
  if (call.too_long) {
    return end(call, base::fail(Reason::rds_reply_damaged, Effect::unknown,
                                "the reply from " + where_ + " is longer than " +
                                    std::to_string(kReplyBytesMax) + " bytes"));
  }
  // RouterOS sends output, exit status, EOF, close; the first three are all we need.
  if (call.closed || (call.eof && call.reply.exit_status)) return end(call, std::move(call.reply));
  if (abandoned(call)) forget(call);
}

void SshSession::end(Call& call, StatusOr<ExecReply> result) {
  forget(call);
  base::Guard const guard(mutex_);
  finish_locked(call, std::move(result));
}

// Nobody waits for this call any more.
void SshSession::forget(Call& call) {
  drop_channel(call);
  call.stage = Call::Stage::over;
}

// libssh keeps a closed channel until the peer has closed it too, and drops what still arrives on it.
void SshSession::drop_channel(Call& call) {
  if (call.channel == nullptr) return;
  ssh_remove_channel_callbacks(call.channel, &call.callbacks);
  ssh_channel_free(std::exchange(call.channel, nullptr));  // sends close when it is open
}

}  // namespace

void SshSessionDeleter::operator()(ssh_session_struct* session) const {
  // Not ssh_disconnect(): for a socket given by descriptor it forgets the descriptor and its poll handle.
  ssh_free(session);
}

std::shared_ptr<Session> make_ssh_session(SshHandle session, std::string where,
                                          base::Duration channel_open_limit) {
  return std::make_shared<SshSession>(std::move(session), std::move(where), channel_open_limit);
}

}  // namespace rdscsi::rds
