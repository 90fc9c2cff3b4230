// The event loop over libssh's ssh_event.
#include "simulator/ssh/event_loop.h"

#include <libssh/libssh.h>
#include <poll.h>
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

using Ready = std::function<void(int)>;

int on_ready(socket_t, int revents, void* ready) {
  (*static_cast<Ready*>(ready))(revents);
  return 0;
}

}  // namespace

struct EventLoop::State {
  ssh_event event = ssh_event_new();
  int wakeup = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  std::map<int, std::unique_ptr<Ready>> watched;
  std::multimap<TimePoint, std::function<void()>> timers;
  std::vector<std::function<void()>> turns;

  rdscsi::base::Mutex mutex;  // guards the two below
  std::vector<std::function<void()>> posted;
  bool stopping = false;
};

EventLoop::EventLoop() : state_(std::make_unique<State>()) {
  watch(state_->wakeup, POLLIN, [this](int) {
    std::uint64_t count = 0;
    while (read(state_->wakeup, &count, sizeof count) > 0) {
    }
  });
}

EventLoop::~EventLoop() {
  while (!state_->watched.empty()) unwatch(state_->watched.begin()->first);
  ssh_event_free(state_->event);
  close(state_->wakeup);
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
  slot = std::make_unique<Ready>(std::move(ready));
  ssh_event_add_fd(state_->event, fd, events, on_ready, slot.get());
}

void EventLoop::unwatch(int fd) {
  ssh_event_remove_fd(state_->event, fd);
  state_->watched.erase(fd);
}

void EventLoop::add(ssh_session_struct* session) {
  ssh_event_add_session(state_->event, session);
}

void EventLoop::remove(ssh_session_struct* session) {
  ssh_event_remove_session(state_->event, session);
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
    // An error means that one session has died; its owner finds it in its turn.
    ssh_event_dopoll(state_->event, timeout);
  }
}

}  // namespace rdssim::ssh
