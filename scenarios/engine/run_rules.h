// Rules: what every run must satisfy without its scenario saying so, judged from the simulator's records and
// the answers callers got, never from the driver's own state. Numbers are those of DESIGN "Rules the driver
// keeps".
#pragma once

#include <map>
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
  std::map<std::string, std::string> nodes;  // as WorldOptions::nodes
  Cluster const* cluster = nullptr;          // who owns what; null: nobody knows
  bool fencing = true;                       // the driver's flag device-fencing
  Duration now{};
  rdscsi::base::TimePoint zero_time{};  // the timeline's zero on the clock of fault records
};

// Name of the notes about the device's boot; their result is the stage it has entered.
inline constexpr char const* kBootNote = "boot";

// Pure. One violation per breach.
std::vector<Violation> check_rules(RulesInput const& input, Oracle const& oracle);

// Two calls were under way at the same time. Steps that follow each other meet in one instant of virtual
// time, and were not.
inline bool overlap(Attempt const& one, Attempt const& other) {
  return other.start < one.end && other.end > one.start;
}
// `earlier` had ended before `one` began, but its outcome is unknown: it may still have been at work.
inline bool lingers(Attempt const& earlier, Attempt const& one) {
  return earlier.end <= one.start && code_is_unknown(earlier.answer.code);
}

// The rules about who has a volume: what publish and unpublish answered against what the device let in at
// that moment, and against each other. Called by check_rules().
std::vector<Violation> check_publishing(RulesInput const& input, Oracle const& oracle);

// The rules about snapshots: what create and delete answered against what the device held at that moment.
// Called by check_rules().
std::vector<Violation> check_snapshots(RulesInput const& input);

// What has an owner is there, and what lost it only goes when the driver was told to remove such things.
// Called by check_rules().
std::vector<Violation> check_owned(RulesInput const& input, Oracle const& oracle);

// The device would accept a connection of this host to the disk's subsystem. An empty NQN is a host nobody
// announced: only an export without an allowed host lets it in.
bool lets_in(rdssim::routeros::Device::DiskRow const& disk, std::string const& host_nqn);

// "pvc-<lower-case uuid>": what external-provisioner makes of a claim, and what is its own volume id.
bool is_provisioner_name(std::string_view name);

}  // namespace scenario
