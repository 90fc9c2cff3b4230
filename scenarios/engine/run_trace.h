// Makes the Trace of a run from what was recorded. Used by the runner, at both levels.
#pragma once

#include "scenarios/engine/player.h"
#include "scenarios/engine/trace.h"

namespace scenario {

struct TraceInput {
  std::vector<Attempt> attempts;
  std::vector<Event> notes;
  std::vector<rdssim::faults::CommandRecord> commands;
  std::vector<rdssim::faults::FaultRecord> faults;
  rdssim::faults::Counters counters;
  std::vector<LogLine> logs;
  std::int64_t effects = 0;  // changes of the device's state that controllers caused
  std::map<rdssim::faults::FaultId, std::string> fault_names;
  rdscsi::base::TimePoint zero_time{};
  Duration now{};
};

Trace make_trace(TraceInput const& input);

}  // namespace scenario
