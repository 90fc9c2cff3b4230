// Executor: whoever runs one console line on the RDS and brings its bytes back. rds::Volumes talks to this,
// so that it can be tested against a scripted device; in the driver it is rds::Connection.
#pragma once

#include <string_view>

#include "base/context.h"
#include "rds/session.h"

namespace rdscsi::rds {

class Executor {
 public:
  virtual ~Executor() = default;

  // As Session::exec: effect none while the line cannot have left this host, unknown from then on.
  // Thread-safe.
  virtual base::StatusOr<ExecReply> exec(base::Context const& ctx, std::string_view line) = 0;
};

}  // namespace rdscsi::rds
