// See fault_book.h.
#include "simulator/nvme_tcp/fault_book.h"

namespace rdssim::nvme_tcp {
namespace {

bool overlap(BlockRange const& a, BlockRange const& b) {
  return a.first < b.first + b.blocks && b.first < a.first + a.blocks;
}

bool named(std::string const& wanted, std::string_view is) {
  return wanted.empty() || wanted == is;
}

}  // namespace

std::string_view to_string(FaultKind kind) {
  switch (kind) {
    case FaultKind::refuse:
      return "refuse";
    case FaultKind::reset:
      return "reset";
    case FaultKind::stall:
      return "stall";
    case FaultKind::slow:
      return "slow";
    case FaultKind::drop_queue:
      return "drop_queue";
    case FaultKind::vanish:
      return "vanish";
    case FaultKind::error:
      return "error";
    case FaultKind::short_data:
      return "short_data";
    case FaultKind::lose_write:
      return "lose_write";
  }
  return "?";
}

bool covers(FaultMatch const& match, Victim const& victim) {
  if (match.port && *match.port != victim.port) return false;
  if (!named(match.nqn, victim.nqn) || !named(match.slot, victim.slot)) return false;
  if (!named(match.host_nqn, victim.host_nqn)) return false;
  if (match.qid && *match.qid != victim.qid) return false;
  if (match.opcode && match.opcode != victim.opcode) return false;
  // One byte means a command of one kind on the admin queue and of another on the others.
  if (match.opcode && !match.qid && victim.qid == 0) return false;
  return !match.range || (victim.range && overlap(*match.range, *victim.range));
}

void FaultBook::add(FaultId id, Fault fault) {
  book_.insert_or_assign(id, Entry{std::move(fault)});
}

std::optional<Fault> FaultBook::remove(FaultId id) {
  auto const at = book_.find(id);
  if (at == book_.end()) return std::nullopt;
  Fault fault = std::move(at->second.fault);
  book_.erase(at);
  return fault;
}

std::vector<FaultId> FaultBook::all() const {
  std::vector<FaultId> ids;
  for (auto const& [id, entry] : book_) ids.push_back(id);
  return ids;
}

std::uint64_t FaultBook::fired(FaultId id) const {
  auto const at = fired_.find(id);
  return at == fired_.end() ? 0 : at->second;
}

std::optional<Fault> FaultBook::strike(FaultKind kind, Victim const& victim) {
  for (auto& [id, entry] : book_) {
    FaultMatch const& match = entry.fault.match;
    if (entry.fault.kind != kind || !covers(match, victim)) continue;
    if (++entry.seen < match.nth) continue;
    if (match.times > 0 && fired(id) >= static_cast<std::uint64_t>(match.times)) continue;
    if (!random_.chance(match.chance)) continue;
    count(id);
    return entry.fault;
  }
  return std::nullopt;
}

bool FaultBook::stands_under(FaultKind kind, Victim const& victim) const {
  for (auto const& [id, entry] : book_) {
    if (entry.fault.kind == kind && covers(entry.fault.match, victim)) return true;
  }
  return false;
}

bool FaultBook::port_shut(std::uint16_t port) const {
  for (auto const& [id, entry] : book_) {
    bool const shuts = entry.fault.kind == FaultKind::refuse || entry.fault.kind == FaultKind::vanish;
    if (shuts && (!entry.fault.match.port || *entry.fault.match.port == port)) return true;
  }
  return false;
}

}  // namespace rdssim::nvme_tcp
