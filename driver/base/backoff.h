// Backoff: how long to wait before the next attempt: 1, 2, 4, 8, 16, 16 ... seconds, each with jitter, so
// that many clients of one device do not come back in step. Used by the RDS connection, watches and
// reconcilers. Source: seed requirements CONN-02 (exponential backoff with jitter) and RECON-04.
#pragma once

#include "base/random.h"
#include "base/time.h"

namespace rdscsi::base {

struct BackoffOptions {
  Duration initial = std::chrono::seconds(1);
  Duration cap = std::chrono::seconds(16);  // of the step before jitter
  double factor = 2.0;                      // at least 1
  double jitter = 0.1;  // each step is drawn from step * (1 - jitter) .. step * (1 + jitter)
};

// Not thread-safe: one owner at a time.
class Backoff {
 public:
  explicit Backoff(BackoffOptions options = {});

  // The delay before the next attempt; makes exactly one draw.
  Duration next(RandomStream& random);

  // After a success: the next delay is `initial` again.
  void reset();

  // Delays handed out since construction or reset().
  int attempts() const { return attempts_; }

 private:
  BackoffOptions options_;
  Duration step_;
  int attempts_ = 0;
};

}  // namespace rdscsi::base
