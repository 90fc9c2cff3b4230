// Player: plays one scenario in one world: puts `given` in place, runs the timeline and the load, watches the
// expectations that must hold all the time or within a time, and leaves the rest to the judge.
// A step is a thread of the orchestrator's side: it waits for its moment, acts, and says when it has
// finished.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "scenarios/engine/hub.h"
#include "scenarios/engine/oracle.h"
#include "scenarios/engine/world.h"

namespace scenario {

// What the judge may know about names and moments; filled by the player.
struct Play {
  mutable rdscsi::base::Mutex mutex;
  std::map<std::string, std::vector<std::size_t>> attempts;  // call name -> attempts, in order of their start
  std::map<std::string, csi::VolumeInfo> volumes;            // create/given name -> newest OK answer
  std::map<std::string, std::string> ids;                    // create/given name -> volume id as far as known
  std::map<std::string, rdssim::faults::FaultId> faults;     // fault name -> injection
  Duration zero{};                                           // world time at which the timeline began
  Duration last_heal{};                                      // since zero: when the newest fault ended
  bool disturbed = false;                                    // the world took away or broke something of ours
  std::vector<Violation> violations;
};

class Player {
 public:
  Player(Scenario const& scenario, World& world, Recorder& recorder, Oracle& oracle, EventHub& hub,
         Cluster* cluster, std::uint64_t seed);

  // Blocks until the timeline, the load and every `eventually` have ended. The judge goes on from play().
  void run();
  Play& play() { return play_; }
  Duration now() const { return world_.now() - play_.zero; }

 private:
  void put_given();
  void given_volume(Value const& with);
  void run_step(std::size_t index);
  bool await_trigger(std::size_t index, rdscsi::base::RandomStream& random);
  void act(std::size_t index);
  void call_step(std::string const& name, std::string const& verb, Value const& with, int copy);
  Attempt attempt_once(std::string const& name, std::string const& verb, Value const& with, int copy,
                       int number);
  void tell_cluster(Attempt const& attempt);
  bool cluster_change(Step const& step);
  void finish_call(std::string const& name, Attempt const& attempt);
  void fault_step(Step const& step);
  void heal_step(Step const& step);
  void world_step(Step const& step);
  void run_load(std::size_t index);
  void expire_faults();
  void watch();
  void violate(std::string predicate, std::string message, Place place = {});

  Scenario const& scenario_;
  World& world_;
  Recorder& recorder_;
  Oracle& oracle_;
  EventHub& hub_;
  Cluster* const cluster_;  // null: there is none
  rdscsi::base::RandomStream random_;
  Play play_;
  std::atomic<bool> setting_up_ = true;
  std::atomic<bool> timeline_done_ = false;
};

// A copy of `value` with "{i}" in every text replaced by `number`.
Value numbered(Value const& value, std::string const& placeholder, int number);

}  // namespace scenario
