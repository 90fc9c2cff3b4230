// Loop: the one thread on which all sockets and timers of a target live, over epoll. Used by Target and
// connections.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <unordered_map>
#include <vector>

#include "base/sync.h"
#include "base/time.h"

namespace rdssim::nvme_tcp {

using rdscsi::base::Duration;
using rdscsi::base::TimePoint;

class Loop {
 public:
  Loop();  // aborts when the machine gives no epoll: nothing can be served then
  ~Loop();
  Loop(Loop const&) = delete;
  Loop& operator=(Loop const&) = delete;

  // Runs on the calling thread until stop().
  void run();
  // One turn of it, for a caller that is its own loop (the fuzzer): waits at most so long for events.
  void turn(int milliseconds_max);

  // --- from any thread ---
  void stop();
  void post(std::function<void()> task);  // runs on the loop's thread, in order

  // --- on the loop's thread ---
  using Timer = std::uint64_t;  // 0: none
  Timer after(Duration delay, std::function<void()> task);
  void cancel(Timer& timer);  // sets it to 0
  // `ready` gets epoll's events. Changing events of a watched descriptor replaces them; unwatch() may be
  // called from a callback, its own included.
  void watch(int fd, std::uint32_t events, std::function<void(std::uint32_t)> ready);
  void change(int fd, std::uint32_t events);
  void unwatch(int fd);
  // Called at the end of every turn.
  void every_turn(std::function<void()> task) { every_turn_ = std::move(task); }

 private:
  using Due = std::pair<TimePoint, Timer>;
  void run_posted();
  void run_timers();
  int milliseconds_to_wait() const;

  int epoll_ = -1, wake_ = -1;
  bool running_ = true;
  rdscsi::base::Mutex mutex_;  // posted_
  std::vector<std::function<void()>> posted_;
  std::map<Due, std::function<void()>> timers_;
  std::unordered_map<Timer, TimePoint> due_;
  Timer next_timer_ = 1;
  std::unordered_map<int, std::function<void(std::uint32_t)>> watched_;
  std::function<void()> every_turn_;
};

}  // namespace rdssim::nvme_tcp
