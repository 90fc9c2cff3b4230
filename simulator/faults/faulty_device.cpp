// FaultyDevice: sessions, channels and records. Faults are in faulty_device_faults.cpp, one command's life in
// faulty_device_exec.cpp.
#include "simulator/faults/faulty_device.h"

#include <algorithm>
#include <utility>

#include "simulator/faults/faulty_device_state.h"
#include "simulator/faults/text.h"

namespace rdssim::faults {

using rdscsi::base::now;

std::string_view to_string(Event::Kind kind) {
  switch (kind) {
    case Event::Kind::connected:
      return "connected";
    case Event::Kind::logged_in:
      return "logged_in";
    case Event::Kind::login_refused:
      return "login_refused";
    case Event::Kind::session_closed:
      return "session_closed";
    case Event::Kind::channel_opened:
      return "channel_opened";
    case Event::Kind::channel_closed:
      return "channel_closed";
    case Event::Kind::command_started:
      return "command_started";
    case Event::Kind::effect:
      return "effect";
    case Event::Kind::command_finished:
      return "command_finished";
    case Event::Kind::fault_injected:
      return "fault_injected";
    case Event::Kind::fault_fired:
      return "fault_fired";
    case Event::Kind::fault_healed:
      return "fault_healed";
    case Event::Kind::boot_stage:
      return "boot_stage";
  }
  return "unknown";
}

std::string_view to_string(Reply reply) {
  switch (reply) {
    case Reply::answered:
      return "answered";
    case Reply::never:
      return "never";
    case Reply::then_reset:
      return "then_reset";
    case Reply::session_dead:
      return "session_dead";
    case Reply::vanished:
      return "vanished";
  }
  return "unknown";
}

namespace {

std::string_view to_string(ConnectVerdict verdict) {
  switch (verdict) {
    case ConnectVerdict::accept:
      return "accept";
    case ConnectVerdict::refuse:
      return "refuse";
    case ConnectVerdict::hang:
      return "hang";
    case ConnectVerdict::close:
      return "close";
    case ConnectVerdict::host_key_changed:
      return "host_key_changed";
  }
  return "unknown";
}

// The connections one connect_rate fault let through within its window; true: no room for another.
bool rate_exceeded(ActiveFault& fault, TimePoint at) {
  auto& accepted = fault.accepted;
  while (!accepted.empty() && accepted.front() + fault.record.fault.within <= at) accepted.pop_front();
  return accepted.size() >= static_cast<std::size_t>(fault.record.fault.limit);
}

}  // namespace

FaultyDevice::FaultyDevice(std::shared_ptr<routeros::Device> device, FaultyDeviceOptions options)
    : device_(std::move(device)),
      state_(std::make_unique<State>(options,
                                     rdscsi::base::RandomStream(options.seed).derive("faulty-device"))) {
  adopt_device();
}

FaultyDevice::~FaultyDevice() {
  device_->on_boot_stage({});
}

// --- connections ---

Connection FaultyDevice::on_connect(std::string_view peer) {
  expire();
  Outbox outbox;
  Connection connection{ConnectVerdict::accept, 0};
  {
    Guard guard(state_->mutex);
    ++state_->counters.connects;
    auto& book = state_->book;
    auto const refuse_with = [&](ActiveFault* fault, ConnectVerdict verdict) {
      if (fault == nullptr || connection.verdict != ConnectVerdict::accept) return;
      outbox.fire(book, *fault);
      connection.verdict = verdict;
    };
    std::size_t const open = state_->sessions.size();
    if (state_->refusing() || state_->stopped) connection.verdict = ConnectVerdict::refuse;
    for (auto* fault : book.active(FaultKind::session_limit)) {
      bool const full = open >= static_cast<std::size_t>(fault->record.fault.limit);
      if (full && book.selects(*fault)) refuse_with(fault, ConnectVerdict::close);
    }
    int const limit = state_->options.session_limit;
    if (connection.verdict == ConnectVerdict::accept && limit > 0 &&
        open >= static_cast<std::size_t>(limit)) {
      connection.verdict = ConnectVerdict::close;
    }
    for (auto* fault : book.active(FaultKind::connect_rate)) {
      if (connection.verdict != ConnectVerdict::accept) break;
      if (rate_exceeded(*fault, now()) && book.selects(*fault)) {
        refuse_with(fault, ConnectVerdict::close);
      } else {
        fault->accepted.push_back(now());
      }
    }
    if (connection.verdict == ConnectVerdict::accept) {
      refuse_with(book.strike(FaultKind::hang_handshake), ConnectVerdict::hang);
    }
    if (connection.verdict == ConnectVerdict::accept) {
      refuse_with(book.strike(FaultKind::host_key_changed), ConnectVerdict::host_key_changed);
    }
    if (connection.verdict != ConnectVerdict::refuse && connection.verdict != ConnectVerdict::close) {
      connection.id = ++state_->last_session;
      state_->sessions[connection.id].peer = std::string(peer);
      auto& counters = state_->counters;
      counters.sessions = state_->sessions.size();
      counters.sessions_peak = std::max(counters.sessions_peak, counters.sessions);
    }
    outbox.add(Event::Kind::connected, connection.id, {}, std::string(peer),
               std::string(to_string(connection.verdict)));
  }
  deliver(outbox);
  return connection;
}

void FaultyDevice::set_session_limit(int sessions) {
  Guard guard(state_->mutex);
  state_->options.session_limit = sessions;
}

LoginVerdict FaultyDevice::on_login(SessionId session, std::string_view login) {
  expire();
  Outbox outbox;
  LoginVerdict verdict = LoginVerdict::refused;
  {
    Guard guard(state_->mutex);
    auto options = routeros::login_options(login);
    Session* found = state_->find(session);
    ActiveFault* fault = state_->book.strike(FaultKind::auth_refused, options.user);
    if (fault != nullptr) outbox.fire(state_->book, *fault, session);
    if (fault == nullptr && found != nullptr) {
      verdict = LoginVerdict::accept;
      found->logged_in = true;
      found->since_ns = rdscsi::base::wall_now_ns();
      found->options = options;
      if (login.find('+') == std::string_view::npos) found->options.width = state_->options.width;
      ++state_->counters.handshakes;
      outbox.add(Event::Kind::logged_in, session, options.user, options.user);
    } else {
      ++state_->counters.logins_refused;
      outbox.add(Event::Kind::login_refused, session, options.user, options.user);
    }
  }
  deliver(outbox);
  return verdict;
}

// With the lock held.
void FaultyDevice::drop_session(SessionId session, std::string_view why, Outbox& outbox) {
  auto const found = state_->sessions.find(session);
  if (found == state_->sessions.end()) return;
  auto& counters = state_->counters;
  counters.channels -= found->second.channels;
  outbox.add(Event::Kind::session_closed, session, found->second.options.user, {}, std::string(why));
  if (why == "reset") outbox.cuts.emplace_back(true, session);
  state_->sessions.erase(found);
  counters.sessions = state_->sessions.size();
}

// With the lock held.
void FaultyDevice::go_half_open(SessionId session, FaultId fault, Outbox& outbox) {
  Session* found = state_->find(session);
  if (found == nullptr || found->half_open) return;
  found->half_open = true;
  if (auto* active = state_->book.find(fault)) active->half_open.insert(session);
  outbox.cuts.emplace_back(false, session);
}

void FaultyDevice::close_session(SessionId session) {
  Outbox outbox;
  {
    Guard guard(state_->mutex);
    drop_session(session, "client", outbox);
  }
  deliver(outbox);
}

void FaultyDevice::cut(SessionId session) {
  Outbox outbox;
  {
    Guard guard(state_->mutex);
    drop_session(session, "reset", outbox);
  }
  deliver(outbox);
}

ChannelVerdict FaultyDevice::open_channel(SessionId session) {
  expire();
  Outbox outbox;
  ChannelVerdict verdict = ChannelVerdict::accept;
  {
    Guard guard(state_->mutex);
    Session* found = state_->find(session);
    if (found == nullptr || found->half_open) {
      verdict = ChannelVerdict::hang;
    } else if (auto* fault = state_->book.strike(FaultKind::channel_refused)) {
      bool const hangs = fault->record.fault.how == ReplyHow::hang;
      verdict = hangs ? ChannelVerdict::hang : ChannelVerdict::refuse;
      outbox.fire(state_->book, *fault, session);
    } else if (state_->options.channel_limit > 0 &&
               found->channels >= static_cast<std::uint64_t>(state_->options.channel_limit)) {
      verdict = ChannelVerdict::refuse;
    } else {
      auto& counters = state_->counters;
      ++found->channels;
      ++counters.channels;
      counters.channels_peak = std::max(counters.channels_peak, counters.channels);
      counters.channels_per_session_peak = std::max(counters.channels_per_session_peak, found->channels);
    }
    if (verdict == ChannelVerdict::refuse) ++state_->counters.channels_refused;
    std::string_view const detail = verdict == ChannelVerdict::accept   ? "accept"
                                    : verdict == ChannelVerdict::refuse ? "refuse"
                                                                        : "hang";
    outbox.add(Event::Kind::channel_opened, session, {}, {}, std::string(detail));
  }
  deliver(outbox);
  return verdict;
}

void FaultyDevice::close_channel(SessionId session) {
  Outbox outbox;
  {
    Guard guard(state_->mutex);
    Session* found = state_->find(session);
    if (found == nullptr || found->channels == 0) return;
    --found->channels;
    --state_->counters.channels;
    outbox.add(Event::Kind::channel_closed, session, {}, {});
  }
  deliver(outbox);
}

Latency FaultyDevice::draw_latency() {
  Guard guard(state_->mutex);
  auto const& model = state_->options.latency;
  if (model.off) return {};
  Duration const total = state_->latency.between(model.low, model.high);
  return {total / 2, total - total / 2};
}

void FaultyDevice::interrupt(SessionId session) {
  Guard guard(state_->mutex);
  if (Session* found = state_->find(session)) ++found->interrupts;
  state_->interrupted.notify_all();
}

bool FaultyDevice::session_open(SessionId session) const {
  Guard guard(state_->mutex);
  return state_->find(session) != nullptr;
}

bool FaultyDevice::is_half_open(SessionId session) const {
  Guard guard(state_->mutex);
  Session const* found = state_->find(session);
  return found != nullptr && found->half_open;
}

std::vector<routeros::OpenSession> FaultyDevice::logged_in() const {
  Guard guard(state_->mutex);
  std::vector<routeros::OpenSession> open;
  for (auto const& [id, session] : state_->sessions) {
    // ADDRESS:PORT, where there is a port.
    auto const address = session.peer.substr(0, session.peer.rfind(':'));
    if (session.logged_in) open.push_back({id, session.since_ns, session.options.user, address, "ssh"});
  }
  return open;
}

std::size_t FaultyDevice::half_open_sessions() const {
  Guard guard(state_->mutex);
  return static_cast<std::size_t>(std::count_if(state_->sessions.begin(), state_->sessions.end(),
                                                [](auto const& entry) { return entry.second.half_open; }));
}

void FaultyDevice::set_link_control(LinkControl* link) {
  Guard guard(state_->mutex);
  state_->link = link;
}

void FaultyDevice::stop() {
  Guard guard(state_->mutex);
  state_->stopped = true;
  state_->interrupted.notify_all();
}

// --- records ---

void FaultyDevice::subscribe(std::function<void(Event const&)> listener) {
  state_->listeners.push_back(std::move(listener));
}

std::vector<CommandRecord> FaultyDevice::history() const {
  Guard guard(state_->mutex);
  return {state_->history.begin(), state_->history.end()};
}

Counters FaultyDevice::counters() const {
  Guard guard(state_->mutex);
  return state_->counters;
}

void FaultyDevice::tell(Event const& event) {
  for (auto const& listener : state_->listeners) listener(event);
}

void FaultyDevice::deliver(Outbox& outbox) {
  LinkControl* link = nullptr;
  {
    Guard guard(state_->mutex);
    link = state_->link;
  }
  // The wire first: who hears of a reset may look at the connection.
  for (auto const& [reset, session] : outbox.cuts) {
    if (link == nullptr) break;
    if (reset) {
      link->reset(session);
    } else {
      link->half_open(session);
    }
  }
  if (link != nullptr && outbox.listen) link->listen(*outbox.listen);
  for (auto const& event : outbox.events) tell(event);
}

// --- the device belongs to one thread at a time ---

void FaultyDevice::take_device() {
  Lock lock(state_->mutex);
  state_->device_free.wait(lock, [this] { return !state_->device_held; });
  state_->device_held = true;
}

void FaultyDevice::give_device_back() {
  Outbox outbox;
  {
    Lock lock(state_->mutex);
    while (!state_->device_work.empty()) {
      auto const work = std::move(state_->device_work.front());
      state_->device_work.pop_front();
      lock.unlock();
      work(*device_);
      lock.lock();
    }
    follow_boot(outbox);
    state_->device_held = false;
    state_->device_free.notify_one();
  }
  if (!outbox.events.empty()) deliver(outbox);
}

void FaultyDevice::on_device(std::function<void(routeros::Device&)> action) {
  {
    Guard guard(state_->mutex);
    state_->device_work.push_back(std::move(action));
    if (state_->device_held) return;  // its holder does the work before giving it back
    state_->device_held = true;
  }
  give_device_back();
}

}  // namespace rdssim::faults
