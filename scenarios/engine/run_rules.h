// Rules: what every run must satisfy without its scenario saying so, judged from the simulator's records and
// the answers callers got, never from the driver's own state. Numbers are those of DESIGN "Rules the driver
// keeps".
#pragma once

#include <string>
#include <vector>

#include "scenarios/engine/oracle.h"
#include "scenarios/engine/player.h"

namespace scenario {

struct RulesInput {
  int level = 1;
  std::vector<Attempt> attempts;
  std::vector<Event> notes;  // world changes, connections
  std::vector<rdssim::faults::FaultRecord> faults;
  std::vector<rdssim::routeros::EffectRecord> effects;  // all, the operator's too
  std::vector<LogLine> logs;
  DeviceLook end;          // the device when all was quiet
  bool disturbed = false;  // the world broke or took something of ours
  std::uint64_t connects = 0;
  std::uint64_t real_sleeps = 0;
  Duration now{};
  rdscsi::base::TimePoint zero_time{};  // the timeline's zero on the clock of fault records
};

// Pure. One violation per breach.
std::vector<Violation> check_rules(RulesInput const& input, Oracle const& oracle);

// "pvc-<lower-case uuid>": what external-provisioner makes of a claim, and what is its own volume id.
bool is_provisioner_name(std::string_view name);

}  // namespace scenario
