// The event loop: epoll says which sockets are ready, and only their sessions are looked at.
#include "simulator/ssh/event_loop.h"

#include <libssh/libssh.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "base/sync.h"

namespace rdssim::ssh {

using rdscsi::base::Guard;
using rdscsi::base::now;
using rdscsi::base::TimePoint;

namespace {

constexpr int kTurnMaxMs = 100;

constexpr int kReadyMax = 64;  // per turn; the others are ready in the next one

using Ready = std::function<void(int)>;

// What epoll knows by its address. A session has an ssh_event of its own: with one for all, each turn would
// poll every socket, and libssh reads of a session only through an ssh_event.
struct Source {
  int fd = -1;
  std::uint32_t events = 0;  // epoll's names have poll's values
  Ready ready = {};          // of a plain socket
  ssh_session session = nullptr;
  ssh_event event = nullptr;
};

void watch_with(int epoll, int operation, Source& source) {
  epoll_event wanted{};
  wanted.events = source.events;
  wanted.data.ptr = &source;
  epoll_ctl(epoll, operation, source.fd, &wanted);
}

}  // namespace

struct EventLoop::State {
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  int wakeup = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  std::map<int, std::unique_ptr<Source>> watched;
  std::map<ssh_session, std::unique_ptr<Source>> sessions;
  std::multimap<TimePoint, std::function<void()>> timers;
  std::vector<std::function<void()>> turns;

  rdscsi::base::Mutex mutex;  // guards the two below
  std::vector<std::function<void()>> posted;
  bool stopping = false;
};

EventLoop::EventLoop() : state_(std::make_unique<State>()) {
  watch(state_->wakeup, EPOLLIN, [this](int) {
    std::uint64_t count = 0;
    while (read(state_->wakeup, &count, sizeof count) > 0) {
    }
  });
}

EventLoop::~EventLoop() {
  while (!state_->watched.empty()) unwatch(state_->watched.begin()->first);
  while (!state_->sessions.empty()) remove(state_->sessions.begin()->first);
  close(state_->wakeup);
  close(state_->epoll);
}

void EventLoop::post(std::function<void()> task) {
  {
    Guard guard(state_->mutex);
    state_->posted.push_back(std::move(task));
  }
  std::uint64_t const one = 1;
  [[maybe_unused]] auto const written = write(state_->wakeup, &one, sizeof one);
}

void EventLoop::stop() {
  {
    Guard guard(state_->mutex);
    state_->stopping = true;
  }
  post([] {});
}

void EventLoop::after(Duration delay, std::function<void()> task) {
  state_->timers.emplace(now() + delay, std::move(task));
}

void EventLoop::watch(int fd, short events, Ready ready) {
  auto& slot = state_->watched[fd];
  slot = std::make_unique<Source>(Source{fd, static_cast<std::uint32_t>(events), std::move(ready)});
  watch_with(state_->epoll, EPOLL_CTL_ADD, *slot);
}

void EventLoop::unwatch(int fd) {
  epoll_ctl(state_->epoll, EPOLL_CTL_DEL, fd, nullptr);
  state_->watched.erase(fd);
}

void EventLoop::add(ssh_session_struct* session) {
  auto& slot = state_->sessions[session];
  slot = std::make_unique<Source>(Source{ssh_get_fd(session), EPOLLIN, {}, session, ssh_event_new()});
  ssh_event_add_session(slot->event, session);
  watch_with(state_->epoll, EPOLL_CTL_ADD, *slot);
}

void EventLoop::remove(ssh_session_struct* session) {
  auto const found = state_->sessions.find(session);
  if (found == state_->sessions.end()) return;
  auto const& source = *found->second;
  // One that libssh has closed is forgotten by epoll, and its number may be another's by now.
  if (ssh_get_fd(session) == source.fd) epoll_ctl(state_->epoll, EPOLL_CTL_DEL, source.fd, nullptr);
  ssh_event_remove_session(source.event, session);
  ssh_event_free(source.event);
  state_->sessions.erase(found);
}

// libssh wants to write on when its socket was full; nothing tells when that begins or ends.
void EventLoop::follow_writes() {
  for (auto const& [session, source] : state_->sessions) {
    bool const writes = (ssh_get_poll_flags(session) & SSH_WRITE_PENDING) != 0;
    std::uint32_t const events = writes ? EPOLLIN | EPOLLOUT : EPOLLIN;
    if (events == source->events || ssh_get_fd(session) != source->fd) continue;
    source->events = events;
    watch_with(state_->epoll, EPOLL_CTL_MOD, *source);
  }
}

void EventLoop::every_turn(std::function<void()> task) {
  state_->turns.push_back(std::move(task));
}

void EventLoop::turn() {
  std::vector<std::function<void()>> tasks;
  {
    Guard guard(state_->mutex);
    tasks.swap(state_->posted);
  }
  for (auto const& task : tasks) task();
  while (!state_->timers.empty() && state_->timers.begin()->first <= now()) {
    auto const due = state_->timers.extract(state_->timers.begin());
    due.mapped()();
  }
  for (auto const& task : state_->turns) task();
}

void EventLoop::run() {
  while (true) {
    {
      Guard guard(state_->mutex);
      if (state_->stopping) return;
    }
    turn();
    int timeout = kTurnMaxMs;
    if (!state_->timers.empty()) {
      auto const left = std::chrono::ceil<std::chrono::milliseconds>(state_->timers.begin()->first - now());
      timeout = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, kTurnMaxMs));
    }
    follow_writes();
    epoll_event ready[kReadyMax];
    int const count = epoll_wait(state_->epoll, ready, kReadyMax, timeout);
    for (int i = 0; i < count; ++i) {
      auto& source = *static_cast<Source*>(ready[i].data.ptr);
      if (source.session == nullptr) {
        source.ready(static_cast<int>(ready[i].events));
      } else {
        // An error means that the session has died; its owner finds it in its turn.
        ssh_event_dopoll(source.event, 0);
      }
    }
  }
}

}  // namespace rdssim::ssh
