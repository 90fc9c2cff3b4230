// Which fault strikes which occurrence.
#include "simulator/faults/fault_book.h"

#include <algorithm>
#include <utility>

#include "simulator/faults/match.h"
#include "simulator/faults/text.h"

namespace rdssim::faults {
namespace {

constexpr std::size_t kFiringsKept = 1000;

FaultScope scope_of(FaultKind kind) {
  for (auto const& spec : fault_vocabulary()) {
    if (spec.kind == kind) return spec.scope;
  }
  return FaultScope::command;
}

}  // namespace

FaultId FaultBook::add(Fault fault, TimePoint now) {
  FaultId const id = faults_.size() + 1;
  ActiveFault active;
  active.record.id = id;
  active.record.injected = now;
  active.scope = scope_of(fault.kind);
  active.random = random_.derive(concat("fault-", std::to_string(id)));
  active.record.fault = std::move(fault);
  faults_.emplace(id, std::move(active));
  return id;
}

ActiveFault* FaultBook::find(FaultId id) {
  auto const found = faults_.find(id);
  return found == faults_.end() ? nullptr : &found->second;
}

ActiveFault const* FaultBook::find(FaultId id) const {
  auto const found = faults_.find(id);
  return found == faults_.end() ? nullptr : &found->second;
}

bool FaultBook::holds(During during) const {
  auto const in_force = [this](FaultKind kind) {
    return std::any_of(faults_.begin(), faults_.end(), [kind](auto const& entry) {
      return entry.second.active() && entry.second.record.fault.kind == kind;
    });
  };
  switch (during) {
    case During::always:
      return true;
    case During::booting:
      return world_.booting;
    case During::busy:
      return world_.running > 0;
    case During::pool_full:
      return in_force(FaultKind::pool_full);
    case During::pool_unmounted:
      return in_force(FaultKind::pool_unmounted);
    case During::half_open:
      return in_force(FaultKind::half_open);
  }
  return true;
}

bool FaultBook::selects(ActiveFault& fault) {
  Match const& match = fault.record.fault.match;
  if (!holds(match.during)) return false;
  if (++fault.seen < match.nth) return false;
  if (match.times > 0 && fault.selected >= match.times) return false;
  if (match.chance < 1 && !fault.random.chance(match.chance)) return false;
  ++fault.selected;
  return true;
}

std::vector<ActiveFault*> FaultBook::strike_command(std::string_view line, std::string_view user) {
  std::vector<ActiveFault*> striking;
  for (auto& [id, active] : faults_) {
    bool const at_command = active.scope == FaultScope::command ||
                            (active.scope == FaultScope::link && active.record.fault.at != LinkAt::now);
    if (!active.active() || !at_command) continue;
    if (line_matches(active.record.fault.match, line, user) && selects(active)) striking.push_back(&active);
  }
  return striking;
}

ActiveFault* FaultBook::strike(FaultKind kind, std::string_view user) {
  ActiveFault* striking = nullptr;
  for (auto* active : this->active(kind)) {
    Match const& match = active->record.fault.match;
    if (!match.user.empty() && match.user != user) continue;
    // Every fault counts the occurrence, even when another one strikes it already.
    if (selects(*active)) {
      if (striking == nullptr) {
        striking = active;
      } else {
        missed(*active);
      }
    }
  }
  return striking;
}

std::vector<ActiveFault*> FaultBook::active(FaultKind kind) {
  std::vector<ActiveFault*> found;
  for (auto& [id, active] : faults_) {
    if (active.active() && active.record.fault.kind == kind) found.push_back(&active);
  }
  return found;
}

void FaultBook::fired(ActiveFault& fault, TimePoint now) {
  ++fault.record.fired;
  if (fault.record.fired_at.size() < kFiringsKept) fault.record.fired_at.push_back(now);
}

std::vector<FaultId> FaultBook::due(TimePoint now) const {
  std::vector<FaultId> ids;
  for (auto const& [id, active] : faults_) {
    auto const& window = active.record.fault.window;
    if (active.active() && window && active.record.injected + *window <= now) ids.push_back(id);
  }
  return ids;
}

TimePoint FaultBook::next_expiry() const {
  TimePoint next = rdscsi::base::kNoDeadline;
  for (auto const& [id, active] : faults_) {
    auto const& window = active.record.fault.window;
    if (active.active() && window) next = std::min(next, active.record.injected + *window);
  }
  return next;
}

std::vector<FaultId> FaultBook::open() const {
  std::vector<FaultId> ids;
  for (auto const& [id, active] : faults_) {
    if (active.active()) ids.push_back(id);
  }
  return ids;
}

std::vector<FaultRecord> FaultBook::records() const {
  std::vector<FaultRecord> records;
  for (auto const& [id, active] : faults_) records.push_back(active.record);
  return records;
}

}  // namespace rdssim::faults
