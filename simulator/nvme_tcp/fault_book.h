// FaultBook: the faults in force, who they strike and how often they have. Used by the target on its loop's
// thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "base/random.h"
#include "simulator/nvme_tcp/fault.h"

namespace rdssim::nvme_tcp {

// Who is struck: one connection, with the command it brings where there is one.
struct Victim {
  std::uint16_t port = 0;
  std::string_view nqn, slot, host_nqn;  // empty: not known yet
  std::uint16_t qid = 0;
  std::optional<std::uint8_t> opcode;
  std::optional<BlockRange> range;
};

class FaultBook {
 public:
  explicit FaultBook(std::uint64_t seed) : random_(seed) {}

  void add(FaultId id, Fault fault);
  std::optional<Fault> remove(FaultId id);  // what it was, if it was in force
  std::vector<FaultId> all() const;
  std::uint64_t fired(FaultId id) const;  // also after removal

  // The faults of `kind` in force that strike this command, in order of injection; counts them as fired.
  std::optional<Fault> strike(FaultKind kind, Victim const& victim);
  // Whether a connection (or port) stands under a fault of `kind`; counts nothing.
  bool stands_under(FaultKind kind, Victim const& victim) const;
  void count(FaultId id) {
    ++fired_[id];
    if (on_fired) on_fired(id);
  }
  bool port_shut(std::uint16_t port) const;  // refuse or vanish
  bool empty() const { return book_.empty(); }

  std::function<void(FaultId)> on_fired;  // set before the first fault

 private:
  struct Entry {
    Fault fault;
    int seen = 0;
  };
  rdscsi::base::RandomStream random_;
  std::map<FaultId, Entry> book_;
  std::map<FaultId, std::uint64_t> fired_;
};

// Whether the fault's match covers the victim; port, names, queue, opcode and range, not nth, times and
// chance.
bool covers(FaultMatch const& match, Victim const& victim);

}  // namespace rdssim::nvme_tcp
