// See loop.h.
#include "simulator/nvme_tcp/loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace rdssim::nvme_tcp {

using rdscsi::base::Guard;

Loop::Loop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (epoll_ < 0 || wake_ < 0) {
    std::perror("nvme_tcp: epoll");
    std::abort();
  }
  watch(wake_, EPOLLIN, [this](std::uint32_t) {
    std::uint64_t count = 0;
    while (::read(wake_, &count, sizeof count) > 0) {
    }
  });
}

Loop::~Loop() {
  ::close(wake_);
  ::close(epoll_);
}

void Loop::run() {
  while (running_) turn(milliseconds_to_wait());
}

void Loop::turn(int milliseconds_max) {
  std::array<epoll_event, 128> events;
  int const count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), milliseconds_max);
  for (int i = 0; i < count; ++i) {
    auto const at = watched_.find(events[static_cast<std::size_t>(i)].data.fd);
    if (at == watched_.end()) continue;  // unwatched by an earlier callback of this turn
    auto const ready = at->second;       // a copy: it may unwatch itself
    ready(events[static_cast<std::size_t>(i)].events);
  }
  run_posted();
  run_timers();
  if (every_turn_) every_turn_();
}

void Loop::stop() {
  post([this] { running_ = false; });
}

void Loop::post(std::function<void()> task) {
  {
    Guard const guard(mutex_);
    posted_.push_back(std::move(task));
  }
  std::uint64_t const one = 1;
  // A full counter (EAGAIN) wakes the loop as well.
  [[maybe_unused]] auto const written = ::write(wake_, &one, sizeof one);
}

Loop::Timer Loop::after(Duration delay, std::function<void()> task) {
  Timer const timer = next_timer_++;
  TimePoint const at = rdscsi::base::now() + delay;
  timers_.emplace(Due{at, timer}, std::move(task));
  due_.emplace(timer, at);
  return timer;
}

void Loop::cancel(Timer& timer) {
  auto const at = due_.find(std::exchange(timer, 0));
  if (at == due_.end()) return;
  timers_.erase(Due{at->second, at->first});
  due_.erase(at);
}

void Loop::watch(int fd, std::uint32_t events, std::function<void(std::uint32_t)> ready) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  watched_.insert_or_assign(fd, std::move(ready));
}

void Loop::change(int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event);
}

void Loop::unwatch(int fd) {
  if (watched_.erase(fd) > 0) ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
}

void Loop::run_posted() {
  std::vector<std::function<void()>> tasks;
  {
    Guard const guard(mutex_);
    tasks.swap(posted_);
  }
  for (auto const& task : tasks) task();
}

void Loop::run_timers() {
  TimePoint const now = rdscsi::base::now();
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    auto const first = timers_.begin();
    auto const task = std::move(first->second);
    due_.erase(first->first.second);
    timers_.erase(first);
    task();
  }
}

int Loop::milliseconds_to_wait() const {
  if (timers_.empty()) return -1;
  Duration const wait = timers_.begin()->first.first - rdscsi::base::now();
  // Rounded up: waking a little early would only turn the loop in vain.
  auto const milliseconds = std::chrono::ceil<std::chrono::milliseconds>(wait).count();
  return static_cast<int>(std::clamp<std::int64_t>(milliseconds, 0, 60'000));
}

}  // namespace rdssim::nvme_tcp
