// See nvme_faults.h.
#include "simulator/program/nvme_faults.h"

#include <algorithm>

namespace rdssim::program {

using faults::FaultKind;
using rdscsi::base::Guard;

namespace {

constexpr std::uint16_t kDoNotRetry = 0x4000;

nvme_tcp::FaultKind kind_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::nvme_vanish:
      return nvme_tcp::FaultKind::vanish;
    case FaultKind::nvme_reset:
      return nvme_tcp::FaultKind::reset;
    case FaultKind::nvme_stall:
      return nvme_tcp::FaultKind::stall;
    case FaultKind::nvme_slow:
      return nvme_tcp::FaultKind::slow;
    case FaultKind::nvme_drop_queue:
      return nvme_tcp::FaultKind::drop_queue;
    case FaultKind::nvme_error:
      return nvme_tcp::FaultKind::error;
    case FaultKind::nvme_short_read:
      return nvme_tcp::FaultKind::short_data;
    case FaultKind::nvme_lost_write:
      return nvme_tcp::FaultKind::lose_write;
    default:
      return nvme_tcp::FaultKind::refuse;
  }
}

nvme_tcp::ResizeShows shows(faults::ResizeNews news) {
  if (news == faults::ResizeNews::with_event) return nvme_tcp::ResizeShows::with_event;
  if (news == faults::ResizeNews::after_reexport) return nvme_tcp::ResizeShows::after_reexport;
  return nvme_tcp::ResizeShows::silently;
}

}  // namespace

nvme_tcp::Fault nvme_fault(faults::Fault const& fault) {
  nvme_tcp::Fault wire;
  wire.kind = kind_of(fault.kind);
  wire.match.slot = fault.match.slot;
  wire.match.nth = fault.match.nth;
  wire.match.times = fault.match.times;
  wire.match.chance = fault.match.chance;
  wire.match.nqn = fault.nvme.nqn;
  wire.match.host_nqn = fault.nvme.host;
  if (fault.nvme.port) wire.match.port = static_cast<std::uint16_t>(*fault.nvme.port);
  if (fault.nvme.queue) wire.match.qid = static_cast<std::uint16_t>(*fault.nvme.queue);
  for (auto const& word : faults::nvme_commands()) {
    if (word.name != fault.nvme.command) continue;
    wire.match.opcode = static_cast<std::uint8_t>(word.value);
    if (word.admin) wire.match.qid = std::uint16_t{0};
  }
  if (fault.nvme.range)
    wire.match.range =
        nvme_tcp::BlockRange{fault.nvme.range->first, fault.nvme.range->last - fault.nvme.range->first + 1};
  wire.delay = fault.delay;
  wire.status = static_cast<std::uint16_t>(fault.code | (fault.retry_forbidden ? kDoNotRetry : 0));
  wire.bytes = static_cast<std::uint32_t>(fault.bytes);
  return wire;  // FaultyDevice heals what has a window
}

NvmeFaults::NvmeFaults(faults::FaultyDevice& device, nvme_tcp::Target& target)
    : device_(device), target_(target) {
  target_.on_fault_fired([this](nvme_tcp::FaultId id) { fired(id); });
  device_.set_nvme_control(this);
}

NvmeFaults::~NvmeFaults() {
  device_.set_nvme_control(nullptr);
  target_.on_fault_fired({});
  (void)target_.settle();  // no strike is being told any more
}

void NvmeFaults::fired(nvme_tcp::FaultId id) {
  faults::FaultId declared = 0;
  {
    Guard const guard(mutex_);
    auto const found = declared_.find(id);
    if (found == declared_.end()) return;
    declared = found->second;
  }
  device_.nvme_fired(declared);
}

void NvmeFaults::inject(faults::FaultId id, faults::Fault const& fault) {
  if (fault.kind == FaultKind::nvme_resize) {
    {
      Guard const guard(mutex_);
      resizes_[id] = shows(fault.news);
      target_.set_resize_shows(resizes_.rbegin()->second);
    }
    return device_.nvme_fired(id);
  }
  Guard const guard(mutex_);
  nvme_tcp::FaultId const wire = target_.inject(nvme_fault(fault));
  declared_[wire] = id;
  injected_[id] = wire;
}

void NvmeFaults::heal(faults::FaultId id) {
  Guard const guard(mutex_);
  if (resizes_.erase(id) > 0) {
    target_.set_resize_shows(resizes_.empty() ? nvme_tcp::Options{}.resize_shows : resizes_.rbegin()->second);
  }
  if (auto const found = injected_.find(id); found != injected_.end()) target_.heal(found->second);
}

}  // namespace rdssim::program
