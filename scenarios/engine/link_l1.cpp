// See link_l1.h. The first half runs in the controllers' domains, the second in domain "rds".
#include "scenarios/engine/link_l1.h"

#include <utility>
#include <vector>

#include "base/reasons.h"

namespace scenario {

using rdscsi::base::Context;
using rdscsi::base::Effect;
using rdscsi::base::fail;
using rdscsi::base::Guard;
using rdscsi::base::Mailbox;
using rdscsi::base::now;
using rdscsi::base::Reason;
using rdscsi::base::StatusOr;
using rdscsi::base::TimePoint;
using rdssim::faults::ChannelVerdict;
using rdssim::faults::ConnectVerdict;
using rdssim::faults::LoginVerdict;
using rdssim::faults::Reply;
using rdssim::faults::SessionId;

struct LinkL1::ExecReplyMessage {
  enum class Kind {
    connected,
    refused,
    closed,
    host_key,
    auth,
    output,
    channel_refused,
    reset
  } kind = Kind::reset;
  std::string output;
  int exit_status = 0;
  bool complete = true;  // false: output came, the end of the channel never will
  SessionId session = 0;
};

// One session as both ends know it.
struct LinkL1::Wire {
  std::string peer;
  SessionId id = 0;
  std::atomic<std::int64_t> dead_at = INT64_MAX;   // when the client learns of the end, in clock nanoseconds
  std::vector<std::shared_ptr<ReplyBox>> waiting;  // in order; device side only, under LinkL1::mutex_
};

struct LinkL1::ToDevice {
  enum class Kind { connect, exec, close } kind = Kind::connect;
  std::string peer, user, line;
  std::shared_ptr<Wire> wire;
  std::shared_ptr<ReplyBox> reply;
};

namespace {

constexpr Duration kOneWay =
    std::chrono::microseconds(200);  // the cable itself; the device's latency comes on top

std::int64_t ticks(TimePoint moment) {
  return moment.time_since_epoch().count();
}

}  // namespace

// --- the controllers' side ---

class L1Session final : public rdscsi::rds::Session {
 public:
  L1Session(std::shared_ptr<Mailbox<LinkL1::ToDevice>> network, std::shared_ptr<LinkL1::Wire> wire,
            LinkL1::OnExec on_exec)
      : network_(std::move(network)), wire_(std::move(wire)), on_exec_(std::move(on_exec)) {}
  ~L1Session() override { L1Session::close(); }

  StatusOr<rdscsi::rds::ExecReply> exec(Context const& ctx, std::string_view line) override {
    if (dead()) return fail(Reason::rds_session_lost, Effect::none, "the session to the RDS is gone");
    auto const box = std::make_shared<LinkL1::ReplyBox>();
    LinkL1::ToDevice message;
    message.kind = LinkL1::ToDevice::Kind::exec;
    message.line = std::string(line);
    message.wire = wire_;
    message.reply = box;
    rdscsi::base::seam_point("exec: before send");
    auto const field = ctx.fields().find("attempt");
    std::string const label = field == ctx.fields().end() ? std::string() : field->second;
    on_exec_(label, 1);
    network_->send(std::move(message), now() + kOneWay);
    StatusOr<rdscsi::rds::ExecReply> reply = wait(ctx, *box);
    // A channel that was refused carried no exec request.
    if (!reply.ok() && rdscsi::base::failure_of(reply.status()).reason == Reason::overloaded)
      on_exec_(label, -1);
    return reply;
  }

  bool dead() const override { return ticks(now()) >= wire_->dead_at.load(); }

  void close() override {
    if (wire_->dead_at.exchange(ticks(now())) <= ticks(now())) return;
    LinkL1::ToDevice message;
    message.kind = LinkL1::ToDevice::Kind::close;
    message.wire = wire_;
    network_->send(std::move(message), now() + kOneWay);
  }

 private:
  static StatusOr<rdscsi::rds::ExecReply> wait(Context const& ctx, LinkL1::ReplyBox& box) {
    using Kind = LinkL1::ExecReplyMessage::Kind;
    while (true) {
      StatusOr<LinkL1::ExecReplyMessage> const message = box.receive(ctx);
      rdscsi::base::seam_point("exec: after reply");
      if (!message.ok()) {
        if (ctx.cancelled()) return rdscsi::base::with_effect(ctx.check(), Effect::unknown);
        return fail(Reason::rds_timeout, Effect::unknown, "no end of the reply within the command's time");
      }
      switch (message->kind) {
        case Kind::output:
          if (!message->complete) continue;
          return rdscsi::rds::ExecReply{message->output, message->exit_status};
        case Kind::channel_refused:
          return fail(Reason::overloaded, Effect::none, "the RDS refused to open a channel");
        default:
          return fail(Reason::rds_session_lost, Effect::unknown,
                      "the session to the RDS was reset during a command");
      }
    }
  }

  std::shared_ptr<Mailbox<LinkL1::ToDevice>> network_;
  std::shared_ptr<LinkL1::Wire> wire_;
  LinkL1::OnExec on_exec_;
};

class L1Connector final : public rdscsi::rds::Connector {
 public:
  L1Connector(LinkL1& link, std::string peer)
      : network_(link.network_), on_exec_(link.on_exec_), peer_(std::move(peer)) {}

  StatusOr<std::shared_ptr<rdscsi::rds::Session>> connect(Context const& ctx,
                                                          rdscsi::rds::Endpoint const& endpoint) override {
    using Kind = LinkL1::ExecReplyMessage::Kind;
    auto const box = std::make_shared<LinkL1::ReplyBox>();
    auto const wire = std::make_shared<LinkL1::Wire>();
    wire->peer = peer_;
    LinkL1::ToDevice message;
    message.peer = peer_;
    message.user = endpoint.user;
    message.wire = wire;
    message.reply = box;
    network_->send(std::move(message), now() + kOneWay);
    StatusOr<LinkL1::ExecReplyMessage> const answer = box->receive(ctx);
    if (!answer.ok()) {
      if (ctx.cancelled()) return ctx.check();
      return fail(Reason::rds_unreachable, Effect::none, "key exchange: no answer from the RDS in time");
    }
    switch (answer->kind) {
      case Kind::connected: {
        std::shared_ptr<rdscsi::rds::Session> session = std::make_shared<L1Session>(network_, wire, on_exec_);
        return session;
      }
      case Kind::host_key:
        return fail(Reason::rds_host_key, Effect::none, "the RDS shows another host key than the pinned one");
      case Kind::auth:
        return fail(Reason::rds_auth, Effect::none, "the RDS refused user " + endpoint.user);
      case Kind::refused:
        return fail(Reason::rds_unreachable, Effect::none, "connect: connection refused");
      case Kind::closed:
        return fail(Reason::rds_turned_away, Effect::none, "banner: the RDS took the connection and hung up");
      default:
        return fail(Reason::rds_unreachable, Effect::none, "banner: connection reset by the RDS");
    }
  }

 private:
  std::shared_ptr<Mailbox<LinkL1::ToDevice>> network_;
  LinkL1::OnExec on_exec_;
  std::string peer_;
};

// --- the device's side ---

LinkL1::LinkL1(rdscsi::base::Scheduler& scheduler, rdssim::faults::FaultyDevice& device, OnExec on_exec)
    : scheduler_(scheduler),
      device_(device),
      on_exec_(std::move(on_exec)),
      network_(std::make_shared<Mailbox<ToDevice>>()) {
  device_.set_link_control(this);
}

LinkL1::~LinkL1() {
  device_.set_link_control(nullptr);
}

void LinkL1::start() {
  run("network", [this] { serve_network(); });
}

void LinkL1::run(std::string name, std::function<void()> body) {
  {
    Guard guard(mutex_);
    ++running_;
  }
  scheduler_.spawn(kRdsDomain, std::move(name), [this, body = std::move(body)] {
    body();
    Guard guard(mutex_);
    --running_;
    ended_.notify_all();
  });
}

void LinkL1::stop() {
  reset_all();
  network_->close();
  rdscsi::base::Lock lock(mutex_);
  ended_.wait(lock, [this] { return running_ == 0; });
}

std::shared_ptr<rdscsi::rds::Connector> LinkL1::connector(std::string peer) {
  return std::make_shared<L1Connector>(*this, std::move(peer));
}

void LinkL1::serve_network() {
  std::uint64_t count = 0;
  while (true) {
    StatusOr<ToDevice> message = network_->receive(Context::background());
    if (!message.ok()) return;
    switch (message->kind) {
      case ToDevice::Kind::connect:
        run("connect-" + std::to_string(++count),
            [this, received = *std::move(message)] { serve_connect(received); });
        break;
      case ToDevice::Kind::exec:
        run("exec-" + std::to_string(++count),
            [this, received = *std::move(message)] { serve_exec(received); });
        break;
      case ToDevice::Kind::close:
        device_.close_session(message->wire->id);
        Guard guard(mutex_);
        wires_.erase(message->wire->id);
        break;
    }
  }
}

void LinkL1::serve_connect(ToDevice const& message) {
  using Kind = ExecReplyMessage::Kind;
  if (!power_.load()) return;  // dark: not even a reset comes back
  ExecReplyMessage answer;
  rdssim::faults::Connection const connection = device_.on_connect(message.peer);
  if (connection.verdict == ConnectVerdict::hang) return;
  message.wire->id = connection.id;
  answer.session = connection.id;
  if (connection.verdict == ConnectVerdict::refuse) {
    answer.kind = Kind::refused;
  } else if (connection.verdict == ConnectVerdict::close) {
    answer.kind = Kind::closed;
    device_.close_session(connection.id);
  } else if (connection.verdict == ConnectVerdict::host_key_changed) {
    answer.kind = Kind::host_key;
    device_.close_session(connection.id);
  } else {
    {
      Guard guard(mutex_);
      wires_[connection.id] = message.wire;
    }
    rdscsi::base::sleep_for(device_.draw_latency().request);  // key exchange and authentication
    if (device_.on_login(connection.id, message.user) == LoginVerdict::accept) {
      answer.kind = Kind::connected;
    } else {
      answer.kind = Kind::auth;
      device_.close_session(connection.id);
      Guard guard(mutex_);
      wires_.erase(connection.id);
    }
  }
  if (device_.is_half_open(connection.id) || !power_.load()) return;
  message.reply->send(answer, now() + kOneWay);
}

void LinkL1::serve_exec(ToDevice const& message) {
  using Kind = ExecReplyMessage::Kind;
  SessionId const id = message.wire->id;
  if (!power_.load()) return;
  {
    Guard guard(mutex_);
    if (!wires_.contains(id)) {
      message.reply->send(ExecReplyMessage{}, now() + kOneWay);
      return;
    }
    message.wire->waiting.push_back(message.reply);
  }
  if (device_.is_half_open(id)) return;  // the bytes never arrive
  ChannelVerdict const channel = device_.open_channel(id);
  if (channel == ChannelVerdict::hang) return;
  if (channel == ChannelVerdict::refuse) {
    ExecReplyMessage answer;
    answer.kind = Kind::channel_refused;
    deliver(message.wire, message.reply, std::move(answer), kOneWay);
    return;
  }
  rdssim::faults::Latency const latency = device_.draw_latency();
  rdscsi::base::sleep_for(latency.request);
  rdssim::faults::ExecVerdict verdict = device_.exec(id, message.line);
  ExecReplyMessage answer;
  answer.kind = Kind::output;
  answer.exit_status = verdict.exit_status;
  answer.complete = verdict.reply == Reply::answered;
  Duration delay = latency.reply;
  if (verdict.bytes_per_second > 0) {
    delay +=
        std::chrono::seconds(1) * static_cast<std::int64_t>(verdict.output.size()) / verdict.bytes_per_second;
  }
  answer.output = std::move(verdict.output);
  if (verdict.reply == Reply::answered || verdict.reply == Reply::never ||
      verdict.reply == Reply::then_reset) {
    deliver(message.wire, message.reply, std::move(answer), delay);
  }
  if (verdict.reply == Reply::then_reset) {
    rdscsi::base::sleep_for(delay);  // what was written before the reset still arrives
    device_.close_session(id);
    reset(id);
  }
  if (verdict.reply == Reply::answered) device_.close_channel(id);
}

void LinkL1::deliver(std::shared_ptr<Wire> const& wire, std::shared_ptr<ReplyBox> const& box,
                     ExecReplyMessage message, Duration delay) {
  bool const ends = message.kind != ExecReplyMessage::Kind::output || message.complete;
  {
    Guard guard(mutex_);
    if (ends) std::erase(wire->waiting, box);
  }
  if (!power_.load()) return;
  box->send(std::move(message), now() + delay + kOneWay);
}

// The client notices after one way of the cable; whatever was still on its way before that arrives.
void LinkL1::cut(std::shared_ptr<Wire> const& wire) {
  std::int64_t const moment = ticks(now() + kOneWay);
  std::int64_t expected = wire->dead_at.load();
  while (moment < expected && !wire->dead_at.compare_exchange_weak(expected, moment)) {
  }
  for (std::shared_ptr<ReplyBox> const& box : wire->waiting) box->send(ExecReplyMessage{}, now() + kOneWay);
  wire->waiting.clear();
}

void LinkL1::reset(SessionId session) {
  Guard guard(mutex_);
  auto const found = wires_.find(session);
  if (found == wires_.end()) return;
  cut(found->second);
  wires_.erase(found);
}

void LinkL1::half_open(SessionId /*session*/) {}  // serve_exec asks FaultyDevice; nothing to tell the client

void LinkL1::listen(bool /*accepting*/) {}  // on_connect() answers `refuse` by itself

void LinkL1::peer_died(std::string const& peer) {
  std::vector<SessionId> ids;
  {
    Guard guard(mutex_);
    for (auto const& [id, wire] : wires_) {
      if (wire->peer == peer) ids.push_back(id);
    }
    for (SessionId id : ids) wires_.erase(id);
  }
  for (SessionId id : ids) device_.close_session(id);
}

void LinkL1::reset_all() {
  std::vector<SessionId> ids;
  {
    Guard guard(mutex_);
    for (auto const& [id, wire] : wires_) {
      ids.push_back(id);
      if (power_.load()) cut(wire);
    }
    wires_.clear();
  }
  for (SessionId id : ids) device_.close_session(id);
}

void LinkL1::set_power(bool on) {
  // Nobody is told: to the clients the device has gone silent, as after a power loss.
  power_.store(on);
  if (!on) reset_all();
}

}  // namespace scenario
