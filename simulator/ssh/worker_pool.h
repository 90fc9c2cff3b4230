// WorkerPool: a bounded number of threads that run what would block the event loop: commands on a busy
// device. Threads start when they are needed and stay. Used by Server.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <vector>

#include "base/sync.h"

namespace rdssim::ssh {

class WorkerPool {
 public:
  explicit WorkerPool(std::size_t threads_max) : threads_max_(threads_max) {}
  ~WorkerPool() { stop(); }

  // Thread-safe. Work given after stop() is dropped.
  void submit(std::function<void()> work);
  // What has begun ends, what has not is dropped.
  void stop();

 private:
  void run();
  std::size_t const threads_max_;
  rdscsi::base::Mutex mutex_;
  rdscsi::base::ConditionVariable changed_;
  std::deque<std::function<void()>> queue_;
  std::vector<rdscsi::base::Thread> threads_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace rdssim::ssh
