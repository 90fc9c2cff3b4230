// Control: what `rds-sim ctl` can ask of a running rds-sim: its state and history, faults, power. One JSON
// object in, one out; control_socket.h carries them.
//
//   {"ctl": "fill-pool", "slot": "storage-pool", "left": "1GiB"}  ->  {"ok": true, "id": 3}
//   {"ctl": "fil-pool"}  ->  {"ok": false, "error": "unknown request `fil-pool`: did you mean `fill-pool`?"}
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "simulator/faults/faulty_device.h"
#include "simulator/nvme_tcp/target.h"

namespace rdssim::program {

// What a device gets that a state file does not hold.
struct DeviceSetup {
  std::uint64_t seed = 1;
  std::string image_directory;  // empty: a temporary one
  routeros::BootTiming boot;
  // What a device is told before it is in its place; who may log in by the flags.
  std::function<rdscsi::base::Status(routeros::Device&)> logins;
};

class Control {
 public:
  // `target` may be null: nothing is served over NVMe/TCP. Both live longer.
  Control(faults::FaultyDevice& device, nvme_tcp::Target* target, DeviceSetup setup);

  // Never fails; what is wrong with the request stands in the answer. May wait for the device.
  std::string answer(std::string_view request);

  static std::vector<std::string> requests();  // state, history ...

 private:
  struct Requests;  // control.cpp

  faults::FaultyDevice& device_;
  nvme_tcp::Target* target_;
  DeviceSetup setup_;
  rdscsi::base::TimePoint const began_;
};

}  // namespace rdssim::program
