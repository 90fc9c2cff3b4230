// HandlerPool: threads on demand, first in first out.
#include "csi/handler_pool.h"

#include <deque>
#include <utility>
#include <vector>

#include "base/sync.h"

namespace rdscsi::csi {

struct HandlerPool::State {
  explicit State(HandlerPoolOptions pool_options) : options(std::move(pool_options)) {}

  void work_loop();

  HandlerPoolOptions const options;
  mutable base::Mutex mutex;
  base::ConditionVariable work_or_end;
  std::deque<std::function<void()>> queue;
  std::vector<base::Thread> threads;
  int idle = 0;
  bool stopping = false;
};

void HandlerPool::State::work_loop() {
  base::Lock lock(mutex);
  while (true) {
    ++idle;
    work_or_end.wait(lock, [&] { return !queue.empty() || stopping; });
    --idle;
    if (queue.empty()) return;
    auto work = std::move(queue.front());
    queue.pop_front();
    lock.unlock();
    work();
    work = nullptr;  // what it captured ends outside the lock
    lock.lock();
  }
}

HandlerPool::HandlerPool(HandlerPoolOptions options) : state_(std::make_unique<State>(std::move(options))) {}

HandlerPool::~HandlerPool() {
  stop();
}

bool HandlerPool::post(std::function<void()> work) {
  State& state = *state_;
  base::Guard guard(state.mutex);
  if (state.stopping) return false;
  int const running = static_cast<int>(state.threads.size());
  bool const thread_free = state.idle > static_cast<int>(state.queue.size());
  bool const may_grow = running < state.options.threads;
  if (!thread_free && !may_grow && static_cast<int>(state.queue.size()) >= state.options.queue_max)
    return false;
  state.queue.push_back(std::move(work));
  if (!thread_free && may_grow) {
    state.threads.emplace_back(state.options.name + "-" + std::to_string(running),
                               [&state] { state.work_loop(); });
  }
  state.work_or_end.notify_one();
  return true;
}

void HandlerPool::stop() {
  std::vector<base::Thread> threads;
  {
    base::Guard guard(state_->mutex);
    state_->stopping = true;
    threads.swap(state_->threads);
    state_->work_or_end.notify_all();
  }
  for (auto& thread : threads) thread.join();
}

int HandlerPool::thread_count() const {
  base::Guard guard(state_->mutex);
  return static_cast<int>(state_->threads.size());
}

}  // namespace rdscsi::csi
