// FaultyDevice: faults come and go. What they do to one command is in faulty_device_exec.cpp.
#include <algorithm>
#include <utility>

#include "simulator/faults/faulty_device.h"
#include "simulator/faults/faulty_device_state.h"

namespace rdssim::faults {

using rdscsi::base::now;

namespace {

// The slot a pool fault names, or the first pool; empty: no such pool.
std::string pool_slot(routeros::Device const& device, std::string_view wanted) {
  for (auto const& pool : device.pools()) {
    if (wanted.empty() || pool.slot == wanted) return pool.slot;
  }
  return {};
}

std::int64_t free_bytes(routeros::Device const& device, std::string_view slot) {
  for (auto const& pool : device.pools()) {
    if (pool.slot == slot) return pool.free_bytes;
  }
  return 0;
}

}  // namespace

FaultId FaultyDevice::inject(Fault fault) {
  expire();
  Outbox outbox;
  FaultId id = 0;
  NvmeControl* nvme = nullptr;
  {
    Guard guard(state_->mutex);
    id = state_->book.add(fault, now());
    ActiveFault& active = *state_->book.find(id);
    outbox.add_fault(Event::Kind::fault_injected, active);
    if (active.scope == FaultScope::nvme) nvme = state_->nvme;
    bool const at_once = active.scope == FaultScope::link && fault.at == LinkAt::now;
    for (auto const& [session, properties] : std::map<SessionId, Session>(state_->sessions)) {
      if (!at_once) break;
      if (!fault.match.user.empty() && fault.match.user != properties.options.user) continue;
      outbox.fire(state_->book, active, session);
      if (fault.kind == FaultKind::reset) drop_session(session, "reset", outbox);
      if (fault.kind == FaultKind::half_open) go_half_open(session, id, outbox);
    }
    if (fault.kind == FaultKind::refuse) {
      outbox.fire(state_->book, active);
      outbox.listen = false;
    }
  }
  deliver(outbox);
  if (fault.kind == FaultKind::pool_full || fault.kind == FaultKind::pool_unmounted)
    pool_fault(id, fault, true);
  if (nvme != nullptr) nvme->inject(id, fault);
  return id;
}

// Applies or takes back what a pool fault does to the device, as soon as nobody holds it.
void FaultyDevice::pool_fault(FaultId id, Fault const& fault, bool apply) {
  on_device([this, id, fault, apply](routeros::Device& device) {
    Outbox outbox;
    {
      Guard guard(state_->mutex);
      ActiveFault& active = *state_->book.find(id);
      if (apply) active.pool = pool_slot(device, fault.pool);
      if (active.pool.empty()) return;  // no such pool: it never fires, and the scenario says so
      if (fault.kind == FaultKind::pool_unmounted) {
        // Another one may still hold it away.
        auto const open = state_->book.open();
        bool const held = std::any_of(open.begin(), open.end(), [&](FaultId other) {
          ActiveFault const& one = *state_->book.find(other);
          return one.record.fault.kind == FaultKind::pool_unmounted && one.pool == active.pool;
        });
        device.set_pool_mounted(active.pool, !apply && !held);
      }
      if (fault.kind == FaultKind::pool_full) {
        std::int64_t const taken = std::max<std::int64_t>(0, free_bytes(device, active.pool) - fault.left);
        device.reserve_pool_bytes(active.pool, apply ? taken : -active.reserved);
        active.reserved = apply ? taken : 0;
      }
      if (apply) outbox.fire(state_->book, active);
    }
    deliver(outbox);
  });
}

void FaultyDevice::heal(FaultId id) {
  Outbox outbox;
  std::optional<Fault> fault;
  NvmeControl* nvme = nullptr;
  {
    Guard guard(state_->mutex);
    ActiveFault* active = state_->book.find(id);
    if (active == nullptr || !active->active()) return;
    active->record.healed = now();
    fault = active->record.fault;
    if (active->scope == FaultScope::nvme) nvme = state_->nvme;
    outbox.add_fault(Event::Kind::fault_healed, *active);
    // Whoever forgot a flow answers its next byte with a reset once it is back.
    for (SessionId const session : active->half_open) drop_session(session, "reset", outbox);
    active->half_open.clear();
    if (fault->kind == FaultKind::refuse && !state_->refusing()) outbox.listen = true;
  }
  deliver(outbox);
  if (fault->kind == FaultKind::pool_full || fault->kind == FaultKind::pool_unmounted) {
    pool_fault(id, *fault, false);
  }
  if (nvme != nullptr) nvme->heal(id);
}

void FaultyDevice::set_nvme_control(NvmeControl* control) {
  Guard guard(state_->mutex);
  state_->nvme = control;
}

bool FaultyDevice::serves_nvme() const {
  Guard guard(state_->mutex);
  return state_->nvme != nullptr;
}

void FaultyDevice::nvme_fired(FaultId id) {
  Outbox outbox;
  {
    Guard guard(state_->mutex);
    if (auto* fault = state_->book.find(id)) outbox.fire(state_->book, *fault);
  }
  deliver(outbox);
}

void FaultyDevice::heal_all() {
  std::vector<FaultId> ids;
  {
    Guard guard(state_->mutex);
    ids = state_->book.open();
  }
  for (FaultId const id : ids) heal(id);
}

TimePoint FaultyDevice::next_expiry() const {
  Guard guard(state_->mutex);
  return std::min(state_->book.next_expiry(), state_->next_stage);
}

void FaultyDevice::expire() {
  std::vector<FaultId> ids;
  bool boot = false;
  {
    Guard guard(state_->mutex);
    ids = state_->book.due(now());
    boot = state_->next_stage <= now();
    if (boot) state_->next_stage = rdscsi::base::kNoDeadline;  // until the device has entered it
  }
  if (boot) on_device([](routeros::Device& device) { device.enter_next_stage(); });
  for (FaultId const id : ids) heal(id);
}

std::uint64_t FaultyDevice::fired(FaultId id) const {
  Guard guard(state_->mutex);
  auto const* fault = std::as_const(state_->book).find(id);
  return fault == nullptr ? 0 : fault->record.fired;
}

std::vector<FaultRecord> FaultyDevice::faults() const {
  Guard guard(state_->mutex);
  return state_->book.records();
}

}  // namespace rdssim::faults
