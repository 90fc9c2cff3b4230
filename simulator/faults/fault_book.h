// FaultBook: the injected faults of one device, which of them strikes next, and how often each has fired.
// Belongs to FaultyDevice, which guards it with its lock. Not thread-safe.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "simulator/faults/faulty_device.h"

namespace rdssim::faults {

struct ActiveFault {
  FaultRecord record;
  FaultScope scope{};
  int seen = 0;                          // matching occurrences since the injection
  int selected = 0;                      // strikes under way or fired; bounded by match.times
  rdscsi::base::RandomStream random{0};  // its own: adding a fault never moves another one's draws
  std::deque<TimePoint> accepted;        // connect_rate: connections let through lately
  std::set<SessionId> half_open;         // sessions it made half-open
  std::string pool;                      // pool faults: the slot they struck
  std::int64_t reserved = 0;             // pool_full: what it took
  bool active() const { return !record.healed; }
};

class FaultBook {
 public:
  explicit FaultBook(rdscsi::base::RandomStream random) : random_(random) {}

  FaultId add(Fault fault, TimePoint now);
  ActiveFault* find(FaultId id);
  ActiveFault const* find(FaultId id) const;

  // Counts an occurrence of `kind` that matches `line` and `user`, and returns the first fault of that kind
  // that strikes it, or null. The strike is reserved: fired() or missed() must follow.
  std::vector<ActiveFault*> strike_command(std::string_view line, std::string_view user);
  ActiveFault* strike(FaultKind kind, std::string_view user = {});
  // Active faults of a kind, for conditions that are no occurrence of their own (session_limit, refuse).
  std::vector<ActiveFault*> active(FaultKind kind);
  void fired(ActiveFault& fault, TimePoint now);
  void missed(ActiveFault& fault) { --fault.selected; }
  // What `while` asks about and the book cannot know by itself.
  struct World {
    bool booting = false;
    std::uint64_t running = 0;  // commands under way
  };
  World& world() { return world_; }
  // One more occurrence of this very fault: while, nth, times and chance decide.
  bool selects(ActiveFault& fault);

  std::vector<FaultId> due(TimePoint now) const;  // windows that have ended
  TimePoint next_expiry() const;
  std::vector<FaultId> open() const;  // not healed
  std::vector<FaultRecord> records() const;

 private:
  bool holds(During during) const;

  World world_;
  rdscsi::base::RandomStream random_;
  std::map<FaultId, ActiveFault> faults_;
};

}  // namespace rdssim::faults
