// See recorder.h.
#include "scenarios/engine/recorder.h"

namespace scenario {

namespace {

using rdscsi::base::Guard;

// A spin lock for sections without a scheduling point; base::Mutex would be one.
class QuickGuard {
 public:
  explicit QuickGuard(std::atomic_flag& flag) : flag_(flag) {
    while (flag_.test_and_set(std::memory_order_acquire)) {
    }
  }
  ~QuickGuard() { flag_.clear(std::memory_order_release); }
  QuickGuard(QuickGuard const&) = delete;
  QuickGuard& operator=(QuickGuard const&) = delete;

 private:
  std::atomic_flag& flag_;
};

}  // namespace

std::size_t Recorder::begin_attempt(Attempt attempt) {
  Guard guard(mutex_);
  attempts_.push_back(std::move(attempt));
  return attempts_.size() - 1;
}

void Recorder::end_attempt(std::size_t index, Attempt const& finished) {
  Guard guard(mutex_);
  attempts_[index] = finished;
}

std::vector<Attempt> Recorder::attempts() const {
  Guard guard(mutex_);
  return {attempts_.begin(), attempts_.end()};
}

Attempt Recorder::attempt(std::size_t index) const {
  Guard guard(mutex_);
  return attempts_[index];
}

void Recorder::add_execs(std::string const& label, int change) {
  QuickGuard guard(quick_);
  execs_[label] += static_cast<std::uint64_t>(static_cast<std::int64_t>(change));
}

void Recorder::add_log(LogLine line) {
  QuickGuard guard(quick_);
  logs_.push_back(std::move(line));
}

std::uint64_t Recorder::execs_of(std::string const& label) const {
  QuickGuard guard(quick_);
  auto const found = execs_.find(label);
  return found == execs_.end() ? 0 : found->second;
}

std::vector<LogLine> Recorder::log_lines() const {
  QuickGuard guard(quick_);
  return logs_;
}

void Recorder::add_note(Event event) {
  Guard guard(mutex_);
  notes_.push_back(std::move(event));
}

std::vector<Event> Recorder::notes() const {
  Guard guard(mutex_);
  return notes_;
}

}  // namespace scenario
