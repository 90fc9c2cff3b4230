// FaultyDevice: power, boot in stages and a device that takes another one's place.
#include <utility>
#include <vector>

#include "simulator/faults/faulty_device.h"
#include "simulator/faults/faulty_device_state.h"

namespace rdssim::faults {

using rdscsi::base::kNoDeadline;
using rdscsi::base::now;
using routeros::BootStage;

// With the device held, or before anybody uses it.
void FaultyDevice::adopt_device() {
  device_->on_boot_stage([this](BootStage stage) {
    Guard guard(state_->mutex);
    state_->entered.push_back(stage);
  });
  device_->on_exports_change(state_->exports_changed);
}

void FaultyDevice::on_exports_change(std::function<void()> callback) {
  with_device([&](routeros::Device& device) {
    state_->exports_changed = callback;
    device.on_exports_change(std::move(callback));
  });
}

void FaultyDevice::reboot() {
  expire();
  on_device([](routeros::Device& device) { device.reboot(); });
}

void FaultyDevice::switch_off() {
  {
    Guard guard(state_->mutex);
    state_->switched_off = true;
  }
  on_device([](routeros::Device& device) { device.reboot(); });
}

void FaultyDevice::switch_on() {
  on_device([this](routeros::Device& device) {
    Guard guard(state_->mutex);
    if (!state_->switched_off) return;
    state_->switched_off = false;
    state_->next_stage = now() + device.until_next_stage();
  });
}

BootStage FaultyDevice::boot_stage() const {
  Guard guard(state_->mutex);
  return state_->stage;
}

// With the lock held.
void FaultyDevice::reset_sessions(Outbox& outbox) {
  std::vector<SessionId> all;
  for (auto const& [id, session] : state_->sessions) {
    if (!session.half_open) all.push_back(id);
  }
  for (SessionId const id : all) drop_session(id, "reset", outbox);
}

// What the stages mean for the wire. With the lock and the device held.
void FaultyDevice::follow_boot(Outbox& outbox) {
  if (state_->entered.empty()) return;
  for (BootStage const stage : std::exchange(state_->entered, {})) {
    state_->stage = stage;
    outbox.add(Event::Kind::boot_stage, 0, {}, std::string(routeros::to_string(stage)));
    if (stage == BootStage::down) {
      ++state_->boots;
      state_->interrupted.notify_all();
      reset_sessions(outbox);
      outbox.listen = false;
    }
    if (stage == BootStage::ssh && !state_->refusing()) outbox.listen = true;
  }
  bool const boots = state_->stage != BootStage::up;
  state_->book.world().booting = boots;
  state_->next_stage = boots && !state_->switched_off ? now() + device_->until_next_stage() : kNoDeadline;
}

void FaultyDevice::replace_device(std::unique_ptr<routeros::Device> device) {
  Outbox outbox;
  {
    Hold hold(*this);
    device_->on_boot_stage({});
    device_->on_exports_change({});
    device_->reboot();  // what runs on it ends there
    device_ = std::move(device);
    adopt_device();
    Guard guard(state_->mutex);
    state_->entered.clear();
    state_->switched_off = false;
    state_->stage = BootStage::up;
    state_->next_stage = kNoDeadline;
    state_->book.world().booting = false;
    ++state_->boots;
    state_->interrupted.notify_all();
    reset_sessions(outbox);
    for (FaultKind const kind : {FaultKind::pool_full, FaultKind::pool_unmounted}) {
      for (ActiveFault* fault : state_->book.active(kind)) {
        fault->record.healed = now();
        outbox.add_fault(Event::Kind::fault_healed, *fault);
      }
    }
    if (!state_->refusing()) outbox.listen = true;
  }
  deliver(outbox);
  std::function<void()> const changed =
      with_device([this](routeros::Device&) { return state_->exports_changed; });
  if (changed) changed();
}

}  // namespace rdssim::faults
