// EventHub: everything a timeline can wait for ("when: rds_effect ...", "once the entry before has
// finished"), as an append-only list that waiting step threads scan. Fed by FaultyDevice's listener and by
// the player.
//
// Threads: any of the orchestrator's and the RDS's; never a controller's.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/sync.h"
#include "scenarios/engine/scenario.h"
#include "simulator/faults/faulty_device.h"

namespace scenario {

struct HubEvent {
  std::string kind;                           // rds_effect, rds_command, call, connection, fault, step
  std::map<std::string, std::string> fields;  // what `when:` may ask for
};

class EventHub {
 public:
  // From now on events count; what came before (putting `given` in place) is forgotten.
  void open();
  void post(HubEvent event);
  void close();  // wakes every waiter: the run is over

  // Waits for the n-th event of `kind` whose fields equal `wanted` (`text` and `menu` match by substring and
  // path). False: the hub was closed first.
  bool wait(std::string const& kind, std::map<std::string, std::string> const& wanted, int nth);

  // Waits until anything new was posted or `deadline`; for watchers.
  void wait_for_news(std::size_t& seen, rdscsi::base::TimePoint deadline);

  // Translates what FaultyDevice reports. `fault_names` maps injections to their `as`.
  void post_device_event(rdssim::faults::Event const& event, std::string const& fault_name, int controller);

 private:
  bool matches(HubEvent const& event, std::string const& kind,
               std::map<std::string, std::string> const& wanted) const;

  mutable rdscsi::base::Mutex mutex_;
  rdscsi::base::ConditionVariable changed_;
  std::vector<HubEvent> events_;
  bool open_ = false, closed_ = false;
};

}  // namespace scenario
