// Backoff steps; see backoff.h.
#include "base/backoff.h"

#include <algorithm>

namespace rdscsi::base {
namespace {

Duration scaled(Duration duration, double factor) {
  return Duration(static_cast<Duration::rep>(static_cast<double>(duration.count()) * factor));
}

}  // namespace

Backoff::Backoff(BackoffOptions options) : options_(options), step_(std::min(options.initial, options.cap)) {}

Duration Backoff::next(RandomStream& random) {
  Duration const step = step_;
  ++attempts_;
  // Compared before multiplying, so that a long outage cannot overflow the step.
  step_ = step >= scaled(options_.cap, 1.0 / options_.factor) ? options_.cap : scaled(step, options_.factor);
  return random.between(scaled(step, 1.0 - options_.jitter), scaled(step, 1.0 + options_.jitter));
}

void Backoff::reset() {
  step_ = std::min(options_.initial, options_.cap);
  attempts_ = 0;
}

}  // namespace rdscsi::base
