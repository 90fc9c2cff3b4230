// DeviceCall: one call of rds::Volumes or rds::Snapshots on the device: its context, its budget of execs, how
// a reply becomes rows and how its failures read.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/context.h"
#include "rds/executor.h"
#include "rds/nonces.h"
#include "rds/reply.h"
#include "rds/territory.h"
#include "rds/volume_rows.h"

namespace rdscsi::rds {

// Not thread-safe; lives for one call.
class DeviceCall {
 public:
  using Build = std::function<base::StatusOr<std::string>(std::string_view nonce)>;

  // `effect`: what an answer that cannot be trusted leaves open: unknown for changes, none for questions.
  DeviceCall(Executor& executor, Nonces& nonces, Territory const& territory, base::Context const& ctx,
             base::Effect effect)
      : executor_(executor), nonces_(nonces), territory_(territory), ctx_(ctx), effect_(effect) {}

  // Runs the script and reads its rows. A reply without a whole frame, be it damaged or an error text in its
  // place, is asked for again while the budget lasts: what the script did before is unknown, every script
  // here tests its own preconditions, and so running it twice is running it once (incident 21: a failing add
  // that left its entry behind).
  base::StatusOr<DeviceState> run(Build const& build);

  bool exhausted() const;                            // 2 execs have been sent (rule 10)
  std::string const& line() const { return line_; }  // sent last

 private:
  base::StatusOr<DeviceState> run_once(Build const& build);
  base::Status with_version(base::Status const& missing);
  base::Status unreadable(ReplyReading const& reading);

  Executor& executor_;
  Nonces& nonces_;
  Territory const& territory_;
  base::Context const& ctx_;
  base::Effect effect_;
  int execs_ = 0;
  bool unframed_ = false;  // the newest reply had no whole frame, and the line may have run
  std::string line_;
};

// invalid_argument unless the base path is clean.
base::Status check_territory(Territory const& territory);

// A failure of a script that changes nothing cannot have had an effect, however its answer was lost.
base::Status harmless(base::Status const& status);

}  // namespace rdscsi::rds
