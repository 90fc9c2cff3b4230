// NvmeFaults: plays declared faults of scope `nvme` on the target, so that there is one mechanism for the
// console and for hosts. Used by rds-sim.
#pragma once

#include <map>

#include "base/sync.h"
#include "simulator/faults/faulty_device.h"
#include "simulator/nvme_tcp/target.h"

namespace rdssim::program {

// The target's words for a declaration; nvme_resize has none, it is a switch of the target.
nvme_tcp::Fault nvme_fault(faults::Fault const& fault);

class NvmeFaults final : public faults::NvmeControl {
 public:
  // Attaches itself to the device. Both live longer; nobody else injects into the target.
  NvmeFaults(faults::FaultyDevice& device, nvme_tcp::Target& target);
  ~NvmeFaults() override;

  void inject(faults::FaultId id, faults::Fault const& fault) override;
  void heal(faults::FaultId id) override;

 private:
  void fired(nvme_tcp::FaultId id);

  faults::FaultyDevice& device_;
  nvme_tcp::Target& target_;
  rdscsi::base::Mutex mutex_;  // held over an injection: its first strike waits until it is known here
  std::map<nvme_tcp::FaultId, faults::FaultId> declared_;
  std::map<faults::FaultId, nvme_tcp::FaultId> injected_;
  std::map<faults::FaultId, nvme_tcp::ResizeShows> resizes_;  // in force; the last one counts
};

}  // namespace rdssim::program
