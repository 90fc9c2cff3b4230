// NvmeFront: the device's exports on NVMe/TCP ports: whatever /disk changes is what hosts find a moment
// later. Used by rds-sim.
#pragma once

#include <memory>

#include "base/sync.h"
#include "simulator/faults/faulty_device.h"
#include "simulator/nvme_tcp/target.h"

namespace rdssim::program {

// Threads: its own one reads the device (never while somebody holds it) and hands the exports to the target.
class NvmeFront {
 public:
  // Before anything else uses the device. Both live longer than this object.
  NvmeFront(faults::FaultyDevice& device, nvme_tcp::Target& target);
  ~NvmeFront();
  NvmeFront(NvmeFront const&) = delete;
  NvmeFront& operator=(NvmeFront const&) = delete;

 private:
  void run();
  void refresh();

  faults::FaultyDevice& device_;
  nvme_tcp::Target& target_;
  rdscsi::base::Mutex mutex_;  // what follows
  rdscsi::base::ConditionVariable changed_;
  bool dirty_ = true, stopping_ = false;
  rdscsi::base::Thread thread_;
};

}  // namespace rdssim::program
