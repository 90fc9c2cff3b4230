// Threads that wait for work.
#include "simulator/ssh/worker_pool.h"

#include <string>
#include <utility>

namespace rdssim::ssh {

using rdscsi::base::Guard;
using rdscsi::base::Lock;

void WorkerPool::submit(std::function<void()> work) {
  Guard guard(mutex_);
  if (stopping_) return;
  queue_.push_back(std::move(work));
  if (queue_.size() > idle_ && threads_.size() < threads_max_) {
    threads_.emplace_back("rds-sim-" + std::to_string(threads_.size()), [this] { run(); });
  }
  changed_.notify_one();
}

void WorkerPool::run() {
  Lock lock(mutex_);
  while (true) {
    ++idle_;
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    --idle_;
    if (stopping_) return;
    auto const work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    lock.lock();
  }
}

void WorkerPool::stop() {
  std::vector<rdscsi::base::Thread> threads;
  {
    Guard guard(mutex_);
    stopping_ = true;
    queue_.clear();
    threads.swap(threads_);
    changed_.notify_all();
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace rdssim::ssh
